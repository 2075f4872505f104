"""Emails made ready for the target, perhaps by other processes, and what is said of them."""
