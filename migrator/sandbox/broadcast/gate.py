"""Who may pass: keys, permissions, the channel an installation key must name, and the request limit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from migrator.sandbox.broadcast.account import Account, Token, stamp
from migrator.sandbox.broadcast.switches import Switches
from migrator.sandbox.web import Request, Response

WINDOW = 60.0
ADMIN_ONLY = "Admin API token required for cross-channel operations"


class Refused(Exception):
    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def refusal(status: int, error: str, **more: str) -> Refused:
    return Refused(Response.of({"error": error, **more}, status))


class Gate:
    """`monotonic` measures the window of the limit, `wall` writes its end into the headers."""

    def __init__(
        self, account: Account, switches: Switches, monotonic: Callable[[], float], wall: Callable[[], float]
    ) -> None:
        self._account, self.switches = account, switches
        self._monotonic, self._wall = monotonic, wall
        self._windows: dict[str, tuple[float, int]] = {}
        self._passed: dict[str, int] = {}
        self._asked = 0

    def token(self, request: Request) -> Token:
        """The key of a request. A key may be told to stop working after a number of answers."""
        key = self._key(request)
        token = self._account.tokens.get(key)
        passed = self._passed.get(key, 0)
        limit = self.switches.revoke_after
        if token is None or token.revoked or (limit is not None and passed >= limit):
            raise refusal(401, "Unauthorized")
        self._passed[key] = passed + 1
        return token

    def holder(self, request: Request) -> Token:
        """The key of a request that was let in already."""
        return self._account.tokens[self._key(request)]

    def permit(self, token: Token, needs: tuple[str, ...]) -> None:
        if all(need in token.permissions for need in needs):
            return
        if self.switches.missing_permission == 401:
            raise refusal(401, "Unauthorized")
        raise refusal(403, "Forbidden", message="Insufficient permissions")

    def in_channel(self, token: Token, request: Request) -> None:
        """Every call of an installation key names its channel: in the query of a GET, else in the body."""
        if token.type == "channel_scoped":
            return
        named: object = request.arg("broadcast_channel_id")
        if request.method != "GET":
            named = _from_body(request)
        if named is None:
            raise refusal(403, "broadcast_channel_id is required with an admin API token")
        if str(named) != str(self._account.channel["id"]):
            raise refusal(404, "Broadcast channel not found")

    def count(self, request: Request) -> None:
        """Raises a 429 when the key has used up its window, or when every nth request is to be refused."""
        self._asked += 1
        every = self.switches.refuse_every
        used = self._use(self._key(request))
        if (every and self._asked % every == 0) or (
            self.switches.enforce_rate_limit and used > self.switches.rate_limit
        ):
            seconds = self.switches.retry_after
            if self.switches.enforce_rate_limit:
                seconds = max(int(self._left(self._key(request))) + 1, 1)
            refused = refusal(429, "Rate limit exceeded")
            refused.response.headers["retry-after"] = str(seconds)
            raise refused

    def headers(self, request: Request) -> dict[str, str]:
        if self.switches.rate_headers == "off":
            return {}
        key = self._key(request)
        limit, reset = self.switches.rate_limit, self._wall() + self._left(key)
        used = self._windows.get(key, (0.0, 0))[1] if self.switches.enforce_rate_limit else 1
        iso = stamp(datetime.fromtimestamp(reset, UTC), milliseconds=False)
        shown = str(int(reset)) if self.switches.rate_headers == "epoch" else str(iso)
        remaining = str(max(limit - used, 0))
        return {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": remaining, "X-RateLimit-Reset": shown}

    def _use(self, key: str) -> int:
        began, used = self._windows.get(key, (self._monotonic(), 0))
        if self._monotonic() - began >= WINDOW:
            began, used = self._monotonic(), 0
        self._windows[key] = (began, used + 1)
        return used + 1

    def _left(self, key: str) -> float:
        return max(self._windows.get(key, (self._monotonic(), 0))[0] + WINDOW - self._monotonic(), 0.0)

    @staticmethod
    def _key(request: Request) -> str:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        return key.strip() if scheme.lower() == "bearer" else ""


def _from_body(request: Request) -> object:
    try:
        body = request.json()
    except ValueError:
        return None
    return body.get("broadcast_channel_id") if isinstance(body, dict) else None
