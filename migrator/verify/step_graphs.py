"""Two graphs of one sequence in one form: the source's, as the bundle holds it, and the target's, as it was read back.

Only what both sides can show stands here: emails, tags, webhooks, waits, ways. Nothing is taken from the plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from migrator.load.expected import tag_name
from migrator.model.sequences import Sequence
from migrator.model.steps import (
    AddTags,
    AddToList,
    Branch,
    CallWebhook,
    ChangeConsent,
    Entry,
    Exit,
    Jump,
    MoveToSequence,
    RandomSplit,
    RemoveFromList,
    RemoveTags,
    SendEmail,
    SetAttribute,
    Step,
    Wait,
    WaitForEvent,
    WaitUntilDate,
    WaitUntilTime,
)
from migrator.verify.literal_text import literals

Read = dict[str, Any]
END = ""
EMAIL, TAG, UNTAG, WEBHOOK, BRANCH, WAIT, PASS = "email", "tag", "untag", "webhook", "branch", "wait", "pass"
_OTHERS = {ChangeConsent: "consent", SetAttribute: "attribute", AddToList: "list", RemoveFromList: "unlist"}
_KINDS = {
    "action_email": EMAIL,
    "action_ab_test": EMAIL,
    "action_add_tag": TAG,
    "action_remove_tag": UNTAG,
    "action_webhook": WEBHOOK,
    "action_add_to_list": "list",
    "action_remove_from_list": "unlist",
    "logic_branch": BRANCH,
    "logic_delay": WAIT,
    "logic_wait_for_event": WAIT,
}


@dataclass(frozen=True)
class Point:
    """`step`: the id of the step (source) or node (target). `seconds`: of a wait; None where it is no fixed time."""

    kind: str
    step: str
    ways: tuple[str, ...] = (END,)
    says: str = ""
    """Of an email the words of its subject, of a tag its name: what two points are recognised by."""
    seconds: float | None = 0.0


@dataclass
class Graph:
    start: str
    points: dict[str, Point] = field(default_factory=dict)
    """Every way leads to one of these, or to `END`."""

    def at(self, key: str) -> Point | None:
        return self.points.get(key)

    def backwards(self) -> list[str]:
        """Every point that can be reached, each behind those that it leads to; a way back into a circle is no way."""
        order: list[str] = []
        seen: set[str] = set()
        stack: list[tuple[str, Iterator[str]]] = []

        def enter(key: str) -> None:
            if key in self.points and key not in seen:
                seen.add(key)
                stack.append((key, iter(self.points[key].ways)))

        enter(self.start)
        while stack:
            key, ways = stack[-1]
            following = next(ways, None)
            if following is None:
                order.append(key)
                stack.pop()
            else:
                enter(following)
        return order


def of_source(sequence: Sequence) -> Graph:
    leaving: dict[str, dict[str | None, str]] = {}
    for edge in sequence.edges:
        leaving.setdefault(edge.source, {}).setdefault(edge.lane, edge.target)
    targets = {edge.target for edge in sequence.edges}
    roots = [step.id for step in sequence.steps if isinstance(step.action, Entry)]
    roots += [step.id for step in sequence.steps if step.id not in targets]
    graph = Graph(roots[0] if roots else END)
    for step in sequence.steps:
        if step.id not in graph.points:
            for key, point in _points(step, leaving.get(step.id, {})):
                graph.points[key] = point
    return graph


def _points(step: Step, ways: dict[str | None, str]) -> Iterator[tuple[str, Point]]:
    on, this = (ways.get(None) or next(iter(ways.values()), END),), step.id
    match step.action:
        case SendEmail(live=True, content=content):
            yield this, Point(EMAIL, this, on, " ".join(literals(content.subject or "")))
        case AddTags(tags=tags):
            yield from _row(this, TAG, map(tag_name, tags), on[0])
        case RemoveTags(tags=tags):
            yield from _row(this, UNTAG, map(tag_name, tags), on[0])
        case CallWebhook(url=url):
            yield this, Point(WEBHOOK, this, on, url or "")
        case MoveToSequence(stays=stays):
            yield this, Point(TAG, this, on if stays else (END,))
        case Wait(seconds=seconds):
            yield this, Point(WAIT, this, on, seconds=seconds)
        case WaitUntilTime() | WaitUntilDate():
            yield this, Point(WAIT, this, on, seconds=None)
        case Branch(lanes=lanes) as branch:
            waits = branch.evaluate_after_seconds
            yield this, Point(WAIT, this, (f"{this}/look",), seconds=waits)
            # The lane that is left over comes last, as it does at the target.
            ruled = sorted(lanes, key=lambda lane: lane.rule is None)
            yield f"{this}/look", Point(BRANCH, this, _distinct(ways.get(lane.key, END) for lane in ruled))
        case RandomSplit(lanes=lanes):
            yield this, Point(BRANCH, this, _distinct(ways.get(lane.key, END) for lane in lanes))
        case WaitForEvent():
            yield this, Point(WAIT, this, (f"{this}/look",), seconds=None)
            yield f"{this}/look", Point(BRANCH, this, _distinct(ways.values()) or (END,))
        case Exit():
            yield this, Point(PASS, this, (END,))
        case Entry() | Jump() | SendEmail():
            yield this, Point(PASS, this, on)
        case ChangeConsent():
            yield this, Point("consent", this, (END,))
        case other:
            yield this, Point(_OTHERS.get(type(other), "other"), this, on)


def _row(step: str, kind: str, names: Iterable[str], on: str) -> Iterator[tuple[str, Point]]:
    """One point a tag: the target has a step for each."""
    row = list(dict.fromkeys(names))
    keys = [step, *(f"{step}/{number}" for number in range(2, len(row) + 1))]
    if not row:
        yield step, Point(PASS, step, (on,))
    for key, name, following in zip(keys, row, [*keys[1:], on], strict=False):
        yield key, Point(kind, step, (following,), name)


def _distinct(ways: Iterable[str]) -> tuple[str, ...]:
    return tuple(ways)


def of_target(read: Read) -> Graph:
    ways: dict[str, dict[str | None, str]] = {}
    for edge in read.get("edges") or ():
        lane = (edge.get("condition") or {}).get("branchId")
        ways.setdefault(str(edge["sourceNodeId"]), {})[lane] = str(edge["targetNodeId"])
    led_to = {way for out in ways.values() for way in out.values()}
    nodes = {str(node["id"]): node for node in read.get("nodes") or ()}
    subjects = {str(email.get("nodeId")): str(email.get("subject") or "") for email in read.get("emails") or ()}
    graph = Graph(next((node_id for node_id in nodes if node_id not in led_to), END))
    behind_start = set(ways.get(graph.start, {}).values())
    for node_id, node in nodes.items():
        config = node.get("config") or {}
        out = ways.get(node_id, {})
        kind = _KINDS.get(str(node.get("nodeType")), PASS if node_id == graph.start or not out else "other")
        if node.get("nodeType") == "action_update_attributes":
            kind = "consent" if config.get("status") else "attribute"
        said, seconds = "", 0.0 if kind != WAIT else _seconds(config)
        if kind == BRANCH:
            lanes = [lane.get("id") for lane in config.get("branches") or ()]
            row = tuple(out[lane] for lane in (*lanes, *(set(out) - set(lanes))) if lane in out)
            if node_id in behind_start and _for_continuing(config):
                kind, row = PASS, row[-1:]
            graph.points[node_id] = Point(kind, node_id, row)
            continue
        if kind == EMAIL:
            said = " ".join(literals(subjects.get(node_id, "")))
        elif kind in (TAG, UNTAG):
            said = tag_name(str(config.get("tagName") or ""))
        elif kind == WEBHOOK:
            said = str(config.get("url") or "")
        graph.points[node_id] = Point(kind, node_id, tuple(out.values()) or (END,), said, seconds)
    return graph


def _for_continuing(config: Read) -> bool:
    """The lanes of people who continue: an attribute of ours says where. Everybody else takes the way that is left."""
    lanes = config.get("branches") or ()
    values = [str(lane.get("fieldValue")) for lane in lanes]
    names = {lane.get("fieldName") for lane in lanes}
    ours = all(value in ("held", "done") or value.startswith("resume-") for value in values)
    return bool(values) and ours and len(names) == 1


def _seconds(config: Read) -> float | None:
    if config.get("mode", "duration") != "duration":
        return None
    parts = [config.get(f"delay{name}") for name in ("Days", "Hours", "Minutes")]
    if all(part is None for part in parts):
        return None
    days, hours, minutes = (float(part or 0) for part in parts)
    return days * 86_400 + hours * 3_600 + minutes * 60
