"""The console script: makes sure that the packages it is about to run are ours, then runs the command line.

Installed as the module `sequenzy_migrate`, a name that nothing else has. `migrator`, `adapters` and `mappings` are
common words: another distribution in the same environment may hold a package of the same name.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

PACKAGES = ("migrator", "adapters", "mappings")
OWNER = "sequenzy-migrate"
"""What the first lines of our three packages say. Another package of the same name would have overwritten them."""
FIX = (
    "Another installed package has the same name. Install migrate into an environment of its own:\n"
    "  uv tool install sequenzy-migrate     or     pipx install sequenzy-migrate"
)


def run() -> None:
    if trouble := shadowed():
        sys.stderr.write(f"migrate: {trouble}\n{FIX}\n")
        raise SystemExit(1)
    from migrator.cli.main import run as command_line

    command_line()


def shadowed() -> str:
    """In words: which package is somebody else's; empty when all are ours."""
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        place = None if spec is None else _folder(spec.origin, spec.submodule_search_locations)
        if place is None:
            return f"The package {name} is missing."
        first = place / "__init__.py"
        if not first.exists() or OWNER not in first.read_text(encoding="utf-8"):
            return f"The package {name} at {place} is not ours."
    return ""


def _folder(origin: str | None, places: list[str] | None) -> Path | None:
    if origin is not None:
        return Path(origin).parent
    return Path(places[0]) if places else None
