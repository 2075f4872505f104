"""One property's filter to a rule: text, number, yes/no, list, existence and date. What has no word becomes opaque."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from adapters.kit.wire import filled, part, whole
from migrator.model import Raw, Rule
from migrator.model.rules import AllOf, AnyOf, Comparison, FieldKind, FieldRule, Not, OpaqueRule

_CUSTOM = re.compile(r"""properties\[(['"])(.*)\1\]\Z""", re.DOTALL)
_PLACE = re.compile(r"""location\[(['"])(\w+)\1\]\Z""")
_BUILT_IN = {
    "email": "email",
    "first_name": "first_name",
    "last_name": "last_name",
    "phone_number": "phone",
    "created": "created_at",
}
_PLAIN = {
    "equals": Comparison.EQUALS,
    "not-equals": Comparison.NOT_EQUALS,
    "contains": Comparison.CONTAINS,
    "not-contains": Comparison.NOT_CONTAINS,
    "starts-with": Comparison.STARTS_WITH,
    "not-starts-with": Comparison.NOT_STARTS_WITH,
    "ends-with": Comparison.ENDS_WITH,
    "not-ends-with": Comparison.NOT_ENDS_WITH,
    "regex": Comparison.MATCHES,
    "in": Comparison.ONE_OF,
    "not-in": Comparison.NOT_ONE_OF,
    "greater-than": Comparison.GREATER,
    "greater-than-or-equal": Comparison.GREATER_OR_EQUAL,
    "less-than": Comparison.LESS,
    "less-than-or-equal": Comparison.LESS_OR_EQUAL,
    "is-set": Comparison.IS_NOT_EMPTY,
    "not-set": Comparison.IS_EMPTY,
}
_TYPES = {"string": "text", "numeric": "number", "boolean": "boolean", "date": "date"}
_DAYS = {"day": 1, "week": 7}
Make = Callable[[Comparison, Any], Rule]


def property_key(written: str) -> tuple[FieldKind, str]:
    """`properties['Plan']`, `location['country']` or a built-in's bare name."""
    if match := _CUSTOM.match(written):
        return FieldKind.CUSTOM, match[2]
    if match := _PLACE.match(written):
        return FieldKind.CUSTOM, f"location.{match[2]}"
    if written in _BUILT_IN:
        return FieldKind.BUILT_IN, _BUILT_IN[written]
    return FieldKind.CUSTOM, written


def field_rule(kind: FieldKind, key: str, told: object) -> Rule:
    given = part(told)
    value_type = _TYPES.get(str(given.get("type")))

    def make(comparison: Comparison, value: Any = None) -> Rule:
        return FieldRule(kind=kind, key=key, comparison=comparison, value=value, value_type=value_type)

    operator, what = str(given.get("operator")), str(given.get("type"))
    if what == "date":
        found = _date(operator, given, make)
    elif what == "list":
        found = _list(operator, given.get("value"), make)
    elif operator == "nregex" and filled(given.get("value")):
        found = Not(rule=make(Comparison.MATCHES, given["value"]))
    elif operator == "between":
        found = _between(given, make, Comparison.GREATER_OR_EQUAL, Comparison.LESS_OR_EQUAL)
    else:
        found = _plain(operator, given, make)
    return found or opaque(f"{key}: {what} {operator}", given)


def opaque(what: str, told: object) -> OpaqueRule:
    return OpaqueRule(description=what, raw=part(told))


def _plain(operator: str, given: Raw, make: Make) -> Rule | None:
    comparison = _PLAIN.get(operator)
    if comparison is None:
        return None
    if comparison in (Comparison.IS_EMPTY, Comparison.IS_NOT_EMPTY):
        return make(comparison, None)
    value = given.get("value")
    several = comparison in (Comparison.ONE_OF, Comparison.NOT_ONE_OF)
    if isinstance(value, list) is not several or value is None:
        return None
    return make(comparison, value)


def _list(operator: str, value: object, make: Make) -> Rule | None:
    if operator in ("contains", "not-contains") and value is not None and not isinstance(value, list | dict):
        return make(_PLAIN[operator], value)
    if operator in ("contains-any", "contains-all") and isinstance(value, list) and value:
        parts = tuple(make(Comparison.CONTAINS, one) for one in value)
        return AnyOf(rules=parts) if operator == "contains-any" else AllOf(rules=parts)
    if operator in ("is-set", "not-set"):
        return make(_PLAIN[operator], None)
    return None


def _between(given: Raw, make: Make, low: Comparison, high: Comparison) -> Rule | None:
    start, end = given.get("start"), given.get("end")
    if start is None or end is None:
        return None
    return AllOf(rules=(make(low, start), make(high, end)))


def _date(operator: str, given: Raw, make: Make) -> Rule | None:
    if operator in ("after", "before") and filled(given.get("date")):
        return make(Comparison.AFTER if operator == "after" else Comparison.BEFORE, given["date"])
    if operator == "between-static":
        return _between(given, make, Comparison.AFTER, Comparison.BEFORE)
    if operator in ("is-set", "not-set"):
        return make(_PLAIN[operator], None)
    days = _days(given)
    if operator in ("in-the-last", "in-the-next") and days is not None:
        within = Comparison.WITHIN_LAST_DAYS if operator == "in-the-last" else Comparison.WITHIN_NEXT_DAYS
        return make(within, days)
    return None


def _days(given: Raw) -> int | None:
    quantity, unit = whole(given.get("quantity")), str(given.get("unit"))
    if quantity is None or quantity < 1:
        return None
    if unit == "hour":
        return quantity // 24 if quantity % 24 == 0 else None
    return quantity * _DAYS[unit] if unit in _DAYS else None


def seconds_of(frame: Raw) -> int | None:
    """The length of an `in-the-last` window."""
    quantity, unit = whole(frame.get("quantity")), str(frame.get("unit"))
    lengths = {"hour": 3600, "day": 86_400, "week": 604_800}
    return quantity * lengths[unit] if quantity is not None and quantity > 0 and unit in lengths else None
