"""Moves a live email-marketing account to Sequenzy. The flow: export, bundle, plan, load, verify, report."""

__version__ = "0.1.0"
