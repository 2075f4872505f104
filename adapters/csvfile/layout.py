"""What is known of one platform's export: by which columns it is recognised and what its own columns mean.

The platforms are in layouts.py. How columns are found in general is in roles.py and columns.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.csvfile.dates import Order
from adapters.csvfile.roles import Role
from adapters.csvfile.words import COMMON, Signal, Words


@dataclass(frozen=True)
class Layout:
    name: str
    title: str
    signatures: tuple[frozenset[str], ...]
    """Normal headers; all of one set must be there."""
    roles: Mapping[str, Role] = field(default_factory=dict)
    signals: Mapping[str, Signal] = field(default_factory=dict)
    """Columns that speak of consent in their own way; they take the place of a role."""
    words: Words = field(default_factory=lambda: COMMON)
    """Of the status column."""
    yes_name: str = ""
    """A pattern of the names that the platform itself gives to files of subscribed people."""
    yes_name_beside: str = ""
    """The same, where such a name is proof only beside this platform's files of people who left."""
    raw: frozenset[str] = frozenset()
    date_order: Order | None = None
    tags_are_rows: bool = False
    """A cell of tags is itself a line of CSV."""
    suppressions: bool = False
    """A do-not-send list, not an audience."""
    weak: bool = False
    """Others have such columns too: a yes such as `active` counts only when the person names the platform."""
    lacks: str = ""
    lacks_unless: str = ""
    """The header of the column that makes up for it."""
