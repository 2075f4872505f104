"""How the local Klaviyo may differ from a friendly day: limits, scopes, vanished things, faults."""

from __future__ import annotations

from dataclasses import dataclass, field

from migrator.sandbox.klaviyo.account import SCOPES

LIMITS: dict[str, tuple[int, int]] = {"XS": (1, 15), "S": (3, 60), "M": (10, 150), "L": (75, 700), "XL": (350, 3500)}
"""Class of an endpoint to requests a second and requests a minute."""


FAULTS = ("500", "502_html", "reset", "truncate", "404")


@dataclass
class Fault:
    """`kind`: 500, 502_html, reset, truncate, or 404. `route` is matched as a beginning of the path."""

    kind: str
    route: str = "/api/"
    nth: int = 1
    always: bool = False

    def __post_init__(self) -> None:
        if self.kind not in FAULTS:
            raise ValueError(f"unknown fault kind {self.kind!r}: choose from {', '.join(FAULTS)}")


@dataclass
class Switches:
    enforce_limits: bool = True
    scopes: tuple[str, ...] = SCOPES
    oldest_revision: str = "2024-10-15"
    newest_revision: str = "2026-07-15"
    absent_keys: bool = False
    """Leave out what is null in flow definitions, and the entry action, as old flows do."""
    page_size: int | None = None
    """Smaller pages than asked for."""
    refuse_every: int = 0
    """A 429 for every nth request, whatever the limit."""
    faults: list[Fault] = field(default_factory=list)
