"""What the report, the plan and the terminal offer for copying: pasted in full, it mails nobody more than before."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import bs4
import msgspec
import pytest
from click.testing import CliRunner
from report_workspace import plan_again, workspace_of

from mappings.target import NodeKind
from migrator.cli.main import main
from migrator.plan.answers.risk import Risk, risk_of
from migrator.plan.answers.schema import Answers
from migrator.plan.open_plan import OpenPlan
from migrator.plan.records import BuildSequence
from migrator.report.outputs import Report, write_report
from migrator.report.terminal import essence
from migrator.sandbox.broadcast.account import ADMIN_KEY, READ_KEY
from migrator.sandbox.broadcast.generate import demo_account, generate


def lines_on_the_page(report: Report) -> Iterator[str]:
    page = bs4.BeautifulSoup(report.html.read_text("utf-8"), "html.parser")
    for button in page.select("[data-copy]"):
        yield str(button["data-copy"])
    for code in page.select("code"):
        yield code.get_text()


def lines_in_markdown(report: Report) -> Iterator[str]:
    text = report.markdown.read_text("utf-8")
    yield from (found[1].strip() for found in re.findall(r"(?<!`)(`+)([^`].*?)\1(?!`)", text))
    yield from text.splitlines()


def lines_of_the_commands(workspace: Path) -> Iterator[str]:
    for arguments in (["plan"], ["report"], ["plan", "--json"]):
        yield from CliRunner().invoke(main, ["-C", str(workspace), *arguments]).output.splitlines()
    done = CliRunner().invoke(main, ["-C", str(workspace), "plan", "--json"])
    yield from (str(value) for question in json.loads(done.stdout)["questions_added"] for value in question.values())


def answers_in(lines: Iterator[str]) -> list[str]:
    """Those that TOML would take as an answer, each setting once, as somebody would paste them."""
    found: dict[str, str] = {}
    for line in lines:
        try:
            said = tomllib.loads(line.strip())
        except tomllib.TOMLDecodeError:
            continue
        if said and not line.strip().startswith("["):
            found.setdefault(line.partition("=")[0].strip(), line.strip())
    return list(found.values())


def everything_offered(workspace: Path) -> list[str]:
    report = write_report(workspace)

    def lines() -> Iterator[str]:
        yield from lines_on_the_page(report)
        yield from lines_in_markdown(report)
        yield from essence(report.facts)
        (workspace / "mappings.toml").unlink(missing_ok=True)
        plan_again(workspace)
        yield from lines_of_the_commands(workspace)

    return answers_in(lines())


def mailable(opened: OpenPlan) -> int:
    return sum(flow.get("active", 0) for flow in opened.plan.people.flow.values()) * (not opened.plan.holds)


def sends(opened: OpenPlan) -> set[tuple[str, ...]]:
    """Every email that some sequence could send, and every sequence that nothing holds back."""
    found: set[tuple[str, ...]] = set()
    for operation in opened.operations(BuildSequence):
        graph = opened.sequence(operation).graph
        for node in graph.nodes:
            if node.kind is NodeKind.EMAIL and not node.blocks_enabling:
                found.add((operation.key, str(node.origin.step_id)))
        if not graph.blocks_enabling:
            found.add((operation.key,))
    return found


ACCOUNTS = {
    "with every list read": (lambda: generate(300), ADMIN_KEY),
    "with a suppression list unread": (lambda: generate(120), READ_KEY),
    "of the demo": (demo_account, ADMIN_KEY),
}


@pytest.fixture(scope="module", params=ACCOUNTS)
def workspace(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    account, key = ACCOUNTS[request.param]
    return workspace_of(tmp_path_factory.mktemp("move"), account(), key)


def test_pasting_every_offered_line_mails_nobody_more(workspace: Path) -> None:
    before = OpenPlan.open(workspace / "plan")
    mailed, sent, held = mailable(before), sends(before), before.plan.holds
    offered = everything_offered(workspace)
    assert offered, "nothing is offered: this would prove nothing"
    (workspace / "mappings.toml").write_text("\n".join(offered) + "\n")
    plan_again(workspace)
    after = OpenPlan.open(workspace / "plan")
    assert mailable(after) <= mailed
    assert sends(after) <= sent
    assert set(held) <= set(after.plan.holds)


def test_only_lines_about_names_and_wording_can_be_copied(workspace: Path) -> None:
    (workspace / "mappings.toml").unlink(missing_ok=True)
    plan_again(workspace)
    report = write_report(workspace)
    places = [place for task in report.facts.tasks for place in task.places]
    page = bs4.BeautifulSoup(report.html.read_text("utf-8"), "html.parser")
    assert {str(one["data-copy"]) for one in page.select("[data-copy]")} == {
        place.settles for place in places if place.risk in ("cosmetic", "content")
    }
    assert any(place.risk in ("sends", "consent") for place in places)
    assert all(place.risk for place in places if place.settles)


def paths(kind: Any, head: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every setting there is, with a word for each free name."""
    for field in msgspec.structs.fields(kind):
        inner = [one for one in (field.type, *get_args(field.type)) if isinstance(one, type)]
        structs = [one for one in inner if issubclass(one, msgspec.Struct)]
        free = "dict" in str(field.type)
        here = (*head, field.name, *(("any",) if free else ()))
        if structs:
            yield from paths(structs[0], here)
        else:
            yield here


def test_every_setting_has_a_risk_of_its_own() -> None:
    known = list(paths(Answers))
    assert ("sequences", "any", "enters_once") in known
    settings_of_consent = {path for path in known if risk_of(path) is Risk.CONSENT}
    assert settings_of_consent
    assert {path[0] for path in settings_of_consent} == {"consent", "files", "existing_people"}


@pytest.mark.parametrize("path", [(), ("unheard_of",), ("lists",), ("lists", "rename"), ("names", "rename", "x")])
def test_an_unknown_setting_counts_as_consent(path: tuple[str, ...]) -> None:
    assert Risk.CONSENT is risk_of(path)
