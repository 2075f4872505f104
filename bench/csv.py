"""A contact export read into a bundle, against csv.DictReader with Python's own json.

    python bench/csv.py [--rows 200000] [--rounds 3] [--skip-memory]

floor: csv.reader over the file and nothing else. ours: the adapter into `BundleWriter`: encoding check, consent,
dates, tags, counts, hashes, every record read back and compared, flushes to disk. plain: DictReader, the same
mapping, json.dumps, write. Each variant runs in a fresh process, interleaved; ours and plain must agree on every
record first. Exit 1 when a goal is missed: ours <= 0.55 x plain, memory(1,000,000) - memory(100,000) <= 5 MB.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
# This file has the name of a module of Python's: its own folder must not be searched for modules.
sys.path = [str(ROOT), *(place for place in sys.path if Path(place or ".").resolve() != ROOT / "bench")]

import argparse  # noqa: E402 - the search path comes first
import csv  # noqa: E402
import json  # noqa: E402
import random  # noqa: E402
import statistics  # noqa: E402
import subprocess  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from datetime import UTC, datetime, timedelta  # noqa: E402
from typing import Any  # noqa: E402

GOAL_PLAIN, GOAL_MEMORY_MB = 0.55, 5.0
VARIANTS = ("floor", "ours", "plain")
SMALL, LARGE = 100_000, 1_000_000
HEADER = "email,First Name,Last Name,Status,created_at,Tags,Phone,Plan,Company,City,Country,Visits,Note"
ATTRIBUTES = ("Plan", "Company", "City", "Country", "Visits", "Note")
STATES = {"Subscribed": "subscribed", "Unsubscribed": "unsubscribed", "Bounced": "bounced", "Pending": "pending"}


def write_file(path: Path, rows: int) -> None:
    pick, start = random.Random(7), datetime(2020, 1, 1, tzinfo=UTC)
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(HEADER.split(","))
        for number in range(rows):
            out.writerow(
                (
                    f"person{number}@example.com" if number % 250 else "nobody",
                    pick.choice(("Ada", "Grace", "Zoë", "李")),
                    "Example",
                    pick.choice(("Subscribed", "Subscribed", "Subscribed", "Unsubscribed", "Bounced", "Pending")),
                    (start + timedelta(seconds=number)).strftime("%Y-%m-%d %H:%M:%S"),
                    f"buyer, cohort-{number % 50}",
                    f"+4670{number:07d}",
                    "gold",
                    "Acme, Inc",
                    "Örebro",
                    pick.choice(("SE", "")),
                    number % 97,
                    'said "hello"\nand left' if number % 10 == 0 else "",
                )
            )


def floor(source: Path, _target: Path) -> None:
    with source.open(newline="", encoding="utf-8-sig") as file:
        for _ in csv.reader(file):
            pass


def ours(source: Path, target: Path) -> None:
    from adapters.csvfile.options import Options
    from adapters.csvfile.source import FilesSource
    from migrator.export.progress import Silent
    from migrator.export.run import export
    from migrator.transport.clock import SystemClock

    clock = SystemClock()
    reading = FilesSource().open({}, clock=clock, options=Options(files=(source,)))
    export(reading, target / "bundle", clock=clock, watcher=Silent(), fresh=True)


def plain(source: Path, target: Path) -> None:
    (target / "bundle").mkdir(exist_ok=True, parents=True)
    with (
        source.open(newline="", encoding="utf-8-sig") as file,
        (target / "bundle" / "contacts.jsonl").open("w", encoding="utf-8") as out,
    ):
        for number, row in enumerate(csv.DictReader(file), 2):
            email = row["email"].strip()
            if "@" not in email:
                continue
            found: dict[str, Any] = {"source_id": f"1-{number}", "email": email}
            found["consent"] = {"state": STATES[row["Status"]], "evidence": [f"Status:{row['Status']}"]}
            for key, column in (("first_name", "First Name"), ("last_name", "Last Name"), ("phone", "Phone")):
                if value := row[column].strip():
                    found[key] = value
            created = datetime.fromisoformat(row["created_at"]).replace(tzinfo=UTC)
            found["created_at"] = created.isoformat().replace("+00:00", "Z")
            if tags := [tag.strip() for tag in row["Tags"].split(",") if tag.strip()]:
                found["tags"] = tags
            found["attributes"] = {key: row[key] for key in ATTRIBUTES if row[key]}
            out.write(json.dumps(found, separators=(",", ":"), ensure_ascii=False) + "\n")


def child(variant: str, source: Path, target: Path) -> None:
    """Imports first, then the clock. Peak memory is this process's own, as the kernel counts it."""
    import adapters.csvfile.source  # noqa: F401 - so that no variant pays for an import
    import migrator.export.run  # noqa: F401 - the same

    start = time.perf_counter()
    {"floor": floor, "ours": ours, "plain": plain}[variant](source, target)
    seconds = time.perf_counter() - start
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(json.dumps({"seconds": seconds, "mb": int(peak.split()[1]) / 1024}))


def measure(variant: str, source: Path, target: Path) -> dict[str, float]:
    target.mkdir(exist_ok=True)
    command = [sys.executable, __file__, "--child", variant, str(source), str(target)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def same(one: Path, other: Path) -> bool:
    with one.open() as left, other.open() as right:
        return all(json.loads(a) == json.loads(b) for a, b in zip(left, right, strict=True))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--skip-memory", action="store_true", help="leave out the runs of 100,000 and 1,000,000 rows")
    parser.add_argument("--child", nargs=3, metavar=("VARIANT", "SOURCE", "TARGET"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child[0], Path(options.child[1]), Path(options.child[2]))
        return 0
    with tempfile.TemporaryDirectory() as place:
        return compare(Path(place), options.rows, options.rounds, memory=not options.skip_memory)


def compare(place: Path, rows: int, rounds: int, *, memory: bool) -> int:
    source = place / "people.csv"
    write_file(source, rows)
    times: dict[str, list[float]] = {variant: [] for variant in VARIANTS}
    for _ in range(rounds):
        for variant in VARIANTS:
            times[variant].append(measure(variant, source, place / variant)["seconds"])
    assert same(place / "ours/bundle/contacts.jsonl", place / "plain/bundle/contacts.jsonl"), "the records differ"
    ratio = statistics.median(a / b for a, b in zip(times["ours"], times["plain"], strict=True))
    for variant in VARIANTS:
        seconds = statistics.median(times[variant])
        print(f"{variant:<6} {seconds:7.2f} s  {rows / seconds:>10,.0f} rows/s")
    print(f"ours / plain = {ratio:.2f} (goal <= {GOAL_PLAIN})")
    missed = ratio > GOAL_PLAIN
    if memory:
        peaks = {}
        for size in (SMALL, LARGE):
            write_file(source, size)
            peaks[size] = measure("ours", source, place / "ours")["mb"]
            print(f"{size:>9,} rows: {peaks[size]:.1f} MB")
        growth = peaks[LARGE] - peaks[SMALL]
        print(f"growth = {growth:.1f} MB (goal <= {GOAL_MEMORY_MB})")
        missed = missed or growth > GOAL_MEMORY_MB
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
