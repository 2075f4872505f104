"""Whether two sequences start by the same tag, list, segment or event, read from what each says of its trigger.

How Sequenzy shows a trigger's settings is published nowhere, so names of settings are read by their words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

FAMILIES = ("tag", "list", "segment", "event")
ANY = "*"
_MODES = ("inactivity", "frequency", "exited", "left", "removed")
"""The same event or segment, and another moment."""
_BESIDE = frozenset(["trigger", "type", "kind", "propertyfilters", "inactivitybaseline", "filters", "integrationslug"])
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


@dataclass(frozen=True)
class Start:
    things: frozenset[tuple[str, str]]
    """Family and name or id; an empty family when nothing tells what it is."""
    mode: str = ""
    """Empty: at once, or unknown."""

    def meets(self, ours: Start) -> list[str]:
        """What starts both. `ours` is known exactly; what this one does not tell may be the same."""
        if self.mode and self.mode != ours.mode:
            return []
        return sorted(value for family, value in ours.things if self._has(family, value))

    def _has(self, family: str, value: str) -> bool:
        if (family, ANY) in self.things:
            return True
        families = [theirs for theirs, name in self.things if name == value]
        return any(theirs in ("", family) for theirs in families)


def start_of(trigger: Any, config: Any, tag_names: Mapping[str, str] | None = None) -> Start:
    """`trigger`: the word of a request, or the type of the first node. `tag_names`: by the ids of tags."""
    words = [word.lower() for word in _WORD.findall(trigger)] if isinstance(trigger, str) else []
    family = next((name for name in FAMILIES if name in words), "list" if "contact" in words else "")
    things = set(_things(config, family, tag_names or {}))
    scope = str(config.get("listScope", "")) if isinstance(config, Mapping) else ""
    if family == "list" and (scope.startswith("any") or not things):
        things.add((family, ANY))
    return Start(frozenset(things), next((mode for mode in _MODES if mode in words), ""))


def normal(family: str, value: str) -> str:
    """Sequenzy writes a tag small and with dashes."""
    return "-".join(value.lower().split()) if family == "tag" else value.strip()


def _things(value: Any, family: str, tag_names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        if value.strip():
            yield family, normal(family, value)
        if value in tag_names:
            yield "tag", normal("tag", tag_names[value])
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            words = [word.lower().removesuffix("s") for word in _WORD.findall(str(name))]
            if str(name).replace("_", "").lower() not in _BESIDE and words[-1:] != ["scope"]:
                yield from _things(inner, next((one for one in FAMILIES if one in words), family), tag_names)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _things(inner, family, tag_names)
