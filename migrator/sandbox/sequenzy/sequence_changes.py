"""Creating and updating a sequence as a whole. Each call works on a copy that replaces the record at the very end."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

from migrator.sandbox.sequenzy import content_edits, ticks
from migrator.sandbox.sequenzy.graph import TRIGGER_NODES, revision, trigger_node
from migrator.sandbox.sequenzy.graph_branch import add_branch
from migrator.sandbox.sequenzy.graph_build import first_graph, insert_steps
from migrator.sandbox.sequenzy.graph_edit import Edited, edit_graph
from migrator.sandbox.sequenzy.records import SequenceRecord
from migrator.sandbox.sequenzy.refusals import invalid, issue, mistyped, shaped, wrong
from migrator.sandbox.sequenzy.runs import finish
from migrator.sandbox.sequenzy.sequence_bodies import Create, Update
from migrator.sandbox.sequenzy.sequence_settings import apply_settings
from migrator.sandbox.sequenzy.step_queue import schedule
from migrator.sandbox.sequenzy.steps_input import Maker
from migrator.sandbox.sequenzy.stop_rules import NONE
from migrator.sandbox.sequenzy.trigger_input import FIELDS, FIRST_CONTRACT, trigger_of
from migrator.sandbox.sequenzy.world import World

Config = dict[str, Any]
EVENT_TRIGGERS = ("event_received", "inbound_webhook")
STRUCTURAL = ("insertSteps", "branch", "graphEdit")


def maker_for(world: World, *, at_creation: bool = False) -> Maker:
    state = world.state
    names = {list_id: record.name for list_id, record in state.lists.items()}
    return Maker(state.new_id, state.now, names, at_creation=at_creation)


def create(world: World, body: Config) -> tuple[SequenceRecord, list[str]]:
    """A disabled draft. Creating again makes a second one: the call is not idempotent."""
    shaped(body, Create)
    state, maker = world.state, maker_for(world, at_creation=True)
    if not body["name"].strip():
        raise wrong("name", "name must not be empty")
    if body.get("steps") is not None and body.get("goal"):
        raise wrong("goal", "Give steps or goal, not both")
    if world.contract == "seed" and not body.get("trigger"):
        raise mistyped("/trigger", "Expected property", None, list(FIRST_CONTRACT))
    if body.get("companyId") and body["companyId"] != state.settings.company_id:
        maker.warnings.append("companyId in the body does not select a company and was ignored")
    kind, config = _trigger(world, body, maker)
    sequence = SequenceRecord(
        id=state.new_id("seq"),
        name=body["name"].strip(),
        created_at=state.now,
        updated_at=state.now,
        trigger=kind,
        trigger_config=config,
        stop_condition=dict(NONE),
    )
    steps = body.get("steps") or []
    if body.get("goal"):
        steps, sequence.enrichment_status = _written(body), "pending"
    apply_settings(sequence, body)
    first_graph(sequence, steps, maker)
    _event_dates(sequence, sequence.nodes)
    state.sequences[sequence.id] = sequence
    return sequence, maker.warnings


def _trigger(world: World, body: Config, maker: Maker) -> tuple[str, Config]:
    refused = not world.manual_trigger or world.contract == "seed"
    lists = set(world.state.lists)
    return trigger_of(body, known_lists=lists, manual_refused=refused, warnings=maker.warnings)


def _written(body: Config) -> list[Config]:
    """Stand-ins for what the platform's writer would make of a goal."""
    count = int(body.get("emailCount") or 5)
    if not 1 <= count <= 10:
        raise wrong("emailCount", "emailCount goes from 1 to 10")
    every = {"days": max(1, int(body.get("durationDays") or 14) // count)}
    return [
        {"subject": f"Email {number}", "html": f"<p>Email {number} of {count}</p>"}
        | ({"delay": every} if number > 1 else {})
        for number in range(1, count + 1)
    ]


def update(world: World, current: SequenceRecord, body: Config) -> tuple[Config, list[str]]:
    """The extra fields of the answer, and warnings."""
    shaped(body, Update)
    maker, draft = maker_for(world), copy.deepcopy(current)
    _allowed(current, body)
    answer: Config = {}
    if body.get("trigger"):
        draft.trigger, draft.trigger_config = _trigger(world, body, maker)
        node = trigger_node(draft)
        node.type, node.config = TRIGGER_NODES[draft.trigger], dict(draft.trigger_config)
        node.updated_at = maker.now
    apply_settings(draft, body)
    edits = body.get("emails") if body.get("emails") is not None else body.get("steps")
    if edits is not None:
        path = "emails" if body.get("emails") is not None else "steps"
        answer["updatedEmailCount"] = content_edits.edit_emails(draft, edits, maker, path)
    if body.get("smsSteps") is not None:
        answer["updatedSmsStepCount"] = content_edits.edit_sms(draft, body["smsSteps"], maker)
    if body.get("subscriberUpdateSteps") is not None:
        count = content_edits.edit_updates(draft, body["subscriberUpdateSteps"], maker)
        answer["updatedSubscriberStepCount"] = count
    if body.get("nodeUpdates") is not None:
        emails = content_edits.update_nodes(draft, body["nodeUpdates"], maker)
        answer["updatedEmailCount"] = answer.get("updatedEmailCount", 0) + emails
    edited = _restructure(draft, body, maker, answer)
    draft.updated_at = world.state.now
    world.state.sequences[draft.id] = draft
    if edited and edited.action == "delete_node":
        answer |= _move_people(world, draft, edited)
    if body.get("trigger") and draft.status == "active":
        ticks.take_baseline(world.state, draft)
    if body.get("keyDates") is not None:
        _retime(world, draft)
    return {"graphRevision": revision(draft), **answer}, maker.warnings


def _allowed(sequence: SequenceRecord, body: Config) -> None:
    given = [name for name in STRUCTURAL if body.get(name) is not None]
    if len(given) > 1:
        raise invalid(*(issue(name, f"Only one of {', '.join(STRUCTURAL)} in a request") for name in given))
    if not body.get("trigger") and (lone := [name for name in FIELDS if name in body]):
        raise wrong(lone[0], f"{lone[0]} needs trigger beside it")
    if sequence.status == "archived":
        raise wrong("", "An archived sequence cannot be changed")
    if sequence.status != "active":
        return
    if given and body.get("confirmStructuralChange") is not True:
        raise wrong("confirmStructuralChange", f"{given[0]} on an active sequence needs confirmStructuralChange: true")
    live = [name for name in ("trigger", "nodeUpdates") if body.get(name) is not None]
    if live and body.get("confirmLiveChange") is not True:
        raise wrong("confirmLiveChange", f"{live[0]} on an active sequence needs confirmLiveChange: true")


def _restructure(draft: SequenceRecord, body: Config, maker: Maker, answer: Config) -> Edited | None:
    before = set(draft.nodes)
    if (given := body.get("insertSteps")) is not None:
        made = insert_steps(draft, given, maker)
        answer["insertedNodeIds"] = made.ids
        answer["insertedEmailIds"] = [email.id for email in made.emails]
        answer["insertedEmailCount"] = len(made.emails)
    if (given := body.get("branch")) is not None:
        emails = len(draft.emails)
        answer["addedBranchNodeId"], answer["addedBranchPathNodeIds"] = add_branch(draft, given, maker)
        answer["insertedEmailCount"] = len(draft.emails) - emails
    _event_dates(draft, draft.nodes.keys() - before)
    if (given := body.get("graphEdit")) is None:
        return None
    edited = edit_graph(draft, given, maker)
    answer["graphEditAction"] = edited.action
    names = {"move_node": "movedNodeId", "delete_node": "deletedNodeId", "duplicate_node": "duplicatedNodeId"}
    if edited.action in names:
        answer[names[edited.action]] = edited.node_id
    else:
        answer["replacedEdgeCount"] = edited.replaced
    return edited


def _event_dates(sequence: SequenceRecord, new: Iterable[str]) -> None:
    """The contract: the date of an event needs an event trigger. Read strictly: the step is made under one already."""
    if sequence.trigger in EVENT_TRIGGERS:
        return
    for node_id in new:
        config = sequence.nodes[node_id].config
        if config.get("mode") == "until_date" and config["source"] == "event":
            raise wrong("waitUntil.source", "A date of the event needs an event trigger; use source attribute")


def _move_people(world: World, sequence: SequenceRecord, edited: Edited) -> Config:
    """Whoever stood on the deleted step goes to its only successor at once, or is done."""
    moved = completed = 0
    for run in world.state.enrollments.values():
        if run.sequence_id != sequence.id or run.node_id != edited.node_id or run.due is None:
            continue
        if edited.heir is None:
            finish(world, run, "completed")
            completed += 1
            continue
        run.node_id, run.wait, moved = edited.heir, None, moved + 1
        if run.status == "waiting":
            run.status = "active"
        schedule(world.state, run, world.state.now)
    return {"migratedRecipientCount": moved, "completedRecipientCount": completed}


def _retime(world: World, sequence: SequenceRecord) -> None:
    """Key dates that moved: those who wait for one look again now, and wait on if it lies ahead."""
    for run in world.state.enrollments.values():
        node = sequence.nodes.get(run.node_id)
        waits = run.sequence_id == sequence.id and run.status == "waiting" and node is not None
        if waits and node is not None and node.config.get("mode") == "until_key_date":
            schedule(world.state, run, world.state.now)
