"""Hypothesis strategies for every neutral record: `from tests.strategies import contacts`.

`texts()` holds what platforms really send: emojis cut in half, line separators, names that look like paths, NULs.
Values that JSON has no word for (NaN) are left out; tests that are about them make their own.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from functools import cache
from typing import Any, TypeVar, get_args

import msgspec
from hypothesis import strategies as st

from migrator.model import (
    Action,
    Attribute,
    Campaign,
    Consent,
    Contact,
    ContactList,
    Edge,
    Enrolment,
    Form,
    ListMembership,
    OtherResource,
    Record,
    Rule,
    Segment,
    Sequence,
    Step,
    Suppression,
    Tag,
    Template,
    Trigger,
)
from migrator.model.rules import ActivityRule, AllOf, AnyOf, Not

R = TypeVar("R", bound=Record)

AWKWARD = ("", " ", "NaN", "null", "\ud83d", "\ude00 half", "a\u2028b\nc\r", "\x00", "../../etc", "CON", "İi", "𝒳" * 3)
ROOT_KINDS: tuple[type[Record], ...] = (
    Attribute,
    Campaign,
    Contact,
    ContactList,
    Enrolment,
    Form,
    OtherResource,
    Segment,
    Sequence,
    Suppression,
    Tag,
    Template,
)
"""Every record that a bundle holds by itself."""


def texts(max_size: int = 12) -> st.SearchStrategy[str]:
    any_text = st.text(st.characters(), max_size=max_size)
    # Two halves side by side are one emoji to every JSON reader: not a text that can be sent.
    return st.one_of(st.sampled_from(AWKWARD), any_text).filter(lambda text: text == _joined(text))


def ids() -> st.SearchStrategy[str]:
    return st.one_of(st.integers(1, 99).map(str), st.uuids().map(str), texts())


def emails() -> st.SearchStrategy[str]:
    return st.integers(0, 9999).map(lambda number: f"person{number}@example.com")


def moments() -> st.SearchStrategy[datetime]:
    zones = st.one_of(st.just(UTC), st.integers(-23 * 4, 23 * 4).map(lambda n: timezone(timedelta(minutes=15 * n))))
    return st.datetimes(datetime(1970, 1, 3), datetime(2100, 1, 1), timezones=zones)  # noqa: DTZ001 - zone is added


def raws() -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(texts(), values(), max_size=3)


def values() -> st.SearchStrategy[Any]:
    """Anything that JSON can say, numbers beyond 64 bits and deep nesting with it."""
    scalars = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**30), 10**30),
        st.floats(allow_nan=False, allow_infinity=False),
        texts(),
    )
    return st.recursive(
        scalars,
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts(), inner, max_size=3)),
        max_leaves=5,
    )


@cache
def rules(depth: int = 2) -> st.SearchStrategy[Rule]:
    inner: st.SearchStrategy[Any] = rules(depth - 1) if depth else st.nothing()
    where = st.none() | inner
    leaves = (kind for kind in get_args(Rule) if kind not in (AllOf, AnyOf, Not, ActivityRule))
    several = st.lists(inner, max_size=3).map(tuple)
    trees = (st.builds(AllOf, rules=several), st.builds(AnyOf, rules=several), st.builds(Not, rule=inner))
    return st.one_of(*(records(kind) for kind in leaves), records(ActivityRule, where=where), *(trees if depth else ()))


def consents() -> st.SearchStrategy[Consent]:
    return records(Consent)


def contacts(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Contact]:
    given = {"email": st.none() | emails(), "lists": st.lists(records(ListMembership), max_size=2).map(tuple)}
    return records(Contact, **{**given, **fields})


def enrolments(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Enrolment]:
    return records(Enrolment, **{"email": st.none() | emails(), **fields})


def actions() -> st.SearchStrategy[Action]:
    """Every kind of step, each as likely as the next."""
    return st.sampled_from(get_args(Action)).flatmap(records)


def steps(step_id: str | None = None) -> st.SearchStrategy[Step]:
    return records(Step, action=actions(), **({} if step_id is None else {"id": st.just(step_id)}))


@st.composite
def valid_sequences(draw: st.DrawFn) -> Sequence:
    """One root, every step reachable, no cycle; branches may rejoin."""
    number = draw(st.integers(1, 7))
    names = [f"s{at}" for at in range(number)]
    chosen = tuple(draw(steps(name)) for name in names)
    edges = [
        Edge(source=names[draw(st.integers(0, at - 1))], target=names[at], lane=draw(st.none() | st.just("yes")))
        for at in range(1, number)
    ]
    for _ in range(draw(st.integers(0, 2)) if number > 2 else 0):
        start = draw(st.integers(0, number - 2))
        edges.append(Edge(source=names[start], target=names[draw(st.integers(start + 1, number - 1))], lane="no"))
    return draw(records(Sequence, steps=st.just(chosen), edges=st.just(tuple(edges))))


@st.composite
def broken_sequences(draw: st.DrawFn) -> Sequence:
    """Anything a source may hold: cycles, orphans, edges to nowhere, steps with the same id."""
    chosen = tuple(draw(st.lists(steps(), max_size=5)))
    names = st.sampled_from([*(step.id for step in chosen), "nowhere"])
    edges = st.lists(st.builds(Edge, source=names, target=names, lane=st.none() | texts()), max_size=8).map(tuple)
    return draw(records(Sequence, steps=st.just(chosen), edges=edges))


def sequences() -> st.SearchStrategy[Sequence]:
    return st.one_of(valid_sequences(), broken_sequences())


def records(kind: type[R], **given: st.SearchStrategy[Any]) -> st.SearchStrategy[R]:
    """Any record of a kind. Optional fields are left out about half of the time."""
    return _records(kind, **given) if given else _any_records(kind)


@cache
def _any_records(kind: type[R]) -> st.SearchStrategy[R]:
    return _records(kind)


def _records(kind: type[R], **given: st.SearchStrategy[Any]) -> st.SearchStrategy[R]:
    required, optional = {}, {}
    for field in msgspec.structs.fields(kind):
        strategy = given[field.name] if field.name in given else _field(field)
        (required if field.required else optional)[field.name] = strategy
    return st.fixed_dictionaries(required, optional=optional).map(lambda fields: kind(**fields))


def _field(field: msgspec.structs.FieldInfo) -> st.SearchStrategy[Any]:
    if field.name in ("raw", "settings", "attributes", "other"):
        return raws()
    if field.name in ("source_id", "id") or field.name.endswith("_id"):
        return ids() if field.required else st.none() | ids()
    return _of_type(field.type)


def _of_type(found: Any) -> st.SearchStrategy[Any]:
    if found == Rule:
        return rules()
    if found in (Action, Trigger):
        return st.sampled_from(get_args(found)).flatmap(records)
    if found is Any:
        return values()
    if isinstance(found, type):
        if issubclass(found, Record):
            return st.deferred(lambda: records(found))
        if issubclass(found, Enum):
            return st.sampled_from(found)
        return _PLAIN[found]
    origin, parts = getattr(found, "__origin__", None), get_args(found)
    if origin is tuple:
        return st.lists(st.deferred(lambda: _of_type(parts[0])), max_size=3).map(tuple)
    if origin is list:
        return st.lists(_of_type(parts[0]), max_size=2)
    if origin is dict:
        return st.dictionaries(_of_type(parts[0]), _of_type(parts[1]), max_size=3)
    rest = tuple(part for part in parts if part is not type(None))
    if set(get_args(Rule)) <= set(rest):
        return st.none() | rules()
    return st.one_of(st.none() if len(rest) < len(parts) else st.nothing(), *(_of_type(part) for part in rest))


_PLAIN: dict[type, st.SearchStrategy[Any]] = {
    str: texts(),
    int: st.integers(-(2**40), 2**70),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    datetime: moments(),
    type(None): st.none(),
}


def _joined(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


__all__ = [
    "AWKWARD",
    "ROOT_KINDS",
    "actions",
    "broken_sequences",
    "consents",
    "contacts",
    "emails",
    "enrolments",
    "ids",
    "moments",
    "raws",
    "records",
    "rules",
    "sequences",
    "steps",
    "texts",
    "valid_sequences",
    "values",
]
