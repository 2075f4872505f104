"""Serves a local platform on loopback: HTTP/1.1, keep-alive, a thread a connection, really broken connections."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from migrator.sandbox.local_only import why_foreign
from migrator.sandbox.web import App, Request, Response, parse_target

HANG_SECONDS = 3600.0


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = False
    request_queue_size = 128

    def __init__(self, port: int, app: App) -> None:
        self.app = app
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is its own business; the sandbox stays quiet."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def handle_any(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        path, query = parse_target(self.path)
        headers = {key.lower(): value for key, value in self.headers.items()}
        request = Request(self.command, path, query, headers, self.rfile.read(length) if length else b"")
        why = why_foreign(self.headers.items())
        self._answer(Response.of({"error": why}, 403) if why else self.server.app.handle(request))

    def __getattr__(self, name: str) -> object:
        # The base class looks for do_GET, do_POST, ...; every method is served alike.
        if name.startswith("do_"):
            return self.handle_any
        raise AttributeError(name)

    def _answer(self, reply: Response) -> None:
        if reply.fault == "hang":
            time.sleep(HANG_SECONDS)
        if reply.fault in ("hang", "reset"):
            # A zero linger time makes the kernel send a reset instead of an orderly close.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
            return
        body = reply.body
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if reply.fault == "truncate":
            body, self.close_connection = body[: len(body) // 2], True
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Requests carry addresses: nothing is logged."""


@contextlib.contextmanager
def serving(app: App, port: int = 0) -> Iterator[str]:
    """Serves in the background while the block runs; gives the base URL. OSError when the port is taken."""
    server = _Server(port, app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
