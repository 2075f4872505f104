"""Switching one finished draft on: the plan's own trigger in place of the quiet one, then enable. A named, human act.

Nothing else happens here: nobody is enrolled, and nothing is enabled that the target itself does not call ready.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from adapters.sequenzy import read, write
from mappings.findings import find
from migrator.cutover.consent_in_place import not_in_place
from migrator.cutover.name_clashes import others, rivals, started_alike, started_by, takers
from migrator.errors import ApiProblem, NeedsPerson, NotFound, PlanError, UsageError
from migrator.load.checkpoint import State
from migrator.load.counts import count
from migrator.load.live_sequences import let_settle, still_coming
from migrator.load.sequence_drafts import known_ids, read_back
from migrator.load.snapshots import ENABLED_AS, start_of
from migrator.load.starting_sequences import in_full
from migrator.load.work import Work
from migrator.plan.records import BuildSequence
from migrator.visible import visible


@dataclass(frozen=True)
class Readiness:
    key: str
    name: str
    target_id: str
    status: str
    trigger: dict[str, Any]
    """What will start it, as the API takes it; empty: only a call or a person."""
    emails: int
    blocked: tuple[str, ...] = ()
    """Why it must not be enabled yet."""
    warnings: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    """How the draft differs from the plan: somebody worked on it."""
    inside: int = 0

    @property
    def live(self) -> bool:
        return self.status in ("active", "live", "enrollment_paused")

    def facts(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass
class Enabled:
    key: str
    name: str
    warnings: list[str] = field(default_factory=list)


def operation_of(work: Work, sequence: str) -> BuildSequence:
    """By source id, key or name."""
    found = [
        one
        for one in work.opened.operations(BuildSequence)
        if sequence in (one.key, one.key.removeprefix("sequence:"), one.name)
    ]
    if len(found) != 1:
        names = ", ".join(one.key.removeprefix("sequence:") for one in work.opened.operations(BuildSequence)[:20])
        what = "There is no such sequence in the plan" if not found else "Several sequences have this name"
        raise UsageError(what, where=sequence, fix=f"Name one by its id: {names}.")
    return found[0]


def in_order(work: Work, operations: Iterable[BuildSequence]) -> list[BuildSequence]:
    """Who is handed people comes before who hands them over; in a circle nobody can be the first."""
    by_key = {one.key: one for one in operations}
    found: dict[str, BuildSequence] = {}
    seen: set[str] = set()

    def visit(key: str) -> None:
        if key in by_key and key not in seen:
            seen.add(key)
            for other in work.opened.sequence(by_key[key]).graph.hands_over_to:
                visit(other)
            found[key] = by_key[key]

    for key in by_key:
        visit(key)
    return list(found.values())


def readiness(work: Work, operation: BuildSequence, together: Collection[str] = ()) -> Readiness:
    """Reads only: the plan's own blocks, the target's readiness check, and what will start it.

    `together`: keys of the sequences that are enabled in the same go."""
    unit = work.checkpoint.unit(operation.key)
    if unit is None or unit.state is not State.CONFIRMED or not unit.target_id:
        why = unit.error if unit and unit.error else "it is not loaded"
        raise PlanError("This sequence is not at the target", where=operation.key, why=why or "", fix="Load it first.")
    plan = work.opened.sequence(operation)
    graph, documented = plan.graph, bool(unit.result.get("documented"))
    match, there = read_back(work, plan, unit.target_id, known_ids(work), documented)
    if not there:
        raise NotFound(
            "The sequence is not at the target any more",
            problem=ApiProblem(404, "it was deleted there"),
            where=operation.key,
        )
    shown = _simulate(work, unit.target_id)
    ready = shown.get("readiness") or {}
    blocked = [*graph.blocks_enabling, *(node.blocks_enabling for node in graph.nodes if node.blocks_enabling)]
    blocked += _not_listening(work, graph.hands_over_to, together)
    there_too = others(work)
    copies = list(rivals(graph, work, there_too))
    blocked += copies
    if unsafe := not_in_place(work):
        blocked.append(unsafe)
    if coming := still_coming(work, operation):
        blocked.append(coming)
    blocked += _takes_in(work, there)
    if ready.get("ready") is False:
        blocked += [str(one) for one in ready.get("errors") or ()]
    return Readiness(
        key=operation.key,
        name=str(there.get("name") or operation.name),
        target_id=unit.target_id,
        status=str(there.get("effectiveStatus") or there.get("status")),
        # Built with the documented calls it has its own trigger from the start, and no call changes it.
        trigger={} if documented else work.filled(graph.final_trigger),
        emails=int(there.get("emailCount") or len(there.get("emails") or ())),
        blocked=tuple(dict.fromkeys(blocked)),
        warnings=(
            *(str(one) for one in ready.get("warnings") or ()),
            *(() if copies else started_alike(graph, work, there_too)),
            *started_by(graph, work, there_too),
            *takers(there_too),
            *(_feeder(one) for one in feeders_off(work, operation.key, together)),
        ),
        differences=tuple(map(str, match.differences)),
        inside=int((shown.get("enrollment") or {}).get("currentlyEnrolled") or 0),
    )


def confirm(found: Readiness, confirmed_name: str) -> None:
    """Raises NeedsPerson when it is blocked, UsageError when the name typed is another one."""
    if found.blocked:
        raise NeedsPerson(
            "This sequence must not be enabled yet",
            where=found.key,
            why="; ".join(found.blocked),
            fix="Settle what is named, at the target or in mappings.toml, then try again.",
        )
    if confirmed_name.strip() not in (found.name.strip(), visible(found.name).strip()):
        raise UsageError("That is not the sequence's name", where=found.key, fix="Type it exactly as shown.")


def enable(work: Work, found: Readiness, confirmed_name: str) -> Enabled:
    """Raises as `confirm` does. Several in one go are all confirmed before the first of them is enabled."""
    confirm(found, confirmed_name)
    if not found.live:
        let_settle(work, operation_of(work, found.key))
    if found.trigger and not found.live:
        write.update_sequence(work.api, found.target_id, found.trigger)
    answer = write.enable_sequence(work.api, found.target_id)
    work.checkpoint.add_to_note("enabled", found.key)
    there = read.sequence(work.api, found.target_id) or {}
    work.checkpoint.put_note(ENABLED_AS, {**work.checkpoint.note(ENABLED_AS, {}), found.key: start_of(there)})
    if not there.get("acceptsNewEnrollments", True):
        work.warn(found.key, ["enabled, but it takes nobody in: its enrolments are paused"])
    return Enabled(found.key, found.name, write.warnings(answer))


def feeders_off(work: Work, key: str, together: Collection[str] = ()) -> list[BuildSequence]:
    """The small sequences through which further triggers start it, that let nobody in."""
    feeders = (one for one in work.opened.operations(BuildSequence) if one.key.startswith(f"{key}/"))
    return [one for one in feeders if one.key not in together and not _listens(work, one.key)]


def _feeder(one: BuildSequence) -> str:
    way = f"--sequence {one.key.removeprefix('sequence:')}"
    return f"{one.name} starts it too, and is not enabled: nobody gets in that way. Enable it as well ({way})."


def people_behind(work: Work) -> str | None:
    """In words: the target does not know yet who opted out, so a new arrival among them would be mailed."""
    counts = count(work.opened, work.checkpoint)
    behind = counts["people"].open + counts["complaints"].open
    if not behind:
        return None
    return (
        f"{behind:,} people or complaints of the plan are not loaded. Whoever of them opted out at the source is "
        "unknown here, and is mailed as soon as anything adds them. Load them first."
    )


def stranded(work: Work, done: Collection[str]) -> list[str]:
    """In words: which of those just enabled hand people over to one that is not, after an error between the two."""
    operations = {one.key: one for one in work.opened.operations(BuildSequence)}
    found = []
    for key in done:
        for other in work.opened.sequence(operations[key]).graph.hands_over_to:
            if list(_not_listening(work, [other], done)):
                names = operations[key].name, operations[other].name
                found.append(f"{names[0]} is enabled and hands people over to {names[1]}, which is not: they get lost.")
    return found


def _not_listening(work: Work, keys: Iterable[str], together: Collection[str]) -> Iterator[str]:
    """A draft does not notice who is handed over to it, and never will: they would be lost on the way."""
    operations = {one.key: one for one in work.opened.operations(BuildSequence)}
    for key in keys:
        if key in together or key not in operations or _off_at_the_source(work, operations[key]):
            continue
        if not _listens(work, key):
            yield f"It hands people over to {operations[key].name}, which is not enabled: they would get lost."


def _off_at_the_source(work: Work, operation: BuildSequence) -> bool:
    """The source does not run it either: nobody who is handed over gets anything there."""
    return find("switched-off").reason in work.opened.sequence(operation).graph.blocks_enabling


def _listens(work: Work, key: str) -> bool:
    unit = work.checkpoint.unit(key)
    there = read.sequence(work.api, unit.target_id) if unit is not None and unit.target_id else None
    return there is not None and _takes_people_in(there)


def _takes_in(work: Work, there: dict[str, Any]) -> Iterator[str]:
    """In words: enabling it would enrol people whom nothing started, those who have been through it included."""
    names = in_full(work.api, read.labelled(there)).takes_in
    if names:
        yield (
            f"It takes people in by itself ({', '.join(names)}): enabling it would enrol people who have been through "
            "it at the source. Turn this off at Sequenzy first."
        )


def _takes_people_in(there: dict[str, Any]) -> bool:
    """While its enrolments are paused it is live and still lets nobody in."""
    said = there.get("acceptsNewEnrollments")
    if isinstance(said, bool):
        return said
    return str(there.get("effectiveStatus") or there.get("status")) in ("active", "live")


def _simulate(work: Work, target_id: str) -> dict[str, Any]:
    """An older server has no such check: its enable call then has the last word."""
    try:
        data = work.api.get(f"/sequences/{target_id}/simulate", {"limit": 10}).data
    except NotFound:
        return {}
    return data if isinstance(data, dict) else {}
