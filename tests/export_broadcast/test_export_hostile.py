"""Awkward, broken and malicious data passes through unchanged, or is named; it never breaks the export."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from export_support import Trip, account_of, trip_in

from migrator.bundle.check import check
from migrator.errors import Unavailable
from migrator.model import ConsentState, EnrolmentStatus
from migrator.model.steps import Opaque
from migrator.sandbox.web import Request, Response

AWKWARD = (
    *("\u202eright-to-left", "line\nbreak", "tab\there", "nul\x00byte", "=cmd()", "{{ first_name }}", "👩‍🚀"),
    *("Ž" * 5000, "", " ", "'; drop table row; --", "../../etc/passwd", "\ufeffbom", "\u2028", "<script>", "%s%n"),
)


class Rewriting:
    """Lets a test change what the local Broadcast answers, as an odd server would."""

    def __init__(self, trip: Trip, path: str, change: Any) -> None:
        self.inner, self.path, self.change = trip.app.handle, path, change
        trip.app.handle = self.handle  # type: ignore[method-assign]

    def handle(self, request: Request) -> Response:
        reply = self.inner(request)
        if request.path.endswith(self.path) and reply.status == 200:
            payload = json.loads(reply.body)
            changed = self.change(payload)
            return Response.of(payload if changed is None else changed, headers=reply.headers)
        return reply


def test_awkward_texts_arrive_as_they_were(tmp_path: Path) -> None:
    account = account_of(60)
    for number, text in enumerate(AWKWARD):
        person = account.subscribers[number]
        person.first_name, person.tags = text, [text or "x", "a,b"]
        person.custom_data = {text: {"deep": [text, {"er": text}]}, "big": 9007199254740993}
    account.sequences[0].label = AWKWARD[1]
    bundle = trip_in(tmp_path, account).export()
    contacts = {contact.source_id: contact for contact in bundle.contacts()}
    for number, text in enumerate(AWKWARD):
        contact = contacts[str(account.subscribers[number].id)]
        assert contact.first_name == text
        assert contact.attributes == account.subscribers[number].custom_data
        if text.strip():
            assert text in contact.tags
            assert "a,b" in contact.tags, "a comma in a tag of a list does not cut it"
    assert check(bundle.folder) == []


def test_half_characters_in_an_answer_do_not_stop_it_and_are_said(tmp_path: Path) -> None:
    trip = trip_in(tmp_path, account_of(40))
    inner = trip.app.handle

    def handle(request: Request) -> Response:
        reply = inner(request)
        if request.path.endswith("/subscribers.json"):
            reply.body = reply.body.replace(b'"first_name":"', b'"first_name":"cut \\ud83d off ', 1)
        return reply

    trip.app.handle = handle  # type: ignore[method-assign]
    bundle = trip.export()
    assert len(list(bundle.contacts())) == 40
    assert any((contact.first_name or "").startswith("cut \ufffd off") for contact in bundle.contacts())
    assert any("half" in note for note in bundle.manifest.notes)


def test_ids_that_climb_or_collide_stay_in_their_folder(tmp_path: Path) -> None:
    trip = trip_in(tmp_path, account_of(40))

    def odd_ids(payload: Any) -> None:
        for number, odd in enumerate(("../../evil", "CON", "a/b", "Ünïcode", "..")):
            payload["data"][number]["id"] = odd

    Rewriting(trip, "/api/v1/templates", odd_ids)
    bundle = trip.export(only=("templates",))
    assert {"../../evil", "CON", "a/b", "Ünïcode", ".."} <= {template.source_id for template in bundle.templates()}
    assert not [file for file in tmp_path.rglob("*evil*") if file.parent != bundle.folder / "templates"]
    assert check(bundle.folder) == []


def test_two_rows_of_one_address_are_both_kept(tmp_path: Path) -> None:
    account = account_of(40)
    account.subscribers[1].email = account.subscribers[0].email.upper()
    bundle = trip_in(tmp_path, account).export()
    assert len(list(bundle.contacts())) == 40


def test_a_suppressed_address_is_found_whatever_its_case_and_spaces(tmp_path: Path) -> None:
    account = account_of(60)
    person = next(one for one in account.subscribers if one.is_active and not one.unsubscribed_at)
    account.suppressions[0].email = f" {person.email.swapcase()} "
    bundle = trip_in(tmp_path, account).export()
    contact = next(one for one in bundle.contacts() if one.source_id == str(person.id))
    assert contact.consent.state is ConsentState.SUPPRESSED


def test_unknown_steps_states_and_rows_are_kept_and_never_started(tmp_path: Path) -> None:
    trip = trip_in(tmp_path, account_of(60))

    def odd_step(payload: Any) -> None:
        payload["data"][-1].update(action="brand_new_action", surprise={"x": 1})

    def odd_status(payload: Any) -> None:
        for row in payload["subscriber_sequences"]:
            row["status"] = "hibernating"

    Rewriting(trip, "/sequences/7/steps", odd_step)
    Rewriting(trip, "/sequences/7/list_subscribers", odd_status)
    bundle = trip.export()
    sequence = bundle.sequence("7")
    assert sequence is not None
    assert any(isinstance(step.action, Opaque) and step.raw.get("surprise") == {"x": 1} for step in sequence.steps)
    for enrolment in bundle.enrolments():
        if enrolment.sequence_id == "7":
            assert enrolment.status is EnrolmentStatus.UNKNOWN
            assert enrolment.position is not None
            assert enrolment.position.step_id is None
    assert any("hibernating" in note for note in bundle.manifest.notes)


def test_people_in_a_sequence_who_are_in_no_list_are_named(tmp_path: Path) -> None:
    trip = trip_in(tmp_path, account_of(60))

    def stranger(payload: Any) -> None:
        if payload["subscriber_sequences"]:
            payload["subscriber_sequences"][0]["subscriber"] = {"id": "999999", "email": "stranger@example.com"}

    Rewriting(trip, "/sequences/7/list_subscribers", stranger)
    bundle = trip.export()
    assert "contacts/999999" in {item.scope for item in bundle.manifest.unread}
    assert check(bundle.folder) == []
    assert "stranger@example.com" not in (bundle.folder / "manifest.json").read_text()


def test_an_ignored_channel_is_not_read(tmp_path: Path) -> None:
    trip = trip_in(tmp_path, account_of(40))
    warning = {"code": "parameter_ignored", "param": "page", "message": "page is ignored"}
    Rewriting(trip, "/subscribers.json", lambda payload: {**payload, "warnings": [warning]})
    with pytest.raises(Unavailable, match="ignored"):
        trip.export()


def test_one_sequence_deleted_meanwhile_does_not_hide_the_people_of_the_others(tmp_path: Path) -> None:
    account = account_of(60)
    trip = trip_in(tmp_path, account)
    first = min(row.id for row in account.sequences)
    handle = trip.app.handle

    def deleted(request: Request) -> Response:
        if request.path.endswith(f"/sequences/{first}/list_subscribers"):
            return Response.of({"error": "Sequence not found"}, status=404)
        return handle(request)

    trip.app.handle = deleted  # type: ignore[method-assign]
    bundle = trip.export()
    kept = {str(row.id) for row in account.enrolments if row.sequence_id != first}
    assert {row.source_id for row in bundle.enrolments()} == kept
    assert f"sequences/{first}" in {item.scope for item in bundle.manifest.unread}
