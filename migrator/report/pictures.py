"""A sequence as two pictures: the steps of the source, and what they become. Only what the boxes say and how they
hang together; where they stand on the page is layout.py's work.

The lanes for people who stand in the middle are drawn as one box with dashed ways, as they are a passing thing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mappings.target import END, START, NodeKind, TargetGraph, TargetNode
from migrator.model import Sequence, Step
from migrator.model.steps import (
    AddTags,
    AddToList,
    Branch,
    CallWebhook,
    ChangeConsent,
    CreateDiscount,
    Entry,
    Exit,
    Jump,
    LeaveSequence,
    MoveToSequence,
    Opaque,
    RandomSplit,
    RemoveFromList,
    RemoveTags,
    SendEmail,
    SendOther,
    SetAttribute,
    Wait,
    WaitForEvent,
    WaitUntilDate,
    WaitUntilTime,
)
from migrator.report.facts import Edge, Node, Picture
from migrator.report.words import (
    Names,
    condition_words,
    delay_words,
    host_of,
    quoted,
    rule_words,
    span,
    target_trigger_words,
    trigger_words,
)

Says = tuple[str, str, str]
"""Kind, title and text of a box."""

_ANSWERS = {"true": "Yes", "false": "No", "happened": "Happened", "timed_out": "Time over", "else": "Else"}


def source_picture(
    sequence: Sequence, names: Names, verdicts: Mapping[str, str], standing: Mapping[str, int]
) -> Picture:
    nodes, seen = [], set()
    for step in sequence.steps:
        if step.id in seen:
            continue
        seen.add(step.id)
        kind, title, text = step_says(step, sequence, names)
        nodes.append(
            Node(
                id=step.id,
                kind=kind,
                title=title,
                text=text,
                step=step.id,
                verdict=verdicts.get(step.id, "exact"),
                people=standing.get(step.id, 0),
            )
        )
    labels = {
        (step.id, lane.key): _lane_label(lane.label or lane.key, lane.weight)
        for step in sequence.steps
        if isinstance(step.action, Branch | RandomSplit)
        for lane in step.action.lanes
    }
    edges = [
        Edge(source=one.source, target=one.target, label=labels.get((one.source, one.lane or ""), answer(one.lane)))
        for one in sequence.edges
        if one.source in seen and one.target in seen
    ]
    return Picture(nodes=tuple(nodes), edges=tuple(edges))


def _lane_label(label: str, weight: float | None) -> str:
    return answer(label) + (f" {weight:g} %" if weight is not None else "")


def answer(lane: str | None) -> str:
    """A lane's key or label as a person reads it."""
    return _ANSWERS.get(lane or "", lane or "")


def step_says(step: Step, sequence: Sequence, names: Names) -> Says:
    label = step.label or ""
    match step.action:
        case Entry():
            starts = " or ".join(trigger_words(one, names) for one in sequence.triggers)
            return "start", label or "Start", starts or "No start was found"
        case SendEmail(content=content, live=live):
            return "email", label or "Email", (content.subject or "No subject") + ("" if live else " (switched off)")
        case Wait(seconds=seconds):
            return "wait", "Wait, for an unknown time" if seconds is None else f"Wait {span(seconds)}", ""
        case WaitUntilTime() as until:
            days = ", ".join(day.value[:3] for day in until.days)
            title = f"Wait until {days + ' ' if days else ''}{(until.time or 'an unknown time')[:5]}"
            return "wait", title if until.time else "Wait until an unknown time", until.timezone or ""
        case WaitUntilDate(key=key, at=at):
            return "wait", f"Wait until {at or key or 'an unknown date'}", ""
        case WaitForEvent(rule=rule, timeout_seconds=timeout):
            return "wait", f"Wait until {rule_words(rule, names)}", f"At most {span(timeout)}" if timeout else ""
        case Branch(lanes=lanes, evaluate_after_seconds=after):
            rules = [rule_words(lane.rule, names) for lane in lanes if lane.rule is not None]
            wait = "" if after == 0 else f", after {span(after)}" if after else ", after an unknown time"
            return "branch", label or "Branch", "; ".join(dict.fromkeys(rules)).capitalize() + wait
        case RandomSplit():
            return "branch", label or "Random split", ""
    return _acts(step, names)


def _acts(step: Step, names: Names) -> Says:
    label = step.label or ""
    match step.action:
        case AddTags(tags=tags):
            return "tag", "Add " + _listed(tags, "tag"), ""
        case RemoveTags(tags=tags):
            return "tag", "Remove " + _listed(tags, "tag"), ""
        case AddToList(list_id=list_id):
            return "list", f"Add to list {names.of('lists', list_id)}", ""
        case RemoveFromList(list_id=list_id):
            return "list", f"Remove from list {names.of('lists', list_id)}", ""
        case SetAttribute(key=key, value=value, operation=operation):
            return "attribute", f"{operation.capitalize()} {key}", "" if value is None else str(value)
        case ChangeConsent(state=state):
            return "end", label or "Stop", f"Becomes {state.value.replace('_', ' ')}; the path ends"
        case MoveToSequence(sequence_id=sequence_id):
            return "move", "Move to " + names.of("sequences", sequence_id), ""
        case LeaveSequence(sequence_id=sequence_id):
            return "move", "Leave " + names.of("sequences", sequence_id), ""
        case CallWebhook(url=url, method=method):
            return "webhook", label or "Webhook", f"{method or 'POST'} {host_of(url)}"
        case SendOther(channel=channel):
            return "other", label or f"Message by {channel}", channel
        case CreateDiscount():
            return "other", label or "Discount", ""
        case Jump():
            return "other", label or "Go on elsewhere", ""
        case Exit():
            return "end", "End", ""
        case Opaque(action=action):
            return "other", label or action, f"Unknown kind: {action}"
    return "other", label or "Step", ""


