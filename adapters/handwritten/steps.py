"""The steps of one sequence of sequences.toml as a graph.

A list of steps is a path. A branching step holds lists of its own; where such a list ends, its people go on at the
step after the branch, so lanes rejoin unless they end with `exit`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from adapters.handwritten.rules import Names, read_rule
from adapters.handwritten.toml_table import Table
from adapters.languages import dialect
from migrator.model import (
    Action,
    BodyFormat,
    ConsentState,
    Edge,
    EmailContent,
    Lane,
    Step,
    Template,
    Weekday,
)
from migrator.model.steps import (
    AddTags,
    AddToList,
    Branch,
    CallWebhook,
    ChangeConsent,
    Exit,
    LeaveSequence,
    MoveToSequence,
    Opaque,
    RandomSplit,
    RemoveFromList,
    RemoveTags,
    SendEmail,
    SetAttribute,
    Wait,
    WaitForEvent,
    WaitUntilDate,
    WaitUntilTime,
)

KINDS = (
    *("email", "body", "wait", "wait_until", "wait_until_date", "wait_for", "if", "choose", "split", "add_tags"),
    *("remove_tags", "add_to_list", "remove_from_list", "set", "unset", "webhook", "move_to", "leave", "unsubscribe"),
    *("exit", "by_hand"),
)
_CONTENT = ("subject", "preview_text", "from_name", "from_email", "reply_to")
Ends = list[tuple[str, str | None]]
"""Ways on that lead nowhere yet: a step, and the lane."""


class Graph:
    def __init__(
        self, templates: Mapping[str, Template], names: Names, *, timezone: str | None, language: str | None
    ) -> None:
        self.templates, self.names, self.timezone, self.language = templates, names, timezone, language
        self.steps: list[Step] = []
        self.edges: list[Edge] = []
        self._ids: set[str] = set()

    def path(self, tables: list[Table], ends: Ends, prefix: str) -> Ends:
        """Adds the steps behind `ends` and gives the new ends."""
        first = not ends and not self.steps
        for number, table in enumerate(tables, 1):
            if not ends and not first:
                raise table.refuse("Nobody gets to this step", "Everybody has left before it: remove it, or the exit.")
            first = False
            ends = self._step(table, ends, f"{prefix}{number}")
        return ends

    def _step(self, table: Table, ends: Ends, own_id: str) -> Ends:
        step_id = table.text("id") or own_id
        if step_id in self._ids:
            raise table.refuse(f"Two steps have the id {step_id}", "Give one of them another id.")
        self._ids.add(step_id)
        self.edges += [Edge(source=source, target=step_id, lane=lane) for source, lane in ends]
        label = table.text("label")
        kind = self._kind(table)
        if kind in _BRANCHING:
            at = len(self.steps)
            action, lanes = _BRANCHING[kind](self, table)
            table.done()
            self.steps.append(Step(id=step_id, action=action, label=label))
            out: Ends = []
            for key, tables in lanes:
                out += self.path(tables, [(step_id, key)], f"{own_id}.{key}.")
            assert self.steps[at].id == step_id  # noqa: S101 - a branch stands before its lanes
            return out
        plain, missing = self._plain(kind, table)
        table.done()
        self.steps.append(Step(id=step_id, action=plain, label=label, content_missing=missing))
        over = isinstance(plain, (Exit, ChangeConsent)) or (isinstance(plain, MoveToSequence) and not plain.stays)
        return [] if over else [(step_id, None)]

    def _kind(self, table: Table) -> str:
        found = [kind for kind in KINDS if kind in table]
        if len(found) != 1:
            what = "This step does nothing that is known" if not found else f"Two steps in one: {', '.join(found)}"
            raise table.refuse(what, f"Write exactly one of {', '.join(KINDS)} in a step.")
        return found[0]

    # One way on ---------------------------------------------------------------------------------------------

    def _plain(self, kind: str, table: Table) -> tuple[Action, tuple[str, ...]]:
        match kind:
            case "email" | "body":
                return self._email(table)
            case "wait":
                return Wait(seconds=table.positive_span("wait")), ()
            case "wait_until":
                return self._until_time(table), ()
            case "wait_until_date":
                return WaitUntilDate(key=table.needed(kind), offset_seconds=table.span("offset") or 0), ()
            case "add_tags":
                return AddTags(tags=self._tags(table, kind)), ()
            case "remove_tags":
                return RemoveTags(tags=self._tags(table, kind)), ()
            case "add_to_list":
                return AddToList(list_id=self.names.list(table.needed(kind))), ()
            case "remove_from_list":
                return RemoveFromList(list_id=self.names.list(table.needed(kind))), ()
            case "set":
                return self._set(table), ()
            case "unset":
                return SetAttribute(key=table.needed(kind), operation="unset"), ()
            case "webhook":
                return self._webhook(table), ()
            case "move_to":
                return MoveToSequence(sequence_id=table.needed(kind), stays=bool(table.flag("stays", False))), ()
            case "leave":
                return LeaveSequence(sequence_id=table.needed(kind)), ()
            case "unsubscribe":
                table.switch(kind)
                return ChangeConsent(state=ConsentState.UNSUBSCRIBED), ()
            case "exit":
                table.switch(kind)
                return Exit(), ()
            case _:
                return Opaque(action=table.needed("by_hand")), ()

    def _email(self, table: Table) -> tuple[Action, tuple[str, ...]]:
        file, body = table.text("email"), table.text("body")
        given: dict[str, Any] = {key: value for key in _CONTENT if (value := table.text(key)) is not None}
        live = table.flag("live", True) is True
        if file is not None:
            template = self.templates.get(file)
            if template is None:
                raise table.refuse(
                    f"There is no email called {file}", "Name its folder with --emails, or correct the name."
                )
            content = msgspec.structs.replace(template.content, **given)
        else:
            html = body or ""
            whole = BodyFormat.DOCUMENT if "<html" in html.lower() else BodyFormat.FRAGMENT
            content = EmailContent(body=html, format=whole, language=dialect(self.language), **given)
        missing = () if content.subject is not None else ("subject",)
        return SendEmail(content=content, template_id=file, live=live), missing

    def _until_time(self, table: Table) -> Action:
        zone = table.text("timezone") or self.timezone
        in_contacts_zone = zone == "contact"
        if in_contacts_zone:
            zone = self.timezone if self.timezone != "contact" else None
        _check_zone(table, zone)
        return WaitUntilTime(
            time=table.clock("wait_until"),
            until=table.clock("until"),
            timezone=zone,
            contact_timezone=in_contacts_zone,
            days=weekdays(table),
            minimum_seconds=table.positive_span("at_least") or 0,
        )

    def _tags(self, table: Table, key: str) -> tuple[str, ...]:
        tags = table.texts(key)
        if not tags:
            raise table.refuse(f"'{key}' names no tag", f'Such as {key} = ["customer"].')
        return tuple(self.names.tag(tag) for tag in tags)

    def _set(self, table: Table) -> Action:
        inner = table.table("set")
        assert inner is not None  # noqa: S101 - the kind was found by this key
        if len(inner.data) != 1:
            raise inner.refuse("One step sets one attribute", 'Write set = { plan = "pro" }.')
        key = next(iter(inner.data))
        return SetAttribute(key=key, value=inner.value(key))

    def _webhook(self, table: Table) -> Action:
        inner = table.table("webhook")
        assert inner is not None  # noqa: S101 - the kind was found by this key
        headers = inner.table("headers")
        found = {key: headers.needed(key) for key in headers.data} if headers else {}
        action = CallWebhook(
            url=inner.needed("url"), method=inner.text("method") or "POST", headers=found, body=inner.text("body")
        )
        inner.done()
        return action

    # Several ways on ----------------------------------------------------------------------------------------

    def if_else(self, table: Table) -> tuple[Action, list[tuple[str, list[Table]]]]:
        condition = table.table("if")
        assert condition is not None  # noqa: S101 - the kind was found by this key
        lanes = (Lane(key="then", rule=read_rule(condition, self.names)), Lane(key="else"))
        action = Branch(lanes=lanes, evaluate_after_seconds=table.positive_span("after") or 0)
        return action, [("then", table.tables("then")), ("else", table.tables("else"))]

    def choose(self, table: Table) -> tuple[Action, list[tuple[str, list[Table]]]]:
        lanes: list[Lane] = []
        paths: list[tuple[str, list[Table]]] = []
        for number, one in enumerate(table.tables("choose"), 1):
            condition = one.table("if")
            key = "else" if condition is None else str(number)
            if any(lane.rule is None for lane in lanes):
                raise one.refuse("A lane stands behind the one for everybody else", "Put the lane without `if` last.")
            rule = read_rule(condition, self.names) if condition else None
            lanes.append(Lane(key=key, rule=rule, label=one.text("label")))
            paths.append((key, one.tables("steps")))
            one.done()
        if not lanes or lanes[0].rule is None:
            raise table.refuse("'choose' has no lane with a condition", "Add { if = { ... }, steps = [...] }.")
        if lanes[-1].rule is not None:
            lanes.append(Lane(key="else"))
            paths.append(("else", []))
        return Branch(lanes=tuple(lanes), evaluate_after_seconds=table.positive_span("after") or 0), paths

    def split(self, table: Table) -> tuple[Action, list[tuple[str, list[Table]]]]:
        lanes: list[Lane] = []
        paths: list[tuple[str, list[Table]]] = []
        for number, one in enumerate(table.tables("split"), 1):
            percent = one.take("percent")
            if isinstance(percent, bool) or not isinstance(percent, (int, float)) or not 0 < percent < 100:
                raise one.refuse("'percent' must be a number between 0 and 100", "Such as percent = 50.")
            lanes.append(Lane(key=str(number), weight=float(percent), label=one.text("label")))
            paths.append((str(number), one.tables("steps")))
            one.done()
        if len(lanes) < 2 or abs(sum(lane.weight or 0 for lane in lanes) - 100) > 0.01:
            raise table.refuse("The lanes of 'split' do not add up to 100 percent", "Correct the percents.")
        return RandomSplit(lanes=tuple(lanes)), paths

    def wait_for(self, table: Table) -> tuple[Action, list[tuple[str, list[Table]]]]:
        condition = table.table("wait_for")
        assert condition is not None  # noqa: S101 - the kind was found by this key
        action = WaitForEvent(rule=read_rule(condition, self.names), timeout_seconds=table.positive_span("at_most"))
        late = table.tables("timed_out")
        if action.timeout_seconds is None and late:
            raise table.refuse("Nobody is ever late here", 'Say how long they wait: at_most = "7 days".')
        lanes = [("happened", table.tables("happened"))]
        return action, lanes if action.timeout_seconds is None else [*lanes, ("timed_out", late)]


_BRANCHING: dict[str, Callable[[Graph, Table], tuple[Action, list[tuple[str, list[Table]]]]]] = {
    "if": Graph.if_else,
    "choose": Graph.choose,
    "split": Graph.split,
    "wait_for": Graph.wait_for,
}


def weekdays(table: Table) -> tuple[Weekday, ...]:
    found = table.texts("days")
    for day in found:
        if day not in Weekday.__members__.values():
            raise table.refuse(f"There is no day called {day}", f"There are {', '.join(Weekday)}.")
    return tuple(Weekday(day) for day in found)


def _check_zone(table: Table, zone: str | None) -> None:
    if zone is None:
        return
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        raise table.refuse(f"There is no time zone {zone}", "Write it like Europe/Berlin, or contact.") from None
