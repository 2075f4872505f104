"""A do-not-send list that could not be read holds people back until somebody vouches for it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from pa_accounts import written

from migrator.bundle import ExportOptions, Unread
from migrator.errors import NeedsPerson, SettingsError
from migrator.load.run import settled
from migrator.model import Consent, ConsentState, Contact
from migrator.plan.answers.questions import open_questions
from migrator.plan.make import make_plan
from migrator.plan.open_plan import OpenPlan

LIST = Unread(what="The global list", why="only for admins", remedy="Use an admin key.", scope="suppressions")
VOUCHED = {"consent": {"unread_do_not_send_list": "nobody on it looks subscribed"}}


def plan(folder: Path, settings: dict[str, Any], **manifest: Any) -> Any:
    ada = Contact(source_id="1", email="ada@example.com", consent=Consent(state=ConsentState.SUBSCRIBED))
    return make_plan(written(folder / "bundle", contacts=[ada], **manifest), settings, folder / "plan")


def test_nobody_is_loaded_while_a_do_not_send_list_is_unread(tmp_path: Path) -> None:
    made = plan(tmp_path, {}, unread=(LIST,))
    assert "do-not-send-list-unread" == made.ledger.questions[0].findings[0].code
    with pytest.raises(NeedsPerson, match="only for admins"):
        settled(OpenPlan.open(tmp_path / "plan"))


def test_somebody_who_knows_the_list_may_vouch_for_it(tmp_path: Path) -> None:
    made = plan(tmp_path, VOUCHED, unread=(LIST,))
    settled(OpenPlan.open(tmp_path / "plan"))
    assert {"changed": 1} == {verdict: n for verdict, n in made.plan.verdicts["unread"].items() if n}


@pytest.mark.slow
def test_vouching_for_one_list_says_nothing_about_another(tmp_path: Path) -> None:
    other = Unread(what="The channel's list", why="500", remedy="Export again.", scope="suppressions")
    made = plan(tmp_path / "asked", {}, unread=(LIST,))
    (question,) = open_questions(made.ledger.entries)
    answer = tomllib.loads(question.line)
    plan(tmp_path / "one", answer, unread=(LIST,))
    settled(OpenPlan.open(tmp_path / "one" / "plan"))
    made = plan(tmp_path / "later", answer, unread=(LIST, other))
    with pytest.raises(NeedsPerson, match="500"):
        settled(OpenPlan.open(tmp_path / "later" / "plan"))
    assert [one.path[-1] for one in open_questions(made.ledger.entries)] == ["The channel's list"]
    with pytest.raises(SettingsError, match="no such list is unread"):
        plan(tmp_path / "read", answer)


def test_an_export_that_left_the_list_out_holds_people_back_too(tmp_path: Path) -> None:
    made = plan(tmp_path, {}, options=ExportOptions(only=("contacts",)))
    with pytest.raises(NeedsPerson):
        settled(OpenPlan.open(tmp_path / "plan"))
    assert made.ledger.questions, "the plan ends with the code that says so"
    (question,) = open_questions(made.ledger.entries)
    assert question.path[:2] == ("consent", "unread_do_not_send_list")


def test_other_unread_things_are_named_and_hold_nobody_back(tmp_path: Path) -> None:
    made = plan(tmp_path, {}, unread=(Unread(what="Topics", why="404", remedy="Update.", scope="lists"),))
    settled(OpenPlan.open(tmp_path / "plan"))
    assert 1 == made.plan.verdicts["unread"]["dropped"]
