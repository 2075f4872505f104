"""Custom fields of many contacts, lowered and tallied at once: contacts of the same shape (the same keys with values of
the same types) share one decision.

What each field is called and how a value is written is in mappings/attributes.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mappings.attributes import LARGEST_EXACT, FieldKeys, Path, Seen, flatten, type_of, typed, written
from mappings.value_marks import NOTHING, Mark, holds_markup, marks_of

_SIMPLE = frozenset((str, bool, float, int))
_MARKED = {bool: {Mark.FALSE}, int: {Mark.ZERO}, float: {Mark.ZERO, Mark.WHOLE}}
"""What values of a type can have that is worth telling; more of them say no more."""
_MOST = 4096
"""Shapes kept at hand. Where every contact has a shape of its own, each is looked at by itself."""

Shape = tuple[str | type, ...]
"""The keys, then as many types: one flat key is looked up quicker than two."""


class _Known:
    """What is to do with one shape: new keys, which values are whole numbers that may be too large, and which fields
    have shown nothing yet that would be news to the emails."""

    __slots__ = ("count", "keys", "numbers", "same", "targets", "types", "watched")

    def __init__(
        self,
        targets: tuple[str | None, ...],
        keys: tuple[str, ...],
        types: tuple[type, ...],
        numbers: tuple[str, ...],
    ) -> None:
        self.targets, self.keys, self.types, self.numbers = targets, keys, types, numbers
        self.same = targets == keys
        self.count = 0
        self.watched: tuple[str, ...] = ()
        """Numbers, yes and no: of which no 0, no false or no whole number with a point was seen yet."""


class FieldShapes:
    def __init__(self, keys: FieldKeys) -> None:
        self._keys = keys
        self._known: dict[Shape, _Known | None] = {}
        self.seen: dict[Path, Seen] = {}
        self._markup: set[Path] = set()

    def lower(self, attributes: dict[str, Any]) -> dict[str, Any]:
        """The fields as an import takes them: a new map, or the same one when nothing changes."""
        shape: Shape = (*attributes, *map(type, attributes.values()))
        try:
            known = self._known[shape]
        except KeyError:
            known = self._learn(shape, attributes)
        if known is None:
            return self._slowly(attributes)
        for key in known.numbers:
            if not -LARGEST_EXACT <= attributes[key] <= LARGEST_EXACT:
                return self._slowly(attributes)
        if known.watched:
            for key in known.watched:
                value = attributes[key]
                if not value or (value.__class__ is float and value.is_integer()):
                    self._mark(known, attributes)
        known.count += 1
        if known.same:
            return attributes
        return {
            target: value
            for target, value in zip(known.targets, attributes.values(), strict=True)
            if target is not None
        }

    def untallied(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """The same for contacts whose rows were tallied before."""
        return self._lowered(attributes)[0]

    def look_for_markup(self, several: Iterable[Mapping[str, Any]]) -> None:
        """In the fields of contacts of which one is known to have some, be it in a name."""
        for attributes in several:
            for key, value in attributes.items():
                if isinstance(value, str):
                    if ("<" in value or "&" in value) and holds_markup(value):
                        self._markup.add((key,))
                elif isinstance(value, dict | list):
                    for path, inner in flatten({key: value}):
                        if Mark.MARKUP in marks_of(inner):
                            self._markup.add(path)

    def finish(self) -> dict[Path, Seen]:
        """Every field with how often it was filled and by which types; call when all contacts were seen."""
        self._empty()
        for path in self._markup & self.seen.keys():
            self.seen[path].marks.add(Mark.MARKUP)
        return self.seen

    def _learn(self, shape: Shape, attributes: Mapping[str, Any]) -> _Known | None:
        if len(self._known) >= _MOST:
            self._empty()
        keys, types = tuple(attributes), tuple(map(type, attributes.values()))
        wanted = any(self._keys.type_of((key,)) is not None for key in keys)
        known = None
        if not wanted and _SIMPLE.issuperset(types):
            targets = tuple(self._keys.key((key,)) for key in keys)
            numbers = tuple(key for key, kind in zip(keys, types, strict=True) if kind is int)
            known = _Known(targets, keys, types, numbers)
            self._watch(known)
        self._known[shape] = known
        return known

    def _watch(self, known: _Known) -> None:
        """Only the news is looked for: a field with every mark that its type can have costs nothing more."""
        known.watched = tuple(
            key
            for key, kind in zip(known.keys, known.types, strict=True)
            if kind in _MARKED and not ((key,) in self.seen and _MARKED[kind] <= self.seen[(key,)].marks)
        )

    def _mark(self, known: _Known, attributes: Mapping[str, Any]) -> None:
        for key in known.watched:
            self._seen((key,)).marks |= marks_of(attributes[key])
        self._watch(known)

    def _empty(self) -> None:
        for known in self._known.values():
            if known is not None and known.count:
                for key, kind in zip(known.keys, known.types, strict=True):
                    seen = self._seen((key,))
                    seen.count += known.count
                    seen.types.add("boolean" if kind is bool else "text" if kind is str else "number")
        self._known.clear()

    def _slowly(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        lowered, leaves = self._lowered(attributes)
        for path, value, before in leaves:
            seen = self._seen(path)
            seen.count += 1
            seen.types.add(type_of(value))
            if isinstance(before, int | float):
                seen.marks |= marks_of(before) & NOTHING
            if isinstance(value, int | float):
                seen.marks |= marks_of(value)
            if isinstance(value, int) and not -LARGEST_EXACT <= value <= LARGEST_EXACT:
                seen.types.add("large number")
        return lowered

    def _lowered(self, attributes: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[Path, Any, Any]]]:
        """With the leaves as they are wished for, so that what could not be turned into a type shows in the tally, and
        as they were."""
        leaves: list[tuple[Path, Any, Any]] = []
        result: dict[str, Any] = {}
        for path, value in flatten(attributes):
            wanted = self._keys.type_of(path)
            wished = value if wanted is None else typed(value, wanted)
            leaves.append((path, wished, value))
            key = self._keys.key(path)
            if key is not None:
                result[key] = written(wished)
        return result, leaves

    def _seen(self, path: Path) -> Seen:
        seen = self.seen.get(path)
        if seen is None:
            seen = self.seen[path] = Seen(types=set(), marks=set())
        return seen
