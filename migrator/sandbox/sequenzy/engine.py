"""Runs sequences on the virtual clock: whatever is due, in order of time, until nothing more is due.

How a contact gets into a sequence is in happenings.py. `run_until` and `settle` execute.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from migrator.sandbox.sequenzy import actions, ticks
from migrator.sandbox.sequenzy.conditions import holds, random_lane
from migrator.sandbox.sequenzy.graph import COMPLETION, ELSE, EMAIL_NODES, SPLIT, lanes, leaving
from migrator.sandbox.sequenzy.records import Enrollment, Node, SequenceRecord
from migrator.sandbox.sequenzy.replies import stamp
from migrator.sandbox.sequenzy.runs import finish, note, park
from migrator.sandbox.sequenzy.state import Subscriber
from migrator.sandbox.sequenzy.step_queue import queue_of
from migrator.sandbox.sequenzy.stop_rules import stop_reason
from migrator.sandbox.sequenzy.wait_times import Verdict, on_arrival, when_due, window_opens
from migrator.sandbox.sequenzy.world import World

Config = dict[str, Any]
WAITS = ("logic_delay", "logic_wait_for_event")


def run_until(world: World, moment: datetime) -> None:
    """Everything due until `moment` happens at its own time; the clock ends at `moment`."""
    state = world.state
    while True:
        tick = ticks.next_tick(state)
        run = queue_of(state).next_due(min(moment, tick) if tick else moment)
        if run is not None:
            # What was frozen while its sequence was disabled runs now, not in the past.
            state.now = max(state.now, run.due or state.now)
            step(world, run)
        elif tick is not None and tick <= moment:
            state.now = max(state.now, tick)
            ticks.fire(world, tick)
        else:
            break
    state.now = max(state.now, moment)


def settle(world: World) -> None:
    """What is due already happens. For the end of every call."""
    run_until(world, world.state.now)


# --- one run, from where it stands to its next wait or its end ---


def step(world: World, run: Enrollment) -> None:
    state = world.state
    sequence, person = state.sequences[run.sequence_id], state.subscribers.get(run.subscriber_id)
    if person is None:
        return finish(world, run, "cancelled", "The contact was deleted")
    while True:
        node = sequence.nodes.get(run.node_id)
        if node is None:
            return finish(world, run, "completed")
        if node.type == COMPLETION:
            note(world, run, "completed")
            return finish(world, run, "completed")
        if reason := stop_reason(state, sequence, run, person):
            return finish(world, run, "cancelled", reason)
        target = _pass(world, sequence, run, person, node)
        if target is None or run.status not in ("active", "waiting"):
            return None
        run.node_id, run.status, run.wait, run.updated_at = target, "active", None, state.now


def _pass(world: World, sequence: SequenceRecord, run: Enrollment, person: Subscriber, node: Node) -> str | None:
    """The next node, or None when the run waits or has ended."""
    now, on = world.state.now, leaving(sequence, node.id)[0].target
    if node.type == "logic_delay":
        return on if _delayed(world, sequence, run, person, node) else None
    if node.type == "logic_wait_for_event":
        return _event_wait(world, run, node, on)
    if node.type == SPLIT:
        run.skipping = False
        return _lane(world, sequence, run, person, node)
    if node.type == "logic_condition":
        run.skipping = False
    if run.skipping:
        note(world, run, "skipped")
        return on
    if node.type in EMAIL_NODES and not (run.wait or {}).get("window"):
        opens = window_opens(sequence.sending_window, now)
        if opens > now:
            park(world, run, opens, {"window": True})
            return None
    note(world, run, "executed")
    if actions.perform(world, sequence, run, person, node) == "exit":
        finish(world, run, "completed")
        return None
    return on


def _delayed(world: World, sequence: SequenceRecord, run: Enrollment, person: Subscriber, node: Node) -> bool:
    """Whether the run passes its wait now."""
    run.skipping = False
    attributes, event, now = person.attributes, run.event_properties, world.state.now
    if run.wait and run.wait.get("node") == node.id:
        verdict = when_due(node.config, now=now, attributes=attributes, event=event, sequence=sequence)
    else:
        note(world, run, "reached")
        verdict = on_arrival(
            node.config, now=now, attributes=attributes, event=event, zone=person.timezone, sequence=sequence
        )
    return _apply(world, run, verdict, node)


def _apply(world: World, run: Enrollment, verdict: Verdict, node: Node) -> bool:
    match verdict.action:
        case "wait":
            park(world, run, verdict.at, {"node": node.id})
            return False
        case "exit":
            finish(world, run, "completed")
            return False
        case "skip":
            run.skipping = True
    return True


def _event_wait(world: World, run: Enrollment, node: Node, on: str) -> str | None:
    run.skipping = False
    wait = run.wait or {}
    if wait.get("node") != node.id:
        note(world, run, "reached")
        until = world.state.now + timedelta(days=node.config["timeoutDays"])
        park(world, run, until, {"node": node.id, "event": node.config["eventName"]})
        return None
    if wait.get("arrived") or node.config["timeoutAction"] == "continue":
        return on
    finish(world, run, "completed")
    return None


def _lane(world: World, sequence: SequenceRecord, run: Enrollment, person: Subscriber, node: Node) -> str:
    state, evaluations = world.state, []
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
    note(world, run, "branched", decision)
    return next(edge.target for edge in leaving(sequence, node.id) if edge.branch == lane_id)
