"""Segments: who is inside, and which filters are refused."""

from __future__ import annotations

from typing import Any

import pytest
from szy_support import Api


def leaf(field: str, operator: str, value: str = "") -> dict[str, Any]:
    return {"kind": "filter", "id": f"{field}-{operator}", "field": field, "operator": operator, "value": value}


def group(*children: dict[str, Any], join: str = "and") -> dict[str, Any]:
    return {"kind": "group", "id": f"g{len(children)}", "joinOperator": join, "children": list(children)}


def inside(api: Api, *leaves: dict[str, Any], join: str = "and") -> list[str]:
    name = f"segment {len(api.sandbox.state.segments)}"
    made = api.post("/segments", name=name, root=group(*leaves, join=join))["segment"]
    found = api.get("/subscribers", segmentId=made["id"], status="all", limit=100)["subscribers"]
    assert made["subscriberCount"] == len(found)
    return sorted(person["email"].partition("@")[0] for person in found)


@pytest.fixture
def people(api: Api) -> Api:
    list_id = api.post("/lists", name="News")["list"]["id"]
    api.post(
        "/subscribers",
        email="ada@gmail.com",
        firstName="Ada",
        tags=["lead", "vip"],
        lists=[list_id],
        createdAt="2026-05-01T00:00:00Z",
        customAttributes={"score": 50, "plan": "pro", "items": [{"sku": "1", "qty": 2}, {"sku": "2", "qty": 9}]},
    )
    api.post(
        "/subscribers",
        email="bob@example.com",
        tags=["lead"],
        createdAt="2026-05-30T00:00:00Z",
        customAttributes={"score": 9},
    )
    api.post("/subscribers", email="cyd@example.com", status="unsubscribed")
    api.post("/subscribers/events", email="ada@gmail.com", event="order.paid")
    api.post("/subscribers/events", email="bob@example.com", event="order.paid", occurredAt="2026-03-01T00:00:00Z")
    return api


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ([("tag", "contains", "vip")], ["ada"]),
        ([("tag", "contains", "VIP, other")], ["ada"]),
        ([("tag", "not_contains", "lead")], ["cyd"]),
        ([("tag", "is_empty", "")], ["cyd"]),
        ([("status", "is_not", "active")], ["cyd"]),
        ([("email", "is", "ADA@gmail.com")], ["ada"]),
        ([("firstName", "is_empty", "")], ["bob", "cyd"]),
        ([("emailProvider", "is", "gmail")], ["ada"]),
        ([("list", "is_not_empty", "")], ["ada"]),
        ([("added", "less_than", "7d")], ["cyd"]),
        ([("added", "more_than", "7d")], ["ada", "bob"]),
        ([("attribute", "gte", "score:50")], ["ada"]),
        ([("attribute", "lt", "score:50")], ["bob"]),
        ([("attribute", "is_not", "plan:pro")], ["bob", "cyd"]),
        ([("attribute", "is_not_empty", "plan:")], ["ada"]),
        ([("attribute", "is", "items[].sku:1"), ("attribute", "is", "items[].qty:9")], []),
        ([("attribute", "is", "items[].sku:2"), ("attribute", "is", "items[].qty:9")], ["ada"]),
        ([("event", "is", "order.paid:30d")], ["ada"]),
        ([("event", "is", "order.paid:all")], ["ada", "bob"]),
        ([("event", "less_than_count", "order.paid:1:30d")], ["bob", "cyd"]),
        ([("phone", "is_empty", "")], ["ada", "bob", "cyd"]),
    ],
)
def test_who_is_inside(people: Api, filters: list[tuple[str, str, str]], names: list[str]) -> None:
    assert inside(people, *(leaf(*one) for one in filters)) == names


def test_groups_nest_and_segments_refer_to_segments(people: Api) -> None:
    nested = group(leaf("attribute", "gte", "score:50"), leaf("tag", "contains", "other"), join="or")
    assert inside(people, leaf("tag", "contains", "lead"), nested) == ["ada"]
    first = next(iter(people.sandbox.state.segments))
    assert inside(people, leaf("segment", "is_not", first)) == ["bob", "cyd"]


def test_engagement_counts_within_the_window(people: Api) -> None:
    for address in ("ada@gmail.com", "bob@example.com"):
        people.post("/transactional/send", to=address, subject="Hi", body="<p>Hi</p>")
    people.control("engage", email="ada@gmail.com", kind="opened")
    people.control("engage", email="bob@example.com", kind="bounced")
    assert inside(people, leaf("emailSent", "is", "30d")) == ["ada", "bob"]
    assert inside(people, leaf("emailOpened", "is", "30d")) == ["ada"]
    assert inside(people, leaf("emailOpened", "is_not", "30d")) == ["bob", "cyd"]
    assert inside(people, leaf("emailSent", "is", "marketing:30d")) == []
    assert inside(people, leaf("emailBounced", "is_permanent_bounce", "all")) == ["bob"]
    assert inside(people, leaf("emailSent", "at_least", "2:30d")) == []
    people.control("clock", advance="31d")
    assert inside(people, leaf("emailOpened", "is", "30d")) == []
    assert inside(people, leaf("emailOpened", "is", "all")) == ["ada"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "x"}, 400),
        ({"name": "x", "filters": []}, 400),
        ({"name": "x", "filters": [leaf("tag", "gte", "x")]}, 400),
        ({"name": "x", "filters": [leaf("attribute", "is", "plan")]}, 400),
        ({"name": "x", "filters": [leaf("emailOpened", "is", "often")]}, 400),
        ({"name": "x", "filters": [{**leaf("tag", "contains", "x"), "value": 5}]}, 422),
        ({"name": "x", "filters": [leaf("moon", "is", "full")]}, 422),
        ({"name": "x", "root": leaf("tag", "contains", "x")}, 422),
        ({"name": "x", "root": group({"id": "f", "field": "tag", "operator": "contains", "value": "x"})}, 422),
        ({"name": "x", "root": group(leaf("segment", "is", "seg_unknown"))}, 400),
        ({"name": "x", "filters": [leaf("phone", "is_empty")], "root": group(leaf("phone", "is_empty"))}, 400),
    ],
)
def test_filters_that_make_no_sense_are_refused(api: Api, body: dict[str, Any], status: int) -> None:
    assert api.call("POST", "/segments", body).status_code == status


def test_a_name_is_used_once_and_references_do_not_loop(api: Api) -> None:
    first = api.post("/segments", name="A", root=group(leaf("phone", "is_empty")))["segment"]["id"]
    taken = api.call("POST", "/segments", {"name": "A", "filters": [leaf("phone", "is_empty")]})
    assert (taken.status_code, taken.json()["code"]) == (409, "SEGMENT_NAME_ALREADY_EXISTS")
    second = api.post("/segments", name="B", root=group(leaf("segment", "is", first)))["segment"]["id"]
    looped = api.call("PATCH", f"/segments/{first}", {"root": group(leaf("segment", "is", second))})
    assert (looped.status_code, looped.json()["code"]) == (400, "SEGMENT_REFERENCE_DEPTH_EXCEEDED")
    assert api.get(f"/segments/{second}/count") == {"success": True, "segmentId": second, "count": 0}
