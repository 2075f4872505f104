"""What would happen to a contact in a sequence, without doing it: the walk of `simulate`.

The walk assumes that nothing changes on the way: tags and attributes are as they are now.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from migrator.sandbox.sequenzy import entry
from migrator.sandbox.sequenzy.conditions import holds, random_lane
from migrator.sandbox.sequenzy.enrolment_views import label
from migrator.sandbox.sequenzy.graph import COMPLETION, ELSE, EMAIL_NODES, SPLIT, lanes, leaving, trigger_node
from migrator.sandbox.sequenzy.records import Enrollment, Node, SequenceRecord
from migrator.sandbox.sequenzy.replies import stamp
from migrator.sandbox.sequenzy.state import State, Subscriber
from migrator.sandbox.sequenzy.step_queue import OPEN
from migrator.sandbox.sequenzy.stop_rules import stop_reason
from migrator.sandbox.sequenzy.wait_times import on_arrival, window_opens

Config = dict[str, Any]


def enrolment(state: State, sequence: SequenceRecord, person: Subscriber | None, limit: int) -> Config:
    inside = [run for run in state.enrollments.values() if run.sequence_id == sequence.id and run.status in OPEN]
    found: Config = {"acceptsNewEnrollments": entry.accepts(sequence), "currentlyEnrolled": len(inside)}
    if person is None:
        return found | {"sample": [run.subscriber_id for run in inside[:limit]]}
    runs = [run for run in inside if run.subscriber_id == person.id]
    return found | {
        "subscriberId": person.id,
        "subscriberStatus": person.status,
        "alreadyEnrolled": bool(runs),
        "wouldEnroll": entry.accepts(sequence) and person.status == "active" and not runs,
    }


def path(state: State, sequence: SequenceRecord, person: Subscriber) -> Config:
    """Every step from the trigger on, with the moment at which it would happen."""
    run = Enrollment("simulated", sequence.id, person.id, state.now, state.now, trigger_node(sequence).id)
    now, steps, ends, skipping = state.now, [], "completed", False
    node = sequence.nodes[leaving(sequence, run.node_id)[0].target]
    while node.type != COMPLETION:
        if reason := stop_reason(state, sequence, run, person):
            ends = f"cancelled: {reason}"
            break
        step: Config = {"nodeId": node.id, "nodeType": node.type, "label": label(sequence, node.id)}
        lane: str | None = None
        if node.type in ("logic_delay", "logic_wait_for_event", "logic_condition", SPLIT):
            skipping = False
        if node.type == "logic_delay":
            verdict = on_arrival(
                node.config, now=now, attributes=person.attributes, event={}, zone=person.timezone, sequence=sequence
            )
            now, skipping = verdict.at or now, verdict.action == "skip"
            step["waitUntil"] = stamp(now)
            if verdict.action == "exit":
                steps.append(step | {"at": stamp(now)})
                ends = "exited at a wait"
                break
        elif node.type == "logic_wait_for_event":
            now += timedelta(days=node.config["timeoutDays"])
            step["assumes"] = "the event does not come"
        elif node.type == SPLIT:
            lane = _lane(state, run, person, node)
            step["branchId"] = lane
        elif node.type in EMAIL_NODES:
            now = window_opens(sequence.sending_window, now)
            email = sequence.emails[str(node.email_id)]
            sent = person.status == "active" or (email.is_transactional and person.status != "bounced")
            step["wouldSend"] = sent and not skipping
        elif node.type == "logic_condition" and not holds(state, person, run, node.config):
            steps.append(step | {"at": stamp(now)})
            ends = "ended at a condition"
            break
        steps.append(step | {"at": stamp(now)} | ({"skipped": True} if skipping and "waitUntil" not in step else {}))
        following = leaving(sequence, node.id)
        node = sequence.nodes[next(edge.target for edge in following if lane is None or edge.branch == lane)]
    emails = [step for step in steps if step["nodeType"] in EMAIL_NODES]
    return {
        "subscriberId": person.id,
        "steps": steps,
        "ends": ends,
        "emailStepsOnPath": len(emails),
        "emailsOnPath": [{"nodeId": step["nodeId"], "subject": step["label"], "at": step["at"]} for step in emails],
    }


def _lane(state: State, run: Enrollment, person: Subscriber, node: Node) -> str:
    if node.config["splitMode"] == "random":
        return lanes(node)[random_lane(node, person.id)]
    chosen = (lane["id"] for lane in node.config["branches"] if holds(state, person, run, lane))
    return next(chosen, ELSE)
