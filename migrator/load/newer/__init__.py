"""Bringing Sequenzy from an earlier plan to a newer one of the same account: only the difference is written."""
