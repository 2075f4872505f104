"""The ledger entries of one sequence: exactly one for the sequence itself and for each trigger, entry filter, step,
lane, exit rule, re-entry rule and sending window that the source holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mappings.findings import find
from mappings.sequences.settings import audience_limits, lower_re_entry, lower_sending_window, title
from mappings.target import END, START, TargetGraph
from mappings.triggers import Starts
from mappings.verdicts import Finding, Lowered, Verdict
from mappings.wording import printable
from migrator.model.sequences import Sequence
from migrator.model.steps import Branch, RandomSplit, Step, WaitForEvent
from migrator.plan.graphs.sequence_work import Work
from migrator.plan.graphs.source_graph import HAPPENED, TIMED_OUT
from migrator.plan.records import LedgerEntry

KINDS = (
    *("sequence", "trigger", "entry_filter", "step", "lane", "exit_rule", "email_filter", "re_entry"),
    "sending_window",
)


@dataclass(frozen=True)
class Facts:
    """What became of the whole."""

    graph: TargetGraph
    feeders: tuple[TargetGraph, ...]
    starts: Starts
    filtered: tuple[Finding, ...]


def found_in(sequence: Sequence) -> dict[str, int]:
    """What the source holds, counted without any lowering: the other side of the ledger's sum."""
    return {
        "sequence": 1,
        "trigger": len(sequence.triggers),
        "entry_filter": int(sequence.entry_filter is not None),
        "step": len(sequence.steps),
        "lane": sum(len(lane_names(step)) for step in sequence.steps),
        "exit_rule": len(sequence.exit_rules),
        "email_filter": len(sequence.email_filters),
        "re_entry": 1,
        "sending_window": int(sequence.sending_window is not None),
    }


def lane_names(step: Step) -> tuple[str, ...]:
    match step.action:
        case Branch(lanes=lanes) | RandomSplit(lanes=lanes):
            return tuple(lane.label or lane.key for lane in lanes)
        case WaitForEvent():
            return (HAPPENED, TIMED_OUT)
    return ()


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    return Lowered[str](value=None, findings=tuple(findings)).verdict


def ledger(work: Work, facts: Facts) -> tuple[LedgerEntry, ...]:
    head = work.sequence.source_id
    off = (find("switched-off"),) if work.sequence.active is False else ()
    limits = audience_limits(work.sequence, work.context)
    caveats = (find("sequence-caveat", what=one) for one in work.sequence.caveats)
    entries = [
        _entry(
            work,
            "sequence",
            head,
            title(work.sequence),
            (*off, *limits, *caveats, *work.sound.problems, *facts.starts.findings),
            (facts.graph.key,),
        )
    ]
    entries += _triggers(work, facts)
    if work.sequence.entry_filter is not None:
        keys = work.builder.made.get((None, "entry_filter"), ())
        entries.append(_entry(work, "entry_filter", f"{head}/entry", "Who is let in", facts.filtered, tuple(keys)))
    entries += _steps(work, {node.key: place for place, node in enumerate(facts.graph.nodes)})
    for number, (rule, lowered) in enumerate(zip(work.sequence.exit_rules, work.leaving.by_rule, strict=True), 1):
        label = printable(rule.label) or ("Goal" if rule.goal else "Exit rule")
        target = () if lowered.value is None else (lowered.value,)
        entries.append(_entry(work, "exit_rule", f"{head}/exit/{number}", label, lowered.findings, target))
    for number, (wanted, asked) in enumerate(zip(work.sequence.email_filters, work.filters.each, strict=True), 1):
        label = printable(wanted.label) or f"Filter {number}"
        target = () if asked.value is None else ("branches",)
        entries.append(_entry(work, "email_filter", f"{head}/filter/{number}", label, asked.findings, target))
    again = lower_re_entry(work.sequence, work.context)
    mode = str((again.value or {}).get("enrollmentMode"))
    entries.append(_entry(work, "re_entry", f"{head}/re-entry", work.sequence.re_entry.value, again.findings, (mode,)))
    if work.sequence.sending_window is not None:
        window = lower_sending_window(work.sequence.sending_window)
        entries.append(_entry(work, "sending_window", f"{head}/window", "Sending window", window.findings, ()))
    return tuple(entries)


