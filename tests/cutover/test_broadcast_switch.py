"""What the switch changes at Broadcast: closed, opened again, removed, each read back; and how refusals are told."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.broadcast.source import BroadcastSource
from adapters.broadcast.switch import BroadcastSwitch
from migrator.errors import AuthError, MigrateError, Rejected, Uncertain
from migrator.model import EnrolmentStatus
from migrator.sandbox.broadcast.account import ADMIN_KEY, READ_KEY, WRITE_KEY
from migrator.sandbox.broadcast.app import BroadcastSandbox
from migrator.sandbox.broadcast.generate import generate
from migrator.sandbox.broadcast.switches import Fault, Switches
from migrator.sandbox.web import mock_transport
from migrator.transport.clock import FakeClock

WELCOME = "7"


def local(key: str = WRITE_KEY, profile: Any = "current", **switches: Any) -> tuple[BroadcastSandbox, BroadcastSwitch]:
    chosen = Switches.for_profile(profile)
    for name, value in switches.items():
        setattr(chosen, name, value)
    app = BroadcastSandbox(generate(), profile=profile, switches=chosen)
    settings = {"BROADCAST_HOST": "https://bc.test", "BROADCAST_API_TOKEN": key}
    settings |= {"BROADCAST_CHANNEL_ID": "3"} if key == ADMIN_KEY else {}
    clock = FakeClock(app.account.now)
    return app, BroadcastSource().open_switch(settings, clock=clock, rate=0, http_transport=mock_transport(app))


def inside(app: BroadcastSandbox, sequence: str = WELCOME) -> list[Any]:
    return [row for row in app.account.enrolments if str(row.sequence_id) == sequence and row.status == "active"]


def address(app: BroadcastSandbox, row: Any) -> str:
    return next(one.email for one in app.account.subscribers if one.id == row.subscriber_id)


@pytest.mark.parametrize("key", [WRITE_KEY, ADMIN_KEY], ids=["channel", "installation"])
@pytest.mark.parametrize("ids", ["int", "string"])
def test_closing_shuts_tag_segment_and_forms_and_reopening_gives_all_back(key: str, ids: str) -> None:
    app, switch = local(key, ids=ids)
    app.account.sequences[0].init_segment_id = 3
    app.account.forms[0]["automation_settings"]["sequence_ids"] = [7, 8]
    former = switch.entrances(WELCOME)
    assert len(switch.are_open(former)) >= 3
    switch.close_entrances(WELCOME)
    assert switch.are_open(switch.entrances(WELCOME)) == ()
    assert app.account.forms[0]["automation_settings"]["sequence_ids"] == [8]
    assert app.account.forms[0]["automation_settings"]["tag_list"] == "lead, new-signup"
    assert switch.reopen(WELCOME, former) == ()
    assert switch.are_open(switch.entrances(WELCOME)) == switch.are_open(former)
    writes = len(app.recorded)
    assert switch.reopen(WELCOME, former) == ()
    assert writes == len(app.recorded)


def test_reopening_leaves_what_a_colleague_set_meanwhile_and_says_so() -> None:
    app, switch = local()
    former = switch.entrances(WELCOME)
    switch.close_entrances(WELCOME)
    app.account.sequences[0].init_tag = "another"
    (kept,) = switch.reopen(WELCOME, former)
    assert "another" in kept
    assert app.account.sequences[0].init_tag == "another"


def test_a_person_is_removed_once_and_everybody_else_stays() -> None:
    app, switch = local()
    before = inside(app)
    email = address(app, before[0])
    assert switch.remove(WELCOME, email) is True
    assert switch.remove(WELCOME, email) is False
    assert len(inside(app)) == len(before) - 1
    states = {one.email: one.status for one in switch.people(WELCOME)}
    assert states[email] is EnrolmentStatus.REMOVED


@pytest.mark.parametrize("acted", [True, False])
def test_a_removal_whose_answer_is_lost_is_never_repeated_by_itself(acted: bool) -> None:
    app, switch = local(faults=[Fault(route="DELETE *", kind="reset", acted=acted)])
    email = address(app, inside(app)[0])
    with pytest.raises(Uncertain):
        switch.remove(WELCOME, email)
    assert sum(seen.method == "DELETE" for seen in app.recorded) == 1


@pytest.mark.parametrize("status", [404, 405, 422])
def test_a_server_that_takes_no_changes_is_told_with_what_to_do(status: int) -> None:
    app, switch = local(refuse_changes=status)
    with pytest.raises(Rejected, match="by hand"):
        switch.close_entrances(WELCOME)
    assert app.account.sequences[0].init_tag


def test_a_key_that_only_reads_is_recognised_before_anything_is_tried() -> None:
    app, switch = local(READ_KEY)
    assert "sequences_write" in switch.lacks()[0]
    with pytest.raises((AuthError, MigrateError)):
        switch.close_entrances(WELCOME)
    assert app.account.sequences[0].init_tag


def test_who_left_or_is_suppressed_or_is_gone_is_unreachable_however_many_are_asked_about() -> None:
    app, switch = local()
    people = [one for one in app.account.subscribers if app.runtime.directory.may_be_mailed(one, app.account.now)]
    few, many = people[:3], people
    many[1].unsubscribed_at = app.account.now
    many[2].is_active = False
    gone = "nobody@example.com"
    for chosen in (few, many):
        found = switch.unreachable([*(one.email.upper() for one in chosen), gone])
        assert {gone, many[1].email.lower(), many[2].email.lower()} <= set(found)
        assert many[0].email.lower() not in found


def test_a_sequence_is_switched_off_and_the_answer_is_read_back() -> None:
    app, switch = local()
    switch.switch(WELCOME, on=False)
    assert app.account.sequences[0].active is False
    assert switch.is_on(WELCOME) is False


def test_no_secret_and_no_address_is_in_a_refusal() -> None:
    app, switch = local(READ_KEY)
    email = address(app, inside(app)[0])
    with pytest.raises(AuthError) as caught:
        switch.remove(WELCOME, email)
    assert email not in str(caught.value)
    assert READ_KEY not in str(caught.value)
