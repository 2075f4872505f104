"""One load: look at the target, then write the plan in its order, each unit once. Nothing is ever enabled.

The order is fixed: opt-outs and bounces, active contacts, complaints, lists, memberships, tags, segments, templates,
sequences. People standing in the middle of a sequence are the cut-over's business and are left alone here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from adapters.sequenzy.client import PER_MINUTE, Sequenzy
from adapters.sequenzy.read import PAGE
from migrator.errors import ApiProblem, AuthError, NeedsPerson, UsageError, WorkspaceError
from migrator.load.belonging import belongs, is_newer
from migrator.load.checkpoint import Checkpoint
from migrator.load.contact_imports import UNDER_WAY, PeopleImport
from migrator.load.contacts_singly import FEW
from migrator.load.counts import Count, count, planned_of
from migrator.load.followups import add_members, add_tags, followups_left, mark_complaints
from migrator.load.lists_and_templates import make_list, make_segment, make_template
from migrator.load.live_sequences import nobody_is_started
from migrator.load.lost_rows import prove_people
from migrator.load.newer.newer_plan import Brought, bring_up_to_date
from migrator.load.newer.remember import remember_loaded
from migrator.load.present_before import note_present
from migrator.load.refused_people import write_left_out, write_rejects
from migrator.load.sequence_drafts import build_sequence
from migrator.load.target_checks import TargetFacts, inspect_target, take_inventory
from migrator.load.target_lock import TargetLock, left_behind
from migrator.load.work import Silent, Wanted, Watcher, Work
from migrator.plan.open_plan import OpenPlan
from migrator.plan.records import (
    AddMembers,
    AddTags,
    BuildSequence,
    CreateList,
    CreateSegment,
    CreateTemplate,
    ImportPeople,
    MarkComplaints,
    Operation,
)

UNDOING = "undoing"
"""A note in the checkpoint: a load must not go on in the middle of an undo."""

STAGES: tuple[tuple[str, type[Operation], Callable[[Work, Any], None]], ...] = (
    ("people", ImportPeople, lambda work, operation: PeopleImport(work, operation).run()),
    ("people", MarkComplaints, mark_complaints),
    ("lists", CreateList, make_list),
    ("lists", AddMembers, add_members),
    ("tags", AddTags, add_tags),
    ("segments", CreateSegment, make_segment),
    ("templates", CreateTemplate, make_template),
    ("sequences", BuildSequence, build_sequence),
)
"""What `--only` calls it, the operation, and who carries it out; in the order of writing."""


ONE_EACH = (CreateList, CreateSegment, CreateTemplate, BuildSequence)
"""Operations that make one thing each."""
LOOKS = 8
"""Requests that a load makes before it writes: who the key belongs to, and what is there."""
PER_REQUEST = 0.3
"""Seconds that a request takes, one after the other: what is measured against the target, with its imports."""


@dataclass(frozen=True)
class Summary:
    target: TargetFacts
    counts: dict[str, Count]
    rejected: int
    """Rows in rejected.csv."""
    left_out: int = 0
    """Rows in left_out.csv."""
    warnings: tuple[str, ...] = ()
    fallbacks: tuple[str, ...] = ()
    requests: int = 0
    writes: int = 0
    """Requests of this run that were meant to change something."""
    limited: int = 0
    trial: bool = False
    brought: Brought | None = None
    """What a newer plan has changed of what was loaded before."""

    @property
    def complete(self) -> bool:
        return not self.rejected and all(not one.open and not one.failed for one in self.counts.values())

    @property
    def nothing_to_do(self) -> bool:
        """This run had nothing to write, and nothing is left for another one."""
        return self.complete and not self.writes

    def facts(self) -> dict[str, Any]:
        return {
            "complete": self.complete,
            "trial": self.trial,
            "counts": {kind: one.facts() for kind, one in self.counts.items()},
            "rejected": self.rejected,
            "left_out": self.left_out,
            "nothing_to_do": self.nothing_to_do,
            "warnings": list(self.warnings),
            "fallbacks": list(self.fallbacks),
            "requests": self.requests,
            "limited": self.limited,
            **({"changes": self.brought.facts()} if self.brought is not None else {}),
        }


@dataclass(frozen=True)
class Forecast:
    """What is left to send, and how long that takes at the allowed rate."""

    requests: int
    seconds: float
    people: int
    lines: tuple[str, ...] = field(default=())


def load(
    opened: OpenPlan,
    api: Sequenzy,
    checkpoint: Checkpoint,
    workspace: Path,
    *,
    wanted: Wanted = Wanted(),  # noqa: B008 - an immutable record
    watcher: Watcher | None = None,
    contract: str | None = None,
    compare: bool = False,
) -> Summary:
    """Goes on where an earlier run stopped. `compare`: also the people of a plan that is loaded already. Raises before
    the first write when the preflight finds a reason to."""
    watcher = watcher or Silent()
    known(opened, wanted)
    api.pacer.import_times(checkpoint.note("send_times") or [])
    if checkpoint.note(UNDOING):
        raise WorkspaceError("An undo of this load was begun", fix="Run `migrate undo` to its end, then load again.")
    if wanted.has("people"):
        settled(opened)
    newer = is_newer(opened, checkpoint)
    if newer and (wanted.only or wanted.sequences or wanted.limit is not None):
        raise UsageError(
            "A newer plan is loaded whole",
            why="an earlier one is loaded already, and what differs belongs together",
            fix="Run `migrate load` without --only, --sequence and --limit.",
        )
    target = preflight(opened, api, checkpoint)
    chosen = target.contract if contract is None else ("seed" if contract == "seed" else "current")
    work = Work(opened, api, checkpoint, wanted, watcher, "seed" if chosen == "seed" else "current")
    brought: Brought | None = None
    if newer or (compare and checkpoint.note("plan_hash") == opened.hash):
        note_present(work, target.inventory.contacts, target.inventory.tags)
        brought = bring_up_to_date(work, workspace, target.inventory)
        target = replace(target, inventory=take_inventory(api, target.inventory.contacts))
    nobody_is_started(work, target.inventory, wanted)
    people = sum(planned_of(one) for one in opened.operations(ImportPeople))
    few = min(people, math.inf if wanted.limit is None else 2 * wanted.limit) <= FEW
    work.single = work.contract == "seed" or few
    work.contacts_there = target.inventory.contacts or 0
    began = api.clock.monotonic()
    earlier = count(opened, checkpoint)
    doubled = any(earlier[kind].open for kind in ("lists", "segments", "templates", "sequences"))
    try:
        note_present(work, target.inventory.contacts, target.inventory.tags)
        # People carry keys. What has none, another run could make a second time.
        with TargetLock(work, target.inventory.sequences) if doubled or left_behind(work) else nullcontext():
            for kind, sort, carry_out in STAGES:
                if not wanted.has(kind):
                    continue
                if sort is MarkComplaints:
                    prove_people(work, named_later=followups_left(work))
                several = [one for one in opened.operations(sort) if _chosen(one, wanted)]
                # The others tell by themselves how far they are.
                silent = sort in ONE_EACH and bool(several)
                if silent:
                    watcher.collection(kind, len(several))
                for number, operation in enumerate(several, 1):
                    carry_out(work, operation)
                    if silent:
                        watcher.progress(kind, number)
                    if sort is ImportPeople:
                        seconds = round(api.clock.monotonic() - began, 1)
                        checkpoint.put_note("run", {"people": work.people, "people_seconds": seconds})
                if silent:
                    watcher.finished(kind, len(several))
    finally:
        work.save_pace()
        remember_loaded(opened, checkpoint, workspace)
        rejected, left_out = write_rejects(work, workspace), write_left_out(work, workspace)
    return Summary(
        target=target,
        counts={kind: one.since(earlier[kind]) for kind, one in count(opened, checkpoint).items()},
        rejected=rejected,
        left_out=left_out,
        writes=work.writes,
        warnings=tuple(checkpoint.note("warnings", [])),
        fallbacks=tuple(checkpoint.note("fallbacks", [])),
        requests=api.counts.requests,
        limited=api.counts.limited,
        trial=bool(wanted.only or wanted.sequences or wanted.limit is not None),
        brought=brought,
    )


def _chosen(operation: Operation, wanted: Wanted) -> bool:
    return not isinstance(operation, BuildSequence) or chosen_sequence(operation, wanted)


def chosen_sequence(operation: BuildSequence, wanted: Wanted) -> bool:
    """A sequence by its source id; its feeders (`sequence:<id>/feeder:<n>`) belong to it."""
    source_id = operation.key.removeprefix("sequence:").partition("/")[0]
    return not wanted.sequences or source_id in wanted.sequences


def known(opened: OpenPlan, wanted: Wanted) -> None:
    """A misspelt id must not pass for a load of everything but that sequence."""
    ids = {one.key.removeprefix("sequence:").partition("/")[0] for one in opened.operations(BuildSequence)}
    unknown = [one for one in wanted.sequences if one not in ids]
    if unknown:
        names = ", ".join(sorted(ids, key=lambda one: (not one.isdigit(), len(one), one))[:20])
        raise UsageError(
            "There is no such sequence in the plan",
            where=", ".join(unknown),
            fix=f"Name one by its id: {names}." if names else "It holds no sequence at all.",
        )


def settled(opened: OpenPlan) -> None:
    """Stops while something unknown might let a person be mailed who must not be."""
    if opened.plan.holds:
        raise NeedsPerson(
            "Nobody is written yet: a do-not-send list could not be read",
            why="; ".join(one.rstrip(".") for one in opened.plan.holds),
            fix="The first entry of `migrate plan` says how to read it, or how to vouch for it in mappings.toml. "
            "`migrate load --only lists,segments,templates,sequences` writes everything but people.",
        )


def preflight(opened: OpenPlan, api: Sequenzy, checkpoint: Checkpoint | None) -> TargetFacts:
    """The target, looked at before the first write; and whether this checkpoint belongs to it and to this plan."""
    target = inspect_target(api)
    stops = [finding for finding in target.findings if finding.level == "stop"]
    if stops:
        raise AuthError(
            "The target is not ready for this load",
            problem=ApiProblem(None, " ".join(one.what for one in stops)),
            fix=" ".join(one.fix for one in stops),
        )
    if checkpoint is not None:
        belongs(opened, checkpoint, target.identity)
    return target


def forecast(opened: OpenPlan, checkpoint: Checkpoint | None, rate: int | None, wanted: Wanted = Wanted()) -> Forecast:  # noqa: B008 - an immutable record
    """From the request limit, which is what a load waits for: never from the speed of this machine."""
    requests, people, lines, named = LOOKS, 0, [], False
    everybody = sum(planned_of(one) for one in opened.operations(ImportPeople))
    single = min(everybody, math.inf if wanted.limit is None else 2 * wanted.limit) <= FEW
    for kind, sort, _ in STAGES:
        if not wanted.has(kind):
            continue
        for operation in opened.operations(sort):
            if isinstance(operation, BuildSequence) and not chosen_sequence(operation, wanted):
                continue
            done = sum(unit.done for unit in checkpoint.units(operation.key)) if checkpoint else 0
            calls = max(0, calls_of(operation, opened, single=single) - done)
            requests += calls
            named = named or (calls > 0 and isinstance(operation, AddMembers | AddTags))
            if isinstance(operation, ImportPeople):
                people += planned_of(operation)
            lines.append(f"{operation.key}: {planned_of(operation):,} in {calls:,} calls")
    if named:
        # Everybody is read once before anybody is named.
        requests += math.ceil(everybody / PAGE)
    limit = PER_MINUTE if rate is None else rate
    waiting = 0.0 if limit == 0 else 60.0 * max(0, requests - limit) / limit
    seconds = max(requests * PER_REQUEST, waiting)
    return Forecast(requests, seconds, people, tuple(lines))


def calls_of(operation: Operation, opened: OpenPlan, *, single: bool = False) -> int:
    if isinstance(operation, ImportPeople) and single:
        return planned_of(operation)
    if isinstance(operation, ImportPeople):
        return looks_for(len(operation.batches))
    if isinstance(operation, MarkComplaints):
        return operation.count
    if isinstance(operation, AddMembers | AddTags):
        return math.ceil(operation.count / 500)
    if isinstance(operation, BuildSequence):
        return (operation.calls or 2) + 3
    return 2


def looks_for(batches: int) -> int:
    """Calls of so many imports: the import, one look at it, and one more for every group that is under way together."""
    return 2 * batches + math.ceil(batches / UNDER_WAY)
