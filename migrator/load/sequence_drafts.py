"""One sequence: a draft with our label, built call by call, read back and compared with the plan.

There is no repair. A draft that carries our label and was never enabled, and that is not the planned graph, is
deleted and built anew. What was enabled, or holds people, is never touched.
"""

from __future__ import annotations

from typing import Any

from adapters.sequenzy import find, read, write
from adapters.sequenzy.shapes import Labelled
from mappings.target import END, START
from migrator.errors import ApiProblem, Bug, Conflict, NeedsPerson, NotFound, Rejected, Uncertain
from migrator.load.checkpoint import State, Unit
from migrator.load.compare_graphs import Match, compare
from migrator.load.differences import Difference
from migrator.load.lists_and_templates import reason, settled
from migrator.load.snapshots import SNAPSHOT, snapshot
from migrator.load.source_label import source_label
from migrator.load.work import Missing, Work
from migrator.plan.records import BuildSequence, Call, SequencePlan

TRIES = 3
"""Of building one sequence, when an answer is lost in the middle."""


def build_sequence(work: Work, operation: BuildSequence) -> None:
    unit = work.checkpoint.unit(operation.key) or Unit(operation.key)
    if settled(unit):
        return
    plan = work.opened.sequence(operation)
    calls = plan.calls if work.contract == "current" else plan.seed_calls
    if calls is None:
        work.checkpoint.reject(unit, "it needs calls that this server does not have")
        return
    try:
        ids = known_ids(work)
        if _take_over(work, unit, operation, plan, ids):
            return
        for attempt in range(TRIES):
            _sending(work, unit, operation)
            try:
                _build(work, unit, plan, calls, ids)
            except Uncertain:
                if attempt + 1 == TRIES:
                    raise
                if _take_over(work, unit, operation, plan, ids):
                    return
            else:
                return
    except (Rejected, Conflict, NotFound, Missing) as error:
        if isinstance(error, Rejected) and plan.seed_calls is not None and calls is not plan.seed_calls:
            _build_documented(work, unit, operation, plan, error)
            return
        _clear(work, operation)
        work.checkpoint.reject(unit, reason(error))


def known_ids(work: Work) -> dict[str, str]:
    """Keys of what this plan has at the target already."""
    return {unit.operation: unit.target_id for unit in work.checkpoint.units(None, State.CONFIRMED) if unit.target_id}


def read_back(
    work: Work, plan: SequencePlan, sequence_id: str, ids: dict[str, str], documented: bool = False
) -> tuple[Match, dict[str, Any]]:
    """`documented`: built with the introductory documents' calls, which have fewer settings."""
    seed = plan.seed_calls or ()
    sent = seed[0].body if seed and (documented or work.contract == "seed") else None
    found = read.sequence(work.api, sequence_id)
    if found is None:
        return Match(differences=[Difference("", "sequence", "there", "not there")]), {}
    return compare(plan.graph, found, ids, settings=sent), found


def _take_over(work: Work, unit: Unit, operation: BuildSequence, plan: SequencePlan, ids: dict[str, str]) -> bool:
    """A draft of ours that is whole is taken as it is; a half-built one goes. True when nothing is left to do."""
    for there in _ours(work, operation):
        match, found = read_back(work, plan, there.id, ids)
        if match.same:
            _confirm(work, unit, there.id, match, found)
            return True
        now = work.checkpoint.unit(operation.key)
        begun_here = now is not None and now.state is State.SENT
        if not begun_here and not match.half_built:
            raise NeedsPerson(
                "A sequence of this plan is at Sequenzy already, and this folder did not build it",
                where=there.name,
                why=f"it is {there.effective_status or there.status} and differs from the plan: "
                f"{'; '.join(map(str, match.differences[:3]))}",
                fix="If another folder or machine loads this plan, go on there. Otherwise delete it at Sequenzy, then "
                "run the same command again.",
            )
        _delete_draft(work, there, operation)
    return False


def _sending(work: Work, unit: Unit, operation: BuildSequence) -> None:
    before = None
    if work.contract == "seed" and unit.state is State.INTENDED:
        before = {"before": [one.id for one in _named(work, operation)]}
    work.sending(unit, operation.key, before)


def _ours(work: Work, operation: BuildSequence) -> list[Labelled]:
    taken = {one.target_id for one in work.checkpoint.units(None, State.CONFIRMED)}
    if work.contract == "current":
        there = find.sequences_of(work.api, work.marker, operation.name)
    else:
        # The documents know no labels: what came since the first request left is ours.
        unit = work.checkpoint.unit(operation.key)
        before = unit.result.get("before") if unit else None
        there = [] if before is None else [one for one in _named(work, operation) if one.id not in before]
    return [one for one in there if one.id not in taken]


def _named(work: Work, operation: BuildSequence) -> list[Labelled]:
    return [one for one in read.sequences(work.api) if one.name.strip() == operation.name.strip()]


def _delete_draft(work: Work, there: Labelled, operation: BuildSequence) -> None:
    if there.status != "draft" or (there.effective_status or "draft") != "draft":
        raise Rejected(
            "A sequence of this migration was enabled before it was whole",
            problem=ApiProblem(None, f"it stands as {there.effective_status or there.status}"),
            where=operation.key,
            fix="Look at it at the target; archive or delete it there, then run the same command again.",
        )
    write.delete_sequence(work.api, there.id)


