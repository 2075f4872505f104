"""Sequenzy's vocabulary: the graph, trigger, conditions and settings that lowering may produce.

Bodies are exactly what the API takes, except that an id which is known only while loading stands as a `Ref`.
Nothing here knows a source platform, the order of calls (mappings produce graphs, migrator/plan/graphs/schedule.py
orders them) or HTTP.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

Body = dict[str, Any]

REF = "$ref"


def ref(key: str) -> dict[str, str]:
    """Stands for the target's id of something that this plan creates: `list:7`, `segment:3`, `sequence:5`,
    or, inside one sequence, `node:<key>` (`node:start` and `node:end` too). `revision` is the graph's revision at
    that moment. Segments that a condition needs have keys `segment:made/<hash>`. The loader fills ids in."""
    return {REF: key}


class Origin(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The source construct that a node or edge came from. Every planned node has one."""

    step_id: str | None = None
    """None: it comes from the sequence itself (its trigger, its exit rule) or from the resume lanes."""
    part: str = "step"
    """What of it: step, wait, evaluate_after, lane, trigger, resume, stand_in, ..."""


class NodeKind(StrEnum):
    EMAIL = "action_email"
    DELAY = "logic_delay"
    WAIT_FOR_EVENT = "logic_wait_for_event"
    BRANCH = "logic_branch"
    ADD_TAG = "action_add_tag"
    REMOVE_TAG = "action_remove_tag"
    ADD_TO_LIST = "action_add_to_list"
    REMOVE_FROM_LIST = "action_remove_from_list"
    UPDATE_ATTRIBUTES = "action_update_attributes"
    WEBHOOK = "action_webhook"
    DISCOUNT = "action_create_discount"
    SMS = "action_sms"
    PUSH = "action_push"


START = "start"
"""The key of the trigger node in every target graph."""
END = "end"
"""The key of the completion node in every target graph."""


class TargetLane(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One lane of a branch node; `condition` holds conditionType and its fields as the API names them.
    Where the lane leads is an edge. The fallback lane has id `else` and no condition."""

    id: str
    condition: Body = {}
    percent: int | None = None
    label: str | None = None


class TargetNode(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    key: str
    """Stable inside the graph and across re-planning: made from the source step's id."""
    kind: NodeKind
    origin: Origin
    body: Body = {}
    """The step as `insertSteps` takes it, without any wait in front of it: a wait is always a node of its own.
    Email fields that only creation or an update takes (isTransactional, ...) are here too. On a branch: `label`."""
    lanes: tuple[TargetLane, ...] = ()
    random: bool = False
    blocks_enabling: str = ""
    """Why this node must be settled by a person before its sequence may be enabled."""


class TargetEdge(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    source: str
    target: str
    lane: str | None = None


class TargetGraph(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One Sequenzy sequence: one trigger node (`start`), one completion node (`end`), steps between them.

    Every lane and every path ends in `end`. Neither of the two has a TargetNode.
    """

    key: str
    """`sequence:<source id>`, or `sequence:<source id>/feeder:<n>` for a feeder."""
    name: str
    source_sequence_id: str
    trigger: Body
    """`trigger` and its fields, flat, as POST /sequences takes them: the quiet `manual` while loading, but for a wait
    until a date of the starting event, which only an event trigger takes."""
    final_trigger: Body = {}
    """What `migrate enable` or the cut-over puts in its place. Empty: only a call or a person starts it."""
    settings: Body = {}
    """stopCondition, enrollmentMode, sendingWindow, description, labels, activeSubscribersOnly, ..."""
    nodes: tuple[TargetNode, ...] = ()
    edges: tuple[TargetEdge, ...] = ()
    blocks_enabling: tuple[str, ...] = ()
    hands_over_to: tuple[str, ...] = ()
    """Keys of the sequences that its steps start by a tag. Enable those first: while one is off, whoever is handed
    over to it is lost."""
