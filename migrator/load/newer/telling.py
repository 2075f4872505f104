"""What following the source has changed at Sequenzy, or would change, in sentences for a person."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.load.newer.conflicts import NAME as CONFLICTS
from migrator.load.newer.newer_plan import Brought


def sentences(brought: Brought) -> Iterator[str]:
    people = brought.people
    if not brought.writes:
        yield "Nothing to write: Sequenzy already has what the source says."
    yield from _counts(
        "People",
        (people.new, "new"),
        (people.narrowed, "no longer mailed"),
        (people.changed, "with changed fields"),
        (people.complaints, "marked as complained"),
    )
    yield from _counts("Tags", (people.tags_added, "added"), (people.tags_removed, "removed"))
    yield from _counts("Lists", (people.joined, "joined"), (people.left, "left"))
    if brought.things.rebuilt:
        yield f"Built again: {', '.join(brought.things.rebuilt)}."
    yield from brought.things.kept
    if people.gone_at_source:
        yield f"Deleted at the source: {_people(people.gone_at_source)}. They stay at Sequenzy as they are."
    if people.deleted_at_target:
        yield f"Deleted at Sequenzy: {_people(people.deleted_at_target)}. We don't bring them back."
    if people.conflicts:
        yield f"Changed on both sides: {people.conflicts:,}. {CONFLICTS} says what was kept."
    if brought.failed:
        yield f"Not written yet: {_people(brought.failed)}. The next run tries again."


def _counts(name: str, *counts: tuple[int, str]) -> Iterator[str]:
    said = [f"{count:,} {word}" for count, word in counts if count]
    if said:
        yield f"{name}: {', '.join(said)}."


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"
