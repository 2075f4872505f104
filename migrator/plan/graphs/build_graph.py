"""Puts lowered pieces together from the end to the beginning: nodes, forks, branches, stand-ins, guards.

It knows how the target's nodes may be wired, not what any source construct means (mappings) and not in which order
calls create them (schedule.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from mappings.conditions import Atom, Expression, History, Joined, Negated
from mappings.sequences.fragments import Fork, Fragment, Piece
from mappings.tags import slug
from mappings.target import END, Body, NodeKind, Origin, TargetEdge, TargetLane, TargetNode

HOLD_LABEL = "Needs a person"


@dataclass(frozen=True)
class Choice:
    """One way of a branch: who matches goes to `target`."""

    expression: Expression
    target: str
    lane: str
    label: str


@dataclass(frozen=True)
class Looks:
    """What is looked at right in front of what a step does."""

    guards: Sequence[Expression] = ()
    """Who matches one of them leaves the sequence."""
    filters: Sequence[Expression] = ()
    """Who does not match each of them goes on without the email."""
    opens: Piece | None = None
    """Waits for the sending window: guards and filters must look when the email leaves and not when it is ready."""


@dataclass
class GraphBuilder:
    nodes: dict[str, TargetNode] = field(default_factory=dict)
    edges: dict[tuple[str, str | None], str] = field(default_factory=dict)
    segments: dict[str, Body] = field(default_factory=dict)
    history: dict[str, History] = field(default_factory=dict)
    """Branch node to what of the past it looks at."""
    key_dates: dict[str, str] = field(default_factory=dict)
    """Key to moment, for waits until a fixed date."""
    made: dict[tuple[str | None, str], list[str]] = field(default_factory=dict)
    """(step id, part) to the keys of its nodes."""

    # --- nodes ---

    def key(self, wanted: str) -> str:
        found, number = wanted, 2
        while found in self.nodes:
            found, number = f"{wanted}.{number}", number + 1
        return found

    def add(self, wanted: str, node_kind: NodeKind, origin: Origin, **fields: object) -> str:
        key = self.key(wanted)
        self.nodes[key] = TargetNode(key=key, kind=node_kind, origin=origin, **fields)  # type: ignore[arg-type]
        self.made.setdefault((origin.step_id, origin.part), []).append(key)
        return key

    def link(self, source: str, target: str, lane: str | None = None) -> None:
        self.edges[source, lane] = target

    def finished(self, start: str, order_from: str) -> tuple[tuple[TargetNode, ...], tuple[TargetEdge, ...]]:
        """Only what can be reached, in the order of the way from the start; lanes in their own order."""
        order: list[str] = []
        seen = {start}
        waiting = [start]
        edges: list[TargetEdge] = [TargetEdge(source=order_from, target=start)]
        while waiting:
            key = waiting.pop()
            if key == END:
                continue
            order.append(key)
            node = self.nodes[key]
            lanes: list[str | None] = [lane.id for lane in node.lanes] or [None]
            if node.kind is NodeKind.BRANCH and not node.random:
                lanes.append("else")
            targets = [(lane, self.edges[key, lane]) for lane in lanes]
            edges += [TargetEdge(source=key, target=target, lane=lane) for lane, target in targets]
            for _, target in reversed(targets):
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        return tuple(self.nodes[key] for key in order), tuple(edges)

    # --- rows and forks ---

    def fragment(
        self,
        fragment: Fragment,
        base: str,
        step_id: str | None,
        following: str,
        looks: Looks = Looks(),
    ) -> str:
        """The key of its first node, or `following` when it has none."""
        entry = END if fragment.ends else following
        names = _names(base, fragment.parts)
        for part, name in zip(reversed(fragment.parts), reversed(names), strict=True):
            entry = self._part(part, name, step_id, entry)
        mails = any(_mails(part) for part in fragment.parts)
        if looks.filters and mails:
            entry = self.filtered(entry, following, looks.filters, base, step_id)
        if looks.guards and any(_acts(part) for part in fragment.parts):
            entry = self.guarded(entry, looks.guards, base, step_id)
        if looks.opens is not None and mails and (looks.guards or looks.filters):
            entry = self._part(looks.opens, f"{base}/{looks.opens.part}", step_id, entry)
        return entry

    def _part(self, part: Piece | Fork, name: str, step_id: str | None, following: str) -> str:
        origin = Origin(step_id=step_id, part=part.part)
        if isinstance(part, Fork):
            yes = self._row(part.yes, f"{name}/yes", origin, following)
            no = self._row(part.no, f"{name}/no", origin, following)
            return self.branch([Choice(Atom(part.condition), yes, "yes", "Yes")], no, f"{name}/if", origin, part.label)
        key = self.add(name, part.kind, origin, body=part.body)
        self.link(key, following)
        if part.key_date is not None:
            self.key_dates[part.key_date[0]] = part.key_date[1]
        return key

    def _row(self, pieces: Iterable[Piece], name: str, origin: Origin, following: str) -> str:
        entry = following
        row = list(enumerate(pieces, 1))
        for number, piece in reversed(row):
            own = name if number == 1 else f"{name}.{number}"
            key = self.add(own, piece.kind, origin, body=piece.body)
            self.link(key, entry)
            entry = key
        return entry

    def guarded(self, key: str, guards: Sequence[Expression], name: str, step_id: str | None) -> str:
        """Who matches a guard leaves; looked at last, right in front of what the step does."""
        origin = Origin(step_id=step_id, part="exit_rule")
        for guard in reversed(guards):
            key = self.branch([Choice(guard, END, "leaves", "Leaves")], key, f"{name}/exit", origin, "Leaves?")
        return key

    def filtered(self, key: str, without: str, filters: Sequence[Expression], name: str, step_id: str | None) -> str:
        """Who matches every filter comes to the email; the others go on behind it."""
        origin = Origin(step_id=step_id, part="email_filter")
        for wanted in reversed(filters):
            choice = Choice(wanted, key, "gets-it", "Gets this email")
            key = self.branch([choice], without, f"{name}/filter", origin, "Gets this email?")
        return key

    # --- branches ---

    def branch(self, choices: Sequence[Choice], otherwise: str, name: str, origin: Origin, label: str) -> str:
        """The first choice that holds is taken. Simple ones share a branch node; others nest behind `else`."""
        rest = otherwise
        group: list[Choice] = []
        for choice in reversed(choices):
            if _atoms(choice.expression) is not None:
                group.insert(0, choice)
                continue
            rest = self._lanes(group, rest, name, origin, label)
            group = []
            rest = self._expression(choice.expression, choice.target, rest, choice, name, origin, label)
        return self._lanes(group, rest, name, origin, label)

    def _lanes(self, choices: Sequence[Choice], otherwise: str, name: str, origin: Origin, label: str) -> str:
        if not choices:
            return otherwise
        lanes: list[TargetLane] = []
        targets: dict[str, str] = {}
        looks: set[History] = set()
        for choice in choices:
            for atom in _atoms(choice.expression) or ():
                lane_id = _free(slug(choice.lane), {*targets, "else"})
                lanes.append(TargetLane(id=lane_id, condition=atom.condition, label=choice.label))
                targets[lane_id] = choice.target
                looks.add(atom.history)
                if atom.segment is not None:
                    self.segments[atom.segment[0]] = atom.segment[1]
        key = self.add(name, NodeKind.BRANCH, origin, lanes=tuple(lanes), body=_labelled(label))
        for lane_id, target in targets.items():
            self.link(key, target, lane_id)
        self.link(key, otherwise, "else")
        if looks - {""}:
            order: tuple[History, ...] = ("events", "this_sequence", "previous_email", "window")
            self.history[key] = next(one for one in order if one in looks)
        return key

    def _expression(
        self, wanted: Expression, yes: str, no: str, choice: Choice, name: str, origin: Origin, label: str
    ) -> str:
        """and: one behind the other; or: several lanes to one target; not: the lanes change places."""
        if _atoms(wanted) is not None:
            return self._lanes([Choice(wanted, yes, choice.lane, choice.label)], no, name, origin, label)
        if isinstance(wanted, Negated):
            turned = Choice(wanted.part, no, f"not-{choice.lane}", f"Not: {choice.label}")
            return self._expression(wanted.part, no, yes, turned, name, origin, label)
        assert isinstance(wanted, Joined)  # noqa: S101 - the only kind left
        for part in reversed(wanted.parts):
            if wanted.all:
                yes = self._expression(part, yes, no, choice, name, origin, label)
            else:
                no = self._expression(part, yes, no, choice, name, origin, label)
        return yes if wanted.all else no

    def random(self, lanes: Sequence[tuple[str, int, str, str]], name: str, origin: Origin, label: str) -> str:
        """Lanes as (id, percent, label, target)."""
        made: list[TargetLane] = []
        targets: dict[str, str] = {}
        for lane, percent, lane_label, target in lanes:
            lane_id = _free(slug(lane), {*targets, "else"})
            made.append(TargetLane(id=lane_id, percent=percent, label=lane_label))
            targets[lane_id] = target
        key = self.add(name, NodeKind.BRANCH, origin, lanes=tuple(made), random=True, body=_labelled(label))
        for lane_id, target in targets.items():
            self.link(key, target, lane_id)
        return key

    # --- stand-ins ---

    def hold(self, ways: dict[str, str], tag: str, name: str, step_id: str | None, reason: str) -> str:
        """Stands where a person must decide: everybody ends here, and what follows is kept behind a tag nobody has.

        Not a wait, because a wait ends by itself; not an empty step, because people would walk on and be mailed.
        """
        kept = {lane: target for lane, target in ways.items() if target != END}
        choices: list[Choice] = []
        tags: set[str] = set()
        for lane, target in kept.items():
            own = _free(tag if len(kept) == 1 else f"{tag}-{slug(lane)}", tags)
            tags.add(own)
            asked = Atom({"conditionType": "has_tag", "tagName": own})
            choices.append(Choice(asked, target, lane or "go-on", f"Goes on: {slug(lane)}" if lane else "Goes on"))
        if not choices:
            return END
        origin = Origin(step_id=step_id, part="stand_in")
        key = self.branch(choices, END, f"{name}/hold", origin, HOLD_LABEL)
        self.nodes[key] = replaced(self.nodes[key], blocks_enabling=reason)
        return key


def replaced(node: TargetNode, **fields: object) -> TargetNode:
    return msgspec.structs.replace(node, **fields)


def _mails(part: Piece | Fork) -> bool:
    return isinstance(part, Piece) and part.kind is NodeKind.EMAIL


def _acts(part: Piece | Fork) -> bool:
    return isinstance(part, Fork) or part.kind not in (NodeKind.DELAY, NodeKind.WAIT_FOR_EVENT)


def _names(base: str, parts: Sequence[Piece | Fork]) -> list[str]:
    found: list[str] = []
    for part in parts:
        wanted = base if part.part == "step" else f"{base}/{part.part}"
        name, number = wanted, 2
        while name in found:
            name, number = f"{wanted}.{number}", number + 1
        found.append(name)
    return found


def _atoms(expression: Expression) -> tuple[Atom, ...] | None:
    """Conditions of which one is enough, without any other logic; a lane each."""
    if isinstance(expression, Atom):
        return (expression,)
    if isinstance(expression, Negated) and isinstance(expression.part, Atom):
        condition = expression.part.condition
        if condition.get("conditionType") == "has_tag":
            return (Atom({**condition, "conditionType": "does_not_have_tag"}),)
    if isinstance(expression, Joined) and not expression.all:
        found = [_atoms(part) for part in expression.parts]
        if all(one is not None for one in found):
            return tuple(atom for one in found if one is not None for atom in one)
    return None


def _free(wanted: str, taken: set[str]) -> str:
    found, number = wanted, 2
    while found in taken:
        found, number = f"{wanted}-{number}", number + 1
    return found


def _labelled(label: str) -> Body:
    return {"label": label} if label else {}
