"""A draft whose rules for leaving or sending hours are others than planned is not taken for the planned one."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from plans import plain_graph

from mappings.target import ref
from migrator.load.compare_graphs import compare

WINDOW = {"enabled": True, "timezone": "Europe/Paris", "startTime": "08:00", "endTime": "20:00"}
STOP = {"type": "added_to_list", "value": ref("list:1")}


def dates(at: str) -> dict[str, Any]:
    return {"timezone": "UTC", "dates": [{"label": "Doors", "key": "doors", "at": at}]}


DATES = dates("2026-11-27T09:00:00Z")


def differences(stop: dict[str, Any] | None, window: dict[str, Any] | None, moments: Any = DATES) -> list[str]:
    settings = {"stopCondition": STOP, "sendingWindow": WINDOW, "keyDates": DATES}
    graph = msgspec.structs.replace(plain_graph(1), settings=settings)
    nodes = [{"id": "start", "nodeType": "trigger_manual"}, {"id": "end", "nodeType": "completion"}]
    edges = [{"sourceNodeId": "start", "targetNodeId": "end"}]
    shown = {"nodes": nodes, "edges": edges, "stopCondition": stop, "sendingWindow": window, "keyDates": moments}
    found = compare(graph, shown, {"list:1": "l1"})
    return [one.field for one in found.differences if one.field in ("stop condition", "sending window", "key dates")]


def test_the_same_settings_in_the_targets_own_words_are_no_difference() -> None:
    days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    assert differences({"type": "added_to_list", "value": "l1"}, {**WINDOW, "days": days}) == []


@pytest.mark.parametrize("stop", [None, {"type": "added_to_list", "value": "l2"}, {"type": "none", "value": None}])
def test_another_rule_for_leaving_is_a_difference(stop: dict[str, Any] | None) -> None:
    assert differences(stop, WINDOW) == ["stop condition"]


@pytest.mark.parametrize("window", [None, {**WINDOW, "endTime": "24:00"}, {**WINDOW, "timezone": "UTC"}])
def test_other_sending_hours_are_a_difference(window: dict[str, Any] | None) -> None:
    assert differences({"type": "added_to_list", "value": "l1"}, window) == ["sending window"]


def test_another_date_is_a_difference_and_another_way_to_write_it_is_none() -> None:
    same = {"type": "added_to_list", "value": "l1"}
    assert differences(same, WINDOW, dates("2026-11-27T10:00:00.000+01:00")) == []
    assert differences(same, WINDOW, dates("2026-11-28T09:00:00Z")) == ["key dates"]
