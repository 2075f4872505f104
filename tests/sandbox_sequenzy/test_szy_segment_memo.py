"""Asking about a segment's members again gives what asking everybody gives, also after people have changed."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from szy_support import Api

from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.membership import in_segment
from migrator.sandbox.sequenzy.segment_memo import members
from tests.looks import looks

PEOPLE = [f"reader{number}@example.com" for number in range(4)]
FILTERS = (
    [{"id": "f", "field": "attribute", "operator": "is", "value": "plan:pro"}],
    [
        {"id": "f", "field": "tag", "operator": "contains", "value": "vip"},
        {"id": "f", "field": "status", "operator": "is", "value": "active"},
    ],
    [{"id": "f", "field": "added", "operator": "less_than", "value": "7d"}],
)


@settings(max_examples=looks(25), deadline=None)
@given(
    st.sampled_from(FILTERS),
    st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(("pro", "free", "vip", "left"))), max_size=8),
)
def test_the_members_are_always_those_who_match_now(filters: list[Any], changes: list[tuple[str, str]]) -> None:
    sandbox = SequenzySandbox(limits=None)
    api, state = Api(sandbox), sandbox.state
    for email in PEOPLE:
        api.post("/subscribers", email=email, enrollInSequences=False)
    wanted = api.post("/segments", name="Some", filters=filters)["segment"]["id"]
    for email, change in changes:
        match change:
            case "vip":
                api.post("/subscribers/tags", email=email, tag="vip")
            case "left":
                api.patch(f"/subscribers/{email}", status="unsubscribed")
            case _:
                api.patch(f"/subscribers/{email}", customAttributes={"plan": change})
        expected = [person.id for person in state.subscribers.values() if in_segment(state, person, wanted)]
        assert expected == members(state, wanted)
