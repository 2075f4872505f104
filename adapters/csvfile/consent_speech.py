"""What a header and a cell say about consent, in any language of the vocabulary: the polarity of a column, and whether
a cell is a no. A yes is never taken from here: what is heard may only make people less reachable.

The words are in consent_vocabulary.py; who is affected is decided in overheard.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from adapters.csvfile.consent_vocabulary import OUT, Kind, kinds_in, tidy
from adapters.csvfile.dates import is_moment
from adapters.csvfile.words import COMMON, NO_VALUE, plain
from migrator.model import ConsentState

S = ConsentState
_SUBJECTS = frozenset({Kind.CONSENT, Kind.NEWS, Kind.TOPIC, Kind.EMAIL, Kind.CONTACT})
_ABOUT_EMAIL = frozenset({Kind.EMAIL, Kind.NEWS})
_MOST_WORDS = 8
_LOUD_WORDS = 6
_MARKS_OF_YES, _MARKS_OF_NO = frozenset("✓✔☑✅"), frozenset("✗✘☐❌✖")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_YES = _set(
    "true yes y 1 10 on t ja j si s oui o sim tak ano igen da joo wahr vrai verdadero verdadeiro vero waar prawda x ok"
    " checked yep jawohl ticked aan"
)
_NO = _set(
    "false no n 0 00 off f nein non nao nie nee nej ne niet nem falsch faux falso onwaar falsz nope unchecked never"
    " none kein keine keiner nunca jamais nooit nigdy ninguno nessuno aucun uit unticked"
)


class Polarity(StrEnum):
    IN = "in"
    """A yes says that the person may be mailed."""
    OUT = "out"
    """A yes says that the person may not be mailed."""
    UNCLEAR = "unclear"
    """Speaks of consent, and a yes may mean either."""
    WORDS = "words"
    """A column of status words, in which a yes or a no says nothing by itself."""


@dataclass(frozen=True)
class Speech:
    """How a column speaks of consent."""

    polarity: Polarity
    state: ConsentState = S.UNSUBSCRIBED
    """What a yes says, in a column of noes."""
    strong: bool = True
    """False: `Newsletter` may also hold topics; only cells that say yes or no make it speak of consent."""
    detail: frozenset[Kind] = frozenset()
    """The date, source, count ... of a consent."""


class Said(StrEnum):
    NOTHING = "nothing"
    YES = "yes"
    NO = "no"
    OUT = "out"
    """Says in words that the person may not be mailed."""
    MOMENT = "moment"
    OTHER = "other"


@lru_cache(maxsize=4096)
def heard(text: str) -> Speech | None:
    """What a header or a phrase says; None when it does not speak of consent to emails."""
    kinds = tuple(kind for kind in kinds_in(tidy(text))[0] if kind not in (Kind.FILLER, Kind.HARMLESS))
    there = frozenset(kinds)
    if about_another_channel(text):
        return None
    detail = there & {Kind.DATE, Kind.COUNT, Kind.BOOKKEEPING, Kind.DETAIL}
    outs, nots = _reduced(kinds)
    subjects, stops = there & _SUBJECTS, Kind.STOP in there
    if outs:
        unclear = nots or (Kind.CONSENT in there and not _is_denied(kinds))
        return Speech(Polarity.UNCLEAR if unclear else Polarity.OUT, S.narrowest(*outs), True, detail)
    if (stops or nots) and (subjects - {Kind.CONTACT} or (nots and subjects)):
        return Speech(Polarity.UNCLEAR if stops and nots else Polarity.OUT, S.UNSUBSCRIBED, True, detail)
    asked = Kind.ALLOW in there or Kind.YES_NO in there or text.rstrip().endswith("?")
    if there & {Kind.CONSENT, Kind.NEWS, Kind.TOPIC} or (asked and subjects):
        strong = Kind.CONSENT in there or asked
        return Speech(Polarity.IN, strong=strong, detail=detail)
    return None


def _reduced(kinds: tuple[Kind, ...]) -> tuple[list[ConsentState], bool]:
    """The states of words that say no by themselves, and of a `not` before a subject; whether another `not` is left."""
    outs: list[ConsentState] = []
    left, at = False, 0
    while at < len(kinds):
        if kinds[at] in OUT:
            outs.append(OUT[kinds[at]])
        elif kinds[at] is Kind.NOT:
            while at + 1 < len(kinds) and kinds[at + 1] in (Kind.NOT, Kind.ALLOW):
                at += 1
            if at + 1 < len(kinds) and kinds[at + 1] in _SUBJECTS:
                outs.append(S.NEVER_SUBSCRIBED if kinds[at + 1] is Kind.CONSENT else S.UNSUBSCRIBED)
                at += 1
            else:
                left = True
        at += 1
    return outs, left


def _is_denied(kinds: tuple[Kind, ...]) -> bool:
    """Every word of consent stands behind a `not`."""
    denied = [at for at, kind in enumerate(kinds) if kind is Kind.CONSENT]
    return all(Kind.NOT in kinds[max(0, at - 3) : at] for at in denied)


def about_another_channel(text: str) -> bool:
    """SMS, phone or post, and not email too."""
    kinds = frozenset(kinds_in(tidy(text))[0])
    return Kind.OTHER_CHANNEL in kinds and not kinds & _ABOUT_EMAIL


@lru_cache(maxsize=8192)
def said(cell: str) -> tuple[Said, ConsentState | None]:
    """What one cell says of itself, whatever the column; a state beside OUT."""
    text = cell.strip()
    if text in _MARKS_OF_YES:
        return Said.YES, None
    if text in _MARKS_OF_NO:
        return Said.NO, None
    word = tidy(text)
    if word in _NO:
        return Said.NO, None
    if word in _YES:
        return Said.YES, None
    if not word or plain(text) in NO_VALUE:
        return Said.NOTHING, None
    state = COMMON.get(plain(text)) or COMMON.get(word)
    if state is S.SUBSCRIBED:
        return Said.YES, None
    if state is not None and state is not S.UNKNOWN:
        return Said.OUT, state
    if is_moment(text):
        return Said.MOMENT, None
    return _phrase(word) if len(word.split()) <= _MOST_WORDS else (Said.OTHER, None)


def _phrase(text: str) -> tuple[Said, ConsentState | None]:
    speech = heard(text)
    kinds, _ = kinds_in(text)
    if speech is not None and speech.polarity is Polarity.OUT:
        return Said.OUT, speech.state
    if speech is not None and speech.polarity is Polarity.UNCLEAR:
        return Said.OTHER, None
    first = text.split()[0]
    if first in _NO or Kind.NOT in kinds or Kind.STOP in kinds:
        return Said.NO, None
    if first in _YES or Kind.ALLOW in kinds or Kind.CONSENT in kinds:
        return Said.YES, None
    return Said.OTHER, None


@lru_cache(maxsize=8192)
def loud(cell: str) -> ConsentState | None:
    """A no that is heard in any column: the cell says nothing else, and no other thing is called so."""
    if len(cell) > 80 or not cell.strip():
        return None
    word = tidy(cell)
    kinds, whole = kinds_in(word)
    if not whole or len(word.split()) > _LOUD_WORDS:
        return None
    speech = heard(cell)
    if speech is None or speech.polarity is not Polarity.OUT or speech.detail - {Kind.DATE}:
        return None
    if not set(kinds) & {Kind.UNSUBSCRIBED, Kind.SUPPRESSED, *_SUBJECTS} and word not in _LOUD_ALONE:
        return None
    return speech.state


_LOUD_ALONE = frozenset(("bounced", "hard bounced", "hard bounce", "soft bounced", "spam complaint", "marked as spam"))


def hears_of_subscription(cell: str) -> bool:
    """A cell that makes a column a column of consent, whatever its header."""
    word = tidy(cell)
    return loud(cell) is not None or word in ("subscribed", "opted in", "optin", "opt in", "optedin")
