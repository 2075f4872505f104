"""Sequences, read back and judged as what they are: drafts, or live because somebody enabled them by name.

Three judges: the plan, what was read right after loading, and the source itself as the bundle holds it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from adapters.sequenzy import read
from migrator.bundle import Bundle
from migrator.load.checkpoint import Unit
from migrator.load.compare_graphs import Match
from migrator.load.differences import Difference, shown_briefly
from migrator.load.sequence_drafts import known_ids, read_back
from migrator.load.snapshots import ENABLED_AS, SNAPSHOT, snapshot, start_of
from migrator.load.starting_sequences import beside, is_live, watches_people
from migrator.load.work import Work
from migrator.model.sequences import Sequence
from migrator.plan.records import BuildSequence, LedgerEntry, SequencePlan
from migrator.verify.against_source import against_source
from migrator.verify.report_files import Counts, Files, KindCount
from migrator.verify.rows import loaded, missing

LIVE = ("active", "live")


class _Source:
    """The bundle's sequences and what the ledger says of each."""

    def __init__(self, work: Work, bundle: Bundle | None) -> None:
        self.sequences: dict[str, Sequence] = {}
        self.entries: dict[str, list[LedgerEntry]] = defaultdict(list)
        if bundle is not None:
            self.sequences = {sequence.source_id: sequence for sequence in bundle.sequences()}
            for entry in work.opened.ledger():
                if entry.sequence_id is not None:
                    self.entries[entry.sequence_id].append(entry)


def check_sequences(work: Work, files: Files, counts: Counts, bundle: Bundle | None) -> None:
    operations = work.opened.operations(BuildSequence)
    ids, enabled, source = known_ids(work), set(work.checkpoint.note("enabled", [])), _Source(work, bundle)
    planned = set()
    work.watcher.collection("sequences", len(operations))
    there = beside(work.api, set(ids.values()))
    counts.starting += [one.name for one in there if is_live(one) and watches_people(one)]
    for number, operation in enumerate(operations, 1):
        target_id = loaded(work, operation, "sequence", operation.name, files, counts)
        work.watcher.progress("sequences", number)
        if target_id is None:
            continue
        planned.add(target_id)
        unit = work.checkpoint.unit(operation.key)
        live = operation.key in enabled
        standing = counts.live if live else counts.drafts
        standing.planned += 1
        documented = bool(unit and unit.result.get("documented"))
        plan = work.opened.sequence(operation)
        match, found = read_back(work, plan, target_id, ids, documented)
        if not found:
            standing.missing += 1
            missing(files, counts, "sequence", operation.key, operation.name, "deleted at the target")
            continue
        differences = _named(plan, _all(work, operation, plan, unit, match, found, live=live))
        if "/" not in operation.key.removeprefix("sequence:") and plan.graph.source_sequence_id in source.sequences:
            # What the plan's own comparison has named already is not told twice.
            told = {(one.step, one.field) for one in differences}
            sequence = source.sequences[plan.graph.source_sequence_id]
            more = _labelled(sequence, against_source(sequence, found, source.entries[sequence.source_id]))
            differences += [one for one in more if (one.step, one.field) not in told]
        for one in differences:
            where = f"{one.step}: {one.field}" if one.step else one.field
            files.row("differing", "sequence", operation.key, operation.name, where, one.planned, one.found)
        _count(work, operation, files, counts, standing, differences=bool(differences), documented=documented)
    if work.contract == "seed":
        if planned:
            counts.no_call.append("second copies of sequences: this server knows no labels to tell them by")
        return
    for twin in read.sequences(work.api, work.marker):
        if twin.id not in planned:
            counts.kinds["sequence"].unexpected += 1
            files.row("unexpected", "sequence", "", twin.name, "carries this plan's label, a second time")


def _count(
    work: Work,
    operation: BuildSequence,
    files: Files,
    counts: Counts,
    standing: KindCount,
    *,
    differences: bool,
    documented: bool,
) -> None:
    beyond = _not_sent(work, operation, documented)
    for name, value in beyond.items():
        counts.left_behind("sequence", name)
        why = "the introductory documents' calls have no field for it"
        files.row("not_carried", "sequence", operation.key, operation.name, name, value, why)
    for count in (counts.kinds["sequence"], standing):
        count.differing += differences
        count.equal += not differences and not beyond
        count.partly += not differences and bool(beyond)


