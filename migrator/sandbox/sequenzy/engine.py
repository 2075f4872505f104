"""Runs sequences on the virtual clock: whatever is due, in order of time, until nothing more is due.

The hooks at the end are called when something happened to a contact; they let contacts in and wake those who wait for
an event, but execute nothing. `run_until` and `settle` execute.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from migrator.sandbox.sequenzy import actions, entry, ticks
from migrator.sandbox.sequenzy.conditions import holds, random_lane
from migrator.sandbox.sequenzy.graph import COMPLETION, ELSE, EMAIL_NODES, SPLIT, lanes, leaving
from migrator.sandbox.sequenzy.records import Enrollment, Node, SequenceRecord
from migrator.sandbox.sequenzy.replies import stamp
from migrator.sandbox.sequenzy.state import Subscriber
from migrator.sandbox.sequenzy.step_queue import OPEN, queue_of, schedule
from migrator.sandbox.sequenzy.stop_rules import stop_reason
from migrator.sandbox.sequenzy.wait_times import Verdict, on_arrival, when_due, window_opens

if TYPE_CHECKING:
    from migrator.sandbox.sequenzy.app import SequenzySandbox

Config = dict[str, Any]
WAITS = ("logic_delay", "logic_wait_for_event")


def run_until(sandbox: SequenzySandbox, moment: datetime) -> None:
    """Everything due until `moment` happens at its own time; the clock ends at `moment`."""
    state = sandbox.state
    while True:
        tick = ticks.next_tick(state)
        run = queue_of(state).next_due(min(moment, tick) if tick else moment)
        if run is not None:
            # What was frozen while its sequence was disabled runs now, not in the past.
            state.now = max(state.now, run.due or state.now)
            step(sandbox, run)
        elif tick is not None and tick <= moment:
            state.now = max(state.now, tick)
            ticks.fire(sandbox, tick)
        else:
            break
    state.now = max(state.now, moment)


def settle(sandbox: SequenzySandbox) -> None:
    """What is due already happens. For the end of every call."""
    run_until(sandbox, sandbox.state.now)


# --- one run, from where it stands to its next wait or its end ---


def step(sandbox: SequenzySandbox, run: Enrollment) -> None:
    state = sandbox.state
    sequence, person = state.sequences[run.sequence_id], state.subscribers.get(run.subscriber_id)
    if person is None:
        return finish(sandbox, run, "cancelled", "The contact was deleted")
    while True:
        node = sequence.nodes.get(run.node_id)
        if node is None:
            return finish(sandbox, run, "completed")
        if node.type == COMPLETION:
            note(sandbox, run, "completed")
            return finish(sandbox, run, "completed")
        if reason := stop_reason(state, sequence, run, person):
            return finish(sandbox, run, "cancelled", reason)
        target = _pass(sandbox, sequence, run, person, node)
        if target is None or run.status not in ("active", "waiting"):
            return None
        run.node_id, run.status, run.wait, run.updated_at = target, "active", None, state.now


def _pass(
    sandbox: SequenzySandbox, sequence: SequenceRecord, run: Enrollment, person: Subscriber, node: Node
) -> str | None:
    """The next node, or None when the run waits or has ended."""
    now, on = sandbox.state.now, leaving(sequence, node.id)[0].target
    if node.type == "logic_delay":
        return on if _delayed(sandbox, sequence, run, person, node) else None
    if node.type == "logic_wait_for_event":
        return _event_wait(sandbox, run, node, on)
    if node.type == SPLIT:
        run.skipping = False
        return _lane(sandbox, sequence, run, person, node)
    if node.type == "logic_condition":
        run.skipping = False
    if run.skipping:
        note(sandbox, run, "skipped")
        return on
    if node.type in EMAIL_NODES and not (run.wait or {}).get("window"):
        opens = window_opens(sequence.sending_window, now)
        if opens > now:
            park(sandbox, run, opens, {"window": True})
            return None
    note(sandbox, run, "executed")
    if actions.perform(sandbox, sequence, run, person, node) == "exit":
        finish(sandbox, run, "completed")
        return None
    return on


def _delayed(
    sandbox: SequenzySandbox, sequence: SequenceRecord, run: Enrollment, person: Subscriber, node: Node
) -> bool:
    """Whether the run passes its wait now."""
    run.skipping = False
    attributes, event, now = person.attributes, run.event_properties, sandbox.state.now
    if run.wait and run.wait.get("node") == node.id:
        verdict = when_due(node.config, now=now, attributes=attributes, event=event, sequence=sequence)
    else:
        note(sandbox, run, "reached")
        verdict = on_arrival(
            node.config, now=now, attributes=attributes, event=event, zone=person.timezone, sequence=sequence
        )
    return _apply(sandbox, run, verdict, node)


def _apply(sandbox: SequenzySandbox, run: Enrollment, verdict: Verdict, node: Node) -> bool:
    match verdict.action:
        case "wait":
            park(sandbox, run, verdict.at, {"node": node.id})
            return False
        case "exit":
            finish(sandbox, run, "completed")
            return False
        case "skip":
            run.skipping = True
    return True


def _event_wait(sandbox: SequenzySandbox, run: Enrollment, node: Node, on: str) -> str | None:
    run.skipping = False
    wait = run.wait or {}
    if wait.get("node") != node.id:
        note(sandbox, run, "reached")
        until = sandbox.state.now + timedelta(days=node.config["timeoutDays"])
        park(sandbox, run, until, {"node": node.id, "event": node.config["eventName"]})
        return None
    if wait.get("arrived") or node.config["timeoutAction"] == "continue":
        return on
    finish(sandbox, run, "completed")
    return None


def _lane(sandbox: SequenzySandbox, sequence: SequenceRecord, run: Enrollment, person: Subscriber, node: Node) -> str:
    state, evaluations = sandbox.state, []
    index: int | None = None
    if node.config["splitMode"] == "random":
        index = random_lane(node, person.id)
    else:
        for number, lane in enumerate(node.config["branches"]):
            met = holds(state, person, run, lane)
            evaluations.append(
                {
                    "branchId": lane["id"],
                    "branchIndex": number,
                    "conditionType": lane["conditionType"],
                    "outcome": "pass" if met else "fail",
                }
            )
            if met:
                index = number
                break
    lane_id = ELSE if index is None else lanes(node)[index]
    decision = {
        "nodeId": node.id,
        "decidedAt": stamp(state.now),
        "splitMode": node.config["splitMode"],
        "selectedPath": "else" if index is None else "matched",
        "matchedBranchId": None if index is None else lane_id,
        "matchedBranchIndex": index,
        "routedEdgeBranchId": lane_id,
        "evaluations": evaluations,
    }
    run.decisions.append(decision)
    note(sandbox, run, "branched", decision)
    return next(edge.target for edge in leaving(sequence, node.id) if edge.branch == lane_id)


def park(sandbox: SequenzySandbox, run: Enrollment, until: datetime | None, wait: Config) -> None:
    run.status, run.wait, run.updated_at = "waiting", wait, sandbox.state.now
    schedule(sandbox.state, run, until)


def finish(sandbox: SequenzySandbox, run: Enrollment, status: str, reason: str | None = None) -> None:
    run.status, run.due, run.wait, run.updated_at = status, None, None, sandbox.state.now
    run.failed_reason = reason


def note(sandbox: SequenzySandbox, run: Enrollment, kind: str, decision: Config | None = None) -> None:
    found: Config = {"nodeId": run.node_id, "eventType": kind, "eventTime": stamp(sandbox.state.now)}
    run.history.append(found | ({"branchDecision": decision} if decision else {}))


# --- hooks ---


def _person(sandbox: SequenzySandbox, sub_id: str) -> Subscriber | None:
    return sandbox.state.subscribers.get(sub_id)


def on_contact_added(sandbox: SequenzySandbox, sub_id: str, list_ids: list[str]) -> None:
    if person := _person(sandbox, sub_id):
        entry.contact_added(sandbox.state, person, list_ids, new=True)


def on_list_joined(sandbox: SequenzySandbox, sub_id: str, list_id: str) -> None:
    if person := _person(sandbox, sub_id):
        entry.contact_added(sandbox.state, person, [list_id], new=False)


def on_tag_added(sandbox: SequenzySandbox, sub_id: str, tag: str) -> None:
    if person := _person(sandbox, sub_id):
        entry.tag_added(sandbox.state, person, tag)


def on_tag_removed(sandbox: SequenzySandbox, sub_id: str, tag: str) -> None:
    """No trigger and no wait listens to this; stop conditions see it at the next step."""


def on_list_left(sandbox: SequenzySandbox, sub_id: str, list_id: str) -> None:
    """As with tags: noticed at the next step."""


def on_event(sandbox: SequenzySandbox, sub_id: str, name: str, properties: Config | None, at: datetime) -> None:
    """A live event: lets the contact in, and ends its waits for this event. An old one would be told as history."""
    person = _person(sandbox, sub_id)
    if person is None:
        return
    state = sandbox.state
    for run in queue_of(state).by_contact.get(sub_id, ()):
        wait = run.wait or {}
        if run.status == "waiting" and wait.get("event") == name:
            run.wait = wait | {"arrived": stamp(at)}
            schedule(state, run, state.now)
    entry.event_received(state, person, name, properties or {})


def on_unsubscribed(sandbox: SequenzySandbox, sub_id: str) -> None:
    """The global opt-out cancels every running enrolment."""
    for run in queue_of(sandbox.state).by_contact.get(sub_id, ()):
        if run.status in OPEN:
            finish(sandbox, run, "cancelled", "The contact unsubscribed")
