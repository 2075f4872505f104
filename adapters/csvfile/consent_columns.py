"""How one column is read for consent: by its layout, by what the person says of it, and by how its header speaks.

Nothing that a person says makes a no a yes. What is heard in columns that nobody named is in overheard.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from adapters.csvfile.consent_speech import Polarity, Said, Speech, heard, said
from adapters.csvfile.layout import Layout
from adapters.csvfile.layouts import UNKNOWN
from adapters.csvfile.options import Options
from adapters.csvfile.roles import GENERIC, Role, normal
from adapters.csvfile.words import COMMON, DATE, Signal, when_filled
from migrator.errors import UsageError
from migrator.model import ConsentState

S = ConsentState
_WORDS_ONLY = Speech(Polarity.WORDS)


def speech_of(header: str, layout: Layout) -> Speech | None:
    if normal(header) == "state" and layout.roles.get("state") is not Role.STATUS:
        return None  # more often a part of an address
    if GENERIC.get(normal(header)) is Role.STATUS:
        return heard(header) or _WORDS_ONLY
    return heard(header)


def signal_of(header: str, key: str, role: Role, layout: Layout, options: Options) -> Signal | None:
    own = options.words_of_column(key)
    told = {**options.words_of_all, **own}
    if role is Role.SIGNAL:
        signal = layout.signals[normal(header)]
        if signal.other is not S.UNKNOWN:
            return signal
        return replace(signal, told=told, no=_no_in(speech_of(header, layout)))
    if role is Role.STATUS:
        words = {**COMMON, **layout.words} if layout is UNKNOWN else layout.words
        speech = speech_of(header, layout) or _WORDS_ONLY
        for word, state in told.items():
            _check_not_wider(header, word, state, speech, own=word in own)
        return Signal(words, told=told, no=_no_in(speech))
    if role is Role.UNSUBSCRIBED_AT:
        return when_filled(S.UNSUBSCRIBED)
    if role is Role.BOUNCED_AT:
        return when_filled(S.BOUNCED)
    return None


def _no_in(speech: Speech | None) -> Callable[[str], ConsentState | None]:
    """A no that holds whatever the person says of words."""

    def no(cell: str) -> ConsentState | None:
        what, state = said(cell)
        if what is Said.OUT:
            return state
        polarity = speech.polarity if speech is not None else Polarity.WORDS
        if polarity is Polarity.OUT and what in (Said.YES, Said.MOMENT):
            return speech.state if speech is not None else None
        return S.UNSUBSCRIBED if polarity is Polarity.IN and what is Said.NO else None

    return no


def _check_not_wider(header: str, word: str, state: ConsentState, speech: Speech, *, own: bool) -> None:
    what, meant = said(word)
    if what is Said.NO and speech.polarity in (Polarity.IN, Polarity.WORDS):
        meant = S.UNSUBSCRIBED
    elif own and speech.polarity is Polarity.OUT and (word == DATE or what in (Said.YES, Said.MOMENT)):
        meant = speech.state
    if meant is not None and state.widens(meant):
        raise UsageError(
            f"The word '{word}' cannot mean {state.value}",
            where=f"column '{header}'",
            why=f"it says {meant.value}",
            fix="Nobody may become more reachable by a migration. Leave the word out.",
        )