def _listed(tags: tuple[str, ...], name: str) -> str:
    return f"{name}{'s' if len(tags) > 1 else ''} " + ", ".join(quoted(tag) for tag in tags) if tags else f"no {name}"


# What it becomes ------------------------------------------------------------------------------------------

RESUME = "resume"


def target_picture(
    graph: TargetGraph, names: Names, verdicts: Mapping[str, str], resuming: Mapping[str, int]
) -> Picture:
    """`resuming`: node where people go on to how many do."""
    behind = {edge.source: edge.target for edge in graph.edges}
    lanes = {key: _after_lane(edge.target, behind) for edge in graph.edges for key in (edge.lane,) if _is_router(edge)}
    first = lanes.get("else") or behind.get(START, END)
    nodes = [Node(id=START, kind="start", title="Start", text=target_trigger_words(graph.final_trigger, names))]
    edges = [Edge(source=START, target=first)]
    if lanes and any(resuming.values()):
        nodes.append(
            Node(id=RESUME, kind="resume", title="Moved people go on", people=sum(resuming.values()), verdict="changed")
        )
        goals = dict.fromkeys(target for lane, target in lanes.items() if lane != "else" and target in resuming)
        edges += [Edge(source=RESUME, target=goal, resume=True, label=f"{resuming[goal]:,}") for goal in goals]
    for node in graph.nodes:
        if node.origin.part == RESUME:
            continue
        kind, title, text = node_says(node, names)
        step = node.origin.step_id or ""
        verdict = "manual" if node.blocks_enabling else verdicts.get(step, "exact")
        nodes.append(Node(id=node.key, kind=kind, title=title, text=text, step=step, verdict=verdict))
    ours = {node.id for node in nodes} - {RESUME}
    labels = {(node.key, lane.id): lane.label or lane.id for node in graph.nodes for lane in node.lanes}
    for edge in graph.edges:
        if edge.source in ours and edge.source != START and (edge.target in ours or edge.target == END):
            label = labels.get((edge.source, edge.lane or ""), answer(edge.lane))
            edges.append(Edge(source=edge.source, target=edge.target, label=answer(label)))
    nodes.append(Node(id=END, kind="end", title="End"))
    return Picture(nodes=tuple(nodes), edges=tuple(edges))


def _is_router(edge: Any) -> bool:
    return bool(edge.source == RESUME and edge.lane)


def _after_lane(key: str, behind: Mapping[str, str]) -> str:
    """The node behind the wait and the clearing of a resume lane."""
    while key.startswith(f"{RESUME}/"):
        key = behind[key]
    return key


def node_says(node: TargetNode, names: Names) -> Says:
    body = node.body
    config: Any = body.get("config") or {}
    if node.origin.part == "stand_in":
        return "hold", "Held until you decide", node.blocks_enabling
    match node.kind:
        case NodeKind.EMAIL:
            return "email", str(body.get("name") or "Email"), str(body.get("subject") or "No subject")
        case NodeKind.DELAY:
            return "wait", *delay_words(body)
        case NodeKind.WAIT_FOR_EVENT:
            return "wait", f"Wait for event {quoted(config.get('eventName') or body.get('eventName') or '?')}", ""
        case NodeKind.BRANCH:
            rules = [condition_words(lane.condition, names) for lane in node.lanes if lane.condition]
            text = "Random split" if node.random else "; ".join(dict.fromkeys(rules)).capitalize()
            return "branch", str(body.get("label") or "Branch"), text
        case NodeKind.ADD_TAG:
            return "tag", f"Add tag {quoted(config.get('tagName'))}", ""
        case NodeKind.REMOVE_TAG:
            return "tag", f"Remove tag {quoted(config.get('tagName'))}", ""
        case NodeKind.ADD_TO_LIST:
            return "list", f"Add to list {names.target(config.get('listId'))}", ""
        case NodeKind.REMOVE_FROM_LIST:
            return "list", f"Remove from list {names.target(config.get('listId'))}", ""
        case NodeKind.UPDATE_ATTRIBUTES:
            return _update(config)
        case NodeKind.WEBHOOK:
            return "webhook", "Webhook", f"{config.get('method') or 'POST'} {host_of(config.get('url'))}"
    return "other", node.kind.value.split("_", 1)[1].replace("_", " ").capitalize(), ""


def _update(config: Mapping[str, Any]) -> Says:
    if status := config.get("status"):
        return "end", f"Becomes {status}", ""
    updates = config.get("customAttributeUpdates") or []
    text = ", ".join(f"{one.get('name')} = {one.get('value')}" for one in updates)
    return "attribute", "Set fields", text
