"""A load without a request limit: how far the client itself is from being what one waits for.

    python bench/load.py [--rows 200000] [--rounds 3] [--memory]

transform: bundle to plan, which is where contacts are read, mapped and written as ready batches. load: that plan to a
local target that keeps nothing (bench/load_sink.py), with checkpoint and polls. In the same run, to the same target: a
loop over the official client's bulk import (sdk), and one POST a contact (single). Each variant in a fresh process,
interleaved. With --memory: a load of 1,000,000 contacts, and its memory at the end.

Exit 1 when a goal is missed: (transform + load) <= 1.35 x transform; load >= 10 x the 8,333 contacts a second that the
documented limit allows; with --memory, under 64 MB and within 5 MB of a load of 100,000.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # instead of this folder, whose file names hide modules
GOAL_RATIO, GOAL_SPEED, GOAL_MEMORY_MB, GOAL_GROWTH_MB = 1.35, 10 * 8333, 64.0, 5.0
SDK_ROWS, SINGLE_ROWS = 25_000, 1_000
KEY = "seq_live_bench_0000000000000000"


def people(rows: int) -> Iterator[Any]:
    from migrator.model import Consent, ConsentState, Contact

    start = datetime(2020, 1, 1, tzinfo=UTC)
    for number in range(rows):
        state = ConsentState.UNSUBSCRIBED if number % 10 == 0 else ConsentState.SUBSCRIBED
        yield Contact(
            source_id=str(number),
            email=f"person{number}@example.com",
            consent=Consent(state=state, evidence=("made up",)),
            first_name="Zoë",
            last_name="Example",
            created_at=start + timedelta(seconds=number),
            tags=("buyer", f"cohort-{number % 50}"),
            attributes={"plan": "gold", "spent": number * 1.25, "visits": number, "city": "Örebro", "zip": "01234"},
        )


def make_bundle(folder: Path, rows: int) -> None:
    from migrator.bundle import BundleWriter, Manifest, Source

    with BundleWriter(folder) as writer:
        writer.contacts().extend(people(rows))
        about = Source(platform="generated")
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        writer.finish(Manifest(source=about, adapter="bench", adapter_version="1", door="none", exported_at=moment))


# --- the variants, each in its own process ---


def transform(work: Path, url: str) -> dict[str, Any]:
    from migrator.bundle import Bundle
    from migrator.plan.make import make_plan

    bundle = Bundle.open(work / "bundle")
    start = time.perf_counter()
    made = make_plan(bundle, {}, work / "plan")
    return {"seconds": time.perf_counter() - start, "rows": made.plan.people.planned}


def load_plan(work: Path, url: str) -> dict[str, Any]:
    from adapters.sequenzy.client import Sequenzy
    from migrator.load.checkpoint import Checkpoint
    from migrator.load.run import load
    from migrator.plan.open_plan import OpenPlan
    from migrator.transport.clock import SystemClock
    from migrator.transport.secret import Secret

    for path in work.glob("checkpoint.sqlite*"):
        path.unlink()
    clock = SystemClock()
    start = time.perf_counter()
    opened = OpenPlan.open(work / "plan", check=False)
    api = Sequenzy(url, Secret(KEY), clock=clock, rate=0)
    with Checkpoint.open(work, clock=clock) as checkpoint:
        summary = load(opened, api, checkpoint, work)
    seconds = time.perf_counter() - start
    people = summary.counts["people"]
    assert people.added == people.planned, summary.facts()
    return {"seconds": seconds, "rows": people.added, "requests": summary.requests}


def sdk(work: Path, url: str) -> dict[str, Any]:
    from sequenzy import Sequenzy as Official

    rows = _records(work, SDK_ROWS)
    client = Official(base_url=f"{url}/api/v1", api_key=KEY, max_retries=0)
    start = time.perf_counter()
    for at in range(0, len(rows), 5000):
        client.subscribers.create_import(
            subscribers=[json.loads(line) for line in rows[at : at + 5000]],
            duplicate_strategy="merge",
            opt_in_mode="confirmed",
            enroll_in_sequences=False,
            list_ids=[],
        )
    return {"seconds": time.perf_counter() - start, "rows": len(rows)}


def single(work: Path, url: str) -> dict[str, Any]:
    import httpx

    rows = _records(work, SINGLE_ROWS)
    with httpx.Client(headers={"Authorization": f"Bearer {KEY}"}) as client:
        start = time.perf_counter()
        for line in rows:
            client.post(f"{url}/api/v1/subscribers", json=json.loads(line)).raise_for_status()
        return {"seconds": time.perf_counter() - start, "rows": len(rows)}


def _records(work: Path, rows: int) -> list[bytes]:
    with (work / "plan/people/actives.jsonl").open("rb") as file:
        return [line for line, _ in zip(file, range(rows), strict=False)]


VARIANTS: dict[str, Callable[[Path, str], dict[str, Any]]] = {
    "transform": transform,
    "load": load_plan,
    "sdk": sdk,
    "single": single,
}


def run(variant: str, work: Path, url: str) -> dict[str, Any]:
    command = [sys.executable, __file__, "--variant", variant, "--work", str(work), "--url", url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{variant}: {done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def peak_megabytes() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--variant", choices=VARIANTS)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--url", default="")
    options = parser.parse_args()
    if options.variant:
        found = VARIANTS[options.variant](options.work, options.url)
        print(json.dumps(found | {"megabytes": peak_megabytes()}))
        return 0
    sink = subprocess.Popen(
        [sys.executable, str(ROOT / "bench/load_sink.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert sink.stdout is not None
    assert sink.stdin is not None
    url = sink.stdout.readline().strip()
    try:
        with tempfile.TemporaryDirectory() as folder:
            good = measure(Path(folder), url, options.rows, options.rounds)
        if options.memory:
            good = memory(url) and good
    finally:
        sink.stdin.close()
        sink.wait()
    return 0 if good else 1


def measure(work: Path, url: str, rows: int, rounds: int) -> bool:
    make_bundle(work / "bundle", rows)
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in VARIANTS}
    for _ in range(rounds):
        for name in VARIANTS:
            found[name].append(run(name, work, url))
    for name, results in found.items():
        seconds = statistics.median(one["seconds"] for one in results)
        speed = results[0]["rows"] / seconds
        size = max(one["megabytes"] for one in results)
        print(f"{name:<10} {seconds:8.2f} s {speed:12,.0f} contacts/s {size:7.0f} MB")
    pairs = list(zip(found["transform"], found["load"], strict=True))
    ratios = [(one["seconds"] + two["seconds"]) / one["seconds"] for one, two in pairs]
    ratio = statistics.median(ratios)
    speed = statistics.median(two["rows"] / two["seconds"] for _, two in pairs)
    print(f"(transform + load) / transform: {ratio:.2f} (goal {GOAL_RATIO}), rounds {[round(r, 2) for r in ratios]}")
    print(f"load: {speed:,.0f} contacts/s, {speed / 8333:.1f} x what the limit allows (goal 10)")
    return ratio <= GOAL_RATIO and speed >= GOAL_SPEED


def memory(url: str) -> bool:
    sizes = {}
    for rows in (100_000, 1_000_000):
        with tempfile.TemporaryDirectory() as folder:
            work = Path(folder)
            make_bundle(work / "bundle", rows)
            run("transform", work, url)
            found = run("load", work, url)
            sizes[rows] = found["megabytes"]
            print(f"{rows:>9,} contacts: {found['requests']} requests, {found['megabytes']:.1f} MB")
    growth = sizes[1_000_000] - sizes[100_000]
    print(f"growth {growth:.1f} MB (goal {GOAL_GROWTH_MB}), at most {GOAL_MEMORY_MB} MB")
    return growth <= GOAL_GROWTH_MB and sizes[1_000_000] <= GOAL_MEMORY_MB


if __name__ == "__main__":
    sys.exit(main())
