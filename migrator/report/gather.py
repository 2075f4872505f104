"""Computes the facts from the bundle, the plan and, when there are some, the checkpoint and the verification.

The only place that counts anything for a report. Everything is read as a stream; what is kept grows with the number
of sequences and findings, never with the number of people.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC
from pathlib import Path

import msgspec

from mappings.findings import FINDINGS
from mappings.target import TargetGraph
from mappings.verdicts import Verdict
from migrator import __version__
from migrator.bundle import Bundle
from migrator.load.stages import standing
from migrator.model import ConsentState, Enrolment
from migrator.model import Sequence as SourceSequence
from migrator.plan.answers.risk import Risks
from migrator.plan.ledger import KINDS
from migrator.plan.open_plan import OpenPlan, open_fresh
from migrator.plan.people_inside import Inside as PeopleInside
from migrator.plan.people_inside import people_inside, together
from migrator.plan.records import BuildSequence, CreateList, CreateSegment, LedgerEntry
from migrator.report.emails import emails_of, template_emails
from migrator.report.facts import Facts, Finding, Flow, Inside, People, Sequence, Standing, Tally
from migrator.report.load_facts import load_facts
from migrator.report.pictures import answer, source_picture, target_picture
from migrator.report.proof import proof_of
from migrator.report.tasks import tasks_of
from migrator.report.words import Names, target_trigger_words, title, trigger_words
from migrator.transport.clock import SystemClock

KIND_NAMES = {
    "sequence": "Sequences as a whole",
    "trigger": "Starts",
    "entry_filter": "Entry filters",
    "step": "Steps",
    "lane": "Branches' lanes",
    "exit_rule": "Exit rules",
    "email_filter": "Rules about who gets the emails",
    "re_entry": "Re-entry rules",
    "sending_window": "Sending windows",
    "merge_tag": "Merge tags",
    "list": "Lists",
    "tag": "Tags",
    "attribute": "Custom fields",
    "segment": "Segments",
    "template": "Templates",
    "campaign": "Campaigns",
    "form": "Forms",
    "consent_state": "People's consent",
    "enrolment": "People in sequences",
    "profile": "Profile fields",
    "other": "Other things",
    "unread": "What could not be read",
}

MADE = "made for this condition"


def gather(workspace: Path) -> Facts:
    """The facts about a workspace whose plan is fresh. Raises PlanError and BundleError."""
    opened = open_fresh(workspace)
    return gather_from(Bundle.open(workspace / "bundle"), opened, workspace)


def gather_from(bundle: Bundle, opened: OpenPlan, workspace: Path | None = None) -> Facts:
    """`workspace`: where the checkpoint and the verification are, when the report may tell of them."""
    plan, manifest, entries = opened.plan, bundle.manifest, opened.ledger()
    names = _names(bundle, opened)
    triggers: set[str] = set()
    inside = people_inside(entries)
    here = standing(workspace, clock=SystemClock(), done="report") if workspace is not None else None
    platform = title(manifest.source.platform)
    sequences = tuple(_sequences(bundle, opened, entries, names, triggers, inside))
    findings = tuple(_findings(entries, names))
    return Facts(
        tool_version=__version__,
        platform=platform,
        account=manifest.source.account or manifest.source.host or "the account",
        exported_at=manifest.exported_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        bundle=plan.bundle_hash,
        plan=opened.hash,
        marker=plan.marker,
        fidelity=tuple(
            Tally(kind=kind, name=KIND_NAMES.get(kind) or kind.replace("_", " ").capitalize(), **counts)
            for kind, counts in ((kind, plan.verdicts[kind]) for kind in KINDS if kind in plan.verdicts)
        ),
        people=_people(opened, manifest.consent),
        load=load_facts(opened, quiet=triggers <= {"manual"}),
        tasks=tasks_of(findings),
        sequences=sequences,
        inside=_inside(together(inside.values()), platform),
        templates=tuple(template_emails(bundle, opened)),
        findings=findings,
        unread=tuple(f"{one.what}: {one.why}. {one.remedy}" for one in manifest.unread),
        proof=proof_of(workspace, opened) if workspace is not None else None,
        stage=here.stage.value if here else "plan",
        act=here.act if here else "",
        next=here.next if here else "",
    )


def _inside(people: PeopleInside, platform: str) -> Inside:
    return Inside(
        people=people.people,
        continues=people.continues,
        finishes=people.finishes,
        needs_you=people.needs_you,
        says=people.words(platform),
    )


def _people(opened: OpenPlan, consent: Mapping[ConsentState, int]) -> People:
    counts = opened.plan.people
    flows = [
        Flow(source=source, target=target, people=people)
        for source, targets in counts.flow.items()
        for target, people in targets.items()
    ]
    order = [state.value for state in ConsentState][::-1]
    flows.sort(key=lambda one: (order.index(one.source) if one.source in order else 99, one.target))
    return People(
        read=counts.read,
        planned=counts.planned,
        rejected=counts.rejected,
        merged=counts.merged,
        from_suppressions=counts.from_suppressions,
        mailable_before=consent.get(ConsentState.SUBSCRIBED, 0),
        mailable_after=sum(one.people for one in flows if one.target == "active"),
        flows=tuple(flows),
    )


def _names(bundle: Bundle, opened: OpenPlan) -> Names:
    targets: dict[str, str] = {}
    for one in opened.operations(CreateList):
        targets[one.key] = str(one.body.get("name"))
    for made in opened.operations(CreateSegment):
        targets[made.key] = MADE if made.key.startswith("segment:made/") else str(made.body.get("name"))
    sequences = {one.source_id: one.name for one in bundle.sequences()}
    return Names(
        lists={one.source_id: one.name for one in bundle.lists()},
        segments={one.source_id: one.name for one in bundle.segments()},
        sequences=sequences,
        forms={one.source_id: one.name for one in bundle.forms()},
        targets=targets,
    )


# Findings -------------------------------------------------------------------------------------------------


def _findings(entries: list[LedgerEntry], names: Names) -> Iterable[Finding]:
    steps = {(one.sequence_id, one.step_id): one.label for one in entries if one.kind == "step"}
    told = [(entry, one) for entry in entries for one in entry.findings if one.verdict is not Verdict.EXACT]
    # What needs a person comes first; within a verdict the ledger's order stays.
    told.sort(key=lambda pair: -pair[1].verdict.weight)
    risks = Risks(entries)
    for number, (entry, one) in enumerate(told, 1):
        yield Finding(
            number=number,
            kind=entry.kind,
            where=_where(entry, names, steps),
            verdict=one.verdict.value,
            code=one.code,
            reason=one.reason,
            remedy=one.remedy,
            settles=one.settles,
            risk=risks.of(one.settles).value if one.settles else "",
            count=entry.count,
            sequence_id=entry.sequence_id,
            step_id=entry.step_id,
        )


def _where(entry: LedgerEntry, names: Names, steps: Mapping[tuple[str | None, str | None], str]) -> str:
    label = entry.label.replace("_", " ")
    if entry.sequence_id is None:
        name = entry.kind.replace("_", " ").capitalize()
        return label if entry.kind in ("consent_state", "other", "profile") else f"{name} › {label or 'unnamed'}"
    head = names.sequences.get(entry.sequence_id, entry.sequence_id)
    match entry.kind:
        case "sequence":
            return head
        case "trigger":
            return f"{head} › how it starts"
        case "re_entry":
            return f"{head} › who may enter again"
        case "enrolment":
            return f"{head} › people in it"
        case "lane":
            step = steps.get((entry.sequence_id, entry.step_id), "")
            return f"{head} › {step} › {answer(entry.label)}"
    return f"{head} › {label}"


# Sequences ------------------------------------------------------------------------------------------------


def _sequences(
    bundle: Bundle,
    opened: OpenPlan,
    entries: Iterable[LedgerEntry],
    names: Names,
    triggers: set[str],
    inside: Mapping[str, PeopleInside],
) -> Iterable[Sequence]:
    by_sequence: dict[str, list[LedgerEntry]] = defaultdict(list)
    for entry in entries:
        if entry.sequence_id is not None:
            by_sequence[entry.sequence_id].append(entry)
    built = {one.key: one for one in opened.operations(BuildSequence)}
    by_step = _standing_counts(bundle.enrolments())
    for sequence in bundle.sequences():
        operation = built.get(f"sequence:{sequence.source_id}")
        graph = None if operation is None else opened.sequence(operation).graph
        if graph is not None:
            triggers.add(str(graph.trigger.get("trigger")))
        feeders = tuple(one.name for key, one in built.items() if key.startswith(f"sequence:{sequence.source_id}/"))
        drawn = _sequence(sequence, graph, by_sequence[sequence.source_id], names, by_step[sequence.source_id], feeders)
        people = inside.get(sequence.source_id, PeopleInside())
        yield msgspec.structs.replace(
            drawn,
            in_it=people.people,
            continues=people.continues,
            finishes=people.finishes,
            needs_you=people.needs_you,
        )


def _standing_counts(enrolments: Iterable[Enrolment]) -> dict[str, Counter[str]]:
    """Sequence to step to people in the middle; the empty step stands for those of whom it is not known."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for one in enrolments:
        if one.status.in_flight:
            found[one.sequence_id][(one.position and one.position.step_id) or ""] += 1
    return found


