"""Reading one row that Broadcast sent, whatever its age: ids, moments, switches, tags, and keys under many names.

A `Row` remembers which keys were understood; the others go into `raw`, verbatim, and are named once per run.
What a row means is decided in the modules named after the resources.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

from migrator.model import Raw

T = TypeVar("T")

_BOXES = ("settings", "data", "config")
_MISSING = object()


def text_id(value: object) -> str | None:
    """Ids come as integers on some servers and as numeric strings on others."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else None
    text = str(value).strip() if isinstance(value, (int, str)) else ""
    return text or None


def id_order(source_id: str) -> tuple[int, int, str]:
    """Numbers before words, numbers by size."""
    return (0, int(source_id), "") if source_id.isascii() and source_id.isdigit() else (1, 0, source_id)


def instant(value: object) -> datetime | None:
    """ISO 8601 with or without fractions, or seconds since 1970; always UTC. None when it cannot be read."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str) and value.strip().isdigit() and len(value.strip()) > 8:
        value = int(value.strip())
    try:
        if isinstance(value, (int, float)):
            return datetime.fromtimestamp(value, UTC)
        if not isinstance(value, str) or not value.strip():
            return None
        text = value.strip()
        if text.endswith(" UTC"):
            text = text[:-4] + "+00:00"
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def flag(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)) and value in (0, 1):
        return bool(value)
    if isinstance(value, str):
        return {"true": True, "1": True, "false": False, "0": False}.get(value.strip().lower())
    return None


def whole(value: object) -> int | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str) and re.fullmatch(r"\s*-?\d{1,18}(\.0+)?\s*", value):
        return int(float(value)) if "." in value else int(value)
    return None


def text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def filled(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def names(value: object) -> tuple[str, ...] | None:
    """Tags as a comma-separated string, a list of strings, or a list of objects with a name. Order is kept."""
    found: list[str] = []
    if isinstance(value, str):
        found = [part.strip() for part in value.split(",")]
    elif isinstance(value, (list, tuple)):
        for item in value:
            name = item.get("name") if isinstance(item, dict) else item
            if not isinstance(name, str):
                return None
            found.append(name)
    else:
        return None
    return tuple(dict.fromkeys(name for name in found if name.strip()))


def ids(value: object) -> tuple[str, ...] | None:
    if value is None:
        return ()
    if not isinstance(value, (list, tuple)):
        return None
    found = [text_id(item) for item in value]
    return None if None in found else tuple(item for item in found if item is not None)


def opened(value: object) -> object:
    """An object or list that came as a JSON string, opened; anything else as it is."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


class Row:
    """One object from the wire. `take` tries names in order, in the object itself and in its settings box."""

    def __init__(self, data: Raw) -> None:
        self.data = data
        self._taken: set[tuple[str, ...]] = set()
        self._boxes: dict[str, Raw] = {}
        for name in _BOXES:
            inner = opened(data.get(name))
            if isinstance(inner, dict):
                self._boxes[name] = inner

    @property
    def boxed(self) -> bool:
        """Whether some of its keys stand in a box."""
        return bool(self._boxes)

    def has(self, name: str) -> bool:
        return any(self._find(path) is not _MISSING for path in self._paths(name))

    def has_any(self, *names_: str) -> bool:
        return any(self.has(name) for name in names_)

    def peek(self, *names_: str) -> Any:
        """The first value that is not null, without counting the key as understood."""
        for name in names_:
            for path in self._paths(name):
                value = self._find(path)
                if value is not _MISSING and value is not None:
                    return value
        return None

    def take(self, convert: Callable[[object], T | None], *names_: str) -> T | None:
        """The first of these keys that holds something. A value that cannot be read stays in `rest`."""
        for name in names_:
            for path in self._paths(name):
                value = self._find(path)
                if value is _MISSING:
                    continue
                if value is None:
                    self._taken.add(path)
                    continue
                result = convert(value)
                if result is not None:
                    self._taken.add(path)
                    return result
        return None

    def unread(self, *names_: str) -> bool:
        """Whether something stands under one of these keys that nobody took: it is there, and was not understood."""
        paths = (path for name in names_ for path in self._paths(name))
        return any(path not in self._taken and self._find(path) not in (_MISSING, None, "", [], {}) for path in paths)

    def know(self, *names_: str) -> None:
        """These keys mean something to us although nothing is kept of them."""
        self._taken.update((name,) for name in names_)

    def rest(self) -> Raw:
        """What nobody took, verbatim."""
        left: Raw = {}
        for key, value in self.data.items():
            if (key,) in self._taken:
                continue
            inner = self._boxes.get(key)
            if inner is not None:
                remaining = {name: item for name, item in inner.items() if (key, name) not in self._taken}
                if remaining or not inner:
                    left[key] = remaining
                continue
            taken_below = {path[1] for path in self._taken if len(path) == 2 and path[0] == key}
            if taken_below and isinstance(value, dict):
                value = {name: item for name, item in value.items() if name not in taken_below}
                if not value:
                    continue
            left[key] = value
        return left

    def _paths(self, name: str) -> Iterable[tuple[str, ...]]:
        if "." in name:
            first, second = name.split(".", 1)
            yield (first, second)
            return
        yield (name,)
        for box in self._boxes:
            yield (box, name)

    def _find(self, path: tuple[str, ...]) -> Any:
        if len(path) == 1:
            return self.data.get(path[0], _MISSING)
        box = self._boxes.get(path[0], self.data.get(path[0]))
        return box.get(path[1], _MISSING) if isinstance(box, dict) else _MISSING
