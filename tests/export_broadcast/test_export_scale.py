"""A large account costs the arithmetic minimum of requests and no more memory than a small one."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest
from export_support import account_of, trip_in

from adapters.broadcast.segments import leans_on_history, read_segment
from adapters.broadcast.surprises import Surprises
from migrator.bundle import Bundle
from migrator.sandbox.broadcast.account import READ_KEY, Account
from migrator.sandbox.broadcast.app import BroadcastSandbox
from migrator.sandbox.broadcast.generate import generate
from migrator.sandbox.server import serving

CONSTANT = 6
"""Who am I, status, version, brand kit, and the page lists that do not say where they end."""


def pages(rows: int, size: int) -> int:
    return max(1, math.ceil(rows / size))


def least_requests(account: Account) -> int:
    """What any client has to ask: each page of each list once, each sequence and its steps once."""
    lists = pages(len(account.subscribers), 250) + pages(len(account.suppressions), 250)
    lists += pages(len(account.sequences), 100) + pages(len(account.templates), 100)
    lists += pages(len(account.broadcasts), 100) + len(account.broadcasts)
    lists += pages(len(account.segments), 250) + pages(len(account.topics), 250)
    lists += pages(len([row for row in account.forms if not row["is_variant"]]), 250)
    lists += pages(len(account.email_servers), 100) + pages(len(account.webhook_endpoints), 100)
    enrolled = {row.id: 0 for row in account.sequences}
    for enrolment in account.enrolments:
        enrolled[enrolment.sequence_id] += 1
    return lists + 2 * len(account.sequences) + sum(pages(count, 10) for count in enrolled.values())


def without_frozen_segments(account: Account) -> Account:
    """Members of segments that lean on history are a list of their own each; here only the rest is counted."""
    read = [(row, read_segment(row, Surprises())) for row in account.segments]
    account.segments = [row for row, found in read if found and found.rule and not leans_on_history(found.rule)]
    return account


def repeats_allowed(account: Account, bundle: Bundle) -> int:
    """Single steps that are asked for because their rows are short, and pages with busy people, read once more."""
    short = sum(bool(step.content_missing) for sequence in bundle.sequences() for step in sequence.steps)
    return short + sum(row.status == "busy" for row in account.enrolments)


def test_an_account_costs_the_arithmetic_minimum_of_requests(tmp_path: Path) -> None:
    account = without_frozen_segments(account_of(600))
    trip = trip_in(tmp_path, account)
    bundle = trip.export()
    least = least_requests(account)
    assert least <= len(trip.gets) <= least + CONSTANT + repeats_allowed(account, bundle)


def measured(folder: Path, account: Account) -> tuple[int, int, Bundle]:
    app = BroadcastSandbox(account)
    child = Path(__file__).with_name("export_child.py")
    with serving(app) as url:
        command = [sys.executable, str(child), url, READ_KEY, str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout), len(app.requests), Bundle.open(folder / "bundle")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_a_hundred_thousand_contacts_and_a_hundred_sequences(tmp_path: Path) -> None:
    small = without_frozen_segments(generate(5_000, 100, enrolled=0.005))
    memory_small, _, _ = measured(tmp_path / "small", small)
    large = without_frozen_segments(generate(100_000, 100, enrolled=0.005))
    memory_large, requests, bundle = measured(tmp_path / "large", large)
    assert bundle.manifest.counts["contacts"] == 100_000
    assert bundle.manifest.counts["sequences"] == 100
    least = least_requests(large)
    assert least <= requests <= least + CONSTANT + repeats_allowed(large, bundle)
    assert memory_large - memory_small <= 16, f"{memory_small} MB -> {memory_large} MB"
