"""What the interpreter did, line by line: emails, HTTP requests, tag changes, and the platform's own events."""

from __future__ import annotations

from datetime import datetime

from migrator.sandbox.broadcast.account import Enrolment, Row, Subscriber, stamp
from migrator.sandbox.broadcast.directory import Directory


class Journal:
    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self.outbox: list[Row] = []
        self.webhooks: list[Row] = []
        self.events: list[Row] = []
        self.tag_changes: list[Row] = []

    def sent(self, enrolment: Enrolment, step: Row, subject: str | None, at: datetime) -> None:
        self.outbox.append({**self._line(enrolment, at), "step_id": step["id"], "subject": subject})

    def requested(self, enrolment: Enrolment, step: Row, at: datetime) -> None:
        wanted = {key: step.get(key) for key in ("url", "http_method", "headers", "body")}
        self.webhooks.append({**self._line(enrolment, at), "step_id": step["id"], **wanted})

    def happened(self, name: str, enrolment: Enrolment, at: datetime) -> None:
        self.events.append({"event": name, **self._line(enrolment, at)})

    def tagged(self, person: Subscriber, tag: str, change: str, at: datetime) -> None:
        who = {"id": person.id, "email": person.email}
        self.tag_changes.append({"subscriber": who, "tag": tag, "change": change, "time": stamp(at)})

    def _line(self, enrolment: Enrolment, at: datetime) -> Row:
        person = self._directory.people.get(enrolment.subscriber_id)
        who = {"id": enrolment.subscriber_id, "email": person.email if person else None}
        return {"subscriber": who, "sequence_id": enrolment.sequence_id, "time": stamp(at)}
