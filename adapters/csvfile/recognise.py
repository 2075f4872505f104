"""Whose export a file is, by its columns; and whether it is a report, which is no audience."""

from __future__ import annotations

from dataclasses import replace

from adapters.csvfile.layout import Layout
from adapters.csvfile.layouts import BY_NAME, LAYOUTS, SUPPRESSION_LIST, UNKNOWN
from adapters.csvfile.words import COMMON, S

_SUPPRESSION_HEADERS = frozenset(
    {
        *("email", "email address", "reason", "suppression reason", "created", "date", "timestamp", "status"),
        *("suppressed at", "ip", "type"),
    }
)
REPORTS = (frozenset({"opened at"}), frozenset({"clicked link address"}), frozenset({"post id", "timestamp", "email"}))
"""Columns of reports about a mailing, which are no audience."""


def recognise(headers: frozenset[str], names_suppression: bool, told: str | None = None) -> Layout:
    """By the columns; a name alone proves nothing, it only tells a do-not-send list from a bare list of addresses.

    `told` is the platform that the person names.
    """
    bare = bool(headers & {"email", "email address"}) and headers <= _SUPPRESSION_HEADERS
    if bare and ("suppression reason" in headers or (names_suppression and len(headers) > 1)):
        return SUPPRESSION_LIST
    if told is not None:
        return replace(BY_NAME[told], weak=False)
    for layout in LAYOUTS:
        if any(signature <= headers for signature in layout.signatures):
            return _careful(layout) if layout.weak else layout
    return UNKNOWN


def _careful(layout: Layout) -> Layout:
    """Without the yeses that only this platform means so."""
    signals = {
        header: replace(
            signal,
            words={word: _plain_yes(word, state) for word, state in signal.words.items()},
            empty=None if signal.empty is S.SUBSCRIBED else signal.empty,
        )
        for header, signal in layout.signals.items()
    }
    words = {
        word: state for word, state in layout.words.items() if state is None or _plain_yes(word, state) is not None
    }
    return replace(layout, words=words, signals=signals, yes_name="")


def _plain_yes(word: str, state: S | None) -> S | None:
    return None if state is S.SUBSCRIBED and word not in COMMON else state


def is_report(headers: frozenset[str]) -> bool:
    return any(marks <= headers for marks in REPORTS)
