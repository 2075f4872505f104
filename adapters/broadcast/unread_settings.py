"""What a sequence says about itself and no field of the model can hold: who else is left out, what else starts it, how
its mail is sent. Filled keys nobody knows are sorted by what they sound like, the careful way.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from adapters.broadcast.wire import flag
from migrator.model import Raw
from migrator.model.sequences import OpaqueTrigger

_WITHOUT_MEANING = frozenset({"use_any_email_server", "email_server_ids", "track_opens", "track_clicks"})
"""Which server sends is the new platform's own affair; tracking has sentences of its own."""
_STARTS = re.compile(r"init_|trigger|enrol|auto_?(start|add)|(?<!re)start|entry")
_AUDIENCE = re.compile(
    r"exclu|segment|topic|audience|filter|suppress|only|except|limit|(?<![a-z])cap(?![a-z])|frequency|goal|exit|stop"
    r"|(?<![a-z])end|window|schedul|days|hours|quiet|paus|archiv|status|state|active|disab|re_?ent|repeat|allow|max_"
)
_BOOKKEEPING = re.compile(r"id|uuid|broadcast_channel_id|(created|updated|last_\w+)_at|\w+_count")


class UnreadSettings(NamedTuple):
    starts: tuple[OpaqueTrigger, ...]
    limits: tuple[str, ...]
    caveats: tuple[str, ...]
    """One sentence each."""


def unread_settings(rest: Raw) -> UnreadSettings:
    """`rest`: what nobody took of the sequence's row."""
    starts: list[OpaqueTrigger] = []
    limits: list[str] = []
    caveats = [*off_or_unread(rest, "track_opens", "Its emails' opens are not tracked.")]
    caveats += off_or_unread(rest, "track_clicks", "Its emails' clicks are not tracked.")
    for key, value in rest.items():
        if key in _WITHOUT_MEANING or _BOOKKEEPING.fullmatch(key) or value in (None, "", [], {}) or value is False:
            continue
        said = f"{key.replace('_', ' ')}: {_words(value)}"
        if _STARTS.search(key.lower()):
            starts.append(OpaqueTrigger(description=said, raw={key: value}))
        elif _AUDIENCE.search(key.lower()):
            limits.append(said)
        else:
            caveats.append(f"It has a setting of its own ({said}).")
    return UnreadSettings(tuple(starts), tuple(limits), tuple(caveats))


def off_or_unread(rest: Raw, key: str, when_off: str) -> list[str]:
    """What to say of a switch that is usually on; one that is not told says nothing."""
    if rest.get(key) in (None, "") or flag(rest[key]) is True:
        return []
    return [when_off] if flag(rest[key]) is False else [f"Its setting '{key}' is not understood."]


def _words(value: object) -> str:
    """Ids on one line; anything richer stands in `raw`."""
    return ", ".join(map(str, value))[:80] if isinstance(value, list) else str(value)[:80]
