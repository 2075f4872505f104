"""Two local platforms: a small account is loaded, the source lives on, and a sync follows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from plans import picture

from adapters.broadcast.source import BroadcastSource
from adapters.sequenzy.client import Sequenzy, open_target
from migrator.bundle import Bundle
from migrator.cutover.sync import SyncOutcome, preview_sync, sync
from migrator.demo.answers import answers
from migrator.export.progress import Silent
from migrator.export.run import export
from migrator.load.checkpoint import Checkpoint
from migrator.load.run import load
from migrator.plan.answers.mappings_file import NAME as MAPPINGS
from migrator.plan.answers.mappings_file import load as read_mappings
from migrator.plan.answers.questions import add_questions, open_questions
from migrator.plan.make import make_plan
from migrator.plan.open_plan import open_fresh
from migrator.sandbox.broadcast.account import ADMIN_KEY, Subscriber
from migrator.sandbox.broadcast.app import BroadcastSandbox
from migrator.sandbox.broadcast.generate import generate
from migrator.sandbox.broadcast.switches import Switches
from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.keys import DEFAULT_KEY
from migrator.sandbox.web import mock_transport
from migrator.transport.clock import FakeClock

SOURCE = {"BROADCAST_HOST": "https://source.test", "BROADCAST_API_TOKEN": ADMIN_KEY, "BROADCAST_CHANNEL_ID": "3"}


def small_source(people: int = 40) -> BroadcastSandbox:
    account = generate(people, 3, seed=5, enrolled=0.2)
    switches = Switches.for_profile("current")
    switches.enforce_rate_limit = False
    return BroadcastSandbox(account, switches=switches)


@dataclass
class Following:
    folder: Path
    source: BroadcastSandbox = field(default_factory=small_source)
    target: SequenzySandbox = field(default_factory=lambda: SequenzySandbox(limits=None))
    clock: FakeClock = field(default_factory=FakeClock)
    url: str = ""
    """Of the source, when it answers over a socket."""
    around: Callable[[httpx.BaseTransport], httpx.BaseTransport] = lambda inner: inner
    on_commit: Callable[[str], None] | None = None

    def begin(self) -> Following:
        """Export, plan with the demo's answers, load."""
        self.folder.mkdir(exist_ok=True)
        reading = self.reading()
        export(reading, self.folder / "bundle", clock=self.clock, watcher=Silent())
        reading.close()
        path = self.folder / MAPPINGS
        path.touch()
        bundle = Bundle.open(self.folder / "bundle")
        made = make_plan(bundle, read_mappings(path), self.folder / "plan", where=str(path))
        asked = open_questions(made.ledger.entries)
        add_questions(path, asked)
        path.write_text("\n".join([*answers(asked), "", path.read_text("utf-8")]), "utf-8")
        make_plan(bundle, read_mappings(path), self.folder / "plan", where=str(path))
        api = self.api()
        with Checkpoint.open(self.folder, clock=self.clock) as checkpoint:
            load(open_fresh(self.folder), api, checkpoint, self.folder)
        api.close()
        return self

    def reading(self) -> Any:
        settings = SOURCE | ({"BROADCAST_HOST": self.url} if self.url else {})
        transport = None if self.url else mock_transport(self.source)
        return BroadcastSource().open(settings, clock=self.clock, rate=0, http_transport=transport)

    def api(self) -> Sequenzy:
        settings = {"SEQUENZY_API_URL": "https://target.test", "SEQUENZY_API_KEY": DEFAULT_KEY}
        return open_target(settings, clock=self.clock, rate=0, http_transport=self.around(mock_transport(self.target)))

    def sync(self, *, dry_run: bool = False) -> SyncOutcome:
        api, reading = self.api(), self.reading()
        try:
            if dry_run:
                looked = Checkpoint.look(self.folder, clock=self.clock)
                assert looked is not None
                with looked:
                    return preview_sync(self.folder, reading, api, looked, watcher=Silent())
            with Checkpoint.open(self.folder, clock=self.clock, on_commit=self.on_commit) as checkpoint:
                return sync(self.folder, reading, api, checkpoint, watcher=Silent())
        finally:
            reading.close()
            api.close()

    def active(self, number: int) -> Subscriber:
        """The source's person of that number among those who may be mailed."""
        directory, now = self.source.runtime.directory, self.source.runtime.now
        return [one for one in self.source.account.subscribers if directory.may_be_mailed(one, now)][number]

    def contact(self, person: Subscriber) -> Any:
        return self.target.state.by_email(person.email.strip().lower())

    def day_passes(self) -> dict[str, Subscriber]:
        """What a day at the source may bring; who it happened to."""
        out, tagged, named, gone = (self.active(number) for number in (0, 1, 2, 3))
        out.is_active, out.unsubscribed_at = False, self.source.runtime.now
        tagged.tags = [*tagged.tags[1:], "came later"]
        named.first_name, named.custom_data = "Grace", {**(named.custom_data or {}), "plan": "after"}
        self.source.account.subscribers.remove(gone)
        new = Subscriber(
            id=99_001,
            email="new.person@example.com",
            created_at=self.source.runtime.now,
            subscribed_at=self.source.runtime.now,
            first_name="New",
            tags=["vip"],
        )
        self.source.account.subscribers.append(new)
        return {"out": out, "tagged": tagged, "named": named, "gone": gone, "new": new}

    def writes(self) -> list[tuple[str, str]]:
        return [(one["method"], one["path"]) for one in self.target.recorded]

    def picture(self) -> Any:
        return picture(self.target)
