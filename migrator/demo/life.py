"""Three weeks on both local platforms at once: the same people sign up, open and click at the same moments."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from mappings.addresses import normal_form
from migrator.sandbox.broadcast.account import Receipt
from migrator.sandbox.broadcast.app import BroadcastSandbox
from migrator.sandbox.sequenzy import control_routes, engine, happenings
from migrator.sandbox.sequenzy import people as target_people
from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.replies import stamp

STEP = timedelta(hours=3)
SAME = timedelta(minutes=2)
NEWCOMERS = 3
"""A day."""
NEW_TAG = "new-signup"


class Life:
    def __init__(self, source: BroadcastSandbox, target: SequenzySandbox) -> None:
        self.source, self.target = source, target
        self._read: set[tuple[int, int, str]] = set()
        self._waiting = [
            person
            for person in source.account.subscribers
            if NEW_TAG not in person.tags and source.runtime.directory.may_be_mailed(person, source.account.now)
        ]
        self.newcomers = 0

    def start(self) -> datetime:
        """Brings both clocks to one moment."""
        moment = max(self.source.runtime.now, self.target.state.now)
        self.source.runtime.advance_to(moment)
        control_routes.advance(self.target, moment)
        return moment

    def run(self, begin: datetime, days: int) -> None:
        end, moment = begin + timedelta(days=days), begin
        since = begin
        while moment < end:
            following = moment + STEP
            self.source.runtime.advance_to(following)
            control_routes.advance(self.target, following)
            self._read_mail(following)
            if following - since >= timedelta(days=1) and following < end:
                since = following
                self._sign_up()
            moment = following

    def _sign_up(self) -> None:
        state = self.target.state
        for _ in range(min(NEWCOMERS, len(self._waiting))):
            person = self._waiting.pop()
            there = state.by_email(normal_form(person.email))
            if there is None or there.status != "active":
                continue
            self.source.runtime.add_tags(person, [NEW_TAG])
            target_people.add_tags(self.target, there, [NEW_TAG], live=True)
            engine.settle(self.target)
            self.newcomers += 1

    def _read_mail(self, now: datetime) -> None:
        """Who opens and clicks is drawn from the address and the email, so both platforms see the same people act."""
        directory = self.source.runtime.directory
        for line in self.source.runtime.journal.outbox:
            person_id, step_id = line["subscriber"]["id"], line["step_id"]
            key = (person_id, step_id, str(line["time"]))
            if key in self._read:
                continue
            self._read.add(key)
            luck = hashlib.sha256(f"{person_id} {step_id}".encode()).digest()[0]
            if luck < 110:
                receipt = next(row for row in reversed(directory.receipts[person_id]) if row.step_id == step_id)
                self._act(receipt, str(line["subscriber"]["email"]), "clicked" if luck < 45 else "opened", now)

    def _act(self, receipt: Receipt, email: str, kind: str, now: datetime) -> None:
        kinds = ("opened", "clicked") if kind == "clicked" else ("opened",)
        for one in kinds:
            self.source.runtime.activity(receipt, one)
        state = self.target.state
        person = state.by_email(normal_form(email))
        # The same email, or none: nobody can open what this platform has not sent them.
        sends = (
            [one for one in state.sends_of(person.id) if abs(one.sent_at - receipt.sent_at) <= SAME] if person else []
        )
        if person is None or not sends:
            return
        send = min(sends, key=lambda one: abs(one.sent_at - receipt.sent_at))
        for one in kinds:
            if one == "opened":
                send.opened_at = [*send.opened_at, now]
            else:
                send.clicks = [*send.clicks, {"url": "https://app.acme.test/", "at": stamp(now)}]
            happenings.on_event(self.target, person.id, f"email.{one}", {}, now)
        engine.settle(self.target)
