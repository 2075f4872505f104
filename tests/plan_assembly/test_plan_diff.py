"""What differs from an older plan, in words that name the sequence, the list and the reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pa_accounts import exported, written

from migrator.bundle import Bundle, Unread
from migrator.cli.main import main
from migrator.model import Consent, ConsentState, Contact, ContactList, ListMembership
from migrator.plan.diff import Standing, differences
from migrator.plan.make import make_plan
from migrator.plan.open_plan import OpenPlan
from migrator.sandbox.broadcast.generate import generate

pytestmark = pytest.mark.slow  # several plans for each sentence

YES = Consent(state=ConsentState.SUBSCRIBED)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return exported(generate(60, seed=3), tmp_path_factory.mktemp("account") / "bundle")


def standing(bundle: Bundle, settings: dict[str, Any], place: Path) -> Standing:
    make_plan(bundle, settings, place)
    return Standing.of(OpenPlan.open(place))


def said(bundle: Bundle, old: dict[str, Any], new: dict[str, Any], place: Path) -> list[str]:
    return differences(standing(bundle, old, place / "old"), standing(bundle, new, place / "new"))


def test_another_answer_with_the_same_verdict_names_the_step_and_its_sequence(account: Bundle, tmp_path: Path) -> None:
    found = said(account, {"opened": "segment"}, {"opened": "clicked"}, tmp_path)
    assert any(
        line.startswith("Step Previous email opened? of Trial is changed as before, for another reason: A click")
        for line in found
    )


def test_a_sequence_that_is_left_out_is_one_difference_and_not_one_a_step(account: Bundle, tmp_path: Path) -> None:
    opened = standing(account, {}, tmp_path / "first")
    one = next(entry for entry in opened.entries.values() if entry.kind == "sequence" and entry.target)
    left = said(account, {}, {"sequences": {one.id: {"take": False}}}, tmp_path)
    assert [line for line in left if " of " in line and "people in the middle" not in line] == []
    assert f"Gone: sequence {one.label}." in left
    assert any(line.startswith(f"Sequence {one.label} is dropped, before") for line in left)


def test_another_name_is_told_with_the_one_before(account: Bundle, tmp_path: Path) -> None:
    opened = standing(account, {}, tmp_path / "first")
    one = next(entry for entry in opened.entries.values() if entry.kind == "sequence" and entry.target)
    wishes = {
        "sequences": {one.id: {"name": "Anew"}},
        "tags": {"rename": {"Newsletter": "zzz"}},
        "attributes": {"rename": {"Key With Spaces": "plain"}},
    }
    found = said(account, {}, wishes, tmp_path)
    assert f"Changed: sequence Anew, before sequence {one.label}." in found
    assert "Tag Newsletter becomes zzz, before newsletter" in found
    assert any("becomes plain, before Key_With_Spaces" in line for line in found)


def test_members_are_told_by_the_name_of_their_list(tmp_path: Path) -> None:
    def people(count: int, place: Path) -> Standing:
        rows = [
            Contact(
                source_id=str(number),
                email=f"p{number}@example.com",
                consent=YES,
                lists=(ListMembership(list_id="1"),),
            )
            for number in range(count)
        ]
        lists = [ContactList(source_id="1", name="News")]
        return standing(written(place / "bundle", contacts=rows, lists=lists), {}, place / "plan")

    found = differences(people(2, tmp_path / "one"), people(3, tmp_path / "two"))
    assert "Changed: members of list News." in found


def test_what_begins_or_ceases_to_hold_people_back_is_told(tmp_path: Path) -> None:
    ann = Contact(source_id="1", email="ann@example.com", consent=YES)
    unread = Unread(what="The global list", why="only for admins", remedy="Use an admin key.", scope="suppressions")
    bundle = written(tmp_path / "bundle", contacts=[ann], unread=(unread,))
    vouched = {"consent": {"unread_do_not_send_list": "nobody on it looks subscribed"}}
    held, free = standing(bundle, {}, tmp_path / "held"), standing(bundle, vouched, tmp_path / "free")
    assert "This no longer holds people back: The global list: only for admins." in differences(held, free)
    assert "Nobody is loaded any more before this is settled: The global list: only for admins." in differences(
        free, held
    )


def test_the_command_takes_a_folder_with_a_plan_or_a_workspace_with_one(tmp_path: Path) -> None:
    ann = Contact(source_id="1", email="ann@example.com", consent=YES)
    for name in ("old", "new"):
        written(tmp_path / name / "bundle", contacts=[ann])
        assert CliRunner().invoke(main, ["-C", str(tmp_path / name), "plan"]).exit_code == 0
    for older in ("old", "old/plan"):
        told = CliRunner().invoke(main, ["-C", str(tmp_path / "new"), "plan", "--diff", str(tmp_path / older)])
        assert told.exit_code == 0, told.output
        assert "No difference to the plan before" in told.output
    nothing = CliRunner().invoke(main, ["-C", str(tmp_path / "new"), "plan", "--diff", str(tmp_path)])
    assert nothing.exit_code == 1
    assert "Traceback" not in nothing.output
