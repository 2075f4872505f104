"""One running channel: the account with its indexes, its interpreter, its switches; and the table of its routes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from migrator.sandbox.broadcast.account import Account
from migrator.sandbox.broadcast.directory import Directory
from migrator.sandbox.broadcast.gate import refusal
from migrator.sandbox.broadcast.runtime import Runtime
from migrator.sandbox.broadcast.segments import Segments
from migrator.sandbox.broadcast.show import Show
from migrator.sandbox.broadcast.switches import Profile, Switches
from migrator.sandbox.web import Request, Response, Router


class Channel:
    def __init__(self, account: Account, profile: Profile, switches: Switches) -> None:
        self.account, self.profile, self.switches = account, profile, switches
        self.directory = Directory(account)
        self.segments = Segments(self.directory)
        self.runtime = Runtime(account, self.directory, self.segments, clock_wait=switches.clock_wait)
        self.show = Show(switches)
        self.routes = Routes()

    def may_change(self) -> None:
        """Raises when this server is told to refuse changes of sequences and forms."""
        if (status := self.switches.refuse_changes) is not None:
            raise refusal(status, "This cannot be changed")


@dataclass(frozen=True)
class Route:
    """`needs` are permissions; `open_to_all` routes ask for no key at all."""

    spec: str
    handler: Callable[..., Any]
    needs: tuple[str, ...] = ()
    admin_only: bool = False
    names_channel: bool = True
    open_to_all: bool = False

    def __call__(self, request: Request, **parameters: str) -> Response:
        answer = self.handler(request, **parameters)
        return answer if isinstance(answer, Response) else Response.of(answer)


class Routes:
    def __init__(self) -> None:
        self._router = Router()
        self.all: list[Route] = []

    def add(self, spec: str, handler: Callable[..., Any], *needs: str, **more: bool) -> None:
        route = Route(spec, handler, needs, **more)
        self.all.append(route)
        self._router.add(spec, route)

    def find(self, request: Request) -> tuple[Route, dict[str, str]] | None:
        """Every route answers with and without `.json` at its end."""
        found = self._router.find(request.method, request.raw_path.removesuffix(".json").rstrip("/") or "/")
        if found is None or not isinstance(found[0], Route):
            return None
        return found[0], found[1]


def body_of(request: Request) -> dict[str, Any]:
    try:
        body = request.json()
    except ValueError:
        raise refusal(400, "There was a problem in the JSON you submitted") from None
    if not isinstance(body, dict):
        raise refusal(400, "There was a problem in the JSON you submitted")
    return body


def wrapped(request: Request, name: str) -> dict[str, Any]:
    """The attributes under their wrapper; a body without it is refused, however good it looks."""
    inner = body_of(request).get(name)
    if not isinstance(inner, dict) or not inner:
        raise refusal(400, f"param is missing or the value is empty or invalid: {name}")
    return inner


def unknown_parameter(name: str) -> dict[str, Any]:
    """The warning of an answer to a change, part of which was not understood."""
    return {"code": "unrecognized_parameter", "param": name, "message": f"{name} is not a known parameter"}
