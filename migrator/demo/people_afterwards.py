"""People of both platforms at the end: their tags, and whether they may be mailed.

A difference has a reason that the report names, or is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from mappings.addresses import normal_form
from migrator.bundle import Bundle
from migrator.demo.reasons import Reasons
from migrator.model.sequences import TagAdded
from migrator.model.steps import AddTags, RemoveTags
from migrator.sandbox.broadcast.app import BroadcastSandbox
from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.names import normalise_tag


def other_people(bundle: Bundle, source: BroadcastSandbox, target: SequenzySandbox, reasons: Reasons) -> Iterator[str]:
    """One line a difference, without the address."""
    starting = _starting(bundle)
    touching = _touching(bundle, starting)
    now = source.runtime.now
    for person in source.account.subscribers:
        email = normal_form(person.email)
        there = target.state.by_email(email)
        if there is None:
            continue
        before, after = {normalise_tag(tag) for tag in person.tags}, {normalise_tag(tag) for tag in there.tags}
        for tag in sorted(before ^ after):
            if tag.startswith("mig-") or any(reasons.about(email, key) for key in touching[tag]):
                continue
            if tag in after and any(reasons.came_by_move(email, key) for key in starting[tag]):
                continue
            yield f"tag {tag}: on a person at {'Broadcast' if tag in before else 'Sequenzy'} alone"
        mailable = source.runtime.directory.may_be_mailed(person, now)
        if there.status == "active" and not mailable and not reasons.switched_off(email):
            yield "a person who opted out or was switched off at Broadcast may be mailed at Sequenzy"


def _starting(bundle: Bundle) -> dict[str, set[str]]:
    """Tag to the sequences that it starts."""
    found: dict[str, set[str]] = defaultdict(set)
    for sequence in bundle.sequences():
        for trigger in sequence.triggers:
            if isinstance(trigger, TagAdded):
                found[normalise_tag(trigger.tag)].add(sequence.source_id)
    return found


def _touching(bundle: Bundle, starting: dict[str, set[str]]) -> dict[str, set[str]]:
    """Tag to the sequences that a person's having it depends on."""
    found = defaultdict(set, {tag: set(sequences) for tag, sequences in starting.items()})
    for sequence in bundle.sequences():
        for step in sequence.steps:
            if isinstance(step.action, AddTags | RemoveTags):
                for tag in step.action.tags:
                    found[normalise_tag(tag)].add(sequence.source_id)
    return found
