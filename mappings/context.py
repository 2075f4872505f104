"""What the lowering of one account must know beside the construct itself: the person's choices, what else is planned,
and which sequences hand people to each other. Made once for each plan; frozen, so that every mapping stays pure.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from mappings.answer_lines import step_key
from mappings.tags import PREFIX, slugs, target_tag
from mappings.target import Body
from mappings.verdicts import Lowered
from migrator.model.content import EmailContent
from migrator.model.sequences import MovedFrom, ReEntry, Sequence, TagAdded, Trigger
from migrator.model.steps import ClockReading, MoveToSequence


class Opened(StrEnum):
    """What becomes of a condition on opened emails, for which the target has no equal."""

    ASK = "ask"
    """Not decided: a stand-in that nobody passes, and a question."""
    SEGMENT = "segment"
    CLICKED = "clicked"
    EVENT = "event"
    STAND_IN = "stand_in"
    """Decided: a person will build it by hand."""


@dataclass(frozen=True)
class StepChoice:
    """What the person says about one step."""

    skip: bool = False
    """Leave the step out and go on behind it."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the step that the source would not give: `seconds`, `time`, `tags`, `url`, `subject`, `body`, ..."""
    over: frozenset[str] = frozenset()
    """Those of them for which the source tells something else by itself."""


@dataclass(frozen=True)
class Known:
    """One sequence as the others see it."""

    name: str
    slug: str
    start_tag: str
    """The tag of ours that starts it, wherever something else than its own trigger must."""
    keeps_tag: str | None
    """The target tag without which people leave it."""
    moved_into: bool
    """Whether another sequence hands people over, so that it must listen to `start_tag`."""
    once: bool = False
    """Whether it lets each person in only once."""
    source_id: str = ""
    off: bool = False
    """Whether it is switched off at the source."""
    starts: tuple[Trigger, ...] = ()
    """What starts it at the source; nothing while it is switched off there."""
    start_tags: frozenset[str] = frozenset()
    """The tags among them, as the target writes them."""


@dataclass(frozen=True)
class LoweringContext:
    sequences: Mapping[str, Known] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)
    """Source list id to the key of what becomes of it, such as `list:7`. Absent: not planned."""
    segments: Mapping[str, str] = field(default_factory=dict)
    """The same for segments: `segment:3`."""
    history_segments: frozenset[str] = frozenset()
    """Those of them, by source id, that look at what people did with emails, which the target begins to count anew."""
    left_tags: frozenset[str] = frozenset()
    """Tags of the source that the person leaves behind: nobody has them at the target."""
    left_fields: frozenset[str] = frozenset()
    """Custom fields that the person leaves behind, dotted."""
    forms: Mapping[str, str] = field(default_factory=dict)
    """Form id to name."""
    opened: Opened = Opened.ASK
    opened_in: Mapping[str, Opened] = field(default_factory=dict)
    """By sequence id; beats `opened`."""
    audience_settled: frozenset[str] = frozenset()
    """Sequences of which a person has looked at every further limit on the audience, whatever it is."""
    limits_settled: frozenset[tuple[str, str]] = frozenset()
    """The same for single limits: sequence id and the limit in words."""
    starts_settled: frozenset[tuple[str, str]] = frozenset()
    """Sequence id and the id of a segment that starts it: a person has seen to it that nobody is started again."""
    silences_settled: frozenset[tuple[str, str]] = frozenset()
    """The same by the event whose absence starts it."""
    entered_once: frozenset[str] = frozenset()
    """Sequences that let each person in once at the person's wish."""
    steps: Mapping[str, StepChoice] = field(default_factory=dict)
    """By their `step_key`, such as `7/104`."""
    tag_renames: Mapping[str, str] = field(default_factory=dict)
    tag_collisions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    attributes: Mapping[str, str] | None = None
    """Source key (dotted) to target name. None: keys keep their names."""
    default_timezone: str | None = None
    """For waits whose zone the source does not tell. None: UTC, and a question."""
    clock_wait: ClockReading | None = None
    """For waits until a clock time that the source and its people leave open. None: the next day, and a finding."""
    prefix: str = PREFIX
    marker: str = ""
    """Label of everything that this plan creates."""
    prepare_email: Callable[[EmailContent, str], Lowered[Body]] | None = None
    """Content and a label such as `7/104` to the email's fields; None as value: it must not be sent.
    Absent: the content stands as it is (for tests of the graph)."""
    translate: Callable[[str, str], Lowered[str]] | None = None
    """Merge tags in a webhook's text. Absent: a text with tags is a question."""

    def tag(self, name: str) -> str:
        return target_tag(name, self.tag_renames)

    def attribute(self, key: str) -> str:
        found = key if self.attributes is None else self.attributes.get(key, key)
        return found.encode("utf-8", "replace").decode()

    def choice(self, sequence_id: str, step_id: str) -> StepChoice:
        return self.steps.get(step_key(sequence_id, step_id), _NONE)

    def opened_for(self, sequence_id: str) -> Opened:
        return self.opened_in.get(sequence_id, self.opened)


_NONE = StepChoice()


def survey(
    sequences: Iterable[Sequence],
    *,
    prefix: str = PREFIX,
    renames: Mapping[str, str] | None = None,
    once: Collection[str] = (),
) -> dict[str, Known]:
    """Who is handed over to whom, and what each sequence is called by a tag of ours. `once`: those that let each person
    in once at the person's wish."""
    several = list(sequences)
    named = slugs({one.source_id: one.name for one in several})
    moved = {
        action.sequence_id
        for one in several
        for action in (step.action for step in one.steps)
        if isinstance(action, MoveToSequence) and action.sequence_id is not None
    }
    found = {one.source_id: _known(one, named[one.source_id], moved, prefix, renames or {}) for one in several}
    return {key: replace(known, once=True) if key in once else known for key, known in found.items()}


def _known(sequence: Sequence, slug: str, moved: Collection[str], prefix: str, renames: Mapping[str, str]) -> Known:
    starts = () if sequence.active is False else sequence.triggers
    return Known(
        name=sequence.name,
        slug=slug,
        start_tag=f"{prefix}start-{slug}",
        keeps_tag=kept_tag(sequence.triggers, renames),
        moved_into=sequence.source_id in moved or any(isinstance(start, MovedFrom) for start in sequence.triggers),
        once=sequence.re_entry not in (ReEntry.AFTER_COMPLETION, ReEntry.ALWAYS),
        source_id=sequence.source_id,
        off=sequence.active is False,
        starts=starts,
        start_tags=frozenset(target_tag(start.tag, renames) for start in starts if isinstance(start, TagAdded)),
    )


def kept_tag(triggers: Iterable[Trigger], renames: Mapping[str, str]) -> str | None:
    """The tag that starts the sequence and takes people out when it goes; None when several tags start it."""
    starts = [trigger for trigger in triggers if isinstance(trigger, TagAdded)]
    tags = {target_tag(start.tag, renames) for start in starts}
    if len(tags) == 1 and any(start.leaves_when_removed for start in starts):
        return tags.pop() or None
    return None
