"""Who belongs to a segment: rules within groups, groups within a segment, with the defaults of every generation.

Rules about opens and clicks read the account's own receipts, as the platform does.
"""

from __future__ import annotations

import operator as op
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec

from migrator.sandbox.broadcast.account import Row, Subscriber, moment_of
from migrator.sandbox.broadcast.directory import Directory

_TEXTS: dict[str, Callable[[str, str], bool]] = {
    "equals": str.__eq__,
    "contains": str.__contains__,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
}
_NUMBERS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": op.eq,
    "not_equals": op.ne,
    "greater_than": op.gt,
    "less_than": op.lt,
    "greater_than_or_equal": op.ge,
    "less_than_or_equal": op.le,
}
_DAYS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": op.eq,
    "before": op.lt,
    "after": op.gt,
    "on_or_before": op.le,
    "on_or_after": op.ge,
}
_DATES = {"sent": "sent_at", "opened": "opened_at", "clicked": "clicked_at"}


class Segments:
    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._kept: dict[int, tuple[tuple[int, datetime], list[Subscriber]]] = {}

    def members(self, segment: Row, now: datetime) -> list[Subscriber]:
        """Recounted on each read of a changed account; kept while nothing moved."""
        mark = (self._directory.changes, now)
        kept = self._kept.get(segment["id"])
        if kept is None or kept[0] != mark:
            people = self._directory.account.subscribers
            kept = (mark, [person for person in people if self.holds(segment, person, now)])
            self._kept[segment["id"]] = kept
        return kept[1]

    def last_count(self, segment: Row, now: datetime) -> int:
        """The count of the last reading, which may be out of date."""
        kept = self._kept.get(segment["id"])
        return len(kept[1] if kept else self.members(segment, now))

    def holds(self, segment: Row, person: Subscriber, now: datetime) -> bool:
        groups = segment.get("segment_groups") or []
        joined = all if segment.get("match_type") == "all" else any
        return bool(groups) and joined(self._group(group, person, now) for group in groups)

    def _group(self, group: Row, person: Subscriber, now: datetime) -> bool:
        joined = any if group.get("match_type") == "any" else all
        return joined(self._rule(rule, person, now) for rule in group["segment_rules"])

    def _rule(self, rule: Row, person: Subscriber, now: datetime) -> bool:
        return self._compare(rule, person, now) is not bool(rule.get("is_negative"))

    def _compare(self, rule: Row, person: Subscriber, now: datetime) -> bool:
        operator, value = str(rule["operator"]), rule.get("value")
        if rule["rule_type"] == "engagement_window":
            return self._window(rule, person, now)
        actual = self._actual(rule["field"], person)
        if operator in ("tagged_with", "not_tagged_with"):
            # About tags of emails that were clicked; no email of a sequence carries any.
            return operator == "not_tagged_with"
        if rule["rule_type"] == "date":
            return _date(operator, _moment(actual), value, rule.get("value_type"), now)
        if rule["rule_type"] == "number":
            return _number(operator, actual, value)
        if rule["rule_type"] == "boolean":
            return bool(actual) is (operator == "is_true")
        if isinstance(actual, list):
            return _list(operator, actual, value)
        return _text(operator, actual, value, bool(rule.get("case_sensitive")))

    def _actual(self, field: str, person: Subscriber) -> Any:
        if field in ("email", "first_name", "last_name", "tags", "created_at", "is_active"):
            return getattr(person, field)
        if field == "is_confirmed":
            return person.confirmed_at is not None
        if field == "sequential_id":
            return person.id
        words = field.split("_")
        kind = next((kind for kind in _DATES if kind in words), None)
        if kind is not None and words[0] in ("last", "any", "total", "has"):
            receipts = self._directory.receipts.get(person.id, ())
            moments = [at for receipt in receipts if (at := getattr(receipt, _DATES[kind])) is not None]
            if words[0] == "total":
                return len(moments)
            return bool(moments) if words[0] == "has" else max(moments, default=None)
        here: Any = person.custom_data
        for part in field.removeprefix("custom_data.").split("."):
            here = here.get(part) if isinstance(here, dict) else None
        return here

    def _window(self, rule: Row, person: Subscriber, now: datetime) -> bool:
        key = "opened_at" if "opened" in rule["field"] else "clicked_at"
        since, wanted = now - timedelta(days=int(rule["value"])), int(rule.get("secondary_value") or 1)
        found = sum(
            (at := getattr(receipt, key)) is not None and at >= since
            for receipt in self._directory.receipts.get(person.id, ())
        )
        return (found >= wanted) is (rule["operator"] == "at_least_within_days")


def _text(operator: str, actual: Any, value: Any, case_sensitive: bool) -> bool:
    if operator in ("is_empty", "is_not_empty"):
        return (actual in (None, "", [])) is (operator == "is_empty")
    here, wanted = ("" if actual is None else str(actual)), str(value)
    if not case_sensitive:
        here, wanted = here.lower(), wanted.lower()
    compare = _TEXTS.get(operator.replace("not_", ""))
    return (compare is not None and compare(here, wanted)) is not ("not_" in operator)


def _list(operator: str, actual: list[str], value: Any) -> bool:
    if operator in ("is_empty", "is_not_empty"):
        return (not actual) is (operator == "is_empty")
    wanted = msgspec.json.decode(value) if isinstance(value, str) and value.startswith("[") else [value]
    found = any(tag in actual for tag in wanted)
    return found is not (operator in ("not_contains", "excludes"))


def _number(operator: str, actual: Any, value: Any) -> bool:
    try:
        here, wanted = float(actual), float(value)
    except (TypeError, ValueError):
        return operator == "not_equals"
    compare = _NUMBERS.get(operator)
    return compare is not None and bool(compare(here, wanted))


def _date(operator: str, actual: datetime | None, value: Any, value_type: str | None, now: datetime) -> bool:
    if operator in ("never", "is_empty", "is_not_empty"):
        return (actual is None) is not (operator == "is_not_empty")
    if operator in ("within_last_days", "not_within_last_days"):
        recent = actual is not None and actual >= now - timedelta(days=int(value))
        return recent is (operator == "within_last_days")
    if actual is None:
        return False
    wanted = now - timedelta(days=int(value)) if value_type == "relative_date" else _written(str(value))
    compare = _DAYS.get(operator)
    return compare is not None and bool(compare(actual.date(), wanted.date()))


@lru_cache(maxsize=256)
def _written(text: str) -> datetime:
    return moment_of(text)


def _moment(actual: Any) -> datetime | None:
    if isinstance(actual, str):
        try:
            return moment_of(actual)
        except ValueError:
            return None
    return actual if isinstance(actual, datetime) else None
