"""What else lives in the workspace and would meet a sequence once it is enabled.

A live sequence there may start by the same as ours, or by a tag or list that ours gives. Another load of the same
source sequence is a copy: with both enabled, people get everything twice. And another migration into the same workspace
names its own tags and attributes by the same rule: two sequences of one name would start and mark each other's people.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adapters.sequenzy import read
from adapters.sequenzy.shapes import Labelled
from mappings.tags import slug
from mappings.target import REF, NodeKind, TargetGraph
from migrator.cutover.same_start import ANY, Start, normal, start_of
from migrator.errors import AuthError, NotFound
from migrator.load.source_label import MARKED, names, origin_of, source_label
from migrator.load.starting_sequences import beside, is_live
from migrator.load.work import Work

OURS = "mig-"
_GIVES = {NodeKind.ADD_TAG: ("the tag", "tagName"), NodeKind.ADD_TO_LIST: ("the list", "listId")}


def others(work: Work) -> list[Labelled]:
    """Every sequence there that this plan did not make here."""
    return beside(work.api, {unit.target_id for unit in work.checkpoint.units(None) if unit.target_id})


def rivals(graph: TargetGraph, work: Work, there: list[Labelled]) -> Iterator[str]:
    """In words: why it must not be enabled beside a copy of it, or beside a sequence of another migration."""
    tags = {tag for tag in _texts(graph.final_trigger) if tag.startswith(OURS)}
    ours = origin_of(Labelled(id="", labels=(source_label(work.opened.plan, graph.key),)))
    for sequence in there:
        if not _of_a_migration(sequence):
            continue
        origin, start = origin_of(sequence), _meeting(graph, work, sequence)
        alike = slug(sequence.name) == slug(graph.name)
        same_source = origin is not None and ours is not None and origin.sequence == ours.sequence
        if same_source and (origin == ours or alike or start):
            yield (
                f"{sequence.name} ({_standing(sequence)}) is at Sequenzy from another load of the same source "
                "sequence. With both enabled, people get its emails twice. Archive or delete one of the two there."
            )
        elif origin is None and start:
            yield (
                f"{sequence.name} is live at Sequenzy from another migration and starts by the same ({start}). With "
                "both enabled, people get both. Disable and archive it, or delete it."
            )
        elif alike or tags & set(_texts(sequence.trigger_config)):
            yield (
                f"{sequence.name} is there from another migration and has the same name, and so the same tags and "
                "attributes: people of the one would start in both. Delete it at Sequenzy, or give ours another name "
                f'in mappings.toml (sequences."{graph.source_sequence_id}".name) and plan again.'
            )


def started_alike(graph: TargetGraph, work: Work, there: list[Labelled]) -> Iterator[str]:
    """In words: live sequences there that start by the same as ours."""
    for sequence in there:
        if start := _meeting(graph, work, sequence):
            yield (
                f"{sequence.name} is live at Sequenzy, is not of this plan, and starts by the same ({start}): people "
                "who start in one start in both."
            )


def started_by(graph: TargetGraph, work: Work, there: list[Labelled]) -> Iterator[str]:
    """In words: live sequences there that its steps would start."""
    for kind, name, value in dict.fromkeys(_given(graph, work)):
        family = kind.removeprefix("the ")
        given = Start(frozenset([(family, normal(family, value))]))
        for sequence in there:
            if is_live(sequence) and _start(work, sequence).meets(given):
                yield f"It gives {kind} {name}, which starts {sequence.name}: that is live there and not of this plan."


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


def _of_a_migration(sequence: Labelled) -> bool:
    return _standing(sequence) != "archived" and any(name.startswith(MARKED) for name in names(sequence))


def _standing(sequence: Labelled) -> str:
    return sequence.effective_status or sequence.status


def _meeting(graph: TargetGraph, work: Work, sequence: Labelled) -> str:
    """What starts both, in words; empty when nothing does, or when the other one is not live."""
    if not is_live(sequence):
        return ""
    final = work.filled(graph.final_trigger)
    values = _start(work, sequence).meets(start_of(final.get("trigger"), final))
    return ", ".join("any list" if value == ANY else value for value in values)


def _start(work: Work, sequence: Labelled) -> Start:
    return start_of(sequence.trigger, sequence.trigger_config, _tag_names(work, sequence))


def _tag_names(work: Work, sequence: Labelled) -> dict[str, str]:
    """By id, where the trigger seems to name a tag by one."""
    settings = sequence.trigger_config if isinstance(sequence.trigger_config, dict) else {}
    if not any("tag" in name.lower() and "id" in name.lower() for name in settings):
        return {}
    try:
        return {str(tag.get("id")): str(tag.get("name")) for tag in read.tags(work.api)}
    except (NotFound, AuthError):
        return {}


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
