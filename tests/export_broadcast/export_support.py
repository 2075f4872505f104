"""One export of a local Broadcast inside this process, on a clock that nobody waits for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from adapters.base import Wanted
from adapters.broadcast.source import BroadcastSource
from migrator.bundle import Bundle
from migrator.export.progress import Silent
from migrator.export.run import export
from migrator.sandbox.broadcast.account import ADMIN_KEY, READ_KEY, Account
from migrator.sandbox.broadcast.app import BroadcastSandbox
from migrator.sandbox.broadcast.generate import generate
from migrator.sandbox.broadcast.switches import Profile, Switches
from migrator.sandbox.web import mock_transport
from migrator.transport.clock import FakeClock
from migrator.transport.retry import Patience


@dataclass
class Trip:
    """A local Broadcast and where its bundle goes."""

    account: Account
    app: BroadcastSandbox
    clock: FakeClock
    folder: Path
    key: str = READ_KEY

    check_addresses: bool = False

    def export(self, *, since: Bundle | None = None, fresh: bool = False, watcher: Any = None, **wanted: Any) -> Bundle:
        settings = {"BROADCAST_HOST": "http://localhost/api/v1/", "BROADCAST_API_TOKEN": self.key}
        if self.key == ADMIN_KEY:
            settings["BROADCAST_CHANNEL_ID"] = "3"
        reading = BroadcastSource().open(
            settings,
            clock=self.clock,
            http_transport=mock_transport(self.app),
            patience=Patience(attempts=5, first_delay=0.1),
            check_addresses=self.check_addresses,
        )
        folder = self.folder if since is None else self.folder.with_name("delta")
        try:
            done = export(
                reading,
                folder,
                clock=self.clock,
                watcher=watcher or Silent(),
                wanted=Wanted(**wanted),
                fresh=fresh,
                since=since,
            )
        finally:
            reading.close()
        return Bundle.open(done.folder)

    @property
    def gets(self) -> list[str]:
        return [seen.path for seen in self.app.requests]


def trip_in(
    folder: Path,
    account: Account,
    *,
    profile: Profile = "current",
    switches: Switches | None = None,
    key: str = READ_KEY,
) -> Trip:
    clock = FakeClock(account.now)
    app = BroadcastSandbox(
        account,
        profile=profile,
        switches=switches or Switches.for_profile(profile),
        monotonic=clock.monotonic,
        wall=lambda: clock.now().timestamp(),
    )
    return Trip(account, app, clock, folder / "bundle", key)


_SIZES: dict[tuple[int, int, int], bytes] = {}


def account_of(contacts: int, seed: int = 1, sequences: int = 16) -> Account:
    """Made once a size; everybody gets a copy, because some switches change the account."""
    size = (contacts, seed, sequences)
    if size not in _SIZES:
        _SIZES[size] = msgspec.json.encode(generate(contacts, sequences, seed))
    return msgspec.json.decode(_SIZES[size], type=Account)
