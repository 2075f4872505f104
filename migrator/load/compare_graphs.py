"""A planned graph beside the one that was read back: walked together from the trigger, step by step, lane by lane.

`compare` gives which target node stands for which planned one, and every difference in words. Only what the contract
documents is compared strictly (kinds, wiring, emails, waits); of a step's other settings, those that come back under
the name they were sent with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from adapters.sequenzy.intake import takes_in
from mappings.target import END, START, NodeKind, TargetGraph, TargetNode

Read = dict[str, Any]
WAITS = ("waitUntil", "waitUntilWeekday", "waitUntilKeyDate")
_NO_STOP = {"type": "none"}
_EMAIL_FIELDS = ("subject", "previewText", "isTransactional", "fromName", "replyTo", "senderProfileId")


@dataclass
class Match:
    nodes: dict[str, str] = field(default_factory=dict)
    """Planned key to target id, `start` and `end` included."""
    differences: list[str] = field(default_factory=list)

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
        match.differences.append(f"the target's graph has {len(starts)} beginnings")
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
        match.differences.append(f"the target has {len(extra)} steps more")
    absent = set(planned) - set(match.nodes)
    match.absent = len(absent)
    match.differences += [f"step {key} is not at the target" for key in sorted(absent)]
    match.differences += _settings(graph.settings if settings is None else settings, read, ids or {})
    match.differences += [f"it takes people in by itself ({name})" for name in takes_in(read)]
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
            match.differences.append(f"{key} has a way more at the target ({lane or 'on'})")
        for lane, target in sorted(ours.items(), key=lambda way: way[0] or ""):
            found = theirs.get(lane)
            if found is None:
                match.differences.append(f"{key} lacks its way {lane or 'on'} at the target")
                continue
            kind = "completion" if target == END else planned[target].kind.value
            shown = there.get(found, {}).get("nodeType")
            ends = not ways.get(found)
            if (target == END) != ends or (target != END and shown != kind):
                match.differences.append(f"{key} leads to {shown} instead of {kind}")
                continue
            known = match.nodes.get(target)
            if known is None:
                match.nodes[target] = found
                queue.append((target, found))
            elif known != found:
                match.differences.append(f"{target} is twice at the target")


def _ways(read: Read) -> dict[str, dict[str | None, str]]:
    found: dict[str, dict[str | None, str]] = {}
    for edge in read.get("edges") or ():
        lane = (edge.get("condition") or {}).get("branchId")
        found.setdefault(str(edge["sourceNodeId"]), {})[lane] = str(edge["targetNodeId"])
    return found


def _node(node: TargetNode, there: Read, email: Read | None, ids: dict[str, str]) -> Iterator[str]:
    if node.kind is NodeKind.EMAIL:
        yield from _email(node, email)
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
        if "headers" in config and set(wanted["headers"]) != set(config["headers"] or ()):
            yield f"{node.key}: headers differs"
        wanted = {name: value for name, value in wanted.items() if name != "headers"}
    yield from _part(node.key, wanted, config, ids)


def _email(node: TargetNode, email: Read | None) -> Iterator[str]:
    if email is None:
        yield f"{node.key}: the email is gone"
        return
    for name in _EMAIL_FIELDS:
        wanted = node.body.get(name)
        if wanted is not None and name in email and wanted != email[name]:
            yield f"{node.key}: {name} differs"
    html, blocks = node.body.get("html"), node.body.get("blocks")
    if html is not None:
        kept = [block.get("content") for block in email.get("blocks") or ()]
        if kept != [html]:
            yield f"{node.key}: the content is not kept as it was sent"
    elif blocks is not None and len(blocks) != len(email.get("blocks") or ()):
        yield f"{node.key}: the content has another number of blocks"


def _wait(node: TargetNode, config: Read) -> Iterator[str]:
    span = node.body.get("delay")
    minutes = node.body["delayMs"] // 60_000 if "delayMs" in node.body else None
    if isinstance(span, dict) and span.get("mode", "duration") == "duration":
        minutes = minutes_of(span)
    if minutes is not None:
        shown = {name: config.get(f"delay{name.capitalize()}") for name in ("days", "hours", "minutes")}
        if any(value is not None for value in shown.values()) and minutes_of(shown) != minutes:
            yield f"{node.key}: waits {minutes_of(shown)} minutes instead of {minutes}"
        return
    for name in WAITS:
        wanted = node.body.get(name)
        if isinstance(wanted, dict):
            yield from _part(node.key, wanted, config, {})


def minutes_of(span: Read) -> int:
    parts = [span.get(name) or 0 for name in ("days", "hours", "minutes")]
    return round(parts[0] * 1440 + parts[1] * 60 + parts[2])


def _branch(node: TargetNode, config: Read, ids: dict[str, str]) -> Iterator[str]:
    shown = [lane for lane in config.get("branches") or () if isinstance(lane, dict)]
    if not shown:
        return
    wanted = [lane for lane in node.lanes if lane.id != "else"]
    if [lane.id for lane in wanted] != [lane.get("id") for lane in shown]:
        yield f"{node.key}: the lanes are others, or in another order"
        return
    for lane, found in zip(wanted, shown, strict=True):
        yield from _part(f"{node.key}, lane {lane.id}", lane.condition, found, ids)


def _part(where: str, wanted: Read, shown: Read, ids: dict[str, str]) -> Iterator[str]:
    for name, value in wanted.items():
        if name in shown and not _equal(value, shown[name], ids):
            yield f"{where}: {name} differs"


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


def _settings(sent: Read, read: Read, ids: dict[str, str]) -> Iterator[str]:
    for name in ("activeSubscribersOnly", "userCancellable", "frequencyCapEnabled", "enrollmentMode", "description"):
        if name in sent and name in read and sent[name] != read[name]:
            yield f"{name} differs"
    stop, shown = sent.get("stopCondition") or _NO_STOP, read.get("stopCondition") or _NO_STOP
    if "stopCondition" in read and not _equal(stop, shown, ids):
        yield "the stop condition differs"
    if isinstance(read.get("keyDates"), dict) and _moments(sent.get("keyDates")) != _moments(read["keyDates"]):
        yield "the key dates differ"
    window, opens = sent.get("sendingWindow") or None, read.get("sendingWindow") or None
    if isinstance(opens, dict) and opens.get("enabled") is False:
        opens = None
    if "sendingWindow" in read and not _equal(window, opens, ids):
        yield "the sending window differs"


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
