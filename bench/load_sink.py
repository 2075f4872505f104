"""A target that takes everything and keeps nothing, in a process of its own: so that a measurement of the loader
measures the loader. Prints its address, serves until its input closes. Used by bench/load.py."""

from __future__ import annotations

import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWERS = {
    "/subscribers/me": {"account": {"companyId": "c", "companyName": "Sink", "apiKeyType": "company"}},
    "/account": {"apiKeyPermissions": {"fullAccess": True, "scopes": ["*"]}, "currentCompanyId": "c", "companies": []},
    "/companies/c": {"company": {"id": "c", "name": "Sink", "defaultSubscriberListIds": []}},
    "/tracking-settings": {"consent": {"doubleOptInEnabled": False}},
    "/sending-status": {"status": "active"},
    "/sender-profiles": {"senderProfiles": [{"canSend": True}]},
    "/lists": {"lists": []},
    "/segments": {"segments": []},
    "/tags": {"tags": []},
    "/templates": {"templates": [], "pagination": {"hasMore": False}},
    "/sequences": {"sequences": [], "pagination": {"hasMore": False}},
}
imports: dict[str, dict[str, object]] = {}


class Sink(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        path = self.path.partition("?")[0].removeprefix("/api/v1")
        known = re.fullmatch(r"/subscribers/imports/(\w+)", path)
        if path == "/subscribers":
            total = sum(int(str(one["totalRows"])) for one in imports.values())
            self._answer({"subscribers": [], "pagination": {"total": total, "hasMore": False, "nextCursor": None}})
            return
        self._answer({"import": imports[known[1]]} if known else ANSWERS.get(path, {}))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.endswith("/imports"):
            rows, name = body.count(b'"email":'), f"imp{len(imports)}"
            made = {"id": name, "status": "completed", "totalRows": rows, "processedCount": rows, "addedCount": rows}
            times = {"createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-01-01T00:00:00.000Z"}
            imports[name] = {**made, **times, "batchId": name, "fileName": "f", "emailCount": rows}
            for key in ("duplicateRows", "updatedCount", "skippedCount", "failedCount", "failedChunks"):
                imports[name][key] = 0
            self._answer({"deduplicated": False, "message": "queued", "import": imports[name]})
        else:
            self._answer({"subscriber": {"id": "s", "status": "active", "created": True}})

    def _answer(self, payload: dict[str, object]) -> None:
        data = json.dumps({"success": True, **payload}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    sys.stdin.read()
