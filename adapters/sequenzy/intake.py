"""By what a sequence takes people in beside its trigger: settings such as `audienceAutoEnroll`, which a `manual`
sequence may have too, and queued enrolments of an audience. An unknown setting of a similar name counts as one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

AUTO = "audienceAutoEnroll"
QUEUED = "a planned enrolment of an audience"
_OVER = frozenset(["completed", "complete", "done", "finished", "cancelled", "canceled", "failed"])
_QUIET = frozenset(["acceptsnewenrollments", "processesexistingenrollments", "enrollmentpaused", "enrollmentspaused"])
"""They say whether people may enter, not that anything takes them in."""
_OFF = frozenset(["", "off", "no", "none", "never", "false", "0", "disabled", "inactive", "manual", "null"])
_GRAPH = frozenset(["nodes", "edges", "emails", "steps"])
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_BY_ITSELF = frozenset(["auto", "automatic", "automatically", "audience", "audiences", "continuous", "rolling"])
_TAKING = ("enrol", "intake", "admit", "backfill")
_ENABLED = ("enabled", "isEnabled")


def takes_in(sequence: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the settings by which it takes people in. `sequence`: as the server shows it."""
    return tuple(dict.fromkeys(_settings(sequence)))


def queued(runs: Any) -> bool:
    """Whether the enrolment of an audience is still to come or under way; a state that nobody knows may be either."""
    rows = runs if isinstance(runs, list) else []
    return any(str(row.get("status", "")).lower() not in _OVER if isinstance(row, dict) else True for row in rows)


def is_on(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() not in _OFF
    if isinstance(value, Mapping):
        said = [value[name] for name in _ENABLED if value.get(name) is not None]
        return bool(value) and not (said and not any(is_on(one) for one in said))
    return bool(value)


def _settings(settings: Mapping[str, Any]) -> Iterator[str]:
    for name, value in settings.items():
        if name in _GRAPH:
            continue
        if name.replace("_", "").lower() in _QUIET:
            continue
        if _sounds_like_it(name, value):
            if is_on(value):
                yield name
        elif isinstance(value, Mapping):
            yield from _settings(value)


def _sounds_like_it(name: str, value: Any) -> bool:
    words = {word.lower() for word in _WORD.findall(name)}
    taking = any(word.startswith(_TAKING) for word in words)
    by_itself = bool(words & _BY_ITSELF)
    # A number or a text beside "enrolment" alone is a count, a moment or a mode.
    told = isinstance(value, bool) or (isinstance(value, Mapping) and any(one in value for one in _ENABLED))
    return by_itself or (taking and told)
