"""The rows behind findings.py, by what they are about. Sentences for a marketer; no logic."""

from mappings.findings import actions, entry_and_exit, graph, resuming, triggers, waits_and_conditions, webhooks
from mappings.findings.row import Row

_ALL = (graph, triggers, entry_and_exit, waits_and_conditions, actions, webhooks, resuming)

ROWS: dict[str, Row] = {code: row for page in _ALL for code, row in page.ROWS.items()}

__all__ = ["ROWS", "Row"]
