"""What else lives in the workspace and would meet a sequence once it is enabled.

A live sequence there may be started by a tag or list that ours gives. And another migration into the same workspace
names its own tags and attributes by the same rule: two sequences of one name would start and mark each other's people.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adapters.sequenzy.shapes import Labelled
from mappings.tags import slug
from mappings.target import REF, NodeKind, TargetGraph
from migrator.load.checkpoint import State
from migrator.load.starting_sequences import beside, is_live
from migrator.load.work import Work

MARKED = "migrate-"
"""How the label of every migration begins."""
OURS = "mig-"
_GIVES = {NodeKind.ADD_TAG: ("the tag", "tagName"), NodeKind.ADD_TO_LIST: ("the list", "listId")}


def others(work: Work) -> list[Labelled]:
    """Every sequence there that this plan did not make."""
    mine = {unit.target_id or "" for unit in work.checkpoint.units(None, State.CONFIRMED)}
    return beside(work.api, mine)


def rivals(graph: TargetGraph, work: Work, there: list[Labelled]) -> Iterator[str]:
    """In words: why it must not be enabled beside a sequence of another migration."""
    starts = {tag for tag in _texts(graph.final_trigger) if tag.startswith(OURS)}
    for one in there:
        if not _of_another_migration(one, work.marker):
            continue
        if slug(one.name) == slug(graph.name) or starts & set(_texts(one.trigger_config)):
            yield (
                f"{one.name} is there from another migration and has the same name, and so the same tags and "
                "attributes: people of the one would start in both. Delete it at Sequenzy, or give ours another name "
                f'in mappings.toml (sequences."{graph.source_sequence_id}".name) and plan again.'
            )


def started_by(graph: TargetGraph, work: Work, there: list[Labelled]) -> Iterator[str]:
    """In words: live sequences there that its steps would start."""
    live = [one for one in there if is_live(one)]
    for kind, name, value in dict.fromkeys(_given(graph, work)):
        for one in live:
            if value in _texts(one.trigger_config):
                yield f"It gives {kind} {name}, which starts {one.name}: that is live there and not of this plan."


def takers(there: list[Labelled]) -> Iterator[str]:
    """In words: live sequences there that take in an audience, whatever ours does."""
    for sequence in there:
        if is_live(sequence) and sequence.takes_in:
            yield (
                f"{sequence.name} is live there, is not of this plan, and takes people in by itself "
                f"({', '.join(sequence.takes_in)}): people of this plan may get its emails too."
            )


def _given(graph: TargetGraph, work: Work) -> Iterator[tuple[str, str, str]]:
    for node in graph.nodes:
        if node.kind not in _GIVES:
            continue
        kind, field = _GIVES[node.kind]
        wanted = node.body["config"][field]
        shown = wanted if isinstance(wanted, str) else str(wanted[REF]).removeprefix("list:")
        yield kind, shown, str(work.filled(wanted))


def _of_another_migration(one: Labelled, marker: str) -> bool:
    names = [str(label.get("name") if isinstance(label, dict) else label) for label in one.labels]
    archived = (one.effective_status or one.status) == "archived"
    return not archived and any(name.startswith(MARKED) and name != marker for name in names)


def _texts(value: Any) -> Iterator[str]:
    """Every text in a trigger's settings, whose shape is published nowhere."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
