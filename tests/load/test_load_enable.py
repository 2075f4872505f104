"""`migrate enable` on sequences that hand people over to each other: nobody is handed to a draft without a word."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from enabling import Desk, sequence

from migrator.model import Consent, ConsentState, Contact
from migrator.model.sequences import ListJoined, TagAdded
from migrator.model.steps import AddTags, AddToList, MoveToSequence
from migrator.sandbox.sequenzy.faults import Fault

pytestmark = pytest.mark.slow  # whole loads, one for each order of switching on


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with ExitStack() as stack:
        yield Desk(tmp_path / "acme", stack)


WELCOME = sequence("1", "Welcome", MoveToSequence(sequence_id="2"))
TRIAL = sequence("2", "Trial")


def test_a_sequence_is_not_enabled_before_the_one_it_hands_people_over_to(desk: Desk) -> None:
    desk.load(WELCOME, TRIAL)
    refused = desk.enable(("1", "Welcome"))
    assert 3 == refused.exit_code
    assert "It hands people over to Trial, which is not enabled: they would get lost." in refused.stderr
    assert [] == desk.live()
    done = desk.enable(("2", "Trial"))
    assert 0 == done.exit_code
    assert "stop it there first" in done.stdout
    assert 0 == desk.enable(("1", "Welcome")).exit_code
    assert ["Trial", "Welcome"] == desk.live()


@pytest.mark.parametrize("order", list(itertools.permutations([("1", "Welcome"), ("2", "Trial"), ("3", "Care")])))
def test_several_at_once_are_enabled_from_the_end_of_the_chain(desk: Desk, order: tuple[tuple[str, str], ...]) -> None:
    trial = sequence("2", "Trial", MoveToSequence(sequence_id="3"))
    desk.load(WELCOME, trial, sequence("3", "Care"))
    done = desk.enable(*order)
    assert 0 == done.exit_code, done.output
    assert ["Care", "Trial", "Welcome"] == desk.live()


def test_a_ring_is_refused_one_by_one_and_enabled_together(desk: Desk) -> None:
    desk.load(WELCOME, sequence("2", "Trial", MoveToSequence(sequence_id="1")))
    for one in (("1", "Welcome"), ("2", "Trial")):
        refused = desk.enable(one)
        assert 3 == refused.exit_code
        assert "which is not enabled: they would get lost" in refused.stderr
    assert [] == desk.live()
    assert 0 == desk.enable(("1", "Welcome"), ("2", "Trial")).exit_code
    assert {"Welcome", "Trial"} == set(desk.live())


def test_a_sequence_whose_enrolments_are_paused_takes_nobody_who_is_handed_over(desk: Desk) -> None:
    desk.load(WELCOME, TRIAL)
    desk.enable(("2", "Trial"))
    trial = next(one for one in desk.sandbox.state.sequences.values() if one.name == "Trial")
    trial.enrollment_paused = True
    refused = desk.enable(("1", "Welcome"))
    assert 3 == refused.exit_code
    assert "they would get lost" in refused.stderr


@pytest.mark.parametrize("first", [True, False])
def test_one_wrong_name_enables_none_of_several(desk: Desk, first: bool) -> None:
    desk.load(WELCOME, sequence("2", "Trial", MoveToSequence(sequence_id="1")))
    names = ("Wrong", "Trial") if first else ("Welcome", "Wrong")
    refused = desk.enable(("1", names[0]), ("2", names[1]))
    assert 2 == refused.exit_code
    assert "That is not the sequence's name" in refused.stderr
    assert [] == desk.live()


def test_one_blocked_sequence_enables_none_of_several(desk: Desk) -> None:
    desk.load(sequence("1", "Welcome"), sequence("2", "Trial", MoveToSequence(sequence_id="9")))
    refused = desk.enable(("1", "Welcome"), ("2", "Trial"))
    assert 3 == refused.exit_code
    assert [] == desk.live()


def test_an_outage_in_the_middle_of_a_ring_says_what_is_live_already(desk: Desk) -> None:
    desk.load(WELCOME, sequence("2", "Trial", MoveToSequence(sequence_id="1")))
    desk.sandbox.faults.append(Fault(route="POST /sequences/*/enable", kind="revoked", nth=2))
    broken = desk.enable(("1", "Welcome"), ("2", "Trial"))
    assert 1 == broken.exit_code
    [live] = desk.live()
    other = "Welcome" if live == "Trial" else "Trial"
    assert f"{live} is enabled and hands people over to {other}, which is not" in broken.stderr
    assert 0 == desk.enable(("1", "Welcome"), ("2", "Trial")).exit_code
    assert {"Welcome", "Trial"} == set(desk.live())


SEVERAL = (TagAdded(tag="new"), ListJoined(list_id="5"))
FEEDER = "News letters (started by list)"


def test_a_sequence_that_further_triggers_do_not_reach_yet_needs_a_person(desk: Desk) -> None:
    desk.load(sequence("4", "News letters", triggers=SEVERAL))
    done = desk.enable(("4", "News letters"))
    assert 3 == done.exit_code, done.output
    assert f"{FEEDER} starts it too, and is not enabled" in done.output
    assert "--sequence 4/feeder:1" in done.output
    assert ["News letters"] == desk.live()
    assert 0 == desk.enable(("4/feeder:1", FEEDER)).exit_code
    assert 0 == desk.enable(("4", "News letters")).exit_code


def test_a_sequence_and_its_feeder_are_enabled_together_with_the_feeder_last(desk: Desk) -> None:
    desk.load(sequence("4", "News letters", triggers=SEVERAL))
    done = desk.enable(("4/feeder:1", FEEDER), ("4", "News letters"), more=("--json",))
    assert 0 == done.exit_code, done.output
    assert ["News letters", FEEDER] == desk.live()
    assert [] == json.loads(done.stdout)["not_enabled"]


@pytest.mark.parametrize(
    ("action", "triggers"),
    [
        (AddTags(tags=("start-2",)), None),
        (AddToList(list_id="5"), (ListJoined(list_id="5"),)),
    ],
    ids=["tag", "list"],
)
def test_a_step_that_starts_another_sequence_waits_for_it_like_a_handover(
    desk: Desk, action: Any, triggers: tuple[Any, ...] | None
) -> None:
    desk.load(sequence("1", "Welcome", action), sequence("2", "Trial", triggers=triggers))
    refused = desk.enable(("1", "Welcome"))
    assert 3 == refused.exit_code
    assert "It hands people over to Trial, which is not enabled" in refused.stderr
    done = desk.enable(("1", "Welcome"), ("2", "Trial"))
    assert 0 == done.exit_code, done.output
    assert ["Trial", "Welcome"] == desk.live()


@pytest.mark.parametrize("only", ["lists,sequences", ""])
def test_enabling_before_the_opt_outs_are_there_is_warned_of_before_the_name_is_asked(desk: Desk, only: str) -> None:
    left = Contact(source_id="1", email="ada@example.com", consent=Consent(state=ConsentState.UNSUBSCRIBED))
    desk.load(TRIAL, contacts=(left,), only=only)
    told = desk.enable(("2", "Trial"), typed="no\n")
    assert ("1 people or complaints of the plan are not loaded" in told.stderr) is bool(only)
    assert [] == desk.live()
