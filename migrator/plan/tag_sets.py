"""Tags of many contacts, lowered and counted at once: most people share their tags with many others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from mappings.tags import target_tag

_MOST = 8192


class TagSets:
    def __init__(self, renames: Mapping[str, str], ignored: Collection[str]) -> None:
        self._renames, self._ignored = renames, frozenset(ignored)
        self._single: dict[str, str] = {}
        self._known: dict[tuple[str, ...], list[str]] = {}
        self._counts: Counter[tuple[str, ...]] = Counter()
        self.counts: Counter[str] = Counter()
        """Source tag to the contacts that carry it; whole after `finish`."""

    def lower(self, tags: tuple[str, ...]) -> list[str]:
        self._counts[tags] += 1
        known = self._known.get(tags)
        if known is None:
            if len(self._known) >= _MOST:
                self.finish()
            known = self._known[tags] = self.untallied(tags)
        return known

    def untallied(self, tags: tuple[str, ...]) -> list[str]:
        """The target's names without repeats, in the source's order."""
        found = dict.fromkeys(self._target(tag) for tag in tags)
        return [tag for tag in found if tag]

    def finish(self) -> Counter[str]:
        for tags, count in self._counts.items():
            for tag in tags:
                self.counts[tag] += count
        self._counts.clear()
        self._known.clear()
        return self.counts

    def _target(self, tag: str) -> str:
        known = self._single.get(tag)
        if known is None:
            known = self._single[tag] = "" if tag in self._ignored else target_tag(tag, self._renames)
        return known
