"""The essence in one screen of a terminal. What is printed here, the page's first screen says as well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migrator.report.facts import Facts
from migrator.report.markdown import OUTCOMES
from migrator.report.words import plural
from migrator.visible import visible

MOST_TASKS = 4
MOST_SEQUENCES = 4


def essence(facts: Facts) -> Iterator[str]:
    """Lines of at most 110 signs, without control characters of the source."""
    for line in _lines(facts):
        yield line if len(line) <= 110 else line[:109] + "…"


def _lines(facts: Facts) -> Iterator[str]:
    people = facts.people
    ready = sum(one.ready for one in facts.sequences)
    yield f"{visible(facts.account)}: from {visible(facts.platform)} to Sequenzy. {OUTCOMES[facts.outcome]}"
    yield f"Stage: {facts.stage.capitalize()}."
    yield f"{'':<22}{'exact':>9}{'changed':>9}{'needs you':>11}{'left out':>10}{'found':>9}"
    for one in facts.fidelity:
        cells = f"{one.exact:>9,}{one.changed:>9,}{one.manual:>11,}{one.dropped:>10,}{one.found:>9,}"
        yield f"{one.name:<22}{cells}"
    yield ""
    for flow in people.flows:
        yield f"{flow.people:>9,}  {flow.source.replace('_', ' ')} → {flow.target}"
    yield ""
    yield from summary(facts)
    yield f"{ready} of {plural(len(facts.sequences), 'sequence')} ready to enable."
    if facts.inside.people:
        yield from _inside(facts)
    if facts.proof is not None:
        yield ""
        for row in facts.proof.rows:
            sign = "=" if row.agrees else "!"
            yield f"  {sign} {row.name:<22}{row.planned:>9,} planned{row.found:>9,} at Sequenzy{row.differs:>7,} differ"
    if facts.tasks:
        yield ""
        yield f"{plural(len(facts.tasks), 'thing')} to decide or do:"
        for task in facts.tasks[:MOST_TASKS]:
            yield f"  ! {visible(task.title)} ({plural(len(task.places), 'place')})"
        if len(facts.tasks) > MOST_TASKS:
            yield f"  ... and {len(facts.tasks) - MOST_TASKS} more in the report"


def _inside(facts: Facts) -> Iterator[str]:
    rows = [(one.name, one.continues, one.finishes, one.needs_you) for one in facts.sequences if one.in_it]
    yield from inside_table(rows)


def inside_table(rows: Sequence[tuple[str, int, int, int]]) -> Iterator[str]:
    """Name, and how many people continue, finish at the source and need you. Those with most to decide come first."""
    if not rows:
        return
    yield f"  {'':<40}{'continue':>10}{'finish':>10}{'need you':>10}"
    ordered = sorted(rows, key=lambda row: (-row[3], -sum(row[1:]), row[0]))
    for name, continues, finishes, needs_you in ordered[:MOST_SEQUENCES]:
        short = visible(name) if len(name) <= 38 else f"{visible(name)[:37]}…"
        yield f"  {short:<40}{continues:>10,}{finishes:>10,}{needs_you:>10,}"
    if len(ordered) > MOST_SEQUENCES:
        rest = ordered[MOST_SEQUENCES:]
        sums = "".join(f"{sum(column):>10,}" for column in zip(*(row[1:] for row in rest), strict=True))
        yield f"  {f'{len(rest):,} more in the report':<40}{sums}"


def summary(facts: Facts) -> Iterator[str]:
    """The two sentences that every form of the report begins with."""
    people = facts.people
    yield f"{people.mailable_after:,} of {people.planned:,} people may be mailed; {people.mailable_before:,} before."
    if facts.inside.people:
        yield f"{plural(facts.inside.people, 'person')} in sequences: {facts.inside.says}."
    yield f"{plural(len(facts.tasks), 'thing')} to decide or do."
