"""Which way a condition goes for a person of whom nothing but the address is known.

That branch is the stand-in where a conditional cannot be expressed: it is what the source itself shows to
somebody it knows nothing about, so it never tells a person something that is true only of others.
"""

from __future__ import annotations

from mappings.merge_tags.expressions import (
    Combined,
    Condition,
    Constant,
    Meaning,
    Question,
    Special,
    Unreadable,
    Value,
    Variable,
)

ALWAYS_THERE = frozenset({Meaning.EMAIL, Meaning.UNSUBSCRIBE_URL, Meaning.UNSUBSCRIBE_LINK, Meaning.PREFERENCES_URL})


def holds_for_unknown_person(condition: Condition | None) -> bool:
    if condition is None or isinstance(condition, Unreadable):
        return False
    if isinstance(condition, Combined):
        results = (holds_for_unknown_person(part) for part in condition.parts)
        return all(results) if condition.operator == "and" else any(results)
    return _test_holds(condition)


def _test_holds(test: Question) -> bool:
    left, right = _value(test.left), None if test.right is None else _value(test.right)
    if test.operator == "":
        return left is not Special.NIL and left is not False
    if test.operator in ("==", "!="):
        return _equal(left, right) is (test.operator == "==")
    return False


def _value(value: Value) -> object:
    if isinstance(value, Constant):
        return value.value
    return "somebody" if isinstance(value, Variable) and value.meaning in ALWAYS_THERE else Special.NIL


def _equal(left: object, right: object) -> bool:
    for one, other in ((left, right), (right, left)):
        if one is Special.BLANK:
            return other in (Special.NIL, Special.BLANK, Special.EMPTY, "", False)
    return left == right
