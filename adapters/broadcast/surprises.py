"""What was odd while reading, said once per run: keys nobody knows, rows that cannot be read, bent structures."""

from __future__ import annotations

from collections import Counter

from adapters.wording import counted
from migrator.bundle import Unread
from migrator.model import Raw

_EMPTY: tuple[object, ...] = (None, "", [], {}, False)


class Surprises:
    def __init__(self) -> None:
        self._unknown: dict[str, Counter[str]] = {}
        self._filled: set[tuple[str, str]] = set()
        self._notes: Counter[str] = Counter()
        self._lost: Counter[tuple[str, str, str, str]] = Counter()

    def unknown_keys(self, kind: str, rest: Raw, expected: frozenset[str] = frozenset()) -> None:
        for key, value in rest.items():
            if key not in expected:
                self._unknown.setdefault(kind, Counter())[key] += 1
                if not any(value is empty or value == empty for empty in _EMPTY):
                    self._filled.add((kind, key))

    def note(self, sentence: str) -> None:
        """The same sentence is counted, not repeated. Never put an address into it."""
        self._notes[sentence] += 1

    def lose(self, what: str, why: str, remedy: str, scope: str) -> None:
        """Something that the plan must not do without a word. `{count}` in `what` becomes how often it was."""
        self._lost[what, why, remedy, scope] += 1

    def lost(self) -> list[Unread]:
        return [
            Unread(what=what.replace("{count}", f"{count:,}"), why=why, remedy=remedy, scope=scope)
            for (what, why, remedy, scope), count in sorted(self._lost.items())
        ]

    def lines(self) -> list[str]:
        found = [f"{sentence} ({count} times)" if count > 1 else sentence for sentence, count in self._notes.items()]
        for kind, keys in sorted(self._unknown.items()):
            for key, count in sorted(keys.items()):
                use = "holds values" if (kind, key) in self._filled else "always empty"
                found.append(f"Unknown key '{key}' on {kind}: {counted(count, 'row')}, {use}; kept in raw.")
        return found
