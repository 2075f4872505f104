"""What `migrate load` will do with a plan, what it will not, and how many requests that takes.

Read off the plan itself: a plan that could send or enrol would say so here.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrator.plan.open_plan import OpenPlan
from migrator.plan.people.people_plan import OPT_OUTS
from migrator.plan.records import (
    AddMembers,
    BuildSequence,
    CreateList,
    CreateSegment,
    CreateTemplate,
    EnrolPeople,
    ImportPeople,
    MarkComplaints,
)
from migrator.plan.size import size_of
from migrator.report.facts import Load
from migrator.report.words import plural


def load_facts(opened: OpenPlan, *, quiet: bool) -> Load:
    """`quiet`: nothing starts any of the planned drafts by itself."""
    size = size_of(opened.plan)
    return Load(
        will=tuple(_will(opened)),
        will_not=tuple(_will_not(opened, quiet)),
        requests=size.calls,
        minutes=size.minutes,
    )


def _will(opened: OpenPlan) -> Iterator[str]:
    people = opened.operations(ImportPeople)
    for one in people:
        count = sum(batch.count for batch in one.batches)
        if one.file == OPT_OUTS:
            yield f"First write {plural(count, 'person')} who must not be mailed: nobody is reachable by mistake."
        else:
            yield f"Write {plural(count, 'person')} who may be mailed, with their tags and fields."
    complaints = sum(one.count for one in opened.operations(MarkComplaints))
    if complaints:
        yield f"Mark {plural(complaints, 'complaint')} as complaints."
    lists, members = opened.operations(CreateList), opened.operations(AddMembers)
    if lists:
        count = sum(one.count for one in members)
        yield f"Create {plural(len(lists), 'list')} with {plural(count, 'membership')}, quietly."
    made = [
        (len(opened.operations(CreateSegment)), "segment"),
        (len(opened.operations(CreateTemplate)), "template"),
    ]
    for count, name in made:
        if count:
            yield f"Create {plural(count, name)}."
    sequences = opened.operations(BuildSequence)
    if sequences:
        yield f"Build {plural(len(sequences), 'sequence')} as drafts, read each back and compare it."


def _will_not(opened: OpenPlan, quiet: bool) -> Iterator[str]:
    heads = [one.head for one in opened.operations(ImportPeople)]
    if not any(head.get("enrollInSequences", True) for head in heads):
        yield "Send an email or start a sequence for anybody."
    if quiet:
        yield "Enable a sequence: they stay drafts, and nothing starts them until you enable them one by one."
    if all(head.get("optInMode") in ("confirmed", "default") for head in heads):
        yield "Ask anybody to confirm again, or re-subscribe somebody who left."
    waiting = sum(one.count for one in opened.operations(EnrolPeople))
    if waiting:
        yield f"Put in the {plural(waiting, 'person')} who stand in the middle: the cut-over does, later."
    yield "Touch the old platform: it goes on until you stop it."
