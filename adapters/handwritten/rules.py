"""Conditions and triggers of sequences.toml. One table says one thing; `all`, `any` and `not` combine them."""

from __future__ import annotations

from typing import Any

import msgspec

from adapters.handwritten.toml_table import Table
from migrator.model import ConsentState, ReEntry, Rule, Trigger
from migrator.model.rules import (
    Activity,
    ActivityRule,
    ActivityScope,
    AllOf,
    AnyOf,
    Comparison,
    ConsentRule,
    FieldKind,
    FieldRule,
    ListRule,
    Not,
    TagRule,
)
from migrator.model.sequences import (
    ApiOnly,
    AttributeChanged,
    ContactCreated,
    DateReached,
    EventReceived,
    FormSubmitted,
    ListJoined,
    TagAdded,
)

KINDS = ("all", "any", "not", "tag", "list", "subscribed", "attribute", "field", "opened", "clicked", "event")
COMPARISONS = {
    "is": Comparison.EQUALS,
    "is_not": Comparison.NOT_EQUALS,
    "contains": Comparison.CONTAINS,
    "not_contains": Comparison.NOT_CONTAINS,
    "starts_with": Comparison.STARTS_WITH,
    "ends_with": Comparison.ENDS_WITH,
    "greater_than": Comparison.GREATER,
    "at_least": Comparison.GREATER_OR_EQUAL,
    "less_than": Comparison.LESS,
    "at_most": Comparison.LESS_OR_EQUAL,
    "one_of": Comparison.ONE_OF,
    "not_one_of": Comparison.NOT_ONE_OF,
    "before": Comparison.BEFORE,
    "after": Comparison.AFTER,
    "within_last_days": Comparison.WITHIN_LAST_DAYS,
    "within_next_days": Comparison.WITHIN_NEXT_DAYS,
}
SCOPES = {
    "previous": ActivityScope.PREVIOUS_EMAIL,
    "this_sequence": ActivityScope.THIS_SEQUENCE,
    "any": ActivityScope.ANY,
}
TRIGGERS = (
    *("tag_added", "list_joined", "form_submitted", "event", "attribute_changed", "date_reached"),
    *("contact_created", "by_hand"),
)


class Names:
    """Tags and lists that the file speaks of, so that the bundle knows them all."""

    def __init__(self) -> None:
        self.tags: set[str] = set()
        self.lists: set[str] = set()

    def tag(self, name: str) -> str:
        self.tags.add(name)
        return name

    def list(self, name: str) -> str:
        self.lists.add(name)
        return name


def read_rule(table: Table, names: Names) -> Rule:
    kind = _only(table, KINDS)
    rule = _rule(kind, table, names)
    table.done()
    return rule


def since_entering(rule: Rule) -> Rule:
    """A rule for leaving: an event without a time of its own counts from the moment at which the person entered.
    Somebody who bought a year ago has not left yet."""
    match rule:
        case AllOf(rules=several) | AnyOf(rules=several):
            return msgspec.structs.replace(rule, rules=tuple(since_entering(one) for one in several))
        case Not(rule=inner):
            return Not(rule=since_entering(inner))
        case ActivityRule(activity=Activity.EVENT, scope=ActivityScope.ANY, within_seconds=None):
            return msgspec.structs.replace(rule, scope=ActivityScope.THIS_SEQUENCE)
    return rule


def _rule(kind: str, table: Table, names: Names) -> Rule:
    match kind:
        case "all" | "any":
            rules = tuple(read_rule(one, names) for one in table.tables(kind))
            if not rules:
                raise table.refuse(f"'{kind}' holds no condition", "Put one in, or leave it out.")
            return AllOf(rules=rules) if kind == "all" else AnyOf(rules=rules)
        case "not":
            inner = table.table("not")
            assert inner is not None  # noqa: S101 - the kind was found by this key
            return Not(rule=read_rule(inner, names))
        case "tag":
            return TagRule(tag=names.tag(table.needed("tag")))
        case "list":
            return ListRule(list_id=names.list(table.needed("list")))
        case "subscribed":
            yes = ConsentRule(state=ConsentState.SUBSCRIBED)
            return yes if table.flag("subscribed") else Not(rule=yes)
        case "attribute" | "field":
            return _field(kind, table)
        case "opened" | "clicked":
            scope = table.word(kind, SCOPES)
            return ActivityRule(
                activity=Activity.OPENED if kind == "opened" else Activity.CLICKED,
                scope=SCOPES[scope or "any"],
                link=table.text("link") if kind == "clicked" else None,
                within_seconds=table.positive_span("within"),
            )
        case _:
            return ActivityRule(
                activity=Activity.EVENT,
                event_name=table.needed("event"),
                at_least=_count(table),
                within_seconds=table.positive_span("within"),
            )


