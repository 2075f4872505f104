"""Words about consent: in a status column, in a file's name, in a flag. Which layout uses which is in layouts.py.

Only words that say yes in so many words are a yes everywhere; `active` or `1` are one only where a known platform
means it so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from adapters.csvfile.dates import is_moment
from migrator.model import ConsentState

Words = Mapping[str, ConsentState | None]
"""None: the word says nothing about consent."""

_BETWEEN = re.compile(r"[\s_\-/]+")


def plain(word: str) -> str:
    return _BETWEEN.sub(" ", word.strip().lower()).strip()


S = ConsentState
DATE = "date"
"""In what a person tells of a column: any date."""
NO_VALUE: Words = dict.fromkeys(
    ("null", "none", "nil", "n a", "never", "0000 00 00", "0000 00 00 00:00:00", "nan", "na", "undefined"), None
)
"""How exports write an empty date."""
_OUT = {
    S.UNSUBSCRIBED: "unsubscribed|unsubscribe|opted out|opt out|optout|opted_out|cancelled|canceled|removed|opt outs",
    S.BOUNCED: "bounced|hard bounced|hard bounce|cleaned|invalid|undeliverable|invalid email|soft bounced|bounce",
    S.COMPLAINED: "complained|complaint|spam|spam complaint|marked as spam|junk|abuse|reported spam|spam report",
    S.SUPPRESSED: "suppressed|blocklisted|blacklisted|blocked|do not contact|user suppressed|do not mail|dnc",
    S.PENDING: "pending|unconfirmed|pending confirmation|awaiting confirmation|validating|opt in pending",
    S.INACTIVE: "inactive|disabled|paused|deactivated|archived|temp hold|on hold|needs attention|deleted",
    S.NEVER_SUBSCRIBED: "never subscribed|nonsubscribed|non subscribed|not subscribed|transactional|no consent"
    "|never opted in|non marketing contact|no permissions set",
    S.SUBSCRIBED: "subscribed|opted in|opt in|optin",
    S.UNKNOWN: "unknown|unclear",
}
COMMON: dict[str, ConsentState | None] = {word: state for state, text in _OUT.items() for word in text.split("|")}
_YES, _NO = ("true", "yes", "y", "1", "on", "t"), ("false", "no", "n", "0", "off", "f")


def yes_no(*, yes: ConsentState | None, no: ConsentState | None) -> dict[str, ConsentState | None]:
    return {**dict.fromkeys(_YES, yes), **dict.fromkeys(_NO, no)}


def active_is_yes(**more: ConsentState | None) -> dict[str, ConsentState | None]:
    """For platforms whose `active` means: confirmed and mailed."""
    named = {plain(word): state for word, state in more.items()}
    return {**COMMON, "active": S.SUBSCRIBED, "confirmed": S.SUBSCRIBED, **named}


@dataclass(frozen=True)
class Signal:
    """What the cells of one column say about consent."""

    words: Words = field(default_factory=lambda: COMMON)
    empty: ConsentState | None = None
    other: ConsentState | None = S.UNKNOWN
    """For a word that is not in the table: never a yes."""
    moment: ConsentState | None = None
    """What a date says, where the column holds the moment of a consent."""
    told: Words = field(default_factory=dict)
    """What the person says that words mean, `""` of an empty cell and `date` of any date; never wider than `no`."""
    no: Callable[[str], ConsentState | None] | None = None
    """A no that is heard in any language, by the column's header; it holds beside `told`."""

    def read(self, cell: str) -> ConsentState | None:
        word = plain(cell)
        if word in self.words:
            return self.words[word]
        is_told, state = self._told(word, cell)
        if not word:
            return state if is_told else self.empty
        heard = self.no(cell) if self.no is not None else None
        if not is_told:
            return heard or (self.moment if self.moment is not None and is_moment(cell) else self.other)
        return heard if heard is not None and (state is None or heard < state) else state

    def _told(self, word: str, cell: str) -> tuple[bool, ConsentState | None]:
        if word not in self.told and DATE in self.told and is_moment(cell):
            word = DATE
        return word in self.told, self.told.get(word)

    def knows(self, cell: str) -> bool:
        word = plain(cell)
        if not word or word in self.words or self._told(word, cell)[0]:
            return True
        return (self.moment is not None and is_moment(cell)) or (self.no is not None and self.no(cell) is not None)


def when_filled(state: ConsentState) -> Signal:
    """Any value says it, such as the date of an opt-out."""
    return Signal(NO_VALUE, None, state)


_NAME_WORDS: dict[str, ConsentState] = {
    **dict.fromkeys(("unsubscribed", "unsubscribes", "cancelled", "canceled", "optout", "optouts"), S.UNSUBSCRIBED),
    **dict.fromkeys(("cleaned", "bounced", "bounces", "invalid", "undeliverable"), S.BOUNCED),
    **dict.fromkeys(("complained", "complaints", "spam", "junk"), S.COMPLAINED),
    **dict.fromkeys(("suppressed", "suppressions", "suppression", "blocks", "blocklisted"), S.SUPPRESSED),
    **dict.fromkeys(("blocklist", "blacklist", "blacklisted", "blocked"), S.SUPPRESSED),
    **dict.fromkeys(("unconfirmed", "pending"), S.PENDING),
    **dict.fromkeys(("inactive", "disabled", "archived"), S.INACTIVE),
    **dict.fromkeys(("nonsubscribed", "transactional"), S.NEVER_SUBSCRIBED),
}
_NOT = ("non", "not", "un", "never")
_PART = re.compile(r"[a-z]+")


def stem_of(name: str) -> str:
    return name.rsplit("/", 1)[-1].lower().removesuffix(".gz").rsplit(".", 1)[0]


def state_in_name(name: str, yes_name: str = "") -> ConsentState | None:
    """The narrowest word in a file's name. It is a yes only where the platform itself names its files so."""
    stem = stem_of(name)
    parts = _PART.findall(stem)
    found: list[ConsentState] = []
    for at, part in enumerate(parts):
        state = _NAME_WORDS.get(part)
        if part == "subscribed" and at > 0 and parts[at - 1] in _NOT:
            state = S.NEVER_SUBSCRIBED
        if part == "only" and at > 0 and parts[at - 1] == "sms":
            state = S.NEVER_SUBSCRIBED
        if state is not None:
            found.append(state)
    if not found and yes_name and re.match(yes_name, stem):
        return S.SUBSCRIBED
    return S.narrowest(*found) if found else None
