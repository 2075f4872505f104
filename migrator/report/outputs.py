"""Writes the report of a workspace: report.html, report.md and report.json beside the plan, for the owner only."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from migrator.bundle import Bundle
from migrator.bundle.disk import flush_folder, open_private
from migrator.plan.open_plan import open_fresh
from migrator.plan.plan_json import encode_for_people
from migrator.report.emails import bodies
from migrator.report.facts import Facts
from migrator.report.gather import gather_from
from migrator.report.markdown import markdown
from migrator.report.page import write_page
from migrator.visible import all_visible

HTML, MARKDOWN, JSON = "report.html", "report.md", "report.json"


@dataclass(frozen=True)
class Report:
    facts: Facts
    html: Path
    markdown: Path
    json: Path


def write_report(workspace: Path) -> Report:
    """Raises PlanError when there is no fresh plan, and BundleError."""
    opened = open_fresh(workspace)
    bundle = Bundle.open(workspace / "bundle")
    facts = all_visible(gather_from(bundle, opened, workspace))
    folder = workspace / "plan"
    partial = folder / f"{HTML}.partial"
    with os.fdopen(open_private(partial), "w", encoding="utf-8", errors="replace", newline="\n") as out:
        write_page(facts, bodies(bundle, opened), out)
    partial.replace(folder / HTML)
    for name, data in ((MARKDOWN, markdown(facts).encode("utf-8", "replace")), (JSON, encode_for_people(facts))):
        with os.fdopen(open_private(folder / f"{name}.partial"), "wb") as file:
            file.write(data)
        (folder / f"{name}.partial").replace(folder / name)
    flush_folder(folder)
    return Report(facts, folder / HTML, folder / MARKDOWN, folder / JSON)
