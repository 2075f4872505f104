"""The way `mixed`: who is certain continues at the target at their own moment, the others finish at the source."""

from __future__ import annotations

from pathlib import Path

from rehearsal import COURSE, WELCOME, Rehearsal

DAYS = 40


def test_everybody_gets_what_the_source_alone_would_have_sent(tmp_path: Path) -> None:
    desk = Rehearsal.begin(tmp_path)
    before = desk.inside_source()
    expected = desk.alone(DAYS)
    outcome = desk.switch()
    assert set(outcome.switched) == {WELCOME, COURSE}
    tally = outcome.tally[WELCOME]
    assert sum(tally.values()) == len(before)
    assert tally["confirmed"] > len(before) / 2
    assert tally.keys() <= {"confirmed", "finishes"}
    assert desk.inside_source() | desk.inside_target() == before
    assert not desk.inside_source() & desk.inside_target()
    desk.run_days(DAYS)
    assert expected == desk.sent_since()
