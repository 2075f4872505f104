"""Filters on an event's own properties, for triggers and stop conditions. All of them must hold."""

from __future__ import annotations

from mappings.segment_leaves import cannot_compare, scalar
from mappings.target import Body
from mappings.wording import sendable
from migrator.model.rules import AllOf, Comparison, FieldKind, FieldRule, Rule

_OPERATORS = {
    Comparison.EQUALS: "equals",
    Comparison.NOT_EQUALS: "not_equals",
    Comparison.CONTAINS: "contains",
    Comparison.GREATER: "greater_than",
    Comparison.LESS: "less_than",
    Comparison.ONE_OF: "one_of",
    Comparison.IS_NOT_EMPTY: "exists",
    Comparison.IS_EMPTY: "not_exists",
}


def property_filters(rule: Rule) -> list[Body] | None:
    """Filters on an event's own properties, which are all joined by and; None when they cannot say it."""
    rules = rule.rules if isinstance(rule, AllOf) else (rule,)
    if not 1 <= len(rules) <= 10:
        return None
    found: list[Body] = []
    for one in rules:
        if not isinstance(one, FieldRule) or one.kind is not FieldKind.EVENT_PROPERTY or not one.key:
            return None
        operator = _OPERATORS.get(one.comparison)
        if operator is None or cannot_compare(one):
            return None
        entry: Body = {"path": sendable(one.key), "operator": operator}
        if operator == "one_of":
            values = one.value if isinstance(one.value, list | tuple) else ()
            if not 1 <= len(values) <= 50 or any(isinstance(v, bool) or scalar(v) is None for v in values):
                return None
            entry["value"] = [sendable(v) if isinstance(v, str) else v for v in values]
        elif operator not in ("exists", "not_exists"):
            if scalar(one.value) is None:
                return None
            entry["value"] = sendable(one.value) if isinstance(one.value, str) else one.value
        found.append(entry)
    return found
