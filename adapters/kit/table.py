"""What a source reads, as a table: one `Endpoint` a collection. How it is read is in fetch.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.kit.paging import Paging, Whole
from adapters.kit.wire import identity
from migrator.model import Raw
from migrator.transport.hosts import segment


def as_it_came(row: Raw) -> Raw:
    return row


def own_id(row: Raw) -> str | None:
    return identity(row.get("id"))


@dataclass(frozen=True)
class Endpoint:
    collection: str
    """Under which name its rows are kept."""
    path: str
    """`{}` stands for the id of the parent's row."""
    what: str
    """In a person's words, such as `groups`."""
    feeds: tuple[str, ...]
    """The collections of the bundle that need it."""
    rows: str = ""
    """Where in the answer the list lies, dotted. Of a single object: where the object lies."""
    paging: Paging = field(default_factory=Whole)
    limit: str = "all"
    """The class of the platform's limits that it counts towards."""
    permission: str = ""
    """What the key needs, in the platform's words."""
    needed: bool = False
    """Without it there is no export. Anything else is named in the manifest and left out."""
    parent: str = ""
    """Read once for each row of this collection, and then kept as `parent/child`."""
    single: bool = False
    """The answer is one object, kept under its parent's id."""
    passes: tuple[Mapping[str, Any], ...] = ({},)
    """Each is one walk with these parameters, in this order: a later one overrules an earlier one."""
    params: Mapping[str, Any] = field(default_factory=dict)
    """Of every request."""
    id_of: Callable[[Raw], str | None] = own_id
    key_of: Callable[[Raw], str | None] = lambda row: None
    shorten: Callable[[Raw], Raw] = as_it_came

    def at(self, parent: str | None = None) -> str:
        return self.path.format(segment(parent)) if parent is not None else self.path
