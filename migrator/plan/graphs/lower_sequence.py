"""One source sequence to its target graphs (itself and its feeders) and exactly one ledger entry for each construct.

Steps are lowered from the end to the beginning, so that each knows what follows it. Nothing here raises on a broken
sequence: what cannot be followed is held behind a stand-in and named.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from mappings.actions import left_out, lower_action, passes_through
from mappings.conditions import Atom, History, Where, lower_rule
from mappings.context import LoweringContext, survey
from mappings.event_data import with_blank_events
from mappings.findings import find
from mappings.sequences.email_filters import lower_email_filters
from mappings.sequences.fragments import Fragment, Piece
from mappings.sequences.handing_over import start_parts
from mappings.sequences.self_starting import with_own_starts
from mappings.sequences.settings import audience_limits, common, lower_re_entry, lower_sending_window, title
from mappings.sequences.stop_conditions import lower_leaving
from mappings.target import END, START, Body, NodeKind, Origin, TargetGraph, TargetNode
from mappings.triggers import HOLDS_BACK, QUIET, Starts, lower_triggers
from mappings.verdicts import Finding, Lowered, Verdict
from mappings.waits import delay_piece
from mappings.wording import printable
from migrator.model.sequences import Sequence
from migrator.model.steps import (
    Branch,
    MoveToSequence,
    PastDate,
    RandomSplit,
    SendEmail,
    Step,
    Wait,
    WaitForEvent,
    WaitUntilDate,
    WaitUntilTime,
    Weekday,
)
from migrator.plan.answers.choices import fill_in
from migrator.plan.graphs.branching import Outcome, lower_branching
from migrator.plan.graphs.build_graph import Choice, GraphBuilder, Looks
from migrator.plan.graphs.path_lengths import Spans, longest_hold
from migrator.plan.graphs.sequence_ledger import Facts, ledger
from migrator.plan.graphs.sequence_work import Work, base_of
from migrator.plan.graphs.source_graph import PLAIN, read_graph
from migrator.plan.graphs.started_others import started_others
from migrator.plan.records import LedgerEntry


@dataclass(frozen=True)
class LoweredSequence:
    graph: TargetGraph
    feeders: tuple[TargetGraph, ...]
    segments: dict[str, Body]
    """Made for conditions and triggers of this sequence: key to the body of POST /segments."""
    entries: tuple[LedgerEntry, ...]
    entry_of: dict[str, str]
    """Step to the node where it begins (`end` when nothing of it is left)."""
    behind: dict[str, str]
    """Step to the node where people go on when its wait is over."""
    unsettled: frozenset[str]
    """Steps behind which the way ends only until a person has settled something."""
    history: dict[str, History]
    """Branch node to what of the past it looks at, which people who were moved do not have."""


def lower_sequence(sequence: Sequence, context: LoweringContext) -> LoweredSequence:
    known = context.sequences.get(sequence.source_id)
    if known is None:
        known = survey([sequence], prefix=context.prefix, renames=context.tag_renames)[sequence.source_id]
    sound = read_graph(sequence)
    spans = Spans.of(sound, longest_hold(sequence.sending_window))
    leaving, filters = lower_leaving(sequence, known, context), lower_email_filters(sequence, context)
    work = Work(sequence, known, context, sound, leaving, spans, filters)
    for step_id in reversed(sound.order):
        _lower_step(work, sound.steps[step_id])
    first = END if sound.root is None else work.entry_of[sound.root]
    first, filtered = _entry_filter(work, first)
    starts = lower_triggers(sequence.triggers, known, context)
    done = (sound.steps[one] for one in sound.order if not context.choice(sequence.source_id, one).skip)
    starts = with_own_starts(starts, sequence.triggers, done, known)
    starts = with_blank_events(starts, work.builder.nodes.values())
    for lowered in starts.triggers:
        if lowered.value is not None and lowered.value.segment is not None:
            work.builder.segments[lowered.value.segment[0]] = lowered.value.segment[1]
    graph = _graph(work, first, starts)
    feeders = tuple(_feeder(work, graph, one.number, one.trigger, one.name) for one in starts.feeders)
    keys = {node.key for node in graph.nodes}
    return LoweredSequence(
        graph=graph,
        feeders=feeders,
        segments=dict(sorted(work.builder.segments.items())),
        entries=ledger(work, Facts(graph, feeders, starts, filtered)),
        entry_of=work.entry_of,
        behind=work.behind,
        unsettled=frozenset(work.unsettled),
        history={key: look for key, look in work.builder.history.items() if key in keys},
    )


# Steps ----------------------------------------------------------------------------------------------------


def _lower_step(work: Work, source: Step) -> None:
    step, said = fill_in(source, work.sequence, work.context)
    cut = tuple(work.sound.findings.get(step.id, ()))
    if any(one.verdict is Verdict.MANUAL for one in cut):
        work.block(step, cut)
    if isinstance(step.action, Branch | RandomSplit | WaitForEvent):
        entry, findings = lower_branching(work, step, cut)
    else:
        entry, findings = _ordinary(work, step)
    work.entry_of[step.id] = entry
    _mark_ends(work, step, cut)
    caveats = tuple(find("step-caveat", what=one) for one in step.caveats)
    work.step_findings[step.id] = tuple(dict.fromkeys((*said, *cut, *findings, *caveats)))


def _mark_ends(work: Work, step: Step, cut: tuple[Finding, ...]) -> None:
    """Whoever stands in front of an end that a person must look at first has not finished."""
    beyond = any(target in work.open_ends for target in work.sound.ways[step.id].values())
    if not beyond and step.id not in work.held and all(one.verdict is not Verdict.MANUAL for one in cut):
        return
    if work.entry_of[step.id] == END:
        work.open_ends.add(step.id)
    if work.behind.get(step.id) == END:
        work.unsettled.add(step.id)


def _ordinary(work: Work, step: Step) -> Outcome:
    following = work.following(step, PLAIN)
    if forks := work.sound.forks.get(step.id):
        ways = {f"way-{number}": work.entry_of[way] for number, way in enumerate(forks, 1)}
        following = work.hold(step, (find("fork"),), ways)
    work.behind[step.id] = following
    skipped = work.context.choice(work.sequence.source_id, step.id).skip
    step, cut_short = _skipping(work, step, following)
    lowered = left_out() if skipped else lower_action(step, work.sequence, work.context)
    if cut_short and lowered.value is not None:
        lowered = Lowered(value=lowered.value, findings=(*lowered.findings, *cut_short))
    if passes_through(lowered):
        return following, lowered.findings
    lowered = _without_gaps(work, step, lowered)
    if lowered.value is None:
        entry = work.hold(step, lowered.findings, {"": following})
    else:
        if lowered.verdict is Verdict.MANUAL and not isinstance(step.action, SendEmail):
            work.block(step, lowered.findings)
        looks = Looks(work.leaving.guards, work.filters.said, _opening(work.sequence))
        entry = work.builder.fragment(lowered.value, base_of(step), step.id, following, looks)
    if not isinstance(step.action, Wait | WaitUntilTime | WaitUntilDate):
        work.behind[step.id] = entry
    return entry, lowered.findings


def _skipping(work: Work, step: Step, following: str) -> tuple[Step, tuple[Finding, ...]]:
    """The target skips up to the next branch or wait, and some of those are ours: then people leave instead."""
    date = step.action
    if not isinstance(date, WaitUntilDate) or date.when_past is not PastDate.SKIP:
        return step, ()
    key = following
    while key != END:
        node = work.builder.nodes[key]
        moves = isinstance(work.sound.steps[node.origin.step_id or step.id].action, MoveToSequence)
        if node.origin.part in ("exit_rule", "email_filter", "window") or (node.kind is NodeKind.BRANCH and moves):
            leaves = msgspec.structs.replace(date, when_past=PastDate.EXIT)
            return msgspec.structs.replace(step, action=leaves), (find("date-skip"),)
        if node.kind in (NodeKind.BRANCH, NodeKind.DELAY, NodeKind.WAIT_FOR_EVENT):
            break
        key = work.builder.edges[key, None]
    return step, ()


def _opening(sequence: Sequence) -> Piece | None:
    """A wait for the sending window, which otherwise holds an email behind everything that looked before."""
    window = None if sequence.sending_window is None else lower_sending_window(sequence.sending_window).value
    if window is None:
        return None
    found = window["sendingWindow"]
    body: Body = {
        "days": found.get("days") or [day.value for day in Weekday],
        **{name: found[name] for name in ("startTime", "endTime", "timezone")},
        "timezoneSource": "fixed",
    }
    return delay_piece({"waitUntilWeekday": body}, "window")


def _without_gaps(work: Work, step: Step, lowered: Lowered[Fragment]) -> Lowered[Fragment]:
    """What the source would not tell of a step is nobody's to assume, however complete the rest looks."""
    if not step.content_missing or lowered.value is None:
        return lowered
    field = step.content_missing[0]
    settles = f'{work.settles(step)}.{"subject" if field == "template" else field} = "..."'
    finding = find("step-incomplete", missing=", ".join(step.content_missing), settles=settles)
    return Lowered(value=None, findings=(*lowered.findings, finding))


