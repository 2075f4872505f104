"""Tags of many contacts, lowered and counted at once: most people share their tags with many others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from mappings.tags import target_tag

_MOST = 8192


class _Known:
    """One set of tags as the source gives it: what it becomes, and how many have it."""

    __slots__ = ("count", "target")

    def __init__(self, target: list[str]) -> None:
        self.target = target
        self.count = 0


class TagSets:
    def __init__(self, renames: Mapping[str, str], ignored: Collection[str]) -> None:
        self._renames, self._ignored = renames, frozenset(ignored)
        self._single: dict[str, str] = {}
        self._known: dict[tuple[str, ...], _Known] = {}
        self.counts: Counter[str] = Counter()
        """Source tag to the contacts that carry it; whole after `finish`."""

    def lower(self, tags: tuple[str, ...]) -> list[str]:
        try:
            known = self._known[tags]
        except KeyError:
            if len(self._known) >= _MOST:
                self.finish()
            known = self._known[tags] = _Known(self.untallied(tags))
        known.count += 1
        return known.target

    def untallied(self, tags: tuple[str, ...]) -> list[str]:
        """The target's names without repeats, in the source's order."""
        found = dict.fromkeys(self._target(tag) for tag in tags)
        return [tag for tag in found if tag]

    def finish(self) -> Counter[str]:
        for tags, known in self._known.items():
            for tag in tags:
                self.counts[tag] += known.count
        self._known.clear()
        return self.counts

    def _target(self, tag: str) -> str:
        known = self._single.get(tag)
        if known is None:
            known = self._single[tag] = "" if tag in self._ignored else target_tag(tag, self._renames)
        return known
