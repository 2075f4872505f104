"""Contacts read from one bundle and written to another, against the floor and against Python's own json.

    python bench/bundle.py [--rows 200000] [--rounds 3] [--skip-memory]

floor: every line decoded to a typed record and encoded again, nothing else. ours: `Bundle.contacts()` into
`BundleWriter`, with hashes, checks, counts and flushes to disk. plain: json.loads, json.dumps, write. Each variant
runs in a fresh process, interleaved; all must agree on the records first. Exit 1 when a goal is missed:
ours <= 4.0 x floor, ours <= 0.45 x plain, memory(1,000,000) - memory(100,000) <= 5 MB.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
GOAL_FLOOR, GOAL_PLAIN, GOAL_MEMORY_MB = 4.0, 0.45, 5.0
VARIANTS = ("floor", "ours", "plain")
SMALL, LARGE = 100_000, 1_000_000


def people(rows: int) -> Iterator[Any]:
    from migrator.model import Consent, ConsentState, Contact, ListMembership

    pick, states, start = random.Random(7), list(ConsentState), datetime(2020, 1, 1, tzinfo=UTC)
    for number in range(rows):
        yield Contact(
            source_id=str(1_000_000 + number),
            email=f"person{number}@example.com",
            consent=Consent(state=states[number % len(states)], evidence=("subscriber:active", "channel:none")),
            first_name=pick.choice(("Ada", "Grace", "Zoë", "李")),
            last_name="Example",
            created_at=start + timedelta(seconds=number),
            tags=("buyer", f"cohort-{number % 50}"),
            lists=(ListMembership(list_id=str(number % 7)),),
            attributes={
                "plan": "gold",
                "spent": number * 1.25,
                "visits": number,
                "address": {"city": "Örebro", "zip": "01234"},
            },
            raw={"is_active": True, "unsubscribed_at": None, "ip": "192.0.2.1", "source": "import", "note": "x" * 40},
        )


def write(folder: Path, contacts: Iterator[Any]) -> None:
    from migrator.bundle import BundleWriter, Manifest, Source

    with BundleWriter(folder) as writer:
        writer.contacts().extend(contacts)
        about = Source(platform="generated")
        writer.finish(
            Manifest(source=about, adapter="bench", adapter_version="1", door="none", exported_at=datetime.now(UTC))
        )


def floor(source: Path, _target: Path) -> None:
    import msgspec

    from migrator.model import Contact

    decode, encode = msgspec.json.Decoder(Contact).decode, msgspec.json.Encoder().encode
    with (source / "contacts.jsonl").open("rb") as lines:
        for line in lines:
            encode(decode(line))


def ours(source: Path, target: Path) -> None:
    from migrator.bundle import Bundle

    write(target / "bundle", Bundle.open(source).contacts())


def plain(source: Path, target: Path) -> None:
    target.mkdir(exist_ok=True)
    with (source / "contacts.jsonl").open() as lines, (target / "contacts.jsonl").open("w") as out:
        for line in lines:
            out.write(json.dumps(json.loads(line), separators=(",", ":"), ensure_ascii=False) + "\n")


def child(variant: str, source: Path, target: Path) -> None:
    """Imports first, then the clock. Peak memory is this process's own, as the kernel counts it."""
    import migrator.bundle  # noqa: F401 - so that no variant pays for an import

    start = time.perf_counter()
    {"floor": floor, "ours": ours, "plain": plain}[variant](source, target)
    seconds = time.perf_counter() - start
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(json.dumps({"seconds": seconds, "mb": int(peak.split()[1]) / 1024}))


def measure(variant: str, source: Path, target: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--child", variant, str(source), str(target)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--skip-memory", action="store_true", help="leave out the runs of 100,000 and 1,000,000 rows")
    parser.add_argument("--child", nargs=3, metavar=("VARIANT", "SOURCE", "TARGET"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        variant, source, target = arguments.child
        child(variant, Path(source), Path(target))
        return 0
    with tempfile.TemporaryDirectory() as place:
        return run(Path(place), arguments.rows, arguments.rounds, memory=not arguments.skip_memory)


def run(place: Path, rows: int, rounds: int, *, memory: bool) -> int:
    source = place / "source" / "bundle"
    write(source, people(rows))
    rates: list[dict[str, dict[str, float]]] = []
    for number in range(rounds):
        rates.append({variant: measure(variant, source, place / f"{variant}{number}") for variant in VARIANTS})
        if number == 0:
            same = {digest(path / "contacts.jsonl") for path in (source, place / "ours0" / "bundle", place / "plain0")}
            assert len(same) == 1, "the variants do not agree on the records"
    print(f"{rows} contacts, {(source / 'contacts.jsonl').stat().st_size / 1e6:.0f} MB, {rounds} rounds, medians")
    for variant in VARIANTS:
        seconds = statistics.median(found[variant]["seconds"] for found in rates)
        peak = max(found[variant]["mb"] for found in rates)
        print(f"{variant:6} {seconds:7.2f} s  {rows / seconds / 1000:6.0f} k rows/s  peak {peak:.0f} MB")
    failed = ratio("floor", GOAL_FLOOR, rates) + ratio("plain", GOAL_PLAIN, rates)
    if memory:
        peaks = []
        for size in (SMALL, LARGE):
            bundle = source if size == rows else place / str(size) / "bundle"
            if size != rows:
                write(bundle, people(size))
            peaks.append(measure("ours", bundle, place / f"memory{size}")["mb"])
        grown = peaks[1] - peaks[0]
        print(f"peak at {SMALL} rows {peaks[0]:.1f} MB, at {LARGE} {peaks[1]:.1f} MB")
        print(f"grown by {grown:.1f} MB (goal <= {GOAL_MEMORY_MB})")
        failed += grown > GOAL_MEMORY_MB
    return 1 if failed else 0


def ratio(base: str, goal: float, rates: list[dict[str, dict[str, float]]]) -> int:
    found = [times["ours"]["seconds"] / times[base]["seconds"] for times in rates]
    each = ", ".join(f"{one:.2f}" for one in found)
    print(f"ours / {base}: {statistics.median(found):.2f} (goal <= {goal}; rounds {each})")
    return int(statistics.median(found) > goal)


if __name__ == "__main__":
    raise SystemExit(main())
