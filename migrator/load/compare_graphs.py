"""A planned graph beside the one that was read back: walked together from the trigger, step by step, lane by lane.

`compare` gives which target node stands for which planned one, and every difference with both values. Only what the
contract documents is compared strictly (kinds, wiring, emails, waits); of a step's other settings, those that come
back under the name they were sent with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from adapters.sequenzy.intake import takes_in
from mappings.target import END, START, NodeKind, TargetGraph, TargetLane, TargetNode
from migrator.load.differences import Difference, email_differences, shown_briefly

Read = dict[str, Any]
WAITS = ("waitUntil", "waitUntilWeekday", "waitUntilKeyDate")
_NO_STOP = {"type": "none"}


@dataclass
class Match:
    nodes: dict[str, str] = field(default_factory=dict)
    """Planned key to target id, `start` and `end` included."""
    differences: list[Difference] = field(default_factory=list)

    absent: int = 0
    """Planned steps that are not there."""

    @property
    def half_built(self) -> bool:
        """Nobody came to the end of building it; one that somebody changed afterwards has all its steps."""
        return self.absent > 0

    @property
    def same(self) -> bool:
        return not self.differences


def compare(
    graph: TargetGraph, read: Read, ids: dict[str, str] | None = None, *, settings: Read | None = None
) -> Match:
    """`ids`: planned keys of lists, segments and sequences to target ids, for comparing references. `settings`: what
    was sent of the graph's settings; None: all."""
    match = Match()
    there = {str(node["id"]): node for node in read.get("nodes") or ()}
    ways = _ways(read)
    starts = [node_id for node_id in there if node_id not in {way for out in ways.values() for way in out.values()}]
    if len(starts) != 1:
        match.differences.append(Difference("", "beginnings", "1", str(len(starts))))
        return match
    planned = {node.key: node for node in graph.nodes}
    wanted: dict[str, dict[str | None, str]] = {}
    for edge in graph.edges:
        wanted.setdefault(edge.source, {})[edge.lane] = edge.target
    _walk(match, planned, wanted, there, ways, starts[0])
    emails = {str(one.get("nodeId")): one for one in read.get("emails") or ()}
    for key, node_id in match.nodes.items():
        if key in planned:
            match.differences += _node(planned[key], there[node_id], emails.get(node_id), ids or {})
    extra = set(there) - set(match.nodes.values())
    if extra:
        kinds = ", ".join(sorted(str(there[node_id].get("nodeType")) for node_id in extra))
        match.differences.append(Difference("", "further steps", "none", kinds))
    absent = set(planned) - set(match.nodes)
    match.absent = len(absent)
    match.differences += [Difference(key, "step", planned[key].kind.value, "not there") for key in sorted(absent)]
    match.differences += _settings(graph.settings if settings is None else settings, read, ids or {})
    match.differences += [Difference("", "takes people in by itself", "no", str(name)) for name in takes_in(read)]
    return match


def _walk(
    match: Match,
    planned: dict[str, TargetNode],
    wanted: dict[str, dict[str | None, str]],
    there: dict[str, Read],
    ways: dict[str, dict[str | None, str]],
    start: str,
) -> None:
    queue = [(START, start)]
    match.nodes[START] = start
    while queue:
        key, node_id = queue.pop()
        ours, theirs = wanted.get(key, {}), ways.get(node_id, {})
        for lane in set(theirs) - set(ours):
            match.differences.append(Difference(key, f"way {lane or 'on'}", "none", "one more"))
        for lane, target in sorted(ours.items(), key=lambda way: way[0] or ""):
            found = theirs.get(lane)
            if found is None:
                match.differences.append(Difference(key, f"way {lane or 'on'}", "there", "missing"))
                continue
            kind = "completion" if target == END else planned[target].kind.value
            shown = there.get(found, {}).get("nodeType")
            ends = not ways.get(found)
            if (target == END) != ends or (target != END and shown != kind):
                match.differences.append(Difference(key, f"way {lane or 'on'}", f"to {kind}", f"to {shown}"))
                continue
            known = match.nodes.get(target)
            if known is None:
                match.nodes[target] = found
                queue.append((target, found))
            elif known != found:
                match.differences.append(Difference(target, "step", "once", "twice"))


def _ways(read: Read) -> dict[str, dict[str | None, str]]:
    found: dict[str, dict[str | None, str]] = {}
    for edge in read.get("edges") or ():
        lane = (edge.get("condition") or {}).get("branchId")
        found.setdefault(str(edge["sourceNodeId"]), {})[lane] = str(edge["targetNodeId"])
    return found


