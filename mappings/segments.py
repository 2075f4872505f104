"""Segments: rule trees in the target's filter language. Small ones are also made for a single condition.

A rule without an exact filter makes the whole segment `manual`: a segment that is nearly right mails the wrong people.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator
from typing import Any

from mappings.capitals import capitals
from mappings.context import LoweringContext
from mappings.findings import find
from mappings.segment_leaves import OPPOSITE, Leaf, Unsupported, leaf_of
from mappings.target import Body
from mappings.verdicts import Finding, Lowered
from migrator.model.rules import (
    ActivityRule,
    AllOf,
    AnyOf,
    Not,
    Rule,
    Segment,
    SegmentRule,
)


def tree(rule: Rule, context: LoweringContext) -> Body:
    """The filter tree of a rule; raises `Unsupported` with what has no filter."""
    numbers = (f"f{number}" for number in itertools.count(1))
    return _group(_nodes(rule, context, negated=False), numbers)


def lower_segment(segment: Segment, context: LoweringContext) -> Lowered[Body]:
    """The body of POST /segments. Rule trees that cannot be said exactly make nothing."""
    if segment.rule is None:
        return Lowered(value=None, findings=(find("segment-no-rule"),))
    try:
        root = tree(segment.rule, context)
    except Unsupported as unsaid:
        return Lowered(value=None, findings=(find("segment-unsupported", what=unsaid),))
    findings: tuple[Finding, ...] = ()
    if leans_on_history(segment.rule):
        findings = (find("segment-engagement"),)
    findings += capitals(segment.rule)
    name = " ".join(segment.name.encode("utf-8", "replace").decode().split()) or f"Segment {segment.source_id}"
    return Lowered(value={"name": name, "root": root}, findings=findings)


def made_for(rule: Rule, context: LoweringContext) -> tuple[str, Body] | None:
    """A segment that stands for one condition: its key and body, the same for the same rule; None if unsayable."""
    try:
        root = tree(rule, context)
    except Unsupported:
        return None
    digest = hashlib.sha256(json.dumps(root, sort_keys=True).encode()).hexdigest()[:10]
    return f"segment:made/{digest}", {"name": f"{context.prefix}condition-{digest}", "root": root}


def leans_on_history(rule: Rule | None) -> bool:
    match rule:
        case AllOf(rules=rules) | AnyOf(rules=rules):
            return any(leans_on_history(one) for one in rules)
        case Not(rule=inner):
            return leans_on_history(inner)
        case ActivityRule():
            return True
    return False


def segments_in(rule: Rule | None) -> Iterator[str]:
    """The other segments that a rule asks for."""
    match rule:
        case AllOf(rules=rules) | AnyOf(rules=rules):
            for one in rules:
                yield from segments_in(one)
        case Not(rule=inner):
            yield from segments_in(inner)
        case SegmentRule(segment_id=segment_id):
            yield segment_id


# A tree of lists: ("and" | "or", children) or a leaf --------------------------------------------------------

_Node = Leaf | tuple[str, list[Any]]


def _nodes(rule: Rule, context: LoweringContext, *, negated: bool) -> _Node:
    match rule:
        case AllOf(rules=rules) | AnyOf(rules=rules):
            if not rules:
                raise Unsupported("an empty group of rules")
            together = isinstance(rule, AllOf) is not negated
            return ("and" if together else "or", [_nodes(one, context, negated=negated) for one in rules])
        case Not(rule=inner):
            return _nodes(inner, context, negated=not negated)
    leaf = leaf_of(rule, context)
    if not negated:
        return leaf
    opposite = OPPOSITE.get(leaf.operator)
    # A comparison is false for people without the value, and so is its opposite: "not" would lose them.
    if opposite is None or leaf.operator in ("gte", "lte", "gt", "lt"):
        raise Unsupported(f"the opposite of {leaf.field} {leaf.operator}")
    return Leaf(leaf.field, opposite, leaf.value)


def _group(node: _Node, numbers: Iterator[str]) -> Body:
    if isinstance(node, Leaf):
        node = ("and", [node])
    joined, children = node
    made: list[Body] = []
    for child in children:
        if isinstance(child, Leaf):
            value = child.value if isinstance(child.value, dict) else str(child.value)
            made.append(
                {
                    "kind": "filter",
                    "id": next(numbers),
                    "field": child.field,
                    "operator": child.operator,
                    "value": value,
                }
            )
        else:
            made.append(_group(child, numbers))
    return {"kind": "group", "id": f"g{next(numbers)[1:]}", "joinOperator": joined, "children": made}
