"""Comparisons of texts in which capitals could matter. The source says whether it minds them; no document says whether
the target does, so each such comparison is told, with what the source does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mappings.findings import find
from mappings.verdicts import Finding
from mappings.wording import sendable
from migrator.model.rules import AllOf, AnyOf, Comparison, FieldKind, FieldRule, Not, Rule

_TEXTS = frozenset(
    {
        Comparison.EQUALS,
        Comparison.NOT_EQUALS,
        Comparison.CONTAINS,
        Comparison.NOT_CONTAINS,
        Comparison.ONE_OF,
        Comparison.NOT_ONE_OF,
    }
)
_NO_TEXTS = frozenset({"number", "boolean", "date", "relative_days"})


def capitals(rule: Rule | None) -> tuple[Finding, ...]:
    """One finding for each comparison in the tree that capitals could decide."""
    return tuple(dict.fromkeys(_finding(one) for one in _fields(rule) if _could_matter(one)))


def _fields(rule: Rule | None) -> Iterator[FieldRule]:
    match rule:
        case AllOf(rules=rules) | AnyOf(rules=rules):
            for one in rules:
                yield from _fields(one)
        case Not(rule=inner):
            yield from _fields(inner)
        case FieldRule():
            yield rule


def _could_matter(rule: FieldRule) -> bool:
    # Both platforms keep addresses in lower case, and the target's filter compares whole ones without regard to it.
    address = rule.kind is FieldKind.BUILT_IN and rule.key == "email"
    if address and rule.comparison in (Comparison.EQUALS, Comparison.NOT_EQUALS) and not rule.case_sensitive:
        return False
    return rule.comparison in _TEXTS and rule.value_type not in _NO_TEXTS and any(map(_has_case, _values(rule.value)))


def _values(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _has_case(value: Any) -> bool:
    return isinstance(value, str) and value.lower() != value.upper()


def _finding(rule: FieldRule) -> Finding:
    value = ", ".join(sendable(one) for one in _values(rule.value) if isinstance(one, str))
    counted = "do" if rule.case_sensitive else "do not"
    return find("capitals-unknown", field=rule.key, value=value, do=counted)