def _node(node: TargetNode, there: Read, email: Read | None, ids: dict[str, str]) -> Iterator[Difference]:
    if node.kind is NodeKind.EMAIL:
        yield from email_differences(node.key, node.body, email)
        return
    config = there.get("config") or {}
    if node.kind is NodeKind.DELAY:
        yield from _wait(node, config)
        return
    if node.kind is NodeKind.BRANCH:
        yield from _branch(node, config, ids)
        return
    wanted = node.body.get("config") or node.body
    if "headers" in wanted:
        # The target redacts secret values on reads, and does not say which: the names tell.
        names = set(wanted["headers"]), set(config.get("headers") or ())
        if "headers" in config and names[0] != names[1]:
            yield Difference(node.key, "headers", ", ".join(sorted(names[0])), ", ".join(sorted(names[1])))
        wanted = {name: value for name, value in wanted.items() if name != "headers"}
    yield from _part(node.key, wanted, config, ids)


def _wait(node: TargetNode, config: Read) -> Iterator[Difference]:
    span = node.body.get("delay")
    minutes = node.body["delayMs"] // 60_000 if "delayMs" in node.body else None
    if isinstance(span, dict) and span.get("mode", "duration") == "duration":
        minutes = minutes_of(span)
    if minutes is not None:
        shown = {name: config.get(f"delay{name.capitalize()}") for name in ("days", "hours", "minutes")}
        if any(value is not None for value in shown.values()) and minutes_of(shown) != minutes:
            yield Difference(node.key, "wait", f"{minutes} minutes", f"{minutes_of(shown)} minutes")
        return
    for name in WAITS:
        wanted = node.body.get(name)
        if isinstance(wanted, dict):
            yield from _part(node.key, wanted, config, {})


def minutes_of(span: Read) -> int:
    parts = [span.get(name) or 0 for name in ("days", "hours", "minutes")]
    return round(parts[0] * 1440 + parts[1] * 60 + parts[2])


def _branch(node: TargetNode, config: Read, ids: dict[str, str]) -> Iterator[Difference]:
    shown = [lane for lane in config.get("branches") or () if isinstance(lane, dict)]
    if not shown:
        return
    wanted = [lane for lane in node.lanes if lane.id != "else"]
    if [lane.id for lane in wanted] != [lane.get("id") for lane in shown]:
        ours, theirs = (", ".join(str(name) for name in names) for names in _lane_ids(wanted, shown))
        yield Difference(node.key, "lanes", ours, theirs)
        return
    for lane, found in zip(wanted, shown, strict=True):
        yield from _part(node.key, lane.condition, found, ids, f"lane {lane.id}: ")


def _lane_ids(wanted: list[TargetLane], shown: list[Read]) -> tuple[list[str], list[str]]:
    return [lane.id for lane in wanted], [str(lane.get("id")) for lane in shown]


def _part(where: str, wanted: Read, shown: Read, ids: dict[str, str], part: str = "") -> Iterator[Difference]:
    for name, value in wanted.items():
        if name in shown and not _equal(value, shown[name], ids):
            yield Difference(where, part + name, shown_briefly(value), shown_briefly(shown[name]))


def _equal(wanted: Any, shown: Any, ids: dict[str, str]) -> bool:
    if isinstance(wanted, dict):
        if set(wanted) == {"$ref"}:
            return wanted["$ref"] not in ids or ids[wanted["$ref"]] == shown
        return isinstance(shown, dict) and all(
            _equal(value, shown[name], ids) for name, value in wanted.items() if name in shown
        )
    if isinstance(wanted, list | tuple):
        return (
            isinstance(shown, list | tuple)
            and len(wanted) == len(shown)
            and all(_equal(one, other, ids) for one, other in zip(wanted, shown, strict=True))
        )
    return bool(wanted == shown or (wanted in (None, 0, "") and shown in (None, 0, "")))


def _settings(sent: Read, read: Read, ids: dict[str, str]) -> Iterator[Difference]:
    for name in ("activeSubscribersOnly", "userCancellable", "frequencyCapEnabled", "enrollmentMode", "description"):
        if name in sent and name in read and sent[name] != read[name]:
            yield _setting(name, sent[name], read[name])
    stop, shown = sent.get("stopCondition") or _NO_STOP, read.get("stopCondition") or _NO_STOP
    if "stopCondition" in read and not _equal(stop, shown, ids):
        yield _setting("stop condition", stop, shown)
    if isinstance(read.get("keyDates"), dict) and _moments(sent.get("keyDates")) != _moments(read["keyDates"]):
        yield _setting("key dates", sent.get("keyDates"), read["keyDates"])
    window, opens = sent.get("sendingWindow") or None, read.get("sendingWindow") or None
    if isinstance(opens, dict) and opens.get("enabled") is False:
        opens = None
    if "sendingWindow" in read and not _equal(window, opens, ids):
        yield _setting("sending window", window, opens)


def _setting(name: str, planned: Any, found: Any) -> Difference:
    return Difference("", name, shown_briefly(planned), shown_briefly(found))


def _moments(dates: Any) -> dict[str, datetime | str]:
    """By their keys; a target may write the same moment in another way."""
    found: dict[str, datetime | str] = {}
    for one in (dates or {}).get("dates") or ():
        at = str(one.get("at"))
        try:
            found[str(one.get("key"))] = datetime.fromisoformat(at).astimezone(UTC)
        except ValueError:
            found[str(one.get("key"))] = at
    return found
