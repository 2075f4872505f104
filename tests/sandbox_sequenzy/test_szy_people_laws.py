"""Whatever a body holds, it gets an answer in a known shape, and a refused call changes nothing."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from szy_support import Api

from migrator.sandbox.sequenzy.app import SequenzySandbox
from tests.looks import looks

ADA = "ada@example.com"
LEAF = {"kind": "filter", "id": "f", "field": "tag", "operator": "contains", "value": "lead"}
# A body that works, for each route; the drawn keys are laid over it.
ROUTES: dict[str, dict[str, Any]] = {
    "POST /subscribers": {"email": "New@Example.com"},
    f"PATCH /subscribers/{ADA}": {"firstName": "Ada"},
    "POST /subscribers/tags": {"email": ADA, "tag": "lead"},
    "POST /subscribers/tags/bulk": {"email": ADA, "tags": ["lead"]},
    "POST /subscribers/bulk/tags/add": {"emails": [ADA], "tags": ["lead"]},
    "POST /subscribers/events": {"email": ADA, "event": "x"},
    "POST /subscribers/events/bulk": {"email": ADA, "events": [{"name": "x"}]},
    "POST /subscribers/events/imports": {"events": [{"name": "x", "eventId": "1", "email": ADA}]},
    "POST /subscribers/imports": {"subscribers": [{"email": ADA}, {"email": "new@example.com"}]},
    "POST /subscribers/operations": {"kind": "add_tags", "requestKey": "k", "tags": ["lead"]},
    "POST /lists": {"name": "More"},
    "POST /lists/LIST/subscribers": {"emails": [ADA, "new@example.com"]},
    "POST /segments": {"name": "Leads", "filters": [LEAF]},
    "POST /templates": {"name": "Hello", "subject": "Hi", "html": "<p>Hi</p>"},
    "POST /transactional/send": {"to": ADA, "subject": "Hi", "body": "<p>Hi</p>"},
    "PUT /sync-rules": {"syncRules": []},
}
KEYS = (
    *("email", "emails", "externalId", "externalIds", "subscriberIds", "firstName", "status", "tag", "tags", "lists"),
    *("listIds", "customAttributes", "createdAt", "duplicateStrategy", "optInMode", "phone", "timezone", "event"),
    *("events", "name", "eventId", "occurredAt", "properties", "subscribers", "idempotencyKey", "kind", "requestKey"),
    *("audience", "filters", "root", "children", "id", "joinOperator", "field", "operator", "value", "subject"),
    *("html", "blocks", "to", "slug", "body", "syncRules", "triggerEvent", "actions", "addTags", "removeTags"),
)
WORDS = (
    *("ada@example.com", "New@Example.com", "x1", "lead", "VIP Customer", "active", "unsubscribed", "complained"),
    *("merge", "overwrite", "confirmed", "double_opt_in", "2024-01-01T00:00:00Z", "yesterday", "Europe/London", ""),
    *("add_tags", "group", "filter", "and", "attribute", "contains", "is", "plan:pro", "30d", "😀", " "),
)
SCALARS = st.one_of(st.sampled_from(WORDS), st.none(), st.booleans(), st.integers(-5, 10**6), st.floats(-1e9, 1e9))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=12,
)
CHANGES = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=3)


def known_shape(body: dict[str, Any]) -> bool:
    """One of the error shapes: a text, an object with code and message, or a list of schema problems."""
    error = body.get("error")
    return isinstance(error, str) or (isinstance(error, dict) and {"code", "message"} <= set(error)) or "errors" in body


@given(calls=st.lists(st.tuples(st.sampled_from(list(ROUTES)), CHANGES), min_size=1, max_size=6))
@settings(max_examples=looks(100), deadline=None)
def test_any_body_gets_an_answer_and_a_refusal_changes_nothing(calls: list[tuple[str, dict[str, Any]]]) -> None:
    api = Api(SequenzySandbox(limits=None))
    list_id = api.post("/lists", name="News")["list"]["id"]
    api.post("/subscribers", email="ada@example.com", externalId="x1", enrollInSequences=False)
    for route, changes in calls:
        body = ROUTES[route] | changes
        method, path = route.split(" ")
        before = msgspec.json.encode(api.sandbox.state)
        answer = api.call(method, path.replace("LIST", list_id), body)
        assert answer.status_code < 500
        if not answer.is_success:
            assert known_shape(answer.json()), answer.text
            assert msgspec.json.encode(api.sandbox.state) == before, (route, body)
    # Whatever was accepted can be listed, saved and read again.
    found = api.get("/subscribers", status="all", limit=1000)["subscribers"]
    assert len({person["id"] for person in found}) == len(api.sandbox.state.subscribers)
    again = msgspec.json.decode(msgspec.json.encode(api.sandbox.state), type=type(api.sandbox.state))
    assert again == api.sandbox.state


@given(st.lists(st.sampled_from(["tag", "list", "import", "out", "create", "event"]), max_size=8))
@settings(max_examples=looks(60), deadline=None)
def test_an_opt_out_on_any_path_is_final_and_off_every_list(steps: list[str]) -> None:
    api = Api(SequenzySandbox(limits=None, settings={"default_list_ids": None}))
    list_id = api.post("/lists", name="News")["list"]["id"]
    address = "ada@example.com"
    api.post("/subscribers", email=address)
    out = False
    for step in steps:
        if step == "tag":
            api.post("/subscribers/tags", email=address, tag="x")
        elif step == "list":
            api.post(f"/lists/{list_id}/subscribers", emails=[address], enrollInSequences=True)
        elif step == "import":
            api.import_people(
                [{"email": address, "status": "active"}], duplicateStrategy="overwrite", listIds=[list_id]
            )
        elif step == "create":
            api.post("/subscribers", email=address, status="active", lists=[list_id], duplicateStrategy="overwrite")
        elif step == "event":
            api.post("/subscribers/events", email=address, event="x")
        else:
            api.patch(f"/subscribers/{address}", status="unsubscribed")
            out = True
        found = api.contact(address)
        assert found["status"] == ("unsubscribed" if out else "active")
        if out:
            assert all(entry["unsubscribedAt"] for entry in found["lists"])
            assert api.get("/lists")["lists"][0]["subscriberCount"] == 0
