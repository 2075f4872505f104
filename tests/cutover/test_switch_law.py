"""The law, on random accounts: what both platforms send to a person is what the source alone would have sent.

Random sequences, people who entered at random moments, a switch that is killed at random points and started again.
A seed replays exactly. Waits until a clock time are left out: the ledger names their difference.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rehearsal import START, Killed, Rehearsal, Trap, account, mail

from migrator.cutover.journal import Fate, Journal, Way
from migrator.sandbox.broadcast.app import BroadcastSandbox
from migrator.sandbox.broadcast.generate_sequences import DAY, HOUR, Maker

DAYS = 30
LATE = timedelta(minutes=45)
"""Whoever was on the way when the process died continues that much later."""


def random_sequence(rng: random.Random, number: int, move_to: int | None) -> Callable[[Maker], Any]:
    plan = [(rng.choice((HOUR, 5 * HOUR, DAY, 3 * DAY, 8 * DAY)), rng.random()) for _ in range(rng.randint(1, 4))]

    def build(make: Maker) -> None:
        here = make.email(make.start, "First", mail(100 * number))
        for letter, (wait, luck) in enumerate(plan, 1):
            here = make.wait(here, wait)
            if luck > 0.8:
                here = make.tag(here, f"seen-{number}-{letter}")
            here = make.email(here, f"Letter {letter}", mail(100 * number + letter))
        if move_to is not None:
            make.move(make.wait(here, DAY), move_to)

    return build


def random_life(rng: random.Random, *, one_each: bool) -> Callable[[BroadcastSandbox], None]:
    """`one_each`: people enter one sequence alone. Whoever is handed on to a sequence that they have been through gets
    it again at the source and not at the target, as the plan says."""

    def live(app: BroadcastSandbox) -> None:
        runtime = app.runtime
        runtime.advance_to(START - timedelta(days=16))
        while runtime.now < START - timedelta(hours=8):
            person = rng.choice(app.account.subscribers)
            if not (one_each and person.tags):
                runtime.add_tags(person, [f"start-{rng.choice(app.account.sequences).id}"])
            runtime.advance_to(min(START, runtime.now + timedelta(minutes=rng.randint(20, 1400))))
        runtime.advance_to(START)

    return live


def check(folder: Path, seed: int) -> None:
    rng = random.Random(seed)
    count = rng.randint(1, 3)
    numbers = range(7, 7 + count)
    moves = {number: number + 1 if number + 1 in numbers and rng.random() < 0.5 else None for number in numbers}
    builds = {str(number): random_sequence(rng, number, target) for number, target in moves.items()}
    live = random_life(rng, one_each=any(moves.values()))
    desk = Rehearsal.begin(folder, account(rng.randint(6, 14), builds), live=live)
    desk.clock.sleep(rng.choice((0, 60, 1800, 7200)))
    before = {number: desk.inside_source(str(number)) for number in numbers}
    begin, expected = desk.clock.now(), desk.alone(DAYS)
    way = rng.choice((Way.MIXED, Way.MIXED, Way.DRAIN))
    for _ in range(rng.randint(0, 4)):
        try:
            desk.switch(way, trap=Trap(rng.randint(5, 400)))
        except Killed:
            continue
    desk.switch(way)
    journal = Journal.look(desk.folder, clock=desk.clock)
    assert journal is not None
    people = journal.people()
    assert {one.fate for one in people} <= {Fate.CONFIRMED, Fate.FINISHES, Fate.ENDED}, seed
    journal.close()
    for number, inside in before.items():
        assert not desk.inside_source(str(number)) & desk.inside_target(f"Sequence {number}"), seed
        assert {one.email for one in people if one.sequence == str(number)} <= inside | desk.inside_source(
            str(number)
        ), seed
    desk.run_days(DAYS)
    same(expected, desk.sent_since(begin), seed)


def same(
    expected: dict[str, list[tuple[datetime, str]]], sent: dict[str, list[tuple[datetime, str]]], seed: int
) -> None:
    assert expected.keys() == sent.keys(), seed
    for email, letters in expected.items():
        found = sent[email]
        assert [subject for _, subject in letters] == [subject for _, subject in found], (seed, email, letters, found)
        assert all(timedelta() <= there - due <= LATE for (due, _), (there, _) in zip(letters, found, strict=True)), (
            *(seed, email, letters, found),
        )


@pytest.mark.parametrize("seed", range(5))
def test_both_together_send_what_the_source_alone_would_have_sent(tmp_path: Path, seed: int) -> None:
    check(tmp_path, seed)


@pytest.mark.nightly
@pytest.mark.parametrize("block", range(15))
def test_both_together_send_what_the_source_alone_would_have_sent_on_many_accounts(tmp_path: Path, block: int) -> None:
    for seed in range(5 + 10 * block, 15 + 10 * block):
        check(tmp_path / str(seed), seed)