def _entry_filter(work: Work, first: str) -> tuple[str, tuple[Finding, ...]]:
    """People outside the filter go to the end at once."""
    rule = work.sequence.entry_filter
    if rule is None:
        return first, ()
    origin = Origin(part="entry_filter")
    lowered = lower_rule(rule, Where(work.sequence.source_id, None, None), work.context)
    if lowered.value is not None:
        choice = Choice(lowered.value, first, "let-in", "Let in")
        entry = work.builder.branch([choice], END, "entry-filter", origin, "Who is let in")
        return entry, (*lowered.findings, find("entry-filter"))
    finding = find("entry-filter-unsupported")
    work.blocks.append(finding.reason)
    tag = f"{work.context.prefix}hold-{work.known.slug}-entry"
    asked = Atom({"conditionType": "has_tag", "tagName": tag})
    entry = work.builder.branch(
        [Choice(asked, first, "let-in", "Let in")], END, "entry-filter", origin, "Needs a person"
    )
    return entry, (*lowered.findings, finding)


# Graphs ---------------------------------------------------------------------------------------------------


def _graph(work: Work, first: str, starts: Starts) -> TargetGraph:
    sequence = work.sequence
    nodes, edges = work.builder.finished(first, START)
    settings: Body = {**common(sequence, work.context), **(lower_re_entry(sequence, work.context).value or {})}
    if sequence.sending_window is not None:
        settings |= lower_sending_window(sequence.sending_window).value or {}
    if work.leaving.stop is not None:
        settings["stopCondition"] = work.leaving.stop
    if dates := work.builder.key_dates:
        listed = [{"label": key, "key": key, "at": at} for key, at in sorted(dates.items())]
        settings["keyDates"] = {"timezone": "UTC", "dates": listed}
    problems = [one.reason for one in work.sound.problems if one.verdict is Verdict.MANUAL]
    off = [find("switched-off").reason] if sequence.active is False else []
    off += [one.reason for one in audience_limits(sequence, work.context) if one.verdict is Verdict.MANUAL]
    off += work.filters.blocks
    started = [one for lowered in starts.triggers for one in lowered.findings if one.code in HOLDS_BACK]
    blocks = [*off, *problems, *work.blocks, *_unlowered_exits(work), *(one.reason for one in started)]
    return TargetGraph(
        key=f"sequence:{sequence.source_id}",
        name=title(sequence),
        source_sequence_id=sequence.source_id,
        # Such a wait is nothing under another trigger, not even in a draft; and a draft lets nobody in.
        trigger=starts.final if any(_of_the_event(node) for node in nodes) else QUIET,
        final_trigger=starts.final,
        settings=settings,
        nodes=nodes,
        edges=edges,
        blocks_enabling=tuple(dict.fromkeys(blocks)),
        hands_over_to=started_others(work),
    )


