"""Exports a local Klaviyo inside this process, on a clock that nobody waits for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.base import Wanted
from adapters.klaviyo.source import KlaviyoSource
from migrator.bundle import Bundle
from migrator.export.progress import Silent
from migrator.export.run import export
from migrator.model import Sequence
from migrator.sandbox.klaviyo.account import DEFAULT_KEY, Account
from migrator.sandbox.klaviyo.app import KlaviyoSandbox
from migrator.sandbox.klaviyo.switches import Switches
from migrator.sandbox.web import mock_transport
from migrator.transport.clock import FakeClock
from migrator.transport.retry import Patience


@dataclass
class Trip:
    app: KlaviyoSandbox
    clock: FakeClock
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    last: Any = None

    def export(self, *, since: Bundle | None = None, fresh: bool = False, **wanted: Any) -> Bundle:
        told = {"KLAVIYO_API_KEY": DEFAULT_KEY, "KLAVIYO_API_URL": "http://localhost", **self.settings}
        self.last = KlaviyoSource().open(
            told,
            clock=self.clock,
            http_transport=mock_transport(self.app),
            patience=Patience(attempts=4, first_delay=0.1),
        )
        folder = self.folder if since is None else self.folder.with_name("delta")
        try:
            done = export(
                self.last, folder, clock=self.clock, watcher=Silent(), wanted=Wanted(**wanted), fresh=fresh, since=since
            )
        finally:
            self.last.close()
        return Bundle.open(done.folder)

    def sequence(self, flow_id: str, **wanted: Any) -> Sequence:
        bundle = self.export(only=("sequences",), sequences=(flow_id,), fresh=True, **wanted)
        return next(one for one in bundle.sequences() if one.source_id == flow_id)


def trip_in(folder: Path, account: Account, *, switches: Switches | None = None, **settings: str) -> Trip:
    clock = FakeClock(datetime(2026, 6, 1, tzinfo=UTC))
    app = KlaviyoSandbox(account, switches=switches, monotonic=clock.monotonic)
    return Trip(app, clock, folder / "bundle", settings)
