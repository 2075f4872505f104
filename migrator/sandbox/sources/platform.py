"""What a local platform of this folder is made of: routes with a page style, a permission and rows; limits; errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from migrator.sandbox.web import Request, Response

Row = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """The rows of one answer, and where it lies in the whole list."""

    rows: list[Row]
    begin: int
    size: int
    total: int
    token: str
    """What the client sent to get here; empty for the first page."""
    path: str

    @property
    def end(self) -> int:
        return self.begin + len(self.rows)

    @property
    def more(self) -> bool:
        return self.end < self.total


Rows = Callable[[Request, str], list[Row]]
"""All rows that fit the request; the word is the id in the path, if there is one."""
Envelope = Callable[[Page], Any]


@dataclass(frozen=True)
class Style:
    """How a platform pages. `begin` reads the place of the first row from the token and the size."""

    param: str
    size_param: str
    size: int
    most: int
    begin: Callable[[str, int], int]
    envelope: Envelope


@dataclass(frozen=True)
class Route:
    path: str
    """`{}` stands for an id."""
    rows: Rows
    style: Style | None = None
    """None: one object, the first row. No row is a 404."""
    permission: str = ""
    wrap: Callable[[Row], Any] = lambda row: row
    """How one object is answered."""
    literal: Callable[[Request, list[Row]], Any | None] = lambda request, rows: None
    """An answer of another form that some parameters ask for."""


@dataclass
class Platform:
    name: str
    routes: tuple[Route, ...]
    key: str
    key_header: str
    key_prefix: str
    per_minute: int
    refusals: dict[int, Any]
    """Status to the body that the vendor documents."""
    tables: dict[str, list[Row]] = field(default_factory=dict)
    """The account itself. A test may change it."""
    settings: tuple[str, str] = ("", "")
    """The names that a workspace's .env has for the address and the key."""
    base: str = ""
    """What the address of the interface ends with."""

    def refuse(self, status: int) -> Response:
        return Response.of(self.refusals.get(status, {"message": "Error"}), status)
