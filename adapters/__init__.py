"""One folder a platform: wire formats to the neutral model. Sources decide nothing about the target.

Part of sequenzy-migrate.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adapters.base import Source

SOURCES: dict[str, str] = {
    "broadcast": "adapters.broadcast.source:BroadcastSource",
    "csv": "adapters.csvfile.source:FilesSource",
    "kit": "adapters.convertkit.source:ConvertKitSource",
    "klaviyo": "adapters.klaviyo.source:KlaviyoSource",
    "mailerlite": "adapters.mailerlite.source:MailerLiteSource",
}
"""Our own sources by the name they have on the command line, with the place of the class: imported only when used."""
ENTRY_POINTS = "sequenzy_migrate.sources"
"""Under this group other packages name sources of their own (docs/CONTRIBUTING.md)."""


def all_sources() -> dict[str, str]:
    """Ours and those of installed packages. A package can add a name; it can't take over one of ours."""
    from importlib.metadata import entry_points

    others = {point.name: point.value for point in entry_points(group=ENTRY_POINTS)}
    return {**{name: others[name] for name in sorted(others)}, **SOURCES}


def load_source(name: str) -> Source:
    """Raises what importing raises, where a package of somebody else is broken."""
    module, _, attribute = all_sources()[name].partition(":")
    source: Source = getattr(import_module(module), attribute)()
    return source
