"""Who may pass: the key, the revision header, the scope, and two fixed windows for each endpoint."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from math import ceil

from migrator.sandbox.klaviyo.switches import LIMITS, Switches
from migrator.sandbox.web import Request, Response

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


class Refused(Exception):
    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def refusal(status: int, code: str, title: str, detail: str, parameter: str | None = None) -> Refused:
    source = {"parameter": parameter} if parameter else {"pointer": "/data/"}
    number = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{status}{code}{detail}"))
    error = {"id": number, "status": status, "code": code, "title": title, "detail": detail}
    return Refused(Response.of({"errors": [{**error, "source": source, "links": {}, "meta": {}}]}, status))


class Gate:
    def __init__(self, key: str, switches: Switches, monotonic: Callable[[], float]) -> None:
        self.key, self.switches, self._monotonic = key, switches, monotonic
        self._used: dict[tuple[str, float], tuple[int, int]] = {}
        """(endpoint, seconds) to the number of the window and the requests in it."""
        self._asked = 0

    def admit(self, request: Request, endpoint: str, limit: str, scopes: tuple[str, ...]) -> dict[str, str]:
        """Gives the headers of a normal answer; raises `Refused`."""
        self._authenticate(request)
        self._check_revision(request)
        missing = [scope for scope in scopes if scope not in self.switches.scopes]
        if missing:
            raise refusal(
                403,
                "permission_denied",
                "You do not have permission to perform this action.",
                f"The API key specified is missing required scopes: {', '.join(missing)}",
            )
        return self._count(endpoint, limit)

    def _authenticate(self, request: Request) -> None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme != "Klaviyo-API-Key" or key.strip() != self.key:
            raise refusal(
                401, "not_authenticated", "Authentication credentials were not provided.", "Missing or invalid key."
            )

    def _check_revision(self, request: Request) -> None:
        revision = request.headers.get("revision", "")
        if not revision:
            raise refusal(400, "invalid", "Invalid input.", "A revision header is required.")
        if not _DATE.match(revision) or not (
            self.switches.oldest_revision <= revision <= self.switches.newest_revision
        ):
            raise refusal(400, "invalid", "Invalid input.", f"The revision {revision} is unknown or retired.")

    def _count(self, endpoint: str, limit: str) -> dict[str, str]:
        burst, steady = LIMITS[limit]
        self._asked += 1
        if self.switches.refuse_every and self._asked % self.switches.refuse_every == 0:
            raise _throttled(1)
        if not self.switches.enforce_limits:
            return {}
        now = self._monotonic()
        for seconds, most in ((1.0, burst), (60.0, steady)):
            window = int(now // seconds)
            number, used = self._used.get((endpoint, seconds), (window, 0))
            used = used + 1 if number == window else 1
            self._used[endpoint, seconds] = (window, used)
            if used > most:
                raise _throttled(ceil((window + 1) * seconds - now))
        window, used = self._used[endpoint, 60.0]
        return {
            "RateLimit-Limit": str(steady),
            "RateLimit-Remaining": str(steady - used),
            "RateLimit-Reset": str(ceil((window + 1) * 60.0 - now)),
        }


def _throttled(seconds: int) -> Refused:
    refused = refusal(429, "throttled", "Request was throttled.", f"Expected available in {max(seconds, 1)} seconds.")
    refused.response.headers["Retry-After"] = str(max(seconds, 1))
    return refused
