"""How many of the people inside sequences continue, finish at the source or need you: everywhere the same numbers."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import bs4
import pytest
from click.testing import CliRunner
from report_workspace import plan_again, workspace_of

from migrator.bundle import Bundle
from migrator.cli.main import main
from migrator.report.outputs import Report, write_report
from migrator.report.terminal import essence
from migrator.sandbox.broadcast.generate import demo_account, generate

ACCOUNTS = {"plain": lambda: generate(300), "demo": demo_account}


@pytest.fixture(scope="module", params=ACCOUNTS)
def workspace(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return workspace_of(tmp_path_factory.mktemp("move"), ACCOUNTS[request.param]())


@pytest.fixture(scope="module")
def report(workspace: Path) -> Report:
    return write_report(workspace)


def test_whoever_is_inside_continues_finishes_or_needs_you(report: Report, workspace: Path) -> None:
    inside = Counter(one.sequence_id for one in Bundle.open(workspace / "bundle").enrolments() if one.status.in_flight)
    for one in report.facts.sequences:
        assert one.in_it == inside[one.id] == one.continues + one.finishes + one.needs_you
    whole = report.facts.inside
    assert whole.people == inside.total() == whole.continues + whole.finishes + whole.needs_you
    assert whole.continues
    assert whole.needs_you


def test_a_left_out_sequence_keeps_its_people_at_the_source(tmp_path: Path) -> None:
    folder = workspace_of(tmp_path, generate(300))
    first = next(one for one in write_report(folder).facts.sequences if one.continues)
    (folder / "mappings.toml").write_text(f'sequences."{first.id}".take = false\n')
    plan_again(folder)
    after = next(one for one in write_report(folder).facts.sequences if one.id == first.id)
    assert (after.state, after.finishes) == ("left out", first.in_it)


def test_no_sequence_is_ready_without_the_number_of_people_who_continue(report: Report) -> None:
    nobody = [one for one in report.facts.sequences if one.in_it and not one.continues]
    assert nobody
    for one in report.facts.sequences:
        assert one.state.split(",")[0] == ("left out" if not one.taken else "ready" if one.ready else "needs you")
        assert not one.in_it or f"{one.continues:,} of {one.in_it:,} continue" in one.state


def test_every_form_says_the_same_people(report: Report, workspace: Path) -> None:
    whole = report.facts.inside
    said = f"{whole.people:,} people in sequences"
    page = bs4.BeautifulSoup(report.html.read_text("utf-8"), "html.parser")
    assert whole.says in page.select_one("section[aria-labelledby=inside-title] .sub").get_text()
    assert said in report.markdown.read_text("utf-8")
    assert any(said in line and whole.says in line for line in essence(report.facts))
    planned = CliRunner().invoke(main, ["-C", str(workspace), "plan"]).output
    assert re.search(rf"{said} now: {re.escape(whole.says)}\.", planned)
    facts = json.loads(CliRunner().invoke(main, ["-C", str(workspace), "plan", "--json"]).stdout)["inside"]
    assert whole.continues == sum(one["continues"] for one in facts.values())
    write_report(workspace)


def test_each_sequence_with_people_is_on_the_first_screen(report: Report) -> None:
    page = bs4.BeautifulSoup(report.html.read_text("utf-8"), "html.parser")
    rows = {row.find("th").get_text(): row.select(".state") for row in page.select("table.inside tbody tr")}
    with_people = [one for one in report.facts.sequences if one.in_it]
    assert min(12, len(with_people)) == len(rows)
    assert all(len(marks) == 1 for marks in rows.values())
