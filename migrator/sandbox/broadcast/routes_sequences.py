"""Sequences, their steps and the people in them; enrolling, removing, and switching a sequence on or off."""

from __future__ import annotations

from typing import Any

from migrator.sandbox.broadcast.account import IN_FLIGHT, Enrolment, Row, Sequence, Subscriber
from migrator.sandbox.broadcast.channel import Channel, body_of, unknown_parameter, wrapped
from migrator.sandbox.broadcast.gate import refusal
from migrator.sandbox.broadcast.paging import by_enrolment_page, by_offset
from migrator.sandbox.web import Request, Response

BASE = "/api/v1/sequences"
_SETTABLE = (
    *("label", "active", "track_opens", "track_clicks", "use_any_email_server", "email_server_ids"),
    *("init_tag", "init_segment_id"),
)


class SequenceRoutes:
    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._was_busy = False
        routes, profile = channel.routes, channel.profile
        both_writes = ("sequences_write", "subscribers_write")
        routes.add(f"POST {BASE}/{{id}}/add_subscriber", self.add_subscriber, *both_writes)
        routes.add(f"DELETE {BASE}/{{id}}/remove_subscriber", self.remove_subscriber, *both_writes)
        if profile != "legacy":
            routes.add(f"GET {BASE}", self.index, "sequences_read")
            routes.add(f"GET {BASE}/{{id}}", self.get, "sequences_read")
        if profile != "seed":
            reads = ("sequences_read", "subscribers_read")
            routes.add(f"GET {BASE}/{{id}}/list_subscribers", self.list_subscribers, *reads)
        if profile == "current":
            routes.add(f"PATCH {BASE}/{{id}}", self.update, "sequences_write")
            routes.add(f"GET {BASE}/{{id}}/steps", self.steps, "sequences_read")
            routes.add(f"GET {BASE}/{{id}}/steps/{{step_id}}", self.step, "sequences_read")

    def index(self, request: Request) -> Any:
        rows = sorted(self.channel.account.sequences, key=lambda row: row.id)
        return by_offset(rows, self._shown, request, self.channel.switches)

    def get(self, request: Request, id: str) -> Row:  # noqa: A002 - the route's own word
        sequence = self._sequence(id)
        shown = self._shown(sequence)
        how = self.channel.switches.include_steps
        if request.arg("include_steps") == "true" and how != "ignored":
            full = how == "full" and self.channel.profile == "current"
            shown["steps"] = self.channel.show.steps(sequence.steps, full=full)
        return shown

    def steps(self, _: Request, id: str) -> Row:  # noqa: A002 - the route's own word
        return {"data": self._steps(self._sequence(id))}

    def step(self, _: Request, id: str, step_id: str) -> Row:  # noqa: A002 - the route's own word
        found = next((step for step in self._steps(self._sequence(id)) if str(step["id"]) == step_id), None)
        if found is None:
            raise refusal(404, "Step not found")
        return found

    def list_subscribers(self, request: Request, id: str) -> Row:  # noqa: A002 - the route's own word
        rows = self.channel.directory.in_sequence.get(self._sequence(id).id, [])
        return by_enrolment_page(rows, self._enrolment, request, self.channel.switches)

    def add_subscriber(self, request: Request, id: str) -> Response:  # noqa: A002 - the route's own word
        sequence, sent = self._sequence(id), wrapped(request, "subscriber")
        email = str(sent.get("email") or "").strip()
        if "@" not in email:
            return Response(422)
        directory, now = self.channel.directory, self.channel.account.now
        person = directory.find(email)
        if person is None:
            person = Subscriber(id=directory.new_person_id(), email=email.lower(), created_at=now, subscribed_at=now)
            person.first_name, person.last_name, person.source = sent.get("first_name"), sent.get("last_name"), "api"
            directory.add_person(person)
        return Response(422 if self.channel.runtime.enrol(sequence, person) is None else 201)

    def remove_subscriber(self, request: Request, id: str) -> Response:  # noqa: A002 - the route's own word
        sequence, sent = self._sequence(id), wrapped(request, "subscriber")
        person = self.channel.directory.find(str(sent.get("email") or ""))
        rows = self.channel.directory.of_person.get(person.id, []) if person else []
        mine = [row for row in rows if row.sequence_id == sequence.id and row.status in (*IN_FLIGHT, "error")]
        for row in mine:
            self.channel.runtime.remove(row)
        return Response(200 if mine else 422)

    def update(self, request: Request, id: str) -> Row:  # noqa: A002 - the route's own word
        sequence, sent = self._sequence(id), body_of(request)
        self.channel.may_change()
        sent.pop("broadcast_channel_id", None)
        closing = any(key in sent and sent[key] != getattr(sequence, key) for key in ("init_tag", "init_segment_id"))
        warnings = [unknown_parameter(key) for key in sent if key not in _SETTABLE]
        woken = sent.get("active") is True and not sequence.active
        for key in _SETTABLE:
            if key in sent:
                setattr(sequence, key, sent[key])
        sequence.updated_at = self.channel.account.now
        if woken:
            self.channel.runtime.wake(sequence)
        if closing and self.channel.switches.closing_puts_out:
            for row in self.channel.directory.in_sequence.get(sequence.id, []):
                if row.status in IN_FLIGHT:
                    self.channel.runtime.remove(row)
        shown = self._shown(sequence)
        return {**shown, "warnings": warnings} if warnings else shown

    def _sequence(self, number: str) -> Sequence:
        found = self.channel.directory.sequences.get(int(number)) if number.isascii() and number.isdigit() else None
        if found is None:
            raise refusal(404, "Sequence not found")
        return found

    def _shown(self, sequence: Sequence) -> Row:
        count = self.channel.directory.current_count(sequence)
        return self.channel.show.sequence(sequence, count, extra=self.channel.profile == "current")

    def _steps(self, sequence: Sequence) -> list[Row]:
        how = self.channel.switches.steps_endpoint
        if how == "404":
            raise refusal(404, "Not found")
        if how == "403":
            raise refusal(403, "Forbidden", message="Insufficient permissions")
        return self.channel.show.steps(sequence.steps, full=how == "full")

    def _enrolment(self, row: Enrolment) -> Row:
        busy = self.channel.switches.busy_once and not self._was_busy and row.status == "active"
        self._was_busy = self._was_busy or busy
        person = self.channel.directory.people.get(row.subscriber_id)
        return self.channel.show.enrolment(row, person.email if person else None, busy=busy)
