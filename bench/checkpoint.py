"""What durability costs: the commits that a load of N contacts makes, beside the plainest durable way and beside
the transform of the same contacts.

    python bench/checkpoint.py [--batches 200] [--rounds 5]

ours: the checkpoint as the loader uses it (one commit before each import, one for each twenty that ended), sqlite in
WAL mode with a flush a commit. jsonl: one line and one flush for each of the same moments. transform: bundle to plan of
the same contacts. Interleaved, medians. Exit 1 when the goal is missed: ours <= 3 % of transform.
The ratio to jsonl is shown for comparison; twice as much was hoped for.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # instead of this folder, whose file names hide modules

from bench.load import make_bundle  # noqa: E402 - the path comes first
from bench.load import transform as plan_bundle  # noqa: E402
from migrator.load.checkpoint import Checkpoint, Unit  # noqa: E402
from migrator.load.contact_imports import UNDER_WAY  # noqa: E402
from migrator.transport.clock import SystemClock  # noqa: E402

GOAL_SHARE, HOPED_JSONL = 0.03, 2.0
ROWS = 5000


def units(batches: int) -> list[Unit]:
    return [
        Unit("people:actives", f"{number * 1000}-{number * 1000 + 1000}", position=number, result={"rows": ROWS})
        for number in range(batches)
    ]


def ours(folder: Path, batches: int) -> float:
    made = units(batches)
    times = [round(1_900_000_000 + number * 0.6, 3) for number in range(100)]
    with Checkpoint.open(folder, clock=SystemClock()) as checkpoint:
        start = time.perf_counter()
        checkpoint.intend(made)
        for at in range(0, batches, UNDER_WAY):
            for unit in made[at : at + UNDER_WAY]:
                with checkpoint.writing():
                    checkpoint.sending(unit, request_hash="0" * 64)
                    checkpoint.put_note("send_times", times)
            with checkpoint.writing():
                for unit in made[at : at + UNDER_WAY]:
                    checkpoint.confirm(unit, "imp_0000000000000000", {"rows": ROWS, "added": ROWS, "failed": 0})
        return time.perf_counter() - start


def jsonl(folder: Path, batches: int) -> float:
    with (folder / "log.jsonl").open("wb") as file:
        start = time.perf_counter()
        for number in range(batches + batches // UNDER_WAY + 1):
            file.write(json.dumps({"unit": number, "state": "sent", "hash": "0" * 64}).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        return time.perf_counter() - start


def transform(folder: Path, batches: int) -> float:
    """Bundle to plan for a fifth of the contacts, scaled: the time is in proportion."""
    part = max(1, batches // 5)
    make_bundle(folder / "bundle", part * ROWS)
    return float(plan_bundle(folder, "")["seconds"]) * batches / part


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batches", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    found: dict[str, list[float]] = {"ours": [], "jsonl": [], "transform": []}
    for _ in range(options.rounds):
        for name, variant in (("ours", ours), ("jsonl", jsonl), ("transform", transform)):
            with tempfile.TemporaryDirectory(dir=".") as folder:
                found[name].append(variant(Path(folder), options.batches))
    for name, seconds in found.items():
        print(f"{name:<10} {statistics.median(seconds) * 1000:9.1f} ms for {options.batches * ROWS:,} contacts")
    share = statistics.median(one / two for one, two in zip(found["ours"], found["transform"], strict=True))
    ratio = statistics.median(one / two for one, two in zip(found["ours"], found["jsonl"], strict=True))
    print(
        f"commits: {share:.1%} of the transform (goal {GOAL_SHARE:.0%}), {ratio:.2f} x jsonl (hoped for {HOPED_JSONL})"
    )
    return 0 if share <= GOAL_SHARE else 1


if __name__ == "__main__":
    sys.exit(main())
