"""Two local platforms on one clock, an account that is loaded as drafts, and a switch that can be killed anywhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec

from adapters.broadcast.source import BroadcastSource
from adapters.sequenzy.client import Sequenzy, open_target
from migrator.bundle import Bundle
from migrator.cutover.desk import Desk, groups
from migrator.cutover.journal import Journal, Way
from migrator.cutover.switch import Outcome, Switch
from migrator.export.progress import Silent
from migrator.export.run import export
from migrator.load.checkpoint import Checkpoint
from migrator.load.run import load
from migrator.load.work import Work
from migrator.plan.answers.mappings_file import NAME as MAPPINGS
from migrator.plan.answers.mappings_file import load as read_mappings
from migrator.plan.make import make_plan
from migrator.plan.open_plan import open_fresh
from migrator.sandbox.broadcast.account import ADMIN_KEY, Account, Sequence, Subscriber, moment_of, usual_tokens
from migrator.sandbox.broadcast.app import BroadcastSandbox
from migrator.sandbox.broadcast.generate_emails import Email
from migrator.sandbox.broadcast.generate_sequences import DAY, Maker
from migrator.sandbox.broadcast.switches import Switches
from migrator.sandbox.sequenzy import control_routes
from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.keys import DEFAULT_KEY
from migrator.sandbox.web import mock_transport
from migrator.transport.clock import FakeClock
from migrator.transport.retry import Patience

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
WELCOME, COURSE = "7", "8"
Letters = dict[str, list[tuple[datetime, str]]]


class Killed(BaseException):
    """Nothing may catch this: the process is gone."""


class Trap:
    """Counts the places where a process can die, and dies at one of them; dead, it does nothing any more."""

    def __init__(self, at: int | None = None) -> None:
        self.at, self.passed = at, 0

    def point(self, _: str = "") -> None:
        if self.at is not None and self.passed >= self.at:
            raise Killed
        self.passed += 1

    def around(self, inner: httpx.BaseTransport) -> httpx.BaseTransport:
        trap = self

        class Trapped(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                trap.point()
                reply = inner.handle_request(request)
                trap.point()
                return reply

        return Trapped()


class OneClock(FakeClock):
    """Whoever waits lets both platforms live on meanwhile."""

    def __init__(self, source: BroadcastSandbox, target: SequenzySandbox, start: datetime) -> None:
        super().__init__(start)
        self.source, self.target = source, target

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.let_live()

    def let_live(self) -> None:
        self.source.runtime.advance_to(self.now())
        control_routes.advance(self.target, self.now())


def mail(number: int) -> Email:
    return Email(f"Letter {number}", None, f"<p>Letter {number}</p>")


def welcome(make: Maker) -> None:
    here = make.email(make.start, "One", mail(1))
    for number in (2, 3, 4):
        here = make.email(make.wait(here, (number * number + 1) * DAY), f"Letter {number}", mail(number))


def course(make: Maker) -> None:
    here = make.email(make.start, "Chapter", mail(11))
    make.email(make.wait(here, 20 * DAY), "Chapter two", mail(12))


def account(people: int = 12, builds: dict[str, Callable[[Maker], Any]] | None = None, **settings: Any) -> Account:
    """People who entered at different moments of the last weeks, so that they are at different steps today."""
    made = Account(
        channel={"id": 3, "name": "Acme", "slug": "acme", "sender_email": "hi@acme.test"}, now=START - timedelta(30)
    )
    made.tokens = usual_tokens()
    for number in range(1, people + 1):
        made.subscribers.append(
            Subscriber(
                id=number,
                email=f"person{number}@example.com",
                created_at=made.now,
                subscribed_at=made.now,
                confirmed_at=made.now,
            )
        )
    step_id = 100
    for source_id, build in (builds or {WELCOME: welcome, COURSE: course}).items():
        maker = Maker()
        build(maker)
        for step in maker.steps:
            step["id"] += step_id
            step["parent_id"] = None if step["parent_id"] is None else step["parent_id"] + step_id
        step_id += 100
        made.sequences.append(
            Sequence(
                id=int(source_id),
                label=f"Sequence {source_id}",
                created_at=made.now,
                updated_at=made.now,
                steps=maker.steps,
                init_tag=f"start-{source_id}",
            )
        )
    made.forms = [
        {
            "id": 61,
            "label": "Signup",
            "widget_type": "inline_embed",
            "enabled": True,
            "is_variant": False,
            "automation_settings": {"tag_list": "", "sequence_ids": [7], "double_opt_in": False},
        }
    ]
    return made


def live_on(app: BroadcastSandbox, until: datetime, every: timedelta = timedelta(days=2, hours=1)) -> None:
    """Somebody new enters each sequence every other day."""
    runtime, number = app.runtime, 0
    while runtime.now + every < until:
        person = app.account.subscribers[number % len(app.account.subscribers)]
        sequences = [one for one in app.account.sequences if one.id == 7 or number % 3 == 1]
        for sequence in sequences:
            runtime.add_tags(person, [f"start-{sequence.id}"])
        runtime.advance(every)
        number += 1
    runtime.advance_to(until)


@dataclass
class Rehearsal:
    folder: Path
    source: BroadcastSandbox
    target: SequenzySandbox
    clock: OneClock
    key: str = ADMIN_KEY
    stack: ExitStack = field(default_factory=ExitStack)

    @classmethod
    def begin(
        cls,
        folder: Path,
        data: Account | None = None,
        *,
        profile: Any = "current",
        live: Callable[[BroadcastSandbox], None] | None = None,
        **switches: Any,
    ) -> Rehearsal:
        """Exported, planned and loaded; nothing is switched. `live`: the weeks before, up to START."""
        folder.mkdir(parents=True, exist_ok=True)
        chosen = Switches.for_profile(profile)
        source = BroadcastSandbox(data or account(), profile=profile, switches=chosen)
        (live or (lambda app: live_on(app, START)))(source)
        target = SequenzySandbox(limits=None, now=START, import_polls=0)
        found = cls(folder, source, target, OneClock(source, target, START))
        found.read_and_plan()
        with Checkpoint.open(folder, clock=found.clock) as checkpoint:
            load(open_fresh(folder), found.api(), checkpoint, folder)
        for name, value in switches.items():
            assert hasattr(chosen, name), name
            setattr(chosen, name, value)
        return found

    def read_and_plan(self) -> None:
        reading = BroadcastSource().open(
            self.settings, clock=self.clock, rate=0, http_transport=mock_transport(self.source)
        )
        export(reading, self.folder / "bundle", clock=self.clock, watcher=Silent())
        reading.close()
        path = self.folder / MAPPINGS
        path.touch()
        make_plan(Bundle.open(self.folder / "bundle"), read_mappings(path), self.folder / "plan", where=str(path))

    @property
    def settings(self) -> dict[str, str]:
        return {"BROADCAST_HOST": "https://source.test", "BROADCAST_API_TOKEN": self.key, "BROADCAST_CHANNEL_ID": "3"}

    def api(self, trap: Trap | None = None) -> Sequenzy:
        inner = mock_transport(self.target)
        settings = {"SEQUENZY_API_URL": "https://target.test", "SEQUENZY_API_KEY": DEFAULT_KEY}
        return open_target(
            settings,
            clock=self.clock,
            rate=0,
            http_transport=trap.around(inner) if trap else inner,
            patience=Patience(),
        )

    def desk(self, stack: ExitStack, trap: Trap | None = None) -> Desk:
        inner = mock_transport(self.source)
        source = BroadcastSource().open_switch(
            self.settings, clock=self.clock, rate=0, http_transport=trap.around(inner) if trap else inner
        )
        on_commit = trap.point if trap else None
        checkpoint = stack.enter_context(Checkpoint.open(self.folder, clock=self.clock, on_commit=on_commit))
        journal = stack.enter_context(Journal.open(self.folder, clock=self.clock, on_commit=on_commit))
        work = Work(open_fresh(self.folder), self.api(trap), checkpoint)
        return Desk(self.folder, work, journal, source, "Broadcast")

    def switch(
        self,
        way: Way = Way.MIXED,
        *only: str,
        trap: Trap | None = None,
        pilot: int | None = None,
        by_hand: str = "",
    ) -> Outcome:
        with ExitStack() as stack:
            desk = self.desk(stack, trap)
            chosen = groups(desk.work, only)
            ways = {member: way for group in chosen for member in group.members}
            return Switch(desk, ways, pilot=pilot, by_hand=by_hand).run(chosen)

    # --- what both platforms did ---

    def run_days(self, days: float) -> None:
        step = timedelta(hours=6)
        end = self.clock.now() + timedelta(days=days)
        while self.clock.now() < end:
            self.clock.sleep(step.total_seconds())

    def letters(self, *, source: bool = True, target: bool = True) -> Letters:
        """By person: when they were sent what, in order."""
        found = _letters(self.source) if source else defaultdict(list)
        if target:
            for send in self.target.state.outbox:
                person = self.target.state.subscribers[str(send.subscriber_id)]
                found[str(person.email)].append((send.sent_at, str(send.subject)))
        return {email: sorted(letters) for email, letters in found.items()}

    def sent_since(self, moment: datetime = START) -> Letters:
        found = {email: [one for one in letters if one[0] > moment] for email, letters in self.letters().items()}
        return {email: letters for email, letters in found.items() if letters}

    def alone(self, days: float) -> Letters:
        """What the source alone would have sent: a copy of it lives on without a switch."""
        copy = msgspec.json.decode(msgspec.json.encode(self.source.account), type=Account)
        twin = BroadcastSandbox(copy, switches=Switches.for_profile("current"))
        twin.runtime.advance(timedelta(days=days))
        return {email: sorted(letters) for email, letters in _letters(twin).items()}

    def inside_source(self, sequence: str = WELCOME) -> set[str]:
        emails = {one.id: one.email for one in self.source.account.subscribers}
        return {
            emails[row.subscriber_id]
            for row in self.source.account.enrolments
            if str(row.sequence_id) == sequence and row.status in ("active", "busy", "paused")
        }

    def inside_target(self, name: str = f"Sequence {WELCOME}") -> set[str]:
        state = self.target.state
        ids = {one.id for one in state.sequences.values() if one.name == name}
        return {
            str(state.subscribers[run.subscriber_id].email)
            for run in state.enrollments.values()
            if run.sequence_id in ids and run.status in ("active", "waiting", "paused")
        }

    def picture(self) -> dict[str, Any]:
        """What counts at the end: where everybody is and waits until when, and what is open."""
        state = self.target.state
        names = {one.id: (one.name, one.status) for one in state.sequences.values()}
        return {
            "source": {one: sorted(self.inside_source(one)) for one in (WELCOME, COURSE)},
            "target": sorted(
                (
                    names[run.sequence_id][0],
                    str(state.subscribers[run.subscriber_id].email),
                    run.status,
                    str(run.due)[:16],
                )
                for run in state.enrollments.values()
            ),
            "status": sorted(names.values()),
            "tags": [(one.id, one.init_tag, one.active) for one in self.source.account.sequences],
            "forms": [one["automation_settings"]["sequence_ids"] for one in self.source.account.forms],
        }


def _letters(app: BroadcastSandbox) -> defaultdict[str, list[tuple[datetime, str]]]:
    found: defaultdict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for line in app.runtime.journal.outbox:
        found[str(line["subscriber"]["email"])].append((moment_of(str(line["time"])), str(line["subject"])))
    return found
