"""A `Case` for any source on the kit whose local platform is a table: how to open it, what it has seen."""

from __future__ import annotations

from typing import Any

import httpx

from adapters.kit.source import ApiReading, ApiSource
from migrator.sandbox.sources.platform import Platform
from migrator.sandbox.sources.server import SourceSandbox, Switches
from migrator.sandbox.web import mock_transport
from migrator.transport.clock import FakeClock
from migrator.transport.retry import Patience
from tests.contracts.source_contract import BEGIN, Case, Cut


class Counting(httpx.BaseTransport):
    """Tells the cut of each request before the server sees it."""

    def __init__(self, app: SourceSandbox, cut: Cut) -> None:
        self._inner, self._cut = mock_transport(app), cut

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._cut()
        return self._inner.handle_request(request)


def opened(source: ApiSource, app: SourceSandbox, cut: Cut | None = None) -> ApiReading:
    local = app.platform
    url, key = local.settings
    return source.open(
        {url: f"http://localhost{local.base}", key: local.key},
        clock=FakeClock(BEGIN),
        http_transport=Counting(app, cut or Cut()),
        patience=Patience(attempts=5, first_delay=0.1),
    )


def case_of(source: ApiSource, local: Platform, **truth: Any) -> Case:
    app = SourceSandbox(local, switches=Switches(enforce_limits=False), monotonic=FakeClock().monotonic)
    return Case(
        source=source,
        open=lambda cut: opened(source, app, cut),
        methods=lambda: [seen.method for seen in app.requests],
        secrets=(local.key, "s3cr3t"),
        **truth,
    )
