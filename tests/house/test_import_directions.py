"""The arrows between the folders: who may import whom. A new arrow is a decision, made here first."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

BASE = {"migrator", "migrator.errors", "migrator.system_errors", "migrator.visible"}
"""The version number, errors, and how text is shown: everybody may know them, except those that must stand alone."""

ALLOWED: dict[str, set[str]] = {
    "migrator.model": set(),
    "migrator.errors": set(),
    "migrator.visible": set(),
    "migrator.system_errors": {"migrator.errors"},
    "migrator.sandbox": set(),
    "mappings": {"migrator.model"},
    "migrator.transport": BASE,
    "migrator.bundle": BASE | {"migrator.model"},
    # Of the mappings only the languages of merge tags: whether a file's tags can be read is asked while it is read.
    "adapters": BASE | {"migrator.model", "migrator.transport", "migrator.bundle", "mappings.merge_tags"},
    "migrator.export": BASE | {"migrator.model", "migrator.transport", "migrator.bundle", "adapters"},
    "migrator.plan": BASE | {"migrator.model", "migrator.bundle", "mappings"},
    "migrator.load": BASE | {"migrator.transport", "migrator.plan", "mappings", "adapters.sequenzy"},
    "migrator.verify": BASE
    | {"migrator.model", "migrator.bundle", "migrator.transport", "migrator.plan", "migrator.load", "mappings"}
    | {"adapters.sequenzy"},
    # Of the sources only what each must offer: which one it is, the command line knows.
    "migrator.cutover": BASE
    | {"migrator.transport", "migrator.plan", "migrator.load", "migrator.model", "migrator.bundle", "mappings"}
    | {"migrator.export", "adapters.sequenzy", "adapters.base"},
    "migrator.undo": BASE
    | {"migrator.transport", "migrator.plan", "migrator.load", "migrator.cutover", "migrator.verify"}
    | {"mappings", "adapters.sequenzy"},
    "migrator.report": BASE
    | {"migrator.model", "migrator.bundle", "migrator.plan", "migrator.load", "migrator.verify", "mappings"}
    | {"migrator.transport"},
    # Everything but the command line, which asks for it.
    "migrator.demo": BASE
    | {
        f"migrator.{name}"
        for name in (
            *("model", "bundle", "plan", "load", "cutover", "verify", "undo", "report", "export", "transport"),
            "sandbox",
        )
    }
    | {"adapters", "mappings"},
}
"""Package to what it may import of ours, besides itself. `migrator` alone is the version number."""


def package_of(module: str) -> str:
    """The rule a module falls under: `migrator.plan.records` under `migrator.plan`."""
    parts = module.split(".")
    if parts[0] == "migrator":
        return ".".join(parts[:2])
    return parts[0]


def is_ours(name: str) -> bool:
    return (ROOT / "migrator" / name).is_dir() or (ROOT / "migrator" / f"{name}.py").exists()


@cache
def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively; say the whole name"
            assert node.module
            if node.module == "migrator":
                found |= {f"migrator.{alias.name}" if is_ours(alias.name) else "migrator" for alias in node.names}
            else:
                found.add(node.module)
    return {name for name in found if name.split(".")[0] in {"migrator", "adapters", "mappings", "tests", "bench"}}


def may_import(package: str, name: str) -> bool:
    if package_of(name) == package:
        return True
    allowed = ALLOWED[package]
    return any(name == prefix or (prefix != "migrator" and name.startswith(prefix + ".")) for prefix in allowed)


@pytest.mark.parametrize("package", sorted(ALLOWED))
def test_folders_import_only_what_they_may(package: str) -> None:
    place = ROOT / package.replace(".", "/")
    files = [place.with_suffix(".py")] if place.with_suffix(".py").exists() else sorted(place.rglob("*.py"))
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files
        for name in sorted(imports_of(path))
        if not may_import(package, name)
    ]
    assert [] == wrong


def test_nothing_but_the_command_line_imports_the_command_line() -> None:
    others = [p for top in ("migrator", "adapters", "mappings") for p in (ROOT / top).rglob("*.py")]
    wrong = [
        path
        for path in others
        if (ROOT / "migrator/cli") not in path.parents
        and path != ROOT / "migrator/__main__.py"
        and any(name.startswith("migrator.cli") for name in imports_of(path))
    ]
    assert [] == wrong


def test_every_folder_has_its_rule() -> None:
    folders = {f"migrator.{p.name}" for p in (ROOT / "migrator").iterdir() if (p / "__init__.py").exists()}
    assert folders - {"migrator.cli"} <= set(ALLOWED)
    packages = {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()}
    assert packages == {"migrator", "adapters", "mappings"}


SHARED_BY_SOURCES = {"handwritten", "kit"}
"""Folders under `adapters` that are no platform: sequences written by hand complete any source, and the kit serves all
with an API."""


def test_sources_do_not_import_each_other_or_the_target() -> None:
    """Modules beside the platform folders (`adapters.base`) are for all of them."""
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in (ROOT / "adapters").rglob("*.py")
        for name in imports_of(path)
        if name.startswith("adapters.") and (ROOT / "adapters" / name.split(".")[1]).is_dir()
        if name.split(".")[1] not in {path.parent.name, *SHARED_BY_SOURCES}
    ]
    assert wrong == []
