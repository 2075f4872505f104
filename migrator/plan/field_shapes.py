"""Custom fields of many contacts, lowered and tallied at once: contacts of the same shape (the same keys with values of
the same types) share one decision.

What each field is called and how a value is written is in mappings/attributes.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mappings.attributes import LARGEST_EXACT, FieldKeys, Path, Seen, flatten, type_of, typed, written

_SIMPLE = frozenset((str, bool, float, int))
_MOST = 4096
"""Shapes kept at hand. Where every contact has a shape of its own, each is looked at by itself."""

Shape = tuple[str | type, ...]
"""The keys, then as many types: one flat key is looked up quicker than two."""


class _Known:
    """What is to do with one shape: new keys, and which values are whole numbers that may be too large."""

    __slots__ = ("count", "keys", "numbers", "same", "targets", "types")

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


class FieldShapes:
    def __init__(self, keys: FieldKeys) -> None:
        self._keys = keys
        self._known: dict[Shape, _Known | None] = {}
        self.seen: dict[Path, Seen] = {}

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

    def finish(self) -> dict[Path, Seen]:
        """Every field with how often it was filled and by which types; call when all contacts were seen."""
        self._empty()
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
        self._known[shape] = known
        return known

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
        for path, value in leaves:
            seen = self._seen(path)
            seen.count += 1
            seen.types.add(type_of(value))
            if isinstance(value, int) and not -LARGEST_EXACT <= value <= LARGEST_EXACT:
                seen.types.add("large number")
        return lowered

    def _lowered(self, attributes: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[Path, Any]]]:
        """With the leaves as they are wished for, so that what could not be turned into a type shows in the tally."""
        leaves: list[tuple[Path, Any]] = []
        result: dict[str, Any] = {}
        for path, value in flatten(attributes):
            wanted = self._keys.type_of(path)
            wished = value if wanted is None else typed(value, wanted)
            leaves.append((path, wished))
            key = self._keys.key(path)
            if key is not None:
                result[key] = written(wished)
        return result, leaves

    def _seen(self, path: Path) -> Seen:
        seen = self.seen.get(path)
        if seen is None:
            seen = self.seen[path] = Seen(types=set())
        return seen
