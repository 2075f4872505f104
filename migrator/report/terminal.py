"""The essence in one screen of a terminal. What is printed here, the page's first screen says as well."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.report.facts import Facts
from migrator.report.markdown import STAGES
from migrator.report.words import plural

MOST_TASKS = 6


def essence(facts: Facts) -> Iterator[str]:
    """Lines of at most 110 signs, without control characters of the source."""
    for line in _lines(facts):
        yield line if len(line) <= 110 else line[:109] + "…"


def plain(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _lines(facts: Facts) -> Iterator[str]:
    people = facts.people
    ready = sum(one.ready for one in facts.sequences)
    moving = sum(one.in_it for one in facts.sequences)
    yield f"{plain(facts.account)}: from {plain(facts.platform)} to Sequenzy. {STAGES[facts.stage]}"
    yield ""
    yield f"{'':<22}{'exact':>9}{'changed':>9}{'needs you':>11}{'left out':>10}{'found':>9}"
    for one in facts.fidelity:
        cells = f"{one.exact:>9,}{one.changed:>9,}{one.manual:>11,}{one.dropped:>10,}{one.found:>9,}"
        yield f"{one.name:<22}{cells}"
    yield ""
    for flow in people.flows:
        yield f"{flow.people:>9,}  {flow.source.replace('_', ' ')} → {flow.target}"
    yield ""
    yield from summary(facts)
    yield f"{ready} of {plural(len(facts.sequences), 'sequence')} ready to enable; {moving:,} people in the middle."
    if facts.proof is not None:
        yield ""
        for row in facts.proof.rows:
            sign = "=" if row.agrees else "!"
            yield f"  {sign} {row.name:<22}{row.planned:>9,} planned{row.found:>9,} at Sequenzy{row.differs:>7,} differ"
    if facts.tasks:
        yield ""
        yield f"{plural(len(facts.tasks), 'thing')} to decide or do:"
        for task in facts.tasks[:MOST_TASKS]:
            yield f"  ! {plain(task.title)} ({plural(len(task.places), 'place')})"
        if len(facts.tasks) > MOST_TASKS:
            yield f"  ... and {len(facts.tasks) - MOST_TASKS} more in the report"


def summary(facts: Facts) -> Iterator[str]:
    """The two sentences that every form of the report begins with."""
    people = facts.people
    yield f"{people.mailable_after:,} of {people.planned:,} people may be mailed; {people.mailable_before:,} before."
    yield f"{plural(len(facts.tasks), 'thing')} to decide or do."
