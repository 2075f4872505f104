"""Single contacts: what a create, a change and an opt-out leave behind."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from szy_support import Api


def test_create_with_skip_changes_nothing_but_moves_the_signup_date_earlier(api: Api) -> None:
    api.post("/subscribers", email="a@example.com", firstName="Ada", createdAt="2024-05-01T00:00:00Z")
    again = api.post("/subscribers", email="A@EXAMPLE.com", firstName="Eve", createdAt="2023-01-01T00:00:00Z")
    assert again["subscriber"]["firstName"] == "Ada"
    assert again["subscriber"]["createdAt"] == "2023-01-01T00:00:00.000Z"
    later = api.post("/subscribers", email="a@example.com", createdAt="2025-01-01T00:00:00Z")
    assert later["subscriber"]["createdAt"] == "2023-01-01T00:00:00.000Z"
    assert later["subscriber"]["skipped"]


def test_merge_fills_only_what_is_empty_and_overwrite_replaces(api: Api) -> None:
    api.post("/subscribers", email="a@example.com", firstName="Ada", customAttributes={"plan": "pro"})
    merged = api.post(
        "/subscribers",
        email="a@example.com",
        firstName="Eve",
        lastName="L",
        customAttributes={"plan": "free", "n": 1},
        duplicateStrategy="merge",
    )["subscriber"]
    assert (merged["firstName"], merged["lastName"]) == ("Ada", "L")
    assert merged["customAttributes"] == {"plan": "pro", "n": 1}
    replaced = api.post(
        "/subscribers",
        email="a@example.com",
        firstName="Eve",
        customAttributes={"plan": "free"},
        duplicateStrategy="overwrite",
    )["subscriber"]
    assert (replaced["firstName"], replaced["customAttributes"]["plan"]) == ("Eve", "free")


@pytest.mark.parametrize("strategy", ["skip", "merge", "overwrite"])
def test_a_create_never_brings_an_opt_out_back(api: Api, strategy: str) -> None:
    list_id = api.post("/lists", name="News")["list"]["id"]
    api.post("/subscribers", email="a@example.com", status="unsubscribed")
    api.post("/subscribers", email="a@example.com", status="active", lists=[list_id], duplicateStrategy=strategy)
    api.post(f"/lists/{list_id}/subscribers", emails=["a@example.com"])
    found = api.contact("a@example.com")
    assert (found["status"], found["lists"]) == ("unsubscribed", [])


def test_an_opt_out_leaves_every_list_and_a_resubscription_does_not_restore_them(api: Api) -> None:
    list_id = api.post("/lists", name="News")["list"]["id"]
    api.post("/subscribers", email="a@example.com", lists=[list_id])
    out = api.patch("/subscribers/a@example.com", status="unsubscribed")["subscriber"]
    assert out["unsubscribedAt"] is not None
    assert api.contact("a@example.com")["lists"][0]["unsubscribedAt"] is not None
    back = api.patch("/subscribers/a@example.com", status="active")["subscriber"]
    assert (back["status"], back["unsubscribedAt"]) == ("active", None)
    assert api.get("/lists")["lists"][0]["subscriberCount"] == 0


def test_a_complaint_reads_back_as_unsubscribed_and_is_suppressed(api: Api) -> None:
    api.post("/subscribers", email="a@example.com")
    for _ in range(2):
        answer = api.patch("/subscribers/a@example.com", status="complained")
        assert answer["subscriber"]["status"] == "unsubscribed"
    assert [row["suppressionType"] for row in api.get("/suppressions")["suppressions"]] == ["complaint"]
    sent = api.post("/transactional/send", to="a@example.com", subject="Hi", body="<p>Hi</p>")
    assert api.get(f"/email-sends/{sent['emailSendId']}")["emailSend"]["status"] == "suppressed"


def test_patch_replaces_tags_and_attributes_unless_told_to_merge(api: Api) -> None:
    api.post("/subscribers", email="a@example.com", tags=["one"], customAttributes={"a": 1})
    merged = api.patch("/subscribers/a@example.com", customAttributes={"b": 2}, customAttributesStrategy="merge")
    assert merged["subscriber"]["customAttributes"] == {"a": 1, "b": 2}
    assert api.patch("/subscribers/a@example.com", customAttributes={"c": 3}, tags=["two"])["subscriber"][
        "customAttributes"
    ] == {"c": 3}
    assert api.contact("a@example.com")["tags"] == ["two"]


def test_names_and_ids_are_checked(api: Api) -> None:
    api.post("/subscribers", email="a@example.com", externalId=" x/1 ")
    api.post("/subscribers", email="b@example.com")
    assert api.call("POST", "/subscribers", {"email": "c@example.com", "externalId": "x/1"}).json()["success"]
    assert api.call("POST", "/subscribers", {"email": "b@example.com", "externalId": "x/1"}).status_code == 409
    assert api.call("PATCH", "/subscribers/b@example.com", {"externalId": "x/1"}).status_code == 409
    assert api.call("PATCH", "/subscribers/b@example.com", {"email": "A@example.com"}).status_code == 409
    assert api.call("PATCH", "/subscribers/b@example.com", {"firstName": None}).status_code == 422
    assert api.call("PATCH", "/subscribers/b@example.com", {"firstName": "x" * 256}).status_code == 400
    assert api.call("PATCH", "/subscribers/b@example.com", {"timezone": "Mars/Base"}).status_code == 400
    assert api.call("POST", "/subscribers", {"email": "nonsense"}).status_code == 400
    assert api.call("POST", "/subscribers", {"email": "d@example.com", "status": "gone"}).status_code == 422
    assert api.get("/subscribers/external", externalId="x/1")["subscriber"]["email"] == "a@example.com"
    assert api.get("/subscribers/external/x%2F1")["subscriber"]["email"] == "a@example.com"


def test_a_plus_in_an_address_survives_the_path(api: Api) -> None:
    api.post("/subscribers", email="ada+test@example.com")
    assert api.get("/subscribers/ada%2Btest%40example.com")["subscriber"]["email"] == "ada+test@example.com"


def test_paging_by_number_and_by_cursor_sees_everybody_once(api: Api) -> None:
    for number in range(7):
        api.post("/subscribers", email=f"p{number}@example.com", createdAt=f"2024-01-0{number + 1}T00:00:00Z")
    api.patch("/subscribers/p3@example.com", status="unsubscribed")
    assert api.get("/subscribers")["pagination"]["total"] == 6
    pages = [api.get("/subscribers", status="all", limit=3, page=page) for page in (1, 2, 3)]
    emails = [person["email"] for page in pages for person in page["subscribers"]]
    assert emails == [f"p{number}@example.com" for number in reversed(range(7))]
    assert pages[0]["pagination"]["totalPages"] == 3
    seen: list[str] = []
    answer = api.get("/subscribers", status="all", limit=3)
    while True:
        seen += [person["email"] for person in answer["subscribers"]]
        if not answer["pagination"]["hasMore"]:
            break
        # A contact deleted meanwhile shifts page numbers, not cursors.
        if len(seen) == 3:
            api.delete("/subscribers/p6@example.com")
        answer = api.get("/subscribers", status="all", limit=3, cursor=answer["pagination"]["nextCursor"])
        assert answer["pagination"]["total"] is None
    assert seen == emails
    both = api.call("GET", "/subscribers", cursor="x", page=1)
    assert both.status_code == 400


def test_filters_of_the_listing(api: Api) -> None:
    list_id = api.post("/lists", name="News")["list"]["id"]
    api.post("/subscribers", email="a@example.com", tags=["x", "y"], lists=[list_id], customAttributes={"score": 9})
    api.post("/subscribers", email="b@example.com", tags=["x"], customAttributes={"score": 10})
    wanted = {
        ("tags", "x,y"): ["a@example.com"],
        ("list", "News"): ["a@example.com"],
        ("listId", list_id): ["a@example.com"],
        ("query", "B@EX"): ["b@example.com"],
    }
    for (name, value), emails in wanted.items():
        found = api.get("/subscribers", **{name: value})
        assert [person["email"] for person in found["subscribers"]] == emails, name
    found = api.get("/subscribers", attribute="score:9", attributeOperator="gt")
    assert [person["email"] for person in found["subscribers"]] == ["b@example.com"]
    assert found["pagination"]["total"] is None


def test_default_lists_reach_new_contacts_only(make_api: Callable[..., Api]) -> None:
    api = make_api(settings={"default_list_ids": None})
    api.post("/subscribers", email="before@example.com")
    first = api.post("/lists", name="One")["list"]["id"]
    second = api.post("/lists", name="Two")["list"]["id"]
    api.post("/subscribers", email="a@example.com")
    api.post("/subscribers", email="b@example.com", lists=[])
    api.post("/subscribers", email="before@example.com", duplicateStrategy="overwrite", firstName="B")
    assert [entry["id"] for entry in api.contact("a@example.com")["lists"]] == [first, second]
    assert api.contact("b@example.com")["lists"] == []
    assert api.contact("before@example.com")["lists"] == []
    api.control("settings", default_list_ids=[second])
    api.post("/subscribers", email="c@example.com")
    assert [entry["id"] for entry in api.contact("c@example.com")["lists"]] == [second]


def test_double_opt_in_keeps_lists_and_tags_waiting_for_the_click(make_api: Callable[..., Api]) -> None:
    api = make_api(settings={"double_opt_in": True})
    list_id = api.post("/lists", name="News")["list"]["id"]
    made = api.post("/subscribers", email="a@example.com", tags=["lead"], lists=[list_id])
    assert made["optIn"] == {"required": True, "emailQueued": True}
    waiting = api.contact("a@example.com")
    assert (waiting["status"], waiting["tags"], waiting["lists"]) == ("unsubscribed", [], [])
    again = api.post("/subscribers/tags", email="a@example.com", tag="more")
    assert again["optIn"] == {"required": True, "emailQueued": False}
    api.control("confirm", email="a@example.com")
    active = api.contact("a@example.com")
    assert (active["status"], active["tags"]) == ("active", ["lead", "more"])
    assert [entry["id"] for entry in active["lists"]] == [list_id]
    at_once = api.post("/subscribers", email="b@example.com", optInMode="confirmed")
    assert at_once["subscriber"]["status"] == "active"
    assert "optIn" not in at_once


def test_attributes_in_use_are_counted(api: Api) -> None:
    api.post("/subscribers", email="a@example.com", customAttributes={"plan": "pro", "deep": {"n": 1}})
    api.post("/subscribers", email="b@example.com", customAttributes={"plan": 3, "tags": ["x"]})
    found = {entry["key"]: entry for entry in api.get("/subscribers/attributes", includeNested="true")["attributes"]}
    assert found["plan"]["mixedTypes"]
    assert found["deep.n"]["valueType"] == "number"
    assert found["tags"]["isArray"]


def test_an_unknown_contact_is_a_404(api: Api) -> None:
    answer = api.call("GET", "/subscribers/nobody@example.com")
    assert answer.status_code == 404
    assert answer.json()["error"] == {"code": "NOT_FOUND", "message": "Subscriber not found"}
