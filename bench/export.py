"""How fast an export reads: request rate against the allowed one, rows a second, memory, requests against the minimum.

    python bench/export.py [--contacts 20000] [--sequences 16] [--limit 120 300] [--latency 0.05]

A local Broadcast in a process of its own answers over loopback. The first run has no limit (rows a second of our own
side); the second keeps the server's limit and shows how much of it was used, with refusals counted by the server.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

SERVER = """
import sys, time, threading
sys.path.insert(0, {root!r})
from migrator.sandbox.broadcast.account import READ_KEY
from migrator.sandbox.broadcast.app import BroadcastSandbox
from migrator.sandbox.broadcast.generate import generate
from migrator.sandbox.broadcast.switches import Switches
from migrator.sandbox.server import serving
account = generate({contacts}, {sequences}, enrolled={enrolled})
switches = Switches(enforce_rate_limit={limit} > 0, rate_limit={limit} or 120, rate_headers="iso" if {limit} else "off")
app = BroadcastSandbox(account, switches=switches)
refused, first, last = 0, None, 0.0
class Counting:
    def handle(self, request):
        global refused, first, last
        if request.path == "/count":
            from migrator.sandbox.web import Response
            return Response.of({{"requests": len(app.requests), "refused": refused, "asking": last - first}})
        last = time.monotonic()
        first = last if first is None else first
        time.sleep({latency})
        reply = app.handle(request)
        refused += reply.status == 429
        return reply
with serving(Counting()) as url:
    print(url, len(account.enrolments), READ_KEY, flush=True)
    sys.stdin.read()
"""


def run(args: argparse.Namespace, limit: int, latency: float) -> dict[str, float]:
    from adapters.broadcast.source import BroadcastSource
    from migrator.bundle import Bundle
    from migrator.export.progress import Silent
    from migrator.export.run import export
    from migrator.transport.clock import SystemClock

    source = SERVER.format(
        root=str(Path(__file__).parents[1]),
        contacts=args.contacts,
        sequences=args.sequences,
        enrolled=args.enrolled,
        limit=limit,
        latency=latency,
    )
    server = subprocess.Popen([sys.executable, "-c", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdin is not None
    assert server.stdout is not None
    url, enrolments, key = server.stdout.readline().split()
    clock = SystemClock()
    reading = BroadcastSource().open(
        {"BROADCAST_HOST": url, "BROADCAST_API_TOKEN": key}, clock=clock, rate=None if limit else 0, busy_wait=0
    )
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        done = export(reading, Path(folder) / "bundle", clock=clock, watcher=Silent())
        seconds = time.monotonic() - began
        counts = Bundle.open(done.folder).manifest.counts
    with urllib.request.urlopen(f"{url}/count") as answer:  # noqa: S310 - our own loopback server
        told = json.loads(answer.read())
    server.stdin.close()
    server.wait()
    rows = sum(counts.values())
    result = {
        "seconds": seconds,
        "requests": told["requests"],
        "refused": told["refused"],
        "asking": told["asking"],
        "rows": rows,
        "enrolments": float(enrolments),
        "rows_per_second": rows / seconds,
    }
    if limit:
        # Whatever the client does, request n cannot arrive before n - limit has, and a minute.
        result["asking_at_least"] = 60 * (math.ceil(told["requests"] / limit) - 1)
    return result


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--contacts", type=int, default=20_000)
    options.add_argument("--sequences", type=int, default=16)
    options.add_argument("--enrolled", type=float, default=0.02)
    options.add_argument(
        "--limit", type=int, nargs="*", default=[100], help="Requests a minute the server allows, one run each."
    )
    options.add_argument("--latency", type=float, default=0.05, help="Seconds the server takes for an answer.")
    args = options.parse_args()
    free = run(args, 0, 0.0)
    print(f"no limit: {free['rows']:,.0f} rows in {free['seconds']:.1f} s = {free['rows_per_second']:,.0f} rows/s")
    print(f"          {free['requests']:,.0f} requests, {free['requests'] / free['seconds']:,.0f} a second")
    for limit in args.limit:
        paced = run(args, limit, args.latency)
        share = paced["asking_at_least"] / paced["asking"] if paced["asking_at_least"] else 1.0
        print(
            f"limit {limit}/min, latency {args.latency} s: {paced['requests']:,.0f} requests in {paced['asking']:.1f} s"
            f" of asking; the limit alone takes {paced['asking_at_least']:.0f} s = {share:.1%} of the allowed rate;"
            f" refused {paced['refused']:,.0f}; all in all {paced['seconds']:.1f} s"
        )
    print(f"memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most")


if __name__ == "__main__":
    main()
