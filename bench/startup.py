"""How long `migrate --help` takes, against a bare click group in the same run. Goal: at most 1.5 times as long.

python bench/startup.py [--rounds 15]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

GOAL = 1.5
BARE = """
import click
@click.group()
def main(): pass
for name in ("one", "two", "three", "four", "five", "six"):
    main.command(name, help="One line of help.")(lambda: None)
main(["--help"], prog_name="bare")
"""
OURS = "from migrator.cli.main import main; main(['--help'], prog_name='migrate')"


def seconds(script: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    seconds(BARE), seconds(OURS)  # both are compiled and in the disk cache before anything counts
    pairs = [(seconds(BARE), seconds(OURS)) for _ in range(rounds)]
    ratio = statistics.median(ours / bare for bare, ours in pairs)
    print(f"bare click group {statistics.median(b for b, _ in pairs) * 1000:.0f} ms")
    print(f"migrate --help   {statistics.median(o for _, o in pairs) * 1000:.0f} ms")
    print(f"ratio {ratio:.2f} (goal at most {GOAL})")
    return 0 if ratio <= GOAL else 1


if __name__ == "__main__":
    raise SystemExit(main())
