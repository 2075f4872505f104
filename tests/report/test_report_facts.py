"""One set of facts, four forms: they never disagree, and no contact's address is in any of them."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path

import bs4
import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from report_workspace import plan_again, workspace_of

from migrator.bundle import Bundle
from migrator.cli.main import main
from migrator.plan.open_plan import OpenPlan
from migrator.report.emails import bodies, compare
from migrator.report.facts import Facts
from migrator.report.markdown import markdown
from migrator.report.outputs import Report, write_report
from migrator.report.terminal import essence
from migrator.sandbox.broadcast.generate import generate
from tests.looks import looks


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return workspace_of(tmp_path_factory.mktemp("move"), generate(300))


@pytest.fixture(scope="module")
def report(workspace: Path) -> Report:
    return write_report(workspace)


@pytest.fixture(scope="module")
def page(report: Report) -> bs4.BeautifulSoup:
    return bs4.BeautifulSoup(report.html.read_text("utf-8"), "html.parser")


def numbers(text: str) -> list[int]:
    return [int(one.replace(",", "")) for one in re.findall(r"\d[\d,]*", text)]


def test_exact_changed_manual_and_dropped_add_up_to_what_the_plan_found(report: Report, workspace: Path) -> None:
    plan = OpenPlan.open(workspace / "plan").plan
    assert plan.verdicts == {
        one.kind: {"exact": one.exact, "changed": one.changed, "manual": one.manual, "dropped": one.dropped}
        for one in report.facts.fidelity
    }


def test_everybody_who_is_planned_is_in_the_flow(report: Report) -> None:
    people = report.facts.people
    assert people.planned == sum(flow.people for flow in people.flows)
    assert people.read == people.planned + people.rejected + people.merged
    assert people.mailable_after <= people.mailable_before


def test_everybody_who_stands_in_the_middle_is_shown_at_a_step_or_counted(report: Report, workspace: Path) -> None:
    in_flight = sum(one.status.in_flight for one in Bundle.open(workspace / "bundle").enrolments())
    assert in_flight == sum(one.in_it for one in report.facts.sequences)
    for one in report.facts.sequences:
        assert sum(node.people for node in one.source.nodes) <= one.in_it


def test_the_page_says_the_same_numbers_as_the_facts(report: Report, page: bs4.BeautifulSoup) -> None:
    rows = {
        row.find("th").get_text(): numbers(" ".join(cell.get_text() for cell in row.find_all("td")))
        for row in page.select("table.fidelity tbody tr")
    }
    assert rows == {
        one.name: [one.exact, one.changed, one.manual, one.dropped, one.found] for one in report.facts.fidelity
    }
    flows = [[cell.get_text() for cell in row.find_all("td")] for row in page.select("table.flow-table tbody tr")]
    assert flows == [[one.source.replace("_", " "), one.target, f"{one.people:,}"] for one in report.facts.people.flows]
    assert len(report.facts.tasks) == len(page.select("li.task"))


def test_markdown_says_the_same_numbers(report: Report) -> None:
    text = report.markdown.read_text("utf-8")
    for one in report.facts.fidelity:
        cells = (one.exact, one.changed, one.manual, one.dropped, one.found)
        assert f"| {one.name} | " + " | ".join(f"{cell:,}" for cell in cells) + " |" in text
    assert len(report.facts.tasks) == text.count(". [ ] ")


def test_the_terminal_says_the_same_numbers_in_one_screen(report: Report) -> None:
    lines = list(essence(report.facts))
    assert len(lines) <= 48
    for one in report.facts.fidelity:
        line = next(line for line in lines if line.startswith(f"{one.name} "))
        assert [one.exact, one.changed, one.manual, one.dropped, one.found] == numbers(line[22:])
    assert any(f"{len(report.facts.tasks)} things" in line for line in lines)


def test_json_is_the_facts_themselves(report: Report) -> None:
    assert report.facts == msgspec.json.decode(report.json.read_bytes(), type=Facts)


def test_no_form_holds_a_contacts_address(report: Report, workspace: Path) -> None:
    bundle = Bundle.open(workspace / "bundle")
    addresses = {one.email.lower() for one in bundle.contacts() if one.email and len(one.email) > 8}
    told = "\n".join(path.read_text("utf-8").lower() for path in (report.html, report.markdown, report.json))
    assert not [one for one in addresses if one in told]


def test_the_same_plan_gives_the_same_page(report: Report, workspace: Path) -> None:
    before = report.html.read_bytes()
    assert before == write_report(workspace).html.read_bytes()


def test_reports_are_for_the_owner_only_and_leave_the_plan_whole(report: Report, workspace: Path) -> None:
    for path in (report.html, report.markdown, report.json):
        assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    OpenPlan.open(workspace / "plan", check=True)


def test_every_finding_of_the_ledger_is_told(report: Report, workspace: Path) -> None:
    found = [
        finding
        for entry in OpenPlan.open(workspace / "plan").ledger()
        for finding in entry.findings
        if finding.verdict.value != "exact"
    ]
    assert len(found) == len(report.facts.findings)
    lines = {one.settles for one in found if one.settles and one.verdict.value == "manual"}
    assert lines == {place.settles for task in report.facts.tasks for place in task.places if place.settles}


def test_every_email_of_the_bundle_can_be_looked_at(report: Report, workspace: Path) -> None:
    known = {one.key for sequence in report.facts.sequences for one in sequence.emails}
    known |= {one.key for one in report.facts.templates}
    bundle, opened = Bundle.open(workspace / "bundle"), OpenPlan.open(workspace / "plan")
    assert known == {key for key, _ in bodies(bundle, opened)}


TAGGED = st.lists(st.sampled_from(("{{ a }}", "{{B}}", "{% if x %}", "{% endif %}", "<p>", " text ", "é", "}}", "{{")))


@settings(max_examples=looks(200), deadline=None)
@given(TAGGED, TAGGED)
def test_what_is_marked_as_changed_joins_to_exactly_both_texts(one: list[str], other: list[str]) -> None:
    before, after = "".join(one), "".join(other)
    pieces = compare(before, after)
    assert before == "".join(piece if isinstance(piece, str) else piece[0] for piece in pieces)
    assert after == "".join(piece if isinstance(piece, str) else piece[1] for piece in pieces)


def test_only_the_tag_is_marked_when_only_the_tag_changed() -> None:
    before = "<p>Dear {{ first_name }}, how are you?</p>" * 3
    after = before.replace("{{ first_name }}", "{{FIRST_NAME}}")
    changes = [piece for piece in compare(before, after) if not isinstance(piece, str)]
    assert [("{{ first_name }}", "{{FIRST_NAME}}")] * 3 == changes


# --- the command ---


@pytest.fixture
def runner() -> CliRunner:
    return CliRunner()


def test_report_ends_with_its_path_and_three_when_a_person_is_needed(runner: CliRunner, workspace: Path) -> None:
    done = runner.invoke(main, ["-C", str(workspace), "report"])
    assert 3 == done.exit_code
    assert str(workspace / "plan" / "report.html") in done.output
    assert "Next: migrate" in done.output


def test_report_prints_the_facts_as_json(runner: CliRunner, workspace: Path) -> None:
    done = runner.invoke(main, ["-C", str(workspace), "report", "--json"])
    assert json.loads(done.stdout)["people"]["read"] == 300


def test_a_stale_plan_is_refused_in_one_sentence(runner: CliRunner, workspace: Path) -> None:
    mappings = workspace / "mappings.toml"
    mappings.write_text('opened = "clicked"\n')
    try:
        done = runner.invoke(main, ["-C", str(workspace), "report"])
        assert 1 == done.exit_code
        assert "mappings.toml was changed" in done.output
        assert "Traceback" not in done.output
    finally:
        mappings.unlink()


def test_an_answer_takes_its_task_off_the_list(tmp_path: Path) -> None:
    folder = workspace_of(tmp_path, generate(40))
    before = {task.code for task in write_report(folder).facts.tasks}
    (folder / "mappings.toml").write_text('opened = "clicked"\n')
    plan_again(folder)
    after = {task.code for task in write_report(folder).facts.tasks}
    assert "opened-asked" in before
    assert "opened-asked" not in after


def test_markdown_of_the_facts_is_deterministic(report: Report) -> None:
    assert markdown(report.facts) == markdown(report.facts)


def test_an_account_without_sequences_has_a_report_too(tmp_path: Path) -> None:
    account = generate(3, sequences=0)
    account.templates, account.forms, account.broadcasts = [], [], []
    report = write_report(workspace_of(tmp_path, account))
    assert () == report.facts.sequences
    assert 3 == report.facts.people.read
    assert "Needs you" in report.html.read_text("utf-8")
    assert list(essence(report.facts))