def _all(
    work: Work,
    operation: BuildSequence,
    plan: SequencePlan,
    unit: Unit | None,
    match: Match,
    found: dict[str, Any],
    *,
    live: bool,
) -> list[Difference]:
    differences = [*match.differences, *_standing(found, live=live)]
    if live:
        differences += _start(work, operation, plan, found)
    told = {(one.step, one.field) for one in differences}
    keys = {node_id: key for key, node_id in match.nodes.items()}
    touched = {one.step for one in match.differences if one.step}
    for one in _since_loading(unit, found, keys, live=live):
        # A step that differs from the plan is told once, by what the plan says of it.
        if (one.step, one.field) not in told and one.step not in touched:
            differences.append(one)
    return differences


def _standing(found: dict[str, Any], *, live: bool) -> Iterator[Difference]:
    status = str(found.get("effectiveStatus") or found.get("status") or "draft")
    if live and status not in LIVE:
        yield Difference("", "status", "live, as it was enabled", status)
    elif not live and status != "draft":
        yield Difference("", "status", "draft", f"{status}, and not by `migrate enable`")


def _start(work: Work, operation: BuildSequence, plan: SequencePlan, found: dict[str, Any]) -> Iterator[Difference]:
    """A live sequence is started by what its enabling put there."""
    before, now = work.checkpoint.note(ENABLED_AS, {}).get(operation.key), start_of(found)
    if before is not None and before != now:
        yield Difference("", "start", shown_briefly(before), shown_briefly(now))
    if plan.seed_calls is not None and work.contract == "seed":
        return
    shown = _texts(now)
    for name, value in work.filled(plan.graph.final_trigger).items():
        if name != "trigger" and isinstance(value, str) and value not in shown:
            yield Difference("", f"start, {name}", value, shown_briefly(now))


def _texts(value: Any) -> set[str]:
    """Every text in it."""
    if isinstance(value, dict):
        return {text for part in value.values() for text in _texts(part)}
    if isinstance(value, list):
        return {text for part in value for text in _texts(part)}
    return {value} if isinstance(value, str) else set()


def _since_loading(
    unit: Unit | None, found: dict[str, Any], keys: dict[str, str], *, live: bool
) -> Iterator[Difference]:
    before: dict[str, str] = (unit.result.get(SNAPSHOT) if unit else None) or {}
    now = snapshot(found)
    for place in sorted({*before, *now} if before else ()):
        node_id, _, name = place.partition(" ")
        if (live and name in start_of(found)) or (node_id and node_id not in keys):
            continue
        was, is_now = before.get(place, "nothing"), now.get(place, "nothing")
        if was != is_now:
            yield Difference(keys.get(node_id, ""), _SAID.get(name, name), was, is_now)


_SAID = {"stopCondition": "stop condition", "sendingWindow": "sending window", "keyDates": "key dates"}


def _named(plan: SequencePlan, differences: list[Difference]) -> list[Difference]:
    """With the source's step in place of the plan's key, and what people call it."""
    names: dict[str, str] = {}
    for node in plan.graph.nodes:
        called = node.body.get("name") or node.body.get("subject") or node.body.get("label") or node.kind.value
        names[node.key] = f"step {node.origin.step_id} ({called})" if node.origin.step_id else str(called)
    return [Difference(names.get(one.step, one.step), one.field, one.planned, one.found) for one in differences]


def _labelled(sequence: Sequence, differences: Iterator[Difference]) -> Iterator[Difference]:
    labels = {step.id: step.label for step in sequence.steps}
    for one in differences:
        called = f" ({labels[one.step]})" if labels.get(one.step) else ""
        yield Difference(f"step {one.step}{called}" if one.step else "", one.field, one.planned, one.found)


def _not_sent(work: Work, operation: BuildSequence, documented: bool) -> dict[str, Any]:
    """Settings of the plan that the introductory documents' calls, which built it, cannot say."""
    plan = work.opened.sequence(operation)
    if not (documented or work.contract == "seed") or not plan.seed_calls:
        return {}
    return {name: value for name, value in plan.graph.settings.items() if name not in plan.seed_calls[0].body}
