"""What the interpreter did, line by line: emails, HTTP requests, tag changes, and the platform's own events."""

from __future__ import annotations

from datetime import datetime

from migrator.sandbox.broadcast.account import Enrolment, Row, Subscriber, stamp
from migrator.sandbox.broadcast.directory import Directory
from migrator.sandbox.broadcast.liquid import NotRendered, Values, fill, rendered, values_of


class Journal:
    def __init__(self, directory: Directory, *, renders: bool = True) -> None:
        """`renders`: emails and requests are kept as each person gets them."""
        self._renders = renders
        self._directory = directory
        self.outbox: list[Row] = []
        self.webhooks: list[Row] = []
        self.events: list[Row] = []
        self.tag_changes: list[Row] = []

    def sent(self, enrolment: Enrolment, step: Row, content: Row, at: datetime) -> None:
        """`email`: how it looks to this person at this moment."""
        line = {**self._line(enrolment, at), "step_id": step["id"], "subject": content.get("subject")}
        if self._renders:
            line["email"] = rendered(content, self._values(enrolment))
        self.outbox.append(line)

    def requested(self, enrolment: Enrolment, step: Row, at: datetime) -> None:
        wanted = {key: step.get(key) for key in ("url", "http_method", "headers", "body")}
        if self._renders:
            try:
                values = self._values(enrolment)
                wanted |= {f"sent_{key}": fill(str(step.get(key) or ""), values) for key in ("url", "body")}
            except NotRendered as reason:
                wanted["not_rendered"] = str(reason)
        self.webhooks.append({**self._line(enrolment, at), "step_id": step["id"], **wanted})

    def happened(self, name: str, enrolment: Enrolment, at: datetime) -> None:
        self.events.append({"event": name, **self._line(enrolment, at)})

    def tagged(self, person: Subscriber, tag: str, change: str, at: datetime) -> None:
        who = {"id": person.id, "email": person.email}
        self.tag_changes.append({"subscriber": who, "tag": tag, "change": change, "time": stamp(at)})

    def _values(self, enrolment: Enrolment) -> Values:
        person = self._directory.people[enrolment.subscriber_id]
        return values_of(person, self._directory.account.placeholders)

    def _line(self, enrolment: Enrolment, at: datetime) -> Row:
        person = self._directory.people.get(enrolment.subscriber_id)
        who = {"id": enrolment.subscriber_id, "email": person.email if person else None}
        return {"subscriber": who, "sequence_id": enrolment.sequence_id, "time": stamp(at)}
