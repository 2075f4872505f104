"""Four ways to write down a sequence come to the same graph, and what nobody knows keeps what follows it."""

from __future__ import annotations

from typing import Any

from adapters.kit.graph import START, Drawn, Node, assemble, by_next, by_parent, in_order, nested
from migrator.model import Step
from migrator.model.steps import Exit, Opaque, Wait

Links = set[tuple[str, str | None, str]]


def build(node: Node) -> list[Step]:
    known = node.row.get("kind", "wait") == "wait"
    return [Step(id=node.id, action=Wait(seconds=1) if known else Opaque(action="teleport"))]


def links(drawn: Drawn) -> Links:
    _, edges = assemble(drawn, build)
    return {(edge.source, edge.lane, edge.target) for edge in edges}


BRANCHED: Links = {
    (START, None, "a"),
    ("a", None, "b"),
    ("b", "yes", "c"),
    ("b", "no", "d"),
}


def test_next_pointers() -> None:
    told: list[Any] = [("d", {}, []), ("a", {}, [(None, "b")]), ("b", {}, [("yes", "c"), ("no", "d")]), ("c", {}, [])]
    assert links(by_next(told)) == BRANCHED
    assert links(by_next(told, first="b")) == (BRANCHED - {(START, None, "a")}) | {(START, None, "b")}


def test_parent_pointers() -> None:
    parents = {"a": None, "b": "a", "c": "b", "d": "b"}
    lanes = {"c": "yes", "d": "no"}
    told = [(key, {"parent": parent}) for key, parent in reversed(parents.items())]
    assert links(by_parent(told, lambda row: row["parent"], lambda row, child: lanes.get(child))) == BRANCHED


def test_nested_lists_meet_again_behind_their_branch() -> None:
    told = [{"id": "a"}, {"id": "b", "yes": [{"id": "c"}], "no": []}, {"id": "e"}]
    drawn = nested(told, lambda row: [(lane, row[lane]) for lane in ("yes", "no") if lane in row])
    assert links(drawn) == {
        (START, None, "a"),
        ("a", None, "b"),
        ("b", "yes", "c"),
        ("b", "no", "e"),
        ("c", None, "e"),
    }


def test_an_ordered_list_and_an_empty_one() -> None:
    assert links(in_order([("a", {}), ("b", {})])) == {(START, None, "a"), ("a", None, "b")}
    steps, edges = assemble(in_order([]), build)
    assert ([step.id for step in steps], edges) == ([START], [])


def test_an_unknown_node_keeps_all_its_ways_and_holds_people() -> None:
    told: list[Any] = [
        ("a", {"kind": "?"}, [("left", "b"), ("right", "c"), (None, "d")]),
        *((k, {}, []) for k in "bcd"),
    ]
    steps, edges = assemble(by_next(told), build)
    assert {(edge.lane, edge.target) for edge in edges if edge.source == "a"} == {
        ("left", "b"),
        ("right", "c"),
        (None, "d"),
    }
    assert isinstance(next(step for step in steps if step.id == "a").action, Opaque)


def test_a_node_below_a_missing_one_remembers_it_and_nobody_starts_there() -> None:
    told = [("a", {"parent": None}), ("z", {"parent": "gone"})]
    steps, edges = assemble(by_parent(told, lambda row: row["parent"], lambda row, child: None), build)
    assert {step.id: step.hangs_below for step in steps} == {START: None, "a": None, "z": "gone"}
    assert [edge.target for edge in edges] == ["a"]


def test_with_several_first_nodes_nobody_is_led_anywhere() -> None:
    steps, edges = assemble(by_next([("a", {}, []), ("b", {}, [])]), build)
    assert START not in {step.id for step in steps}
    assert edges == []


def test_a_node_of_several_steps_leads_on_from_the_last_one() -> None:
    drawn = in_order([("a", {}), ("b", {})])
    _, edges = assemble(drawn, lambda node: [*build(node), Step(id=f"{node.id}/2", action=Exit())])
    assert {(edge.source, edge.target) for edge in edges} == {
        (START, "a"),
        ("a", "a/2"),
        ("a/2", "b"),
        ("b", "b/2"),
    }
