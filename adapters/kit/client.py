"""Talking to one account: reads only, one pacer for each class of the platform's limits."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from migrator.errors import ApiProblem, Unavailable
from migrator.transport.clock import Clock
from migrator.transport.pacing import Pacer, Window
from migrator.transport.retry import OnEvent, Patience
from migrator.transport.secret import Secret


@dataclass(frozen=True)
class Wire:
    """How a platform is spoken to."""

    url: str
    limits: Mapping[str, tuple[Window, ...]]
    """By class; each endpoint names one."""
    key_scheme: str = "Bearer"
    key_header: str = "Authorization"
    headers: Mapping[str, str] = field(default_factory=dict)
    refuse_hosts: Mapping[str, str] = field(default_factory=dict)
    advice: Mapping[int, str] = field(default_factory=dict)
    """Status of a refusal to what a person does about it."""


class Api:
    def __init__(
        self,
        title: str,
        wire: Wire,
        url: str,
        key: Secret,
        *,
        key_setting: str,
        url_setting: str,
        clock: Clock,
        rate: int | None = None,
        on_event: OnEvent | None = None,
        http_transport: Any = None,
        patience: Patience | None = None,
    ) -> None:
        # Here, not above: the list of sources shows each one's description and opens no connection.
        from migrator.transport.client import Client, Platform

        self.title, self.url, self.clock = title, url.rstrip("/"), clock
        self.fingerprint = hashlib.sha256(key.reveal().encode()).hexdigest()[:12]
        own = (Window(rate, 60.0),) if rate else ()
        self._pacers = {
            name: Pacer(clock, () if rate == 0 else (*windows, *own)) for name, windows in wire.limits.items()
        }
        platform = Platform(
            title,
            self.url,
            key,
            key_scheme=wire.key_scheme,
            key_header=wire.key_header,
            url_setting=url_setting,
            key_setting=key_setting,
            refuse_hosts=wire.refuse_hosts,
            headers=wire.headers,
            advice=lambda problem: wire.advice.get(problem.status or 0),
        )
        self._client = Client(
            platform, clock=clock, patience=patience, on_event=on_event, http_transport=http_transport
        )

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, limit: str = "all") -> Any:
        return self._client.get(path, params=params, pacer=self._pacers[limit]).data

    def close(self) -> None:
        self._client.close()

    def odd(self, why: str, where: str) -> Unavailable:
        return Unavailable(
            f"{self.title} gave a list that cannot be trusted",
            problem=ApiProblem(200, why),
            where=where,
            fix="Run the same command again: it reads this list from the start. If it stays, report this sentence.",
        )

    def export_times(self) -> dict[str, list[float]]:
        """What was asked lately, for the next run: a limit does not know that we started again."""
        return {name: pacer.export_times() for name, pacer in self._pacers.items()}

    def import_times(self, times: Mapping[str, list[float]]) -> None:
        for name, pacer in self._pacers.items():
            pacer.import_times(times.get(name, []))
