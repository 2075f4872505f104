"""The neutral model to Sequenzy: pure functions and tables. No network, no clock, no files.

Part of sequenzy-migrate.
"""
