"""What a segment's rows say beside a rule that was read: anything not understood there may change who matches.

How a rule is read is in segments.py. Here is only whether it may be believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from adapters.broadcast.wire import flag, text
from migrator.model import Raw

_RULE = frozenset({"id", "field", "operator", "value", "position", "secondary_value", "match_type"}) | {
    *("rule_type", "value_type", "is_negative", "case_sensitive")
}
_GROUP = frozenset({"id", "match_type", "position", "segment_rules"})
_RULE_TYPES = frozenset({"text", "number", "date", "boolean", "array", "tags", "engagement_window"})
_VALUE_TYPES = frozenset({"string", "integer", "float", "date", "boolean", "array", "relative_date"})
_BOOKKEEPING = re.compile(r"id|uuid|\w+_(id|at)")
_AUDIENCE = re.compile(r"exclu|negat|match|segment|filter|rule|limit|sample|only|except|inver")


def unread_in_rule(item: Raw, *, counts: bool) -> str | None:
    """Why a rule says more than what was read of it; None when it does not. `counts`: it takes two values."""
    for key, known in (("rule_type", _RULE_TYPES), ("value_type", _VALUE_TYPES), ("match_type", ("all", "any"))):
        if _filled(item.get(key)) and (text(item[key]) or "").strip().lower() not in known:
            return f"its {key} is not known"
    for key in ("is_negative", "case_sensitive"):
        if _filled(item.get(key)) and flag(item[key]) is None:
            return f"its {key} is neither true nor false"
    if not counts and _filled(item.get("secondary_value")):
        return "it has a second value"
    return _unknown(item, _RULE)


def unread_in_group(group: Raw) -> str | None:
    return _unknown(group, _GROUP)


def unread_in_segment(rest: Raw) -> str | None:
    """Of what nobody took, the keys that sound like deciding who belongs to it."""
    rest = {key: value for key, value in rest.items() if key != "match_type"}
    return _unknown({key: value for key, value in rest.items() if _AUDIENCE.search(key.lower())}, ())


def _unknown(row: Raw, known: Iterable[str]) -> str | None:
    for key, value in row.items():
        if key not in known and not _BOOKKEEPING.fullmatch(key) and _filled(value):
            return f"its '{key}' is not understood"
    return None


def _filled(value: Any) -> bool:
    return value not in (None, "", [], {}) and value is not False
