"""Placements of an export, compared with what the local platform itself knows and hides."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from export_support import trip_in

from migrator.bundle import Bundle
from migrator.sandbox.broadcast.account import ADMIN_KEY, READ_KEY, Account, Row
from migrator.sandbox.broadcast.generate import generate
from migrator.sandbox.broadcast.generate_emails import EVERYDAY
from migrator.sandbox.broadcast.generate_sequences import CONSTRUCTS, HOUR, Build, Maker, random_tree
from migrator.sandbox.broadcast.switches import ClockWait, Switches

DAY = timedelta(days=1)


@dataclass
class Tally:
    active: int = 0
    certain: int = 0
    wrong: list[str] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, bundle: Bundle, account: Account) -> None:
        truth = {str(row.id): row for row in account.enrolments}
        for enrolment in bundle.enrolments():
            true, position = truth[enrolment.source_id], enrolment.position
            if position is None:
                continue
            if position.step_id is not None and position.step_id != str(true.current_step_id):
                self.wrong.append(f"{enrolment.source_id}: {position} instead of {true.current_step_id}")
            if true.status != "active":
                continue
            self.active += 1
            self.certain += position.step_id is not None
            if position.step_id is None:
                self.reasons[f"{enrolment.sequence_id}: {position.because}"] += 1

    @property
    def share(self) -> float:
        return self.certain / self.active

    def __str__(self) -> str:
        return f"{self.certain} of {self.active} ({self.share:.1%}); {self.reasons.most_common(12)}"


def random_account(seed: int) -> tuple[Account, ClockWait]:
    """Four usual sequences and six tangled trees, with most of the people inside one of them."""
    clock_wait: ClockWait = "next_day" if seed % 2 else "next_occurrence"
    rng = random.Random(f"placing {seed}")
    builds = (*(tangled(rng) for _ in range(4)), *(random_tree(rng) for _ in range(2)), *CONSTRUCTS[:4])
    account = generate(80, len(builds), seed, enrolled=0.9, builds=builds, clock_wait=clock_wait)
    return account, clock_wait


def tangled(rng: random.Random) -> Build:
    """Lanes that take the same time, waits of one length in a row, lanes that wait before they send."""

    def build(make: Maker, this: int) -> Row:
        _grow(make, make.email(make.start, "First", rng.choice(EVERYDAY)), rng, 0)
        return {"label": f"Tangled {this}", "init_tag": f"tangled-{this}"}

    return build


def _grow(make: Maker, here: int, rng: random.Random, depth: int) -> None:
    for _ in range(rng.randint(1, 4)):
        kind = rng.random()
        if kind < 0.55:
            here = make.wait(here, rng.choice((HOUR, 24 * HOUR, 24 * HOUR, 48 * HOUR, 96 * HOUR)))
        elif kind < 0.65:
            here = make.until(here, f"{rng.randrange(24):02}:00", rng.choice(("UTC", "Europe/Berlin")))
        elif kind < 0.75:
            here = make.tag(here, rng.choice(("reader", "vip", "cold")))
        if rng.random() < 0.7:
            here = make.email(here, f"Mail {len(make.steps)}", rng.choice(EVERYDAY))
    if depth < 3 and rng.random() < 0.75:
        setting = f"{rng.choice(('any', 'previous'))}_email_{rng.choice(('opened', 'clicked'))}"
        for side in make.fork(here, setting, rng.choice((HOUR, 24 * HOUR, 48 * HOUR))):
            if rng.random() < 0.9:
                _grow(make, side, rng, depth + 1)


def with_receipts(folder: Path, seed: int, tally: Tally, **switches: object) -> None:
    account, clock_wait = random_account(seed)
    found = trip_in(folder, account, switches=Switches(clock_wait=clock_wait, **switches), key=ADMIN_KEY)  # type: ignore[arg-type]  # a test's own choice of switches
    tally.add(found.export(), account)


def with_three_readings(folder: Path, seed: int, tally: Tally) -> None:
    account, clock_wait = random_account(seed)
    found = trip_in(folder, account, switches=Switches(clock_wait=clock_wait), key=READ_KEY)
    for reading in range(3):
        if reading:
            found.app.channel.runtime.advance(DAY)
            found.clock.sleep(DAY.total_seconds())
        bundle = found.export()
    tally.add(bundle, account)
