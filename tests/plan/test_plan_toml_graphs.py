"""sequences.toml with branches that nest and meet again: read, lowered, built in the local Sequenzy and lived through.
Reading changes nothing, and where the target differs a finding has said so."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seq_mixed import HALF, HORIZON, START, Maker
from seq_world import World
from test_plan_differences import check, lives
from toml_walk import Walk, Writer

from adapters.handwritten.sequences_file import read_sequences
from mappings.context import LoweringContext, Opened, survey
from migrator.errors import SettingsError
from migrator.model import Sequence
from tests.reference_interpreter import Change


def check_file(folder: Path, number: int) -> Sequence | None:
    """None: every lane has left before the last step, which the reader refuses."""
    steps, text = Writer(number).file()
    path = folder / f"sequences-{number}.toml"
    path.write_text(text)
    try:
        (sequence,) = read_sequences(path, {}).sequences
    except SettingsError as refused:
        if "Nobody gets to this step" in str(refused):
            return None
        raise
    finally:
        path.unlink()
    maker = Maker(number)
    people = [maker.person() for _ in range(3)]
    for person in people:
        # Begun once, at the start: what begins it and what begins it again have tests of their own.
        # Nothing from outside happens in the very moment of a step.
        others = (one for one in person.changes if one.value not in ("start", "eight") and one.what != "call")
        later = (Change(one.at + HALF, one.what, one.value) for one in others if one.at > START)
        person.past, person.changes = False, (Change(START, "tag", "start"), *later)
        (run,) = World([sequence], person).live(START, HORIZON)
        happened = [(one.at, one.what, one.value) for one in run.trace if one.what != "waited"]
        assert happened == Walk(person, START, HORIZON).run(steps), text
    opened = maker.one(Opened.SEGMENT, Opened.CLICKED, Opened.EVENT)
    for one in lives(([sequence], LoweringContext(sequences=survey([sequence]), opened=opened)), people):
        check(one)
    return sequence


def test_written_sequences_live_on_as_they_were_written(tmp_path: Path) -> None:
    found = [check_file(tmp_path, number) for number in range(30)]
    assert sum(one is not None and meets_again(one) for one in found) > 10


@pytest.mark.slow
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(number=st.integers(0, 10**9))
def test_many_more_written_sequences_live_on(tmp_path: Path, number: int) -> None:
    check_file(tmp_path, number)


def meets_again(sequence: Sequence) -> bool:
    targets = [edge.target for edge in sequence.edges]
    return len(set(targets)) < len(targets)
