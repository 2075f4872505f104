"""A load makes thousands of people members of segments at once. No sequence that lets in whoever comes into a segment
may take them for newcomers: neither one that was live before, nor one that is enabled right after."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from plans import Bench, PlanMaker, people, plain_graph

from adapters.sequenzy import write
from adapters.sequenzy.shapes import Labelled
from mappings.target import ref
from migrator.cutover.enable import enable, operation_of, readiness
from migrator.errors import NeedsPerson
from migrator.load.checkpoint import Checkpoint
from migrator.load.starting_sequences import watches_people
from migrator.load.work import Work
from migrator.sandbox.sequenzy.control_routes import advance
from migrator.transport.clock import FakeClock

PRO = {"kind": "filter", "id": "f", "field": "attribute", "operator": "is", "value": "plan:pro"}
ROOT = {"kind": "group", "id": "g", "joinOperator": "and", "children": [PRO]}
SEGMENT = {"name": "Pro", "root": ROOT}
EMAIL = {"subject": "You are in", "html": "<p>Hello</p>"}


class Ticking(FakeClock):
    """One time for the program and for the local Sequenzy."""

    bench: Bench

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        advance(self.bench.sandbox, self.bench.sandbox.state.now + timedelta(seconds=seconds))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A planned sequence that starts whoever comes into a segment, and three people who are in it."""
    clock = Ticking()
    made = Bench(tmp_path, clock=clock)
    clock.bench = made
    final = {"trigger": "segment_entered", "segmentId": ref("segment:1")}
    graph = msgspec.structs.replace(plain_graph(1), final_trigger=final)
    PlanMaker(actives=people(12, customAttributes={"plan": "pro"}), segments=[SEGMENT], graphs=[graph]).write(tmp_path)
    return made


@contextmanager
def work(bench: Bench) -> Iterator[Work]:
    api = bench.api()
    try:
        with Checkpoint.open(bench.folder, clock=bench.clock) as checkpoint:
            yield Work(bench.opened(), api, checkpoint)
    finally:
        api.close()


def live_sequence(bench: Bench, **trigger: Any) -> None:
    api = bench.api()
    body = {"name": "Already there", "steps": [EMAIL], **trigger}
    write.enable_sequence(api, write.create_sequence(api, body)[0])
    api.close()


def watching(bench: Bench) -> dict[str, Any]:
    api = bench.api()
    root = msgspec.to_builtins(ROOT)
    segment = write.create_segment(api, {"name": "Theirs", "root": root})[0]
    api.close()
    return {"trigger": "segment_entered", "segmentId": segment}


def days(bench: Bench, number: int) -> list[str]:
    advance(bench.sandbox, bench.sandbox.state.now + timedelta(days=number))
    return [one.subject for one in bench.sandbox.state.outbox]


def test_a_load_is_not_begun_while_a_live_sequence_lets_in_whoever_comes_into_a_segment(bench: Bench) -> None:
    live_sequence(bench, **watching(bench))
    with pytest.raises(NeedsPerson, match="Already there"):
        bench.load()
    assert bench.sandbox.state.subscribers == {}
    assert days(bench, 2) == []
    assert bench.load(live_too=True).complete


def test_neither_while_one_looks_for_people_who_did_nothing_for_long(bench: Bench) -> None:
    live_sequence(bench, trigger="inactivity", eventName="login", inactiveDays=30)
    with pytest.raises(NeedsPerson, match="Already there"):
        bench.load()


def test_live_sequences_that_no_import_starts_do_not_matter(bench: Bench) -> None:
    live_sequence(bench, trigger="tag_added", tagName="vip")
    live_sequence(bench, trigger="contact_added")
    live_sequence(bench, trigger="event_received", eventName="login")
    live_sequence(bench, trigger="manual")
    assert bench.load().complete
    assert days(bench, 2) == []


def test_what_brings_in_nobody_needs_no_answer(bench: Bench) -> None:
    bench.load()
    live_sequence(bench, **watching(bench))
    assert bench.load().complete


def test_whoever_is_still_to_be_loaded_would_come_into_the_segment_so_it_is_not_enabled(bench: Bench) -> None:
    bench.load(only=("segments", "sequences"))
    with work(bench) as found:
        assert any("12" in one and "segment" in one for one in _blocked(found))
    bench.load()
    with work(bench) as found:
        assert _blocked(found) == ()


def _blocked(work: Work) -> tuple[str, ...]:
    return readiness(work, operation_of(work, "1")).blocked


def test_whoever_was_just_loaded_is_not_mailed_because_the_segment_has_not_counted_them_yet(bench: Bench) -> None:
    bench.sandbox.state.settings.segment_lag_seconds = 60
    bench.load()
    with work(bench) as found:
        ready = readiness(found, operation_of(found, "1"))
        enable(found, ready, ready.name)
    assert days(bench, 3) == []


@pytest.mark.parametrize(
    ("trigger", "watches"),
    [
        ("trigger_list", False),
        ("trigger_tag", False),
        ("trigger_event", False),
        ("trigger_segment", True),
        ("trigger_event_inactivity", True),
        ("trigger_of_next_year", True),
        ("trigger_stage_changed", True),
        ("trigger_contact_attribute_changed", True),
        ("trigger_inbound_webhook", False),
        ("contact_added", False),
        ("", True),
        (None, True),
        ({"type": "trigger_list"}, True),
    ],
)
def test_a_trigger_of_an_unknown_name_may_look_at_anything(trigger: Any, watches: bool) -> None:
    live = Labelled(id="1", name="Theirs", status="active", trigger=trigger)
    assert watches_people(live) is watches
