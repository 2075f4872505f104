"""What goes wrong in the middle of a switch, and what becomes of the people: named, and never in both or in neither."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from rehearsal import COURSE, WELCOME, Rehearsal

from adapters.sequenzy.client import open_target
from migrator.cutover.journal import Fate, Journal, Person, Phase
from migrator.errors import AuthError, NeedsPerson, Rejected, WorkspaceError
from migrator.load.target_lock import TargetLock
from migrator.sandbox.broadcast.account import READ_KEY
from migrator.sandbox.broadcast.switches import Fault
from migrator.sandbox.sequenzy.keys import DEFAULT_KEY
from migrator.sandbox.web import mock_transport

Act = Callable[[], None]


@pytest.fixture
def desk(tmp_path: Path) -> Rehearsal:
    return Rehearsal.begin(tmp_path / "desk")


def people(desk: Rehearsal, *fates: Fate) -> list[Person]:
    journal = Journal.look(desk.folder, clock=desk.clock)
    if journal is None:
        return []
    try:
        return journal.people(None, *fates)
    finally:
        journal.close()


def phases(desk: Rehearsal) -> dict[str, Phase]:
    journal = Journal.look(desk.folder, clock=desk.clock)
    assert journal is not None
    try:
        return {one.id: one.phase for one in journal.sequences()}
    finally:
        journal.close()


def accounted(desk: Rehearsal, before: set[str]) -> None:
    assert before == {one.email for one in people(desk) if one.sequence == WELCOME}
    assert not desk.inside_source() & desk.inside_target()


def before_request(desk: Rehearsal, method: str, ending: str, act: Act, nth: int = 1) -> None:
    """Something happens elsewhere right before the nth such request arrives at its platform."""
    for sandbox in (desk.source, desk.target):
        plain, seen = sandbox.handle, [0]

        def handle(request: Any, plain: Any = plain, seen: list[int] = seen) -> Any:
            if request.method == method and request.path.endswith(ending):
                seen[0] += 1
                if seen[0] == nth:
                    act()
            return plain(request)

        sandbox.handle = handle  # type: ignore[method-assign]


# --- at the source ---


@pytest.mark.parametrize("status", [403, 404, 422])
def test_a_source_that_refuses_to_close_leaves_everything_as_it_was(tmp_path: Path, status: int) -> None:
    desk = Rehearsal.begin(tmp_path, refuse_changes=status)
    before = desk.inside_source()
    with pytest.raises((Rejected, AuthError)):
        desk.switch()
    assert before == desk.inside_source()
    assert not desk.target.state.outbox
    assert all(one.status == "draft" for one in desk.target.state.sequences.values())


def test_entrances_closed_by_hand_are_checked_by_reading_and_then_people_move(tmp_path: Path) -> None:
    desk = Rehearsal.begin(tmp_path, refuse_changes=404)
    before = desk.inside_source()
    with pytest.raises(NeedsPerson, match="still open"):
        desk.switch(by_hand="Ada")
    for sequence in desk.source.account.sequences:
        sequence.init_tag = None
    desk.source.account.forms.clear()
    desk.switch(by_hand="Ada")
    accounted(desk, before)
    assert people(desk, Fate.CONFIRMED)


def test_a_key_that_cannot_write_is_found_before_anything_is_tried(desk: Rehearsal) -> None:
    desk.key = READ_KEY
    with ExitStack() as stack:
        source = desk.desk(stack).source
        assert source is not None
        assert "sequences_write" in source.lacks()[0]


def test_closing_that_puts_people_out_is_taken_back_at_the_smallest_sequence(tmp_path: Path) -> None:
    desk = Rehearsal.begin(tmp_path, closing_puts_out=True)
    before = desk.inside_source()
    assert 0 < len(desk.inside_source(COURSE)) < len(before)
    with pytest.raises(NeedsPerson, match="puts people out"):
        desk.switch()
    assert before == desk.inside_source()
    assert [one.init_tag for one in desk.source.account.sequences] == ["start-7", "start-8"]
    assert phases(desk) == {COURSE: Phase.REOPENED}
    assert all(one.status == "draft" for one in desk.target.state.sequences.values())


@pytest.mark.parametrize("acted", [True, False])
def test_a_removal_whose_answer_is_lost_is_settled_by_reading(tmp_path: Path, acted: bool) -> None:
    desk = Rehearsal.begin(tmp_path, faults=[Fault(route="DELETE *", kind="reset", nth=2, acted=acted)])
    before = desk.inside_source()
    outcome = desk.switch()
    accounted(desk, before)
    assert set(outcome.tally[WELCOME]) <= {"confirmed", "finishes"}


def test_an_entrance_that_a_colleague_opens_again_stops_the_switch(desk: Rehearsal) -> None:
    def stop() -> None:
        raise Stop

    before_request(desk, "POST", "/enroll", stop)
    with pytest.raises(Stop):
        desk.switch()
    for sequence in desk.source.account.sequences:
        sequence.init_tag = "again"
    with pytest.raises(NeedsPerson, match="open at the source"):
        desk.switch()


class Stop(BaseException):
    pass


def test_who_is_put_in_again_at_the_source_is_listed_as_in_both(desk: Rehearsal) -> None:
    def again() -> None:
        first = people(desk, Fate.REMOVED, Fate.ENROLLING)[0]
        row = next(one for one in desk.source.account.enrolments if str(one.id) == first.enrolment)
        row.status = "active"

    before_request(desk, "POST", "/enroll", again)
    desk.switch()
    (listed,) = people(desk, Fate.LISTED)
    assert "in both" in listed.reason


# --- at the target ---


def test_a_target_key_revoked_between_removal_and_enrolment_loses_nobody(desk: Rehearsal) -> None:
    before = desk.inside_source()

    def refuse(request: Any, plain: Any = desk.target.handle) -> Any:
        from migrator.sandbox.web import Response

        if request.path.endswith("/enroll"):
            return Response.of({"success": False, "error": {"code": "UNAUTHORIZED", "message": "Invalid API key"}}, 401)
        return plain(request)

    plain = desk.target.handle
    desk.target.handle = refuse  # type: ignore[method-assign]
    with pytest.raises(AuthError):
        desk.switch()
    assert people(desk, Fate.ENROLLING)
    desk.target.handle = plain  # type: ignore[method-assign]
    desk.switch()
    accounted(desk, before)
    assert not people(desk, Fate.REMOVED, Fate.ENROLLING, Fate.LISTED)


def test_a_contact_deleted_at_the_target_before_the_switch_finishes_at_the_source(desk: Rehearsal) -> None:
    email = min(desk.inside_source())
    drop(desk, email)
    desk.switch()
    assert email in desk.inside_source()
    assert desk.target.state.by_email(email) is None


def test_a_contact_deleted_at_the_target_after_the_removal_is_listed_and_never_made_again(desk: Rehearsal) -> None:
    gone: list[str] = []

    def delete() -> None:
        gone.append(people(desk, Fate.ENROLLING)[0].email)
        drop(desk, gone[0])

    before_request(desk, "POST", "/enroll", delete)
    desk.switch()
    assert [one.email for one in people(desk, Fate.LISTED)] == gone
    assert "deleted" in people(desk, Fate.LISTED)[0].reason
    assert desk.target.state.by_email(gone[0]) is None


@pytest.mark.parametrize("side", ["source", "target"])
def test_who_unsubscribes_between_the_removal_and_the_enrolment_is_not_enrolled(desk: Rehearsal, side: str) -> None:
    left: list[str] = []

    def leave() -> None:
        left.append(people(desk, Fate.REMOVED, Fate.ENROLLING)[0].email)
        if side == "source":
            desk.source.runtime.directory.by_email[left[0]].unsubscribed_at = desk.clock.now()
        else:
            person = desk.target.state.by_email(left[0])
            assert person is not None
            person.status = "unsubscribed"

    ending = "/suppressions.json" if side == "source" else "/enroll"
    # Suppressions are read once to decide; the second time is after the removals.
    before_request(desk, "GET" if side == "source" else "POST", ending, leave, nth=2 if side == "source" else 1)
    desk.switch()
    assert left
    assert not set(left) & desk.inside_target()
    assert [one.email for one in people(desk, Fate.ENDED)] == left
    desk.run_days(30)
    assert left[0] not in desk.letters(source=False)


def test_an_enrolment_that_takes_only_some_is_settled_by_the_listing(desk: Rehearsal) -> None:
    before = desk.inside_source()

    def partly(request: Any, plain: Any = desk.target.handle) -> Any:
        import json

        if request.method == "POST" and request.path.endswith("/enroll"):
            body = json.loads(request.body)
            body["emails"] = body["emails"][1:]
            request.body = json.dumps(body).encode()
        return plain(request)

    desk.target.handle = partly  # type: ignore[method-assign]
    desk.switch()
    accounted(desk, before)
    listed = people(desk, Fate.LISTED)
    assert listed
    assert all("skipped" in one.reason for one in listed)


@pytest.mark.parametrize("acted", [True, False])
def test_an_enrolment_whose_answer_is_lost_is_never_made_twice(desk: Rehearsal, acted: bool) -> None:
    plain, lost = desk.target.handle, [0]

    def lose(request: Any) -> Any:
        if request.method == "POST" and request.path.endswith("/enroll") and not lost[0]:
            lost[0] += 1
            if acted:
                plain(request)
            raise httpx.ReadError("gone")
        return plain(request)

    before = desk.inside_source()
    desk.target.handle = lose  # type: ignore[method-assign]
    for _ in range(2):
        desk.switch()
    accounted(desk, before)
    assert not people(desk, Fate.LISTED, Fate.REMOVED, Fate.ENROLLING)
    runs = [(run.sequence_id, run.subscriber_id) for run in desk.target.state.enrollments.values()]
    assert len(runs) == len(set(runs))


def test_a_sequence_that_somebody_stops_meanwhile_goes_on_with_the_next_run(desk: Rehearsal) -> None:
    before = desk.inside_source()

    def stop() -> None:
        for one in desk.target.state.sequences.values():
            one.status = "paused" if one.status == "active" else one.status

    before_request(desk, "DELETE", "/remove_subscriber", stop, nth=3)
    with pytest.raises(NeedsPerson, match="takes nobody in"):
        desk.switch()
    assert people(desk, Fate.REMOVED)
    desk.switch()
    accounted(desk, before)
    assert not people(desk, Fate.REMOVED, Fate.ENROLLING, Fate.LISTED)


def test_a_way_in_that_somebody_takes_away_meanwhile_sends_nobody_to_the_beginning(desk: Rehearsal) -> None:
    def edit() -> None:
        for sequence in desk.target.state.sequences.values():
            for node in sequence.nodes.values():
                if node.type == "logic_branch":
                    node.config = _renamed(node.config)

    before_request(desk, "DELETE", "/remove_subscriber", edit)
    with pytest.raises(NeedsPerson, match="lost the way in"):
        desk.switch()
    assert people(desk, Fate.REMOVED)
    desk.run_days(2)
    assert not desk.letters(source=False)


def _renamed(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("resume-", "other-")
    if isinstance(value, dict):
        return {name: _renamed(one) for name, one in value.items()}
    return [_renamed(one) for one in value] if isinstance(value, list) else value


# --- two at once ---


def test_two_cutovers_in_one_folder_do_not_run_at_once(desk: Rehearsal) -> None:
    with ExitStack() as stack:
        desk.desk(stack)
        with pytest.raises(WorkspaceError, match="Another run"), ExitStack() as other:
            desk.desk(other)


def test_two_cutovers_on_two_machines_do_not_run_at_once(desk: Rehearsal, tmp_path: Path) -> None:
    import shutil

    with ExitStack() as stack:
        first = desk.desk(stack).work
        stack.enter_context(TargetLock(first, {}))
        shutil.copytree(desk.folder, tmp_path / "other", ignore=shutil.ignore_patterns("*.sqlite*", ".target-lock"))
        other = Rehearsal(tmp_path / "other", desk.source, desk.target, desk.clock)
        second = other.desk(stack).work
        with pytest.raises(WorkspaceError, match="Another run"), TargetLock(second, {}):
            pytest.fail("both got in")


def drop(desk: Rehearsal, email: str) -> None:
    person = desk.target.state.by_email(email)
    assert person is not None
    settings = {"SEQUENZY_API_URL": "https://target.test", "SEQUENZY_API_KEY": DEFAULT_KEY}
    api = open_target(settings, clock=desk.clock, rate=0, http_transport=mock_transport(desk.target))
    from adapters.sequenzy import write

    write.delete_contact(api, email)
