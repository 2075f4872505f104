"""What a person says about whole sequences: checked against the account, and sorted into what the lowering asks for.

Each answer names what it is about: one limit, one segment. What is not named, or only found by a later export, stays
open. What may be written at all is in answers.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mappings.sequences.settings import limit_key
from mappings.sequences.unknown_history import FORGOTTEN
from mappings.wording import sendable
from migrator.model import Sequence
from migrator.model.sequences import Inactivity, SegmentEntered
from migrator.plan.answers.schema import Answers, SequenceAnswers, unknown_key

Pairs = frozenset[tuple[str, str]]
"""Sequence id, and what an answer is about."""


def check_sequence_answers(answers: Answers, sequences: Iterable[Sequence], where: str) -> None:
    """Refuses what names a sequence, limit or start that is not there: a misspelt answer must not pass for none."""
    known = {one.source_id: one for one in sequences}
    names = {key: one.name for key, one in known.items()}
    for source_id, wish in answers.sequences.items():
        if source_id not in known:
            raise unknown_key(("sequences", source_id), names, where, "the bundle has no such sequence")
        _check_settled(known[source_id], wish, where)
    for source_id in answers.only_sequences:
        if source_id not in known:
            raise unknown_key(("only_sequences", source_id), names, where, "the bundle has no such sequence")


def _check_settled(sequence: Sequence, wish: SequenceAnswers, where: str) -> None:
    limits = [limit_key(one) for one in (*sequence.unread_limits, *(one.label for one in sequence.email_filters))]
    segments = [sendable(one.segment_id) for one in sequence.triggers if isinstance(one, SegmentEntered)]
    silences = [sendable(one.event_name) for one in sequence.triggers if isinstance(one, Inactivity)]
    settled = wish.audience_settled if isinstance(wish.audience_settled, dict) else {}
    for name, said, known, why in (
        ("audience_settled", settled, limits, "nothing of this kind limits its audience"),
        ("segment_start_settled", wish.segment_start_settled, segments, "no segment by this id starts it"),
        ("silence_start_settled", wish.silence_start_settled, silences, "no absence of this event starts it"),
    ):
        for one in said:
            if one not in known and one not in FORGOTTEN:
                raise unknown_key(("sequences", sequence.source_id, name, one), known, where, why)


def wholly_settled(answers: Answers) -> frozenset[str]:
    """Sequences of which every limit on the audience was looked at, whatever it is."""
    return frozenset(key for key, wish in answers.sequences.items() if wish.audience_settled is True)


def limits_settled(answers: Answers) -> Pairs:
    said = {key: wish.audience_settled for key, wish in answers.sequences.items()}
    return _pairs({key: one for key, one in said.items() if isinstance(one, dict)})


def starts_settled(answers: Answers) -> Pairs:
    return _pairs({key: wish.segment_start_settled for key, wish in answers.sequences.items()})


def silences_settled(answers: Answers) -> Pairs:
    return _pairs({key: wish.silence_start_settled for key, wish in answers.sequences.items()})


def _pairs(said: Mapping[str, Mapping[str, bool]]) -> Pairs:
    return frozenset((key, name) for key, names in said.items() for name, settled in names.items() if settled)


def entered_once(answers: Answers) -> frozenset[str]:
    """Sequences that let each person in once, whatever the source does."""
    return frozenset(key for key, wish in answers.sequences.items() if wish.enters_once)