def _of_the_event(node: TargetNode) -> bool:
    return bool(node.body.get("waitUntil", {}).get("source") == "event")


def _unlowered_exits(work: Work) -> list[str]:
    by_trigger = [finding for findings in work.leaving.by_trigger.values() for finding in findings]
    by_rule = [finding for lowered in work.leaving.by_rule for finding in lowered.findings]
    window = work.sequence.sending_window
    by_window = () if window is None else lower_sending_window(window).findings
    return [one.reason for one in (*by_trigger, *by_rule, *by_window) if one.verdict is Verdict.MANUAL]


def _feeder(work: Work, main: TargetGraph, number: int, trigger: Body, name: str) -> TargetGraph:
    builder = GraphBuilder()
    fragment = Fragment(start_parts(work.known, "feeder"), ends=True)
    nodes, edges = builder.finished(builder.fragment(fragment, f"feeder/{number}", None, END), START)
    settings = {key: value for key, value in common(work.sequence, work.context).items() if key != "description"}
    return TargetGraph(
        key=f"sequence:{work.sequence.source_id}/feeder:{number}",
        name=f"{title(work.sequence)} (started by {printable(name)})",
        source_sequence_id=work.sequence.source_id,
        trigger=QUIET,
        final_trigger=trigger,
        settings={**settings, "enrollmentMode": "unlimited"},
        nodes=nodes,
        edges=edges,
        blocks_enabling=(f"{main.name} needs a person first.",) if main.blocks_enabling else (),
        hands_over_to=(main.key,),
    )