def _entry(
    work: Work,
    kind: str,
    entry_id: str,
    label: str,
    findings: tuple[Finding, ...],
    target: tuple[str, ...],
    step_id: str | None = None,
) -> LedgerEntry:
    return LedgerEntry(
        kind=kind,
        id=printable(entry_id, 200),
        label=label,
        sequence_id=work.sequence.source_id,
        step_id=step_id,
        verdict=verdict_of(findings),
        findings=tuple(dict.fromkeys(findings)),
        target=target,
    )


def _triggers(work: Work, facts: Facts) -> list[LedgerEntry]:
    found = []
    for place, (trigger, lowered) in enumerate(zip(work.sequence.triggers, facts.starts.triggers, strict=True)):
        feeders = tuple(
            graph.key
            for graph, feeder in zip(facts.feeders, facts.starts.feeders, strict=True)
            if place in feeder.sources
        )
        target = feeders or (() if lowered.value is None else (START,))
        findings = (*lowered.findings, *work.leaving.by_trigger.get(place, ()))
        label = type(trigger).__name__
        found.append(_entry(work, "trigger", f"{work.sequence.source_id}/trigger/{place + 1}", label, findings, target))
    return found


def _steps(work: Work, kept: dict[str, int]) -> list[LedgerEntry]:
    """`kept`: node keys to their place in the graph."""
    found: list[LedgerEntry] = []
    taken: dict[str, int] = {}
    seen: set[str] = set()
    reached = set(work.sound.order)
    made: dict[str, list[str]] = {}
    for (step_id, _), several in work.builder.made.items():
        if step_id is not None:
            made.setdefault(step_id, []).extend(several)
    for step in work.sequence.steps:
        # Two ids may look the same once they are printable.
        shown = printable(f"{work.sequence.source_id}/{step.id}", 180)
        taken[shown] = taken.get(shown, 0) + 1
        entry_id = shown if taken[shown] == 1 else f"{shown}#{taken[shown]}"
        label = printable(step.label) or type(step.action).__name__
        duplicate = step.id in seen
        seen.add(step.id)
        if duplicate or step.id not in reached:
            why = find("behind-the-end" if step.id in work.sound.behind_ends else "unreachable")
            if duplicate:
                why = find("duplicate-step", id=step.id)
            if not duplicate and work.sound.root is None:
                why = work.sound.problems[0]
            elif not duplicate and step.id in work.sound.orphans:
                settles = work.settles(step) + ".skip = true"
                why = find("orphan", id=work.sound.orphans[step.id], settles=settles)
                if work.context.choice(work.sequence.source_id, step.id).skip:
                    why = find("left-out")
            found.append(_entry(work, "step", entry_id, label, (why,), (), step.id))
            found += [_lane(work, step, entry_id, place, (why,), ()) for place in range(len(lane_names(step)))]
            continue
        keys = tuple(sorted((key for key in made.get(step.id, ()) if key in kept), key=kept.__getitem__))
        target = keys or (work.entry_of[step.id],)
        findings = work.step_findings[step.id]
        pruned = not keys and (
            bool(made.get(step.id)) or not (work.entry_of[step.id] in kept or work.entry_of[step.id] == END)
        )
        if pruned:
            # Only a lane that nobody can take leads here, such as the time-out of a wait without one.
            findings, target = (find("lane-nobody-takes"),), ()
        found.append(_entry(work, "step", entry_id, label, findings, target, step.id))
        for place in range(len(lane_names(step))):
            findings = work.lane_findings.get((step.id, place), ())
            if pruned:
                findings = (find("lane-nobody-takes"),)
            node = work.lane_nodes.get((step.id, place))
            found.append(_lane(work, step, entry_id, place, findings, (node,) if node in kept and node else ()))
    return found


def _lane(
    work: Work, step: Step, entry_id: str, place: int, findings: tuple[Finding, ...], target: tuple[str, ...]
) -> LedgerEntry:
    label = printable(lane_names(step)[place]) or f"Lane {place + 1}"
    return _entry(work, "lane", f"{entry_id}/{place + 1}", label, findings, target, step.id)
