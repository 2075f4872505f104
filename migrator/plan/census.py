"""What a look at all contacts brings to light beside the people themselves: tags, fields and memberships."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from mappings.attributes import Path, Seen


@dataclass
class Census:
    read: int = 0
    tags: Counter[str] = field(default_factory=Counter)
    attributes: dict[Path, Seen] = field(default_factory=dict)
    list_members: Counter[str] = field(default_factory=Counter)
    list_left: Counter[str] = field(default_factory=Counter)
    """People who belong to a list no more, though the source still has them under it."""
