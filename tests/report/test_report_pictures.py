"""Any sequence at all has its two pictures: every kind of step, rule and start, sound or broken."""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import HealthCheck, given, settings

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "plan"))

from seq_flows import flows
from seq_life import context_of

from mappings.target import END, START
from migrator.model import Edge, Sequence, Step
from migrator.model.sequences import TagAdded
from migrator.model.steps import AddTags, CallWebhook, Entry, Wait
from migrator.plan.graphs.lower_sequence import lower_sequence
from migrator.report.layout import WIDTH
from migrator.report.page import drawing
from migrator.report.pictures import source_picture, target_picture
from migrator.report.words import Names, span, trigger_words
from tests.looks import looks

NAMES = Names()


@settings(max_examples=looks(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(flows())
def test_every_sequence_can_be_drawn_on_both_sides(sequence: Sequence) -> None:
    lowered = lower_sequence(sequence, context_of(sequence))
    for picture in (source_picture(sequence, NAMES, {}, {}), target_picture(lowered.graph, NAMES, {}, {})):
        known = {node.id for node in picture.nodes}
        assert all(edge.source in known and edge.target in known for edge in picture.edges)
        assert all(node.title for node in picture.nodes)
        drawn = drawing(picture)
        boxes = [(one["x"], one["y"], one["x"] + WIDTH, one["y"] + one["h"]) for one in drawn["n"]]
        for number, (a, b, c, d) in enumerate(boxes):
            assert not [1 for e, f, g, h in boxes[number + 1 :] if a < g and e < c and b < h and f < d]


@settings(max_examples=looks(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(flows())
def test_every_planned_step_is_in_the_picture(sequence: Sequence) -> None:
    graph = lower_sequence(sequence, context_of(sequence)).graph
    picture = target_picture(graph, NAMES, {}, {})
    assert {START, END, *(node.key for node in graph.nodes)} == {node.id for node in picture.nodes}
    assert {step.id for step in sequence.steps} == {node.id for node in source_picture(sequence, NAMES, {}, {}).nodes}


def drawn_text(*steps: Step) -> str:
    sequence = Sequence(
        source_id="1",
        name="One",
        triggers=(TagAdded(tag="lead"),),
        steps=(Step(id="0", action=Entry()), *steps),
        edges=tuple(Edge(source=str(n), target=str(n + 1)) for n in range(len(steps))),
    )
    nodes = source_picture(sequence, NAMES, {}, {"1": 7}).nodes
    return " | ".join(f"{node.title}; {node.text}; {node.people}" for node in nodes)


def test_waits_and_starts_are_in_words() -> None:
    text = drawn_text(
        Step(id="1", action=Wait(seconds=2 * 86_400 + 3600)), Step(id="2", action=AddTags(tags=("a", "b")))
    )
    assert "Tag “lead” added" in text
    assert "Wait 2 days 1 hour; ; 7" in text
    assert "Add tags “a”, “b”" in text


def test_an_unknown_wait_is_called_unknown_not_nothing() -> None:
    assert "unknown time" in drawn_text(Step(id="1", action=Wait()))


def test_a_webhook_shows_its_host_and_never_its_whole_address() -> None:
    text = drawn_text(Step(id="1", action=CallWebhook(url="https://user:pw@hooks.example.com/k/3f9c?key=s3cret")))
    assert "hooks.example.com" in text
    assert "s3cret" not in text
    assert "3f9c" not in text
    assert "pw" not in text


def test_spans_and_starts_read_like_sentences() -> None:
    assert "1 minute" == span(60)
    assert "no time" == span(0)
    assert "Tag “x” added" == trigger_words(TagAdded(tag="x"), NAMES)
