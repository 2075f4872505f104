"""Emails and calls that print something of the event which started the sequence.

Only who comes in by that event has it: not who comes in through a small sequence, and not who is put in by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from mappings.findings import find
from mappings.target import Body, TargetNode
from mappings.triggers import Starts
from mappings.verdicts import Finding, Lowered

_TAG = re.compile(r"\{\{\s*(?:#(?:if|unless)\s+)?(?:html\.)?event\.[^{}|]*\}\}")
"""Without a fallback: where the value is missing, a hole is left, or another part of the email is shown."""


def prints_event(node: TargetNode) -> bool:
    return any(_TAG.search(text) for text in _texts(node.body))


def with_blank_events(starts: Starts, nodes: Iterable[TargetNode]) -> Starts:
    """An event that a small sequence takes for a sequence whose emails print it is for a person to settle."""
    if not any(prints_event(node) for node in nodes):
        return starts
    found = tuple(Lowered(value=one.value, findings=tuple(map(_graver, one.findings))) for one in starts.triggers)
    return replace(starts, triggers=found)


def _graver(finding: Finding) -> Finding:
    return find("feeder-event-blank") if finding.code == "feeder-event" else finding


def _texts(body: Body) -> Iterable[str]:
    for value in body.values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from _texts(value)
