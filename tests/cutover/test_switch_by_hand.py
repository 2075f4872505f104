"""Sources that no call can switch: the ways are `drain` and `stop`; a person closes the entrances and says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from migrator.bundle import Bundle, BundleWriter, Manifest, Source
from migrator.cli.main import main
from migrator.cutover import at_target
from migrator.cutover.journal import Fate, Journal
from migrator.model import (
    Confidence,
    Consent,
    ConsentState,
    Contact,
    Edge,
    EmailContent,
    Enrolment,
    EnrolmentStatus,
    Position,
    ReEntry,
    Sequence,
    Step,
)
from migrator.model.sequences import TagAdded
from migrator.model.steps import Entry, SendEmail, Wait
from migrator.plan.make import make_plan
from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.keys import DEFAULT_KEY
from migrator.sandbox.server import serving
from migrator.transport.clock import SystemClock

READ_AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
_LETTER = SendEmail(content=EmailContent(subject="Hello", body="<p>Hello</p>"))


class Terminal:
    def __init__(self, folder: Path, stack: ExitStack, platform: str) -> None:
        self.folder = folder
        self.target = SequenzySandbox(limits=None, import_polls=0, now=READ_AT)
        self.environment = {
            "SEQUENZY_API_KEY": DEFAULT_KEY,
            "SEQUENZY_API_URL": stack.enter_context(serving(self.target)),
        }
        _bundle(folder, platform)
        make_plan(Bundle.open(folder / "bundle"), {}, folder / "plan")
        assert 0 == self.run("load").exit_code

    def run(self, *arguments: str) -> Result:
        result = CliRunner().invoke(
            main, ["-C", str(self.folder), *arguments, "--rate", "0"], env=self.environment, input=""
        )
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    def status(self) -> str:
        return next(iter(self.target.state.sequences.values())).status

    def journal(self) -> Journal:
        found = Journal.look(self.folder, clock=SystemClock())
        assert found is not None
        return found


@pytest.fixture(params=["klaviyo", "csv", "another"])
def terminal(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    monkeypatch.setattr(at_target, "SETTLES", 0.0)
    with ExitStack() as stack:
        yield Terminal(tmp_path, stack, request.param)


def _bundle(folder: Path, platform: str) -> None:
    actions: list[Any] = [Entry(), _LETTER, Wait(seconds=86400), _LETTER]
    steps = tuple(Step(id=str(number), action=action) for number, action in enumerate(actions, 1))
    with BundleWriter(folder / "bundle") as writer:
        writer.contacts().extend(
            [
                Contact(
                    source_id=str(number),
                    email=f"person{number}@example.com",
                    consent=Consent(state=ConsentState.SUBSCRIBED),
                )
                for number in (1, 2)
            ]
        )
        writer.enrolments().extend(
            [
                Enrolment(
                    source_id=f"e{number}",
                    sequence_id="7",
                    contact_id=str(number),
                    email=f"person{number}@example.com",
                    status=EnrolmentStatus.ACTIVE,
                    read_at=READ_AT,
                    position=Position(step_id="3", confidence=Confidence.EXACT, remaining_seconds=40_000),
                )
                for number in (1, 2)
            ]
        )
        writer.put_sequence(
            Sequence(
                source_id="7",
                name="Welcome",
                active=True,
                triggers=(TagAdded(tag="start"),),
                steps=steps,
                edges=tuple(Edge(source=str(one), target=str(one + 1)) for one in (1, 2, 3)),
                re_entry=ReEntry.ONCE,
            )
        )
        writer.finish(
            Manifest(
                source=Source(platform=platform, host=None, account="Acme"),
                adapter=platform,
                adapter_version="1",
                door="file",
                exported_at=READ_AT,
            )
        )


def test_nothing_is_enabled_before_somebody_says_that_the_entrances_are_closed(terminal: Terminal) -> None:
    shown = terminal.run("cutover", "--yes-i-mean", "Welcome")
    assert shown.exit_code == 3
    assert "by hand: " in shown.output
    assert "--closed-by" in shown.output
    assert terminal.status() == "draft"


@pytest.mark.parametrize(("way", "fate"), [("drain", Fate.FINISHES), ("stop", Fate.ENDED)])
def test_who_closed_it_and_when_is_in_the_journal_and_nobody_is_enrolled(
    terminal: Terminal, way: str, fate: Fate
) -> None:
    done = terminal.run("cutover", "--way", way, "--closed-by", "Ada Byron", "--yes-i-mean", "Welcome")
    assert done.exit_code == 0, done.output
    assert terminal.status() == "active"
    assert not terminal.target.state.enrollments
    journal = terminal.journal()
    (sequence,) = journal.sequences()
    assert sequence.by_hand.startswith("Ada Byron, 20")
    assert [one.fate for one in journal.people()] == [fate, fate]
    journal.close()
    marks = [one.attributes for one in terminal.target.state.subscribers.values()]
    assert all("held" in attributes.values() for attributes in marks)


@pytest.mark.parametrize("way", ["move", "mixed"])
def test_people_cannot_be_moved_where_nothing_can_take_them_out(terminal: Terminal, way: str) -> None:
    refused = terminal.run("cutover", "--way", way, "--closed-by", "Ada", "--yes-i-mean", "Welcome")
    assert refused.exit_code == 2
    assert terminal.status() == "draft"


def test_taking_it_back_says_that_the_entrances_are_opened_by_hand(terminal: Terminal) -> None:
    terminal.run("cutover", "--closed-by", "Ada", "--yes-i-mean", "Welcome")
    back = terminal.run("back", "--yes-i-mean", "Welcome", "--json")
    assert back.exit_code == 3
    assert json.loads(back.stdout)["by_hand"] == ["7"]
    assert terminal.status() != "active"
