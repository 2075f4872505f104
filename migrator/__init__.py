"""Moves a live email-marketing account to Sequenzy. The flow: export, bundle, plan, load, verify, report.

Part of sequenzy-migrate.
"""

__version__ = "0.1.0"