def _field(kind: str, table: Table) -> Rule:
    key = table.needed(kind)
    where = FieldKind.CUSTOM if kind == "attribute" else FieldKind.BUILT_IN
    given = [one for one in (*COMPARISONS, "empty") if one in table]
    if len(given) != 1:
        what = "A comparison is missing" if not given else f"Two comparisons at once: {', '.join(given)}"
        raise table.refuse(what, f'Write one, such as is = "pro". There are {", ".join(COMPARISONS)} and empty.')
    if given[0] == "empty":
        empty = table.flag("empty")
        return FieldRule(kind=where, key=key, comparison=Comparison.IS_EMPTY if empty else Comparison.IS_NOT_EMPTY)
    value = table.value(given[0])
    return FieldRule(kind=where, key=key, comparison=COMPARISONS[given[0]], value=value, value_type=_type_of(value))


def _type_of(value: Any) -> str | None:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return "text" if isinstance(value, str) else None


def _count(table: Table) -> int:
    value = table.take("at_least")
    if value is None:
        return 1
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise table.refuse("'at_least' must be a whole number", "Such as at_least = 2.")
    return value


def read_trigger(table: Table, names: Names) -> Trigger:
    kind = _only(table, TRIGGERS)
    trigger: Trigger
    match kind:
        case "tag_added":
            leaves = bool(table.flag("leaves_when_removed", False))
            trigger = TagAdded(tag=names.tag(table.needed(kind)), leaves_when_removed=leaves)
        case "list_joined":
            trigger = ListJoined(list_id=names.list(table.needed(kind)))
        case "form_submitted":
            trigger = FormSubmitted(form_id=table.needed(kind))
        case "event":
            trigger = EventReceived(event_name=table.needed(kind))
        case "attribute_changed":
            trigger = AttributeChanged(key=table.needed(kind), to=table.text("to"))
        case "date_reached":
            offset, yearly = table.span("offset") or 0, bool(table.flag("yearly", False))
            trigger = DateReached(key=table.needed(kind), offset_seconds=offset, yearly=yearly)
        case "contact_created":
            table.switch(kind)
            trigger = ContactCreated()
        case _:
            table.switch("by_hand")
            trigger = ApiOnly()
    table.done()
    return trigger


def read_re_entry(table: Table) -> tuple[ReEntry, int | None]:
    value = table.take("re_entry")
    if value is None:
        return ReEntry.UNKNOWN, None
    if isinstance(value, dict):
        inner = Table(value, f"{table.place}, re_entry")
        seconds = inner.positive_span("after")
        inner.done()
        if seconds is None:
            raise inner.refuse("'after' is missing", 'Write re_entry = { after = "30 days" }.')
        return ReEntry.AFTER_DELAY, seconds
    words = (ReEntry.ONCE, ReEntry.ALWAYS, ReEntry.AFTER_COMPLETION)
    if value not in words:
        raise table.refuse(
            f"'re_entry' cannot be {value!r}", f'It may be {", ".join(words)} or {{ after = "30 days" }}.'
        )
    return ReEntry(value), None


def _only(table: Table, kinds: tuple[str, ...]) -> str:
    found = [kind for kind in kinds if kind in table]
    if len(found) != 1:
        what = "Nothing that is known stands here" if not found else f"Two things at once: {', '.join(found)}"
        raise table.refuse(what, f"Write exactly one of {', '.join(kinds)}.")
    for kind in kinds:
        table.take(kind)
    return found[0]