def _clear(work: Work, operation: BuildSequence) -> None:
    for there in _ours(work, operation):
        if there.status == "draft":
            write.delete_sequence(work.api, there.id)


def _build(work: Work, unit: Unit, plan: SequencePlan, calls: tuple[Call, ...], ids: dict[str, str]) -> None:
    nodes: dict[str, str] = {}
    sequence_id = ""
    for call in calls:
        if call.kind == "create":
            body = work.filled(call.body)
            if "labels" in body:
                body["labels"] = [*body["labels"], source_label(work.opened.plan, unit.operation)]
            sequence_id, warnings = _create(work, body)
            work.warn(unit.operation, warnings)
            work.checkpoint.learned(unit, sequence_id)
            nodes = _row(work, sequence_id, call)
            continue
        revision = _revision(work, sequence_id) if call.kind == "edges" else ""
        local = {f"node:{key}": node_id for key, node_id in nodes.items()} | {"revision": revision}
        answer, warnings = write.update_sequence(work.api, sequence_id, work.filled(call.body, local))
        work.warn(unit.operation, warnings)
        nodes |= _made(call, answer)
    documented = calls is plan.seed_calls
    match, found = read_back(work, plan, sequence_id, ids, documented)
    if not match.same:
        # Kept as a draft: a person can see there what the words below mean.
        work.checkpoint.reject(
            unit,
            f"the target built something else: {'; '.join(map(str, match.differences[:3]))}",
            {"draft": sequence_id, "differences": [str(difference) for difference in match.differences]},
        )
        return
    _confirm(work, unit, sequence_id, match, found, documented)


def _create(work: Work, body: dict[str, Any]) -> tuple[str, list[str]]:
    try:
        return write.create_sequence(work.api, body)
    except Rejected as error:
        about = {error.problem.message.lower(), *(issue.path for issue in error.problem.issues)}
        if body.get("trigger") != "manual" or not any("trigger" in one or "manual" in one for one in about):
            raise
    # Some workspaces know no trigger that nothing starts: a tag that nobody has is as quiet.
    tag = f"{work.marker}-nobody"
    work.fall_back(f"The workspace refuses the trigger `manual`: drafts wait for the tag {tag}, which nobody has.")
    return write.create_sequence(work.api, {**body, "trigger": "tag_added", "tagName": tag})


def _build_documented(work: Work, unit: Unit, operation: BuildSequence, plan: SequencePlan, error: Rejected) -> None:
    """The newer calls were refused: the same sequence with the introductory documents' calls alone."""
    _clear(work, operation)
    work.fall_back(f"{operation.key}: built with the documented calls only, since {error.problem.message}")
    try:
        _sending(work, unit, operation)
        _build(work, unit, plan, plan.seed_calls or (), known_ids(work))
    except (Rejected, Conflict, NotFound, Missing) as second:
        _clear(work, operation)
        work.checkpoint.reject(unit, reason(second))


def _confirm(
    work: Work, unit: Unit, sequence_id: str, match: Match, found: dict[str, Any], documented: bool = False
) -> None:
    result = {"nodes": match.nodes, "revision": found.get("graphRevision"), "emails": found.get("emailCount")}
    result[SNAPSHOT] = snapshot(found)
    work.checkpoint.confirm(unit, sequence_id, result | ({"documented": True} if documented else {}))


def _row(work: Work, sequence_id: str, call: Call) -> dict[str, str]:
    """The nodes behind the trigger, in their order: creation names no ids."""
    found = read.sequence(work.api, sequence_id) or {}
    beyond = {str(edge["sourceNodeId"]): str(edge["targetNodeId"]) for edge in found.get("edges") or ()}
    starts = set(beyond) - set(beyond.values())
    if len(starts) != 1:
        raise _odd(sequence_id, "the new draft has no single beginning")
    row = [starts.pop()]
    while row[-1] in beyond and len(row) <= len(beyond) + 1:
        row.append(beyond[row[-1]])
    if len(row) != len(call.creates) + 2:
        raise _odd(sequence_id, f"{len(row) - 2} steps came of {len(call.creates)}")
    return {START: row[0], END: row[-1], **dict(zip(call.creates, row[1:-1], strict=True))}


def _made(call: Call, answer: dict[str, Any]) -> dict[str, str]:
    if call.kind == "insert":
        inserted = answer.get("insertedNodeIds") or []
        if len(inserted) != len(call.creates):
            raise _odd(str(answer.get("id")), f"{len(inserted)} steps were inserted of {len(call.creates)}")
        return dict(zip(call.creates, inserted, strict=True))
    if call.kind != "branch":
        return {}
    found = {call.creates[0]: str(answer.get("addedBranchNodeId"))}
    lanes = answer.get("addedBranchPathNodeIds") or {}
    for lane, keys in call.creates_in_lanes.items():
        made = lanes.get(lane) or []
        if len(made) != len(keys):
            raise _odd(str(answer.get("id")), f"lane {lane} has {len(made)} steps of {len(keys)}")
        found |= dict(zip(keys, made, strict=True))
    return found


def _revision(work: Work, sequence_id: str) -> str:
    found = read.sequence(work.api, sequence_id)
    if found is None:
        raise Bug("A draft that was just made is gone", where=sequence_id)
    return str(found.get("graphRevision") or "")


def _odd(sequence_id: str, why: str) -> Rejected:
    return Rejected("The target built another graph than it was told", problem=ApiProblem(200, why), where=sequence_id)
