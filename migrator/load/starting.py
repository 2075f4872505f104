"""Which sequences of a plan start which others: by handing people over, and by a tag or list that another starts with.

Read from the plan alone. Whether the other one takes people in at the target is asked in enable.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mappings.target import REF, NodeKind, TargetGraph
from migrator.plan.reading import OpenPlan
from migrator.plan.records import BuildSequence

Start = tuple[str, str]
"""What starts a sequence: `tag` and its name, or `list` and its key."""


class Starting:
    def __init__(self, opened: OpenPlan) -> None:
        self._operations = opened.operations(BuildSequence)
        self._by_start: dict[Start, list[str]] = {}
        for one in self._operations:
            for start in _starts(opened.sequence(one).graph.final_trigger):
                self._by_start.setdefault(start, []).append(one.key)

    def by_steps(self, graph: TargetGraph) -> dict[str, Start]:
        """Key of each other sequence that a step starts without handing people over on purpose, and by what."""
        found: dict[str, Start] = {}
        for node in graph.nodes:
            for start in _made(node.kind, node.body.get("config") or {}):
                for key in self._by_start.get(start, ()):
                    if key != graph.key and key not in graph.hands_over_to:
                        found.setdefault(key, start)
        return found

    def feeders(self, key: str) -> Iterator[BuildSequence]:
        """The small sequences through which further triggers start it."""
        return (one for one in self._operations if one.key.startswith(f"{key}/"))


def _starts(trigger: dict[str, Any]) -> Iterator[Start]:
    for tag in [trigger.get("tagName"), *(trigger.get("tagNames") or ())]:
        if tag:
            yield ("tag", str(tag))
    for one in [trigger.get("listId"), *(trigger.get("listIds") or ())]:
        if isinstance(one, dict) and REF in one:
            yield ("list", str(one[REF]))


def _made(kind: NodeKind, config: dict[str, Any]) -> Iterator[Start]:
    if kind is NodeKind.ADD_TAG and config.get("tagName"):
        yield ("tag", str(config["tagName"]))
    if kind is NodeKind.ADD_TO_LIST and isinstance(config.get("listId"), dict):
        yield ("list", str(config["listId"].get(REF)))
