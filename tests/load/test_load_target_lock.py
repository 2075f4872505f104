"""Two machines that load one plan at once: one goes on, the other is told, and nothing is made twice or deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from plans import Bench, picture, quiet, representative

from migrator.errors import NeedsPerson, WorkspaceError
from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.control_routes import advance


class Killed(BaseException):
    """Nothing may catch this: the process is gone."""


def machine(folder: Path, sandbox: SequenzySandbox, before: Callable[[httpx.Request], None] | None = None) -> Bench:
    """`before`: called before each request that this machine makes."""
    representative().write(folder)

    def transport(inner: httpx.BaseTransport) -> httpx.BaseTransport:
        class Watched(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                if before is not None:
                    before(request)
                return inner.handle_request(request)

        return Watched()

    return Bench(folder, sandbox=sandbox, transport=transport)


@pytest.fixture
def alone(tmp_path: Path) -> Any:
    """What one machine alone comes to."""
    sandbox = SequenzySandbox(limits=None)
    machine(tmp_path / "alone", sandbox).load()
    return picture(sandbox)


class At:
    """Does something once, before the request of this number."""

    def __init__(self, number: int, action: Callable[[], None]) -> None:
        self.left, self.action = number, action

    def __call__(self, request: httpx.Request) -> None:
        self.left -= 1
        if self.left == 0:
            self.action()


@pytest.mark.parametrize("number", [14, 15, 16, 17, 20, 24, 28, 33, 40])
def test_a_second_machine_is_told_of_the_first_and_changes_nothing(tmp_path: Path, alone: Any, number: int) -> None:
    sandbox, told = SequenzySandbox(limits=None), []

    def second() -> None:
        try:
            machine(tmp_path / "second", sandbox).load()
        except WorkspaceError as error:
            told.append(str(error))

    at = At(number, second)
    try:
        machine(tmp_path / "first", sandbox, at).load()
    except WorkspaceError as error:
        told.append(str(error))
    assert at.left <= 0
    assert picture(sandbox) == alone
    assert quiet(sandbox)
    for text in told:
        assert "Another run" in text


def killed(tmp_path: Path, sandbox: SequenzySandbox, number: int = 26) -> None:
    def die() -> None:
        raise Killed

    at = At(number, die)

    def dead(request: httpx.Request) -> None:
        if at.left <= 0:
            raise Killed
        at(request)

    with pytest.raises(Killed):
        machine(tmp_path / "first", sandbox, dead).load()
    assert any("at work" in one.name for one in sandbox.state.sequences.values())


def test_a_run_that_was_killed_goes_on_at_once_where_it_ran(tmp_path: Path, alone: Any) -> None:
    sandbox = SequenzySandbox(limits=None)
    killed(tmp_path, sandbox)
    assert machine(tmp_path / "first", sandbox).load().complete
    assert picture(sandbox) == alone


def test_elsewhere_a_killed_run_is_replaced_half_an_hour_later_and_not_before(tmp_path: Path, alone: Any) -> None:
    sandbox = SequenzySandbox(limits=None)
    killed(tmp_path, sandbox)
    with pytest.raises(WorkspaceError, match="half an hour"):
        machine(tmp_path / "second", sandbox).load()
    advance(sandbox, sandbox.state.now + timedelta(minutes=31))
    assert machine(tmp_path / "second", sandbox).load().complete
    assert picture(sandbox) == alone


def test_a_run_that_lost_its_draft_stops_at_its_next_sign_of_life(tmp_path: Path) -> None:
    sandbox = SequenzySandbox(limits=None)
    bench: Bench

    def lose() -> None:
        for one in [one for one in sandbox.state.sequences.values() if "at work" in one.name]:
            del sandbox.state.sequences[one.id]
        bench.clock.advance(301.0)

    bench = machine(tmp_path / "first", sandbox, At(22, lose))
    with pytest.raises(WorkspaceError, match="taken this one's place"):
        bench.load()


def test_nothing_of_the_lock_names_the_machine_and_nothing_of_it_stays(tmp_path: Path) -> None:
    import socket

    sandbox, names = SequenzySandbox(limits=None), set[str]()

    def look(request: httpx.Request) -> None:
        names.update(one.name for one in sandbox.state.sequences.values() if "at work" in one.name)

    bench = machine(tmp_path / "first", sandbox, look)
    bench.load()
    assert len(names) == 1
    assert socket.gethostname() not in names.pop()
    assert not any("at work" in one.name for one in sandbox.state.sequences.values())
    assert not (tmp_path / "first" / ".target-lock").exists()


def test_a_draft_of_another_machine_that_somebody_worked_on_is_never_deleted(tmp_path: Path) -> None:
    sandbox = SequenzySandbox(limits=None)
    machine(tmp_path / "first", sandbox).load()
    edited = next(iter(sandbox.state.sequences.values()))
    next(iter(edited.emails.values())).subject = "Better"
    with pytest.raises(NeedsPerson, match="did not build it"):
        machine(tmp_path / "second", sandbox).load()
    assert edited.id in sandbox.state.sequences
