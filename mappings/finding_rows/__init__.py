"""The rows behind findings.py, by what they are about. Sentences for a marketer; no logic."""

from mappings.finding_rows import actions, calls, graph, resuming, starts, staying, ways
from mappings.finding_rows.row import Row

_ALL = (graph, starts, staying, ways, actions, calls, resuming)

ROWS: dict[str, Row] = {code: row for page in _ALL for code, row in page.ROWS.items()}

__all__ = ["ROWS", "Row"]
