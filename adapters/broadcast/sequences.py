"""A sequence: its own settings, what starts it, and its steps. The tree itself is read in trees.py.

`parent_sequence_id` names the sequence this one was copied from: never a trigger, never an edge.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from adapters.broadcast.email_filters import email_filters
from adapters.broadcast.steps import Templates
from adapters.broadcast.surprises import Surprises
from adapters.broadcast.topics import Topic
from adapters.broadcast.trees import read_tree
from adapters.broadcast.unread_settings import unread_settings
from adapters.broadcast.wire import Row, filled, flag, instant, text, text_id, whole
from migrator.model import Form, Raw, ReEntry, Sequence, Trigger
from migrator.model.sequences import ApiOnly, FormSubmitted, MovedFrom, SegmentEntered, TagAdded
from migrator.model.steps import AddTags, Branch, MoveToSequence, Wait, WaitUntilTime

_EXPECTED = frozenset({"track_opens", "track_clicks", "use_any_email_server", "email_server_ids"})
_AUDIENCE = ("excluded_segment_ids", "excluded_segments", "topic_id", "topic")
_SENDER = ("sender_identity_id", "message_stream")


class IndirectStart(NamedTuple):
    """Something adds a tag, and the tag starts a sequence."""

    tag: str
    by: str
    sequence_id: str


def read_sequence(
    data: Raw,
    source_id: str,
    rows: list[Raw],
    templates: Templates,
    surprises: Surprises,
    extra_triggers: Iterable[Trigger] = (),
    *,
    starts_known: bool = True,
    topics: Mapping[str, Topic] = MappingProxyType({}),
) -> Sequence:
    """`starts_known`: forms and all other sequences were read, so a missing trigger means that there is none."""
    row = Row(data)
    row.know("id", "steps")
    name = row.take(text, "label", "name")
    active = row.take(flag, "active")
    triggers: list[Trigger] = []
    tag = row.take(filled, "init_tag")
    if tag is not None:
        triggers.append(TagAdded(tag=tag, leaves_when_removed=True))
    segment = row.take(text_id, "init_segment_id")
    if segment is not None:
        triggers.append(SegmentEntered(segment_id=segment))
    triggers += extra_triggers
    steps, edges = read_tree(rows, templates, surprises)
    copied_from = row.take(text_id, "parent_sequence_id")
    count = row.take(whole, "subscribers_count")
    created, updated = row.take(instant, "created_at"), row.take(instant, "updated_at")
    rest = row.rest()
    filters, filtered = email_filters(rest, topics)
    more = unread_settings({key: value for key, value in rest.items() if key not in filtered})
    triggers += more.starts
    if not triggers and starts_known and {"init_tag", "init_segment_id"} <= data.keys():
        triggers.append(ApiOnly())
    for key in (*_AUDIENCE, *_SENDER):
        if rest.get(key) and key not in filtered:
            what = "who gets the mail" if key in _AUDIENCE else "how the mail is sent"
            surprises.note(f"Sequence {source_id} has '{key}': it changes {what}. It is kept in raw.")
    surprises.unknown_keys("sequences", rest, _EXPECTED | filtered)
    return Sequence(
        source_id=source_id,
        name=name or f"Sequence {source_id}",
        active=active,
        triggers=tuple(triggers),
        steps=steps,
        edges=edges,
        re_entry=ReEntry.ONCE,
        email_filters=filters,
        unread_limits=more.limits,
        caveats=more.caveats,
        copied_from=copied_from,
        enrolled_count=count,
        created_at=created,
        updated_at=updated,
        raw=rest,
    )


def extra_triggers(trees: Mapping[str, list[Raw]], forms: Iterable[Form]) -> dict[str, list[Trigger]]:
    """Starts that are told elsewhere: forms that name a sequence, and moves out of other sequences."""
    found: dict[str, list[Trigger]] = {}
    for form in forms:
        for sequence_id in form.starts_sequences:
            found.setdefault(sequence_id, []).append(FormSubmitted(form_id=form.source_id))
    for sequence_id, rows in trees.items():
        steps, _ = read_tree(rows, Templates({}), Surprises())
        targets = [step.action.sequence_id for step in steps if isinstance(step.action, MoveToSequence)]
        for target in dict.fromkeys(one for one in targets if one is not None):
            found.setdefault(target, []).append(MovedFrom(sequence_id=sequence_id))
    return found


def indirect_starts(sequences: Iterable[Sequence], forms: Iterable[Form]) -> list[IndirectStart]:
    """Tags that forms and steps add and that start a sequence: edges nobody drew."""
    every = list(sequences)
    by_tag: dict[str, list[str]] = {}
    for sequence in every:
        for trigger in sequence.triggers:
            if isinstance(trigger, TagAdded):
                by_tag.setdefault(trigger.tag, []).append(sequence.source_id)
    found: list[IndirectStart] = []
    for form in forms:
        found += [
            IndirectStart(tag, f"form {form.source_id}", target)
            for tag in form.adds_tags
            for target in by_tag.get(tag, ())
        ]
    for sequence in every:
        for step in sequence.steps:
            if isinstance(step.action, AddTags):
                by = f"step {step.id} of sequence {sequence.source_id}"
                found += [IndirectStart(tag, by, target) for tag in step.action.tags for target in by_tag.get(tag, ())]
    return found


def waits_edited_at(sequence: Sequence) -> datetime | None:
    """When a wait was last changed, where rows tell it. Editing an email or a template moves nobody.

    A step that was only created says nothing: its `updated_at` is its `created_at`, and it may have been added
    after people had passed that place, so it counts as an edit too.
    """
    moments = [
        moment
        for step in sequence.steps
        if isinstance(step.action, (Wait, WaitUntilTime, Branch))
        and (moment := instant(step.raw.get("updated_at"))) is not None
    ]
    return max(moments, default=None)