def _sequence(
    sequence: SourceSequence,
    graph: TargetGraph | None,
    entries: list[LedgerEntry],
    names: Names,
    standing: Counter[str],
    feeders: tuple[str, ...],
) -> Sequence:
    verdicts: dict[str, str] = {}
    tally: Counter[str] = Counter()
    for entry in entries:
        if entry.kind == "enrolment":
            continue
        tally[entry.verdict.value] += entry.count
        if entry.step_id is not None:
            known = verdicts.get(entry.step_id, Verdict.EXACT.value)
            verdicts[entry.step_id] = max(known, entry.verdict.value, key=lambda one: Verdict(one).weight)
    resuming = Counter(
        {entry.target[0]: entry.count for entry in entries if entry.kind == "enrolment" and entry.target}
    )
    worst = max(
        (Verdict(one) for one, count in tally.items() if count), key=lambda one: one.weight, default=Verdict.EXACT
    )
    return Sequence(
        id=sequence.source_id,
        name=graph.name if graph is not None else sequence.name,
        verdict=worst.value,
        active=sequence.active,
        taken=graph is not None,
        tally={one.value: tally[one.value] for one in Verdict if tally[one.value]},
        standing=tuple(_standing(entry) for entry in entries if entry.kind == "enrolment"),
        starts=tuple(trigger_words(one, names) for one in sequence.triggers),
        starts_after="" if graph is None else target_trigger_words(graph.final_trigger, names),
        settings=_settings(graph),
        blocks=() if graph is None else graph.blocks_enabling,
        source=source_picture(sequence, names, verdicts, standing),
        target=None if graph is None else target_picture(graph, names, verdicts, resuming),
        feeders=feeders,
        emails=emails_of(sequence, graph, verdicts),
    )


def _standing(entry: LedgerEntry) -> Standing:
    known = FINDINGS.get(f"resume-{entry.label}")
    says = entry.findings[0].reason if entry.findings else known.reason if known else entry.label
    return Standing(people=entry.count, verdict=entry.verdict.value, says=says)


_MODES = {"one_time": "People enter once", "unlimited": "People may enter again at any time"}


def _settings(graph: TargetGraph | None) -> tuple[str, ...]:
    if graph is None:
        return ()
    said = []
    mode = str(graph.settings.get("enrollmentMode") or "")
    if mode:
        said.append(_MODES.get(mode, f"Entering again: {mode.replace('_', ' ')}"))
    stop = graph.settings.get("stopCondition")
    if isinstance(stop, dict):
        kind = str(stop.get("type") or "").replace("_", " ")
        said.append(f"Leaves when: {kind} {stop.get('value') or ''}".strip())
    window = graph.settings.get("sendingWindow")
    if isinstance(window, dict):
        said.append(f"Sends from {window.get('startTime')} to {window.get('endTime')} {window.get('timezone') or ''}")
    return tuple(said)
