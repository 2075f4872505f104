"""What only a sandbox has: its clock, the outbox, and people who open, click or fill in a form. No key is asked."""

from __future__ import annotations

from migrator.sandbox.broadcast.account import Receipt, Row, moment_of, stamp
from migrator.sandbox.broadcast.channel import Channel, body_of
from migrator.sandbox.broadcast.gate import refusal
from migrator.sandbox.broadcast.waits import duration_of
from migrator.sandbox.web import Request

BASE = "/_sandbox"


class SandboxRoutes:
    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        add = channel.routes.add
        add(f"GET {BASE}/clock", self.clock, open_to_all=True)
        add(f"POST {BASE}/clock", self.advance, open_to_all=True)
        add(f"GET {BASE}/outbox", self.outbox, open_to_all=True)
        add(f"POST {BASE}/activity", self.activity, open_to_all=True)
        add(f"POST {BASE}/form", self.form, open_to_all=True)

    def clock(self, _: Request) -> Row:
        return {"now": stamp(self.channel.runtime.now)}

    def advance(self, request: Request) -> Row:
        """`{"advance": "2d"}` or `{"to": "2026-03-05T10:00:00Z"}`."""
        body, runtime = body_of(request), self.channel.runtime
        try:
            until = moment_of(str(body["to"])) if "to" in body else runtime.now + duration_of(str(body.get("advance")))
        except ValueError as problem:
            raise refusal(400, str(problem)) from None
        runtime.advance_to(until)
        return self.clock(request)

    def outbox(self, _: Request) -> Row:
        journal = self.channel.runtime.journal
        return {
            "outbox": journal.outbox,
            "webhooks": journal.webhooks,
            "tag_changes": journal.tag_changes,
            "events": journal.events,
        }

    def activity(self, request: Request) -> Row:
        """`{"email": ..., "kind": "opened" | "clicked"}`, of the last email unless `step_id` names another."""
        body = body_of(request)
        kind, person = body.get("kind"), self.channel.directory.find(str(body.get("email")))
        if kind not in ("opened", "clicked"):
            raise refusal(400, "kind is opened or clicked")
        receipts = self.channel.directory.receipts.get(person.id, []) if person else []
        wanted = [row for row in receipts if _fits(row, body)]
        if not wanted:
            raise refusal(404, "no such email was sent to this person")
        self.channel.runtime.activity(wanted[-1], str(kind))
        return {"step_id": wanted[-1].step_id, "sequence_id": wanted[-1].sequence_id, "kind": kind}

    def form(self, request: Request) -> Row:
        """`{"form_id": 61, "email": ...}`: an address that the account knows confirms at once."""
        body = body_of(request)
        form = next((row for row in self.channel.account.forms if row["id"] == body.get("form_id")), None)
        person = self.channel.directory.find(str(body.get("email")))
        if form is None or person is None:
            raise refusal(404, "no such form or person")
        settings, runtime = form["automation_settings"], self.channel.runtime
        runtime.add_tags(person, [tag.strip() for tag in settings["tag_list"].split(",") if tag.strip()])
        for number in settings["sequence_ids"]:
            runtime.enrol(self.channel.directory.sequences[number], person)
        return {"email": person.email}


def _fits(receipt: Receipt, body: Row) -> bool:
    return all(body.get(key) in (None, getattr(receipt, key)) for key in ("step_id", "sequence_id"))
