"""The whole journey for one made-up account, in this process and without a socket: what both sides sent, and why.

The functions are those of the commands and of `migrate demo`; what is added is the history of a person on both sides,
so that a difference can be understood.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from busy_life import BusyLife

from adapters.broadcast.source import BroadcastSource
from adapters.sequenzy.client import open_target
from mappings.addresses import normal_form
from migrator.bundle import Bundle
from migrator.demo.answers import answers
from migrator.demo.cutover import CutOver, cut_over
from migrator.demo.life import Life
from migrator.demo.outboxes import Outboxes, compare
from migrator.export.progress import Silent
from migrator.export.run import export
from migrator.load.checkpoint import Checkpoint
from migrator.load.run import load
from migrator.load.work import Work
from migrator.plan.answers.mappings_file import NAME as MAPPINGS
from migrator.plan.answers.mappings_file import load as read_mappings
from migrator.plan.answers.questions import open_questions
from migrator.plan.make import make_plan
from migrator.plan.open_plan import OpenPlan, open_fresh
from migrator.sandbox.broadcast.account import ADMIN_KEY, Account
from migrator.sandbox.broadcast.app import BroadcastSandbox
from migrator.sandbox.broadcast.switches import Switches
from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.keys import DEFAULT_KEY
from migrator.sandbox.web import mock_transport
from migrator.transport.clock import FakeClock

DAYS = 21
Event = tuple[datetime, str, str]
"""When, on which side, what."""


@dataclass
class Travelled:
    source: BroadcastSandbox
    target: SequenzySandbox
    bundle: Bundle
    opened: OpenPlan
    checkpoint: Checkpoint
    cut: CutOver
    outboxes: Outboxes
    begin: datetime
    off_before: set[str]
    """Who could not be mailed at the source at the moment of the cut-over."""
    life: Life

    def story(self, email: str) -> list[str]:
        """Both histories of one person since the enrolments began, by time."""
        return [f"{at:%m-%d %H:%M:%S} {side:8} {what}" for at, side, what in sorted(self._events(normal_form(email)))]

    def _events(self, email: str) -> Iterator[Event]:
        for line in self.source.runtime.journal.outbox:
            if normal_form(str(line["subscriber"]["email"])) == email:
                yield _moment(line["time"]), "source", f"mail {line['sequence_id']}/{line['step_id']}"
        for line in self.source.runtime.journal.events:
            if normal_form(str(line["subscriber"]["email"])) == email:
                what = f"{line['event']} {line.get('sequence_id', '')} {line.get('tag', '')}"
                yield _moment(line["time"]), "source", what
        person = next(one for one in self.source.account.subscribers if normal_form(one.email) == email)
        if isinstance(self.life, BusyLife):
            yield from ((at, "both", act) for at, act in self.life.acts.get(email, ()))
        for enrolment in self.source.account.enrolments:
            if enrolment.subscriber_id == person.id:
                what = f"(enrolment {enrolment.id} of {enrolment.sequence_id}: {enrolment.status})"
                yield enrolment.started_at, "source", what
        there = self.target.state.by_email(email)
        if there is None:
            return
        names = {one.id: one.name for one in self.target.state.sequences.values()}
        yield there.created_at, "target", f"{there.status} {there.tags} {there.attributes}"
        for run in self.target.state.enrollments.values():
            if run.subscriber_id == there.id:
                yield run.started_at, "target", f"in {names[run.sequence_id]} by {run.via}: {run.status}"
                yield run.updated_at, "target", f"in {names[run.sequence_id]}: {run.status} {run.failed_reason or ''}"
        for send in self.target.state.outbox:
            if send.subscriber_id == there.id:
                yield send.sent_at, "target", f"mail {names.get(send.sequence_id or '')}: {send.subject}"


def travel(
    account: Account,
    workspace: Path,
    days: int = DAYS,
    *,
    busy: int | None = None,
    plant: Callable[[SequenzySandbox], object] = lambda _: None,
) -> Travelled:
    """`busy`: the seed of a life in which people are also tagged, lose tags, opt out and change. `plant`: what somebody
    does to the target once its sequences are live."""
    clock = FakeClock(account.now)
    switches = Switches.for_profile("current")
    source = BroadcastSandbox(account, switches=switches, monotonic=clock.monotonic)
    target = SequenzySandbox(limits=None, now=account.now)
    settings = {"BROADCAST_HOST": "https://source.test", "BROADCAST_API_TOKEN": ADMIN_KEY, "BROADCAST_CHANNEL_ID": "3"}
    reading = BroadcastSource().open(settings, clock=clock, rate=0, http_transport=mock_transport(source))
    export(reading, workspace / "bundle", clock=clock, watcher=Silent())
    reading.close()
    bundle = Bundle.open(workspace / "bundle")
    opened = _planned(bundle, workspace)
    api = open_target(
        {"SEQUENZY_API_URL": "https://target.test", "SEQUENZY_API_KEY": DEFAULT_KEY},
        clock=clock,
        rate=0,
        http_transport=mock_transport(target),
    )
    with Checkpoint.open(workspace, clock=clock) as checkpoint:
        load(opened, api, checkpoint, workspace)
        life = Life(source, target) if busy is None else BusyLife(source, target, busy)
        off = _off(source)
        cut = cut_over(Work(opened, api, checkpoint))
        plant(target)
        begin = life.start()
        life.run(begin, days)
        outboxes = compare(bundle, opened, checkpoint, cut, source, target, begin)
    api.close()
    return Travelled(source, target, bundle, opened, checkpoint, cut, outboxes, begin, off, life)


def _planned(bundle: Bundle, workspace: Path) -> OpenPlan:
    path = workspace / MAPPINGS
    path.write_text("", "utf-8")
    made = make_plan(bundle, read_mappings(path), workspace / "plan", where=str(path))
    path.write_text("\n".join(answers(open_questions(made.ledger.entries))) + "\n", "utf-8")
    make_plan(bundle, read_mappings(path), workspace / "plan", where=str(path))
    return open_fresh(workspace)


def _off(source: BroadcastSandbox) -> set[str]:
    directory, now = source.runtime.directory, source.runtime.now
    return {normal_form(one.email) for one in source.account.subscribers if not directory.may_be_mailed(one, now)}


def _moment(text: object) -> datetime:
    return datetime.fromisoformat(str(text)).astimezone(UTC)
