"""The shape of a row behind findings.py."""

Row = tuple[str, str, str, str]
"""Page of docs/constructs, verdict, what differs, what to do; the words are for a marketer."""
