"""The demo, from nothing: all is verified, every email of both platforms is accounted for, the load sends nothing."""

from __future__ import annotations

import json
from pathlib import Path

import bs4
import pytest
from click.testing import CliRunner

from migrator.cli.main import main
from migrator.demo.account import believable_account


def test_the_account_is_believable() -> None:
    account = believable_account()
    assert 2000 == len(account.subscribers)
    assert 8 == len(account.sequences)
    actions = {step["action"] for sequence in account.sequences for step in sequence.steps}
    assert {"condition", "make_http_request", "move_to_sequence", "delay_until_time"} <= actions
    assert any(sequence.init_segment_id for sequence in account.sequences)
    conditions = {step.get("condition_setting") for sequence in account.sequences for step in sequence.steps}
    assert "previous_email_opened" in conditions
    assert len({person.is_active for person in account.subscribers}) == 2
    assert account.enrolments


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "notes.txt"
    mine.write_text("mine")
    done = CliRunner().invoke(main, ["-C", str(tmp_path), "demo"])
    assert 1 == done.exit_code
    assert "needs an empty folder" in done.output
    assert "mine" == mine.read_text()


@pytest.mark.slow
def test_the_whole_journey_and_its_last_lines_agree_with_the_report(tmp_path: Path) -> None:
    workspace = tmp_path / "move"
    done = CliRunner().invoke(main, ["-C", str(workspace), "demo"])
    assert 0 == done.exit_code, done.output
    assert "no difference" in done.output
    assert "Nothing differs without a reason, in emails, webhooks, tags or opt-outs." in done.output
    assert "webhooks" in done.output
    page = bs4.BeautifulSoup((workspace / "plan" / "report.html").read_text("utf-8"), "html.parser")
    facts = json.loads((workspace / "plan" / "report.json").read_bytes())
    assert "Loaded and verified" == page.select_one(".stage").get_text()
    mailable, _, _, tasks = (tile.dd.get_text(strip=True) for tile in page.select(".tile"))
    assert f"{mailable} of 2,000 people may be mailed" in done.output
    assert f"{tasks} things to decide or do." in done.output
    assert int(tasks) == len(facts["tasks"])
    assert str(workspace / "plan" / "report.html") in done.output
    assert "With your own account" in done.output
    # Once more in the same folder: a demo replaces a demo.
    again = CliRunner().invoke(main, ["-C", str(workspace), "demo", "--json"])
    told = json.loads(again.stdout)
    assert told["ok"]
    emails = told["emails"]
    assert emails["same"] / emails["source"] > 0.9
    assert (0, []) == (emails["alone"], emails["unexplained"])
    # Every email of either side is the same, apart, or counted as sent by that side alone.
    assert emails["source"] == emails["same"] + emails["apart"] + sum(emails["source_alone"].values())
    assert emails["target"] == emails["same"] + emails["apart"] + sum(emails["target_alone"].values())
    assert emails["unread"] < 20
