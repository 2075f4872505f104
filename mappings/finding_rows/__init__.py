"""The rows behind findings.py, by what they are about. Sentences for a marketer; no logic."""

from mappings.finding_rows import actions, starts, ways
from mappings.finding_rows.row import Row

ROWS: dict[str, Row] = {**starts.ROWS, **ways.ROWS, **actions.ROWS}

__all__ = ["ROWS", "Row"]
