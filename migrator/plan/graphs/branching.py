"""Lowers the steps with several ways out: branches, random splits, waits for an event."""

from __future__ import annotations

from mappings.conditions import Atom, Where, lower_rule
from mappings.findings import find
from mappings.target import END, Body, NodeKind, Origin
from mappings.verdicts import Finding, Verdict
from mappings.waits import lower_seconds
from mappings.wording import printable, sendable
from migrator.model.rules import Activity, ActivityRule
from migrator.model.steps import Branch, RandomSplit, Step, WaitForEvent
from migrator.plan.graphs.build_graph import Choice
from migrator.plan.graphs.sequence_work import Work, base_of
from migrator.plan.graphs.source_graph import HAPPENED, TIMED_OUT

DAY = 86_400
Outcome = tuple[str, tuple[Finding, ...]]
"""The node where the step begins, and what must be said about it."""


def lower_branching(work: Work, step: Step, cut: tuple[Finding, ...]) -> Outcome:
    """`cut`: what is wrong with its ways on. Where nothing says who takes one of them, nobody takes any."""
    if step.id in work.sound.bent:
        return _held(work, step, cut)
    match step.action:
        case Branch() as branch:
            return _branch(work, step, branch)
        case RandomSplit() as split:
            return _split(work, step, split)
        case WaitForEvent() as wait:
            return _wait_for_event(work, step, wait)
    raise AssertionError(type(step.action))


def _held(work: Work, step: Step, findings: tuple[Finding, ...]) -> Outcome:
    entry = work.hold(step, findings, work.ways(step))
    work.behind[step.id] = entry
    return entry, findings


def _branch(work: Work, step: Step, branch: Branch) -> Outcome:
    settles = work.settles(step)
    previous, start = work.spans.before[step.id]
    where = Where(work.sequence.source_id, previous, start, settles, mailed=step.id in work.spans.mailed)
    lowered = [None if lane.rule is None else lower_rule(lane.rule, where, work.context) for lane in branch.lanes]
    findings: list[Finding] = []
    for place, one in enumerate(lowered):
        work.lane_findings[step.id, place] = () if one is None else one.findings
        findings += () if one is None else one.findings
    if not branch.lanes:
        findings.append(find("empty-branch"))
    before = lower_seconds(
        branch.evaluate_after_seconds,
        unknown="branch-wait-unknown",
        part="evaluate_after",
        settles=settles + ".evaluate_after_seconds = 86400",
    )
    findings += before.findings
    fallbacks = [place for place, lane in enumerate(branch.lanes) if lane.rule is None]
    for place in fallbacks[1:]:
        work.lane_findings[step.id, place] = (find("second-fallback"),)
    if before.value is None or any(one.verdict is Verdict.MANUAL for one in findings):
        return _held(work, step, tuple(findings))
    choices = [
        Choice(one.value, work.following(step, lane.key), lane.key or "lane", _label(lane.label, lane.key))
        for lane, one in zip(branch.lanes, lowered, strict=True)
        if one is not None and one.value is not None
    ]
    otherwise = work.following(step, branch.lanes[fallbacks[0]].key) if fallbacks else END
    entry = work.builder.branch(choices, otherwise, base_of(step), Origin(step_id=step.id), printable(step.label))
    work.behind[step.id] = entry
    work.lane_nodes |= {(step.id, place): entry for place in range(len(branch.lanes))}
    return work.builder.fragment(before.value, base_of(step), step.id, entry), tuple(findings)


def _label(label: str | None, key: str) -> str:
    return printable(label) or printable(key) or "lane"


def _split(work: Work, step: Step, split: RandomSplit) -> Outcome:
    lanes = split.lanes
    percents = shares([lane.weight for lane in lanes])
    if percents is None or len({lane.key for lane in lanes}) < len(lanes):
        return _held(work, step, (find("split-weights"),))
    rounded = any(lane.weight != percent for lane, percent in zip(lanes, percents, strict=True))
    if len(lanes) == 1:
        entry = work.following(step, lanes[0].key)
    else:
        rows = [
            (lane.key or "lane", percent, _label(lane.label, lane.key), work.following(step, lane.key))
            for lane, percent in zip(lanes, percents, strict=True)
        ]
        entry = work.builder.random(rows, base_of(step), Origin(step_id=step.id), printable(step.label))
    work.behind[step.id] = entry
    work.lane_nodes |= {(step.id, place): entry for place in range(len(lanes))}
    return entry, (find("split-rounded"),) if rounded else ()


def shares(weights: list[float | None]) -> list[int] | None:
    """Whole percents that sum to 100, the largest remainders rounded up; None when they are not near 100."""
    given = [weight for weight in weights if weight is not None and 0 <= weight <= 100]
    if not given or len(given) < len(weights) or abs(sum(given) - 100) > 0.5:
        return None
    whole = [int(weight) for weight in given]
    by_rest = sorted(range(len(given)), key=lambda at: (whole[at] - given[at], at))
    for place in by_rest[: 100 - sum(whole)]:
        whole[place] += 1
    return whole if sum(whole) == 100 else None


def _wait_for_event(work: Work, step: Step, wait: WaitForEvent) -> Outcome:
    rule, seconds = wait.rule, wait.timeout_seconds
    plain = isinstance(rule, ActivityRule) and rule == ActivityRule(
        activity=Activity.EVENT, event_name=rule.event_name, scope=rule.scope
    )
    if not plain or not isinstance(rule, ActivityRule) or not rule.event_name or (seconds is not None and seconds <= 0):
        return _held(work, step, (find("wait-event-unsupported", what=type(rule).__name__),))
    days = 365 if seconds is None else min(365, -(-seconds // DAY))
    findings: list[Finding] = []
    if seconds is None or days * DAY != seconds:
        wanted = "waiting for ever" if seconds is None else f"{seconds} seconds"
        findings.append(find("wait-event-days", found=days, wanted=wanted))
    ways, base, origin = work.ways(step), base_of(step), Origin(step_id=step.id)
    following = ways[HAPPENED]
    if seconds is not None and following != ways[TIMED_OUT]:
        findings.append(find("wait-event-before"))
        condition: Body = {
            "conditionType": "event_received",
            "eventName": sendable(rule.event_name),
            "activityScope": "this_sequence",
        }
        choice = Choice(Atom(condition, "events"), following, HAPPENED, "Happened")
        following = work.builder.branch([choice], ways[TIMED_OUT], f"{base}/if", origin, "Happened?")
        work.lane_nodes |= {(step.id, place): following for place in range(2)}
    config: Body = {"eventName": sendable(rule.event_name), "timeoutDays": days}
    config["timeoutAction"] = "exit" if seconds is None else "continue"
    kind = NodeKind.WAIT_FOR_EVENT
    key = work.builder.add(base, kind, origin, body={"nodeType": kind.value, "config": config})
    work.builder.link(key, following)
    if seconds is not None:
        # Without a time-out nobody goes on but by the event, of those that wait at the source no less.
        work.behind[step.id] = following
    return key, tuple(findings)
