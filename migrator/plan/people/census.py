"""What a look at all contacts brings to light beside the people themselves: tags, fields and memberships."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from mappings.attributes import Path, Seen, dotted
from mappings.value_marks import Mark, marks_of_types


@dataclass
class Census:
    read: int = 0
    tags: Counter[str] = field(default_factory=Counter)
    attributes: dict[Path, Seen] = field(default_factory=dict)
    list_members: Counter[str] = field(default_factory=Counter)
    list_left: Counter[str] = field(default_factory=Counter)
    """People who belong to a list no more, though the source still has them under it."""
    list_waiting: Counter[str] = field(default_factory=Counter)
    """People on a list who may not be mailed and never said no: the target's lists do not take them."""

    def marks(self, more: Mapping[str, set[Mark]]) -> dict[str, frozenset[Mark]]:
        """By each field's dotted name, what emails that print it must know of its values; only where there is
        something. `more`: what else is known of fields."""
        found: dict[str, frozenset[Mark]] = {}
        told = [(dotted(path), seen.marks | marks_of_types(seen.types)) for path, seen in self.attributes.items()]
        for name, marks in (*told, *more.items()):
            if marks:
                found[name] = found.get(name, frozenset()) | marks
        return dict(sorted(found.items()))
