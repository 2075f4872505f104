"""Things that go wrong between the client and the server, on the request a test names."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from urllib.parse import urlencode

from migrator.sandbox.broadcast.switches import Fault, Switches
from migrator.sandbox.web import Request, Response

MAINTENANCE = "<!DOCTYPE html><html><body><h1>We are upgrading</h1><p>Back in a few minutes.</p></body></html>"
BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"


class Faults:
    def __init__(self, switches: Switches) -> None:
        self.switches = switches
        self._seen: dict[int, int] = {}

    def chosen(self, request: Request) -> Fault | None:
        """Counts this request for every fault it matches; the first one whose turn it is wins."""
        chosen = None
        for index, fault in enumerate(self.switches.faults):
            if not fnmatchcase(f"{request.method} {request.path}", fault.route):
                continue
            turn = self._seen[index] = self._seen.get(index, 0) + 1
            if chosen is None and (turn == fault.nth or (fault.always and turn > fault.nth)):
                chosen = fault
        return chosen


def spoil(fault: Fault, request: Request, answer: Callable[[], Response]) -> Response:
    """The answer a client gets instead."""
    if fault.kind == "truncate":
        reply = answer()
        reply.fault = "truncate"
        return reply
    if fault.acted:
        answer()
    if fault.kind in ("hang", "reset"):
        return Response(fault=fault.kind)
    if fault.kind == "500":
        return Response.of({"error": "Internal server error"}, 500)
    if fault.kind == "502_html":
        return Response.text(BAD_GATEWAY, 502)
    if fault.kind == "html_200":
        return Response.text(MAINTENANCE)
    host = request.headers.get("host", "127.0.0.1")
    base = f"http://{host}" if fault.kind == "redirect_same_host" else "https://elsewhere.acme.test"
    query = urlencode(request.query)
    location = f"{base}{request.raw_path}" + (f"?{query}" if query else "")
    return Response(301, b"", {"Location": location})
