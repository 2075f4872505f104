"""Which other sequences one sequence starts: by moving people, or by the tags and lists that its steps give them.

While the other one is off, the target does not notice and never will, so those must be enabled first.
"""

from __future__ import annotations

from collections.abc import Iterator

from mappings.sequences.handing_over import started_by
from mappings.triggers import lower_triggers
from migrator.model.sequences import ListJoined
from migrator.model.steps import AddTags, AddToList, MoveToSequence
from migrator.plan.graphs.sequence_work import Work


def started_others(work: Work) -> tuple[str, ...]:
    """Keys of their target graphs, those of reachable steps only; never its own."""
    own = work.sequence.source_id
    found: set[str] = set()
    for step_id in work.sound.order:
        match work.sound.steps[step_id].action:
            case MoveToSequence(sequence_id=str(other)) if other in work.context.sequences and other != own:
                found.add(f"sequence:{other}")
            case AddTags(tags=tags):
                for tag in {work.context.tag(name) for name in tags}:
                    found.update(f"sequence:{key}" for key in started_by(tag, work.context) if key != own)
            case AddToList(list_id=str(list_id)) if list_id in work.context.lists:
                found.update(_by_list(list_id, work))
    return tuple(sorted(found))


def _by_list(list_id: str, work: Work) -> Iterator[str]:
    """The sequence, or its small one that listens to the list."""
    joined = ListJoined(list_id=list_id)
    for key, known in work.context.sequences.items():
        if key == work.sequence.source_id or joined not in known.starts:
            continue
        place = known.starts.index(joined)
        starts = lower_triggers(known.starts, known, work.context)
        feeders = [one.number for one in starts.feeders if place in one.sources]
        yield f"sequence:{key}/feeder:{feeders[0]}" if feeders else f"sequence:{key}"
