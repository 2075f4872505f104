"""What the contacts' own values mean for the emails that print them is told when a whole account is planned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from pa_accounts import written

from mappings.attributes import AttributeChoices, FieldKeys, flatten
from mappings.merge_tags.results import ContentContext
from mappings.value_marks import Mark, marks_of
from migrator.model import Consent, ConsentState, Contact, Edge, EmailContent, Sequence, Step
from migrator.model.steps import SendEmail, SetAttribute
from migrator.plan.make import make_plan
from migrator.plan.people.field_shapes import FieldShapes

BODY = "".join(
    f"<p>{{{{ custom_data.{tag} }}}}</p>"
    for tag in ("colours", "vip | default: 'no'", "bio", "address.note", "city | default: 'x'", "score")
)


def told(tmp_path: Path, people: list[dict[str, Any]], *steps: Step, **choices: Any) -> dict[str, set[str]]:
    """Merge tag to the reasons in the ledger."""
    consent = Consent(state=ConsentState.SUBSCRIBED)
    contacts = [
        Contact(source_id=str(number), email=f"p{number}@example.com", consent=consent, attributes=one)
        for number, one in enumerate(people)
    ]
    mail = Step(id="9", action=SendEmail(content=EmailContent(subject="Hi", body=BODY)))
    edges = tuple(Edge(source=one.id, target="9") for one in steps)
    sequence = Sequence(source_id="7", name="S", steps=(*steps, mail), edges=edges)
    made = make_plan(written(tmp_path / "bundle", contacts=contacts, sequences=[sequence]), choices, tmp_path / "plan")
    found: dict[str, set[str]] = {}
    for entry in made.ledger.entries:
        if entry.kind in ("step", "node", "email"):
            for finding in entry.findings:
                found.setdefault(finding.code, set()).add(finding.reason)
    return found


PLAIN = {"colours": "red", "vip": True, "bio": "x & y", "address": {"note": "n"}, "city": "Oslo", "score": 3}
ODD = {"colours": ["red"], "vip": False, "bio": "<b>x</b>", "address": {"note": "A &amp; B"}, "score": 20.0}
NEWS = {"list-printed", "markup-printed", "false-not-default"}


def test_one_contact_in_many_with_another_kind_of_value_is_enough_to_tell(tmp_path: Path) -> None:
    found = told(tmp_path, [*[PLAIN] * 50, ODD])
    assert found.keys() >= NEWS
    (markup,) = found["markup-printed"]
    assert "custom_data.bio" in markup
    assert "custom_data.address.note" in markup
    (value,) = found["value-printed"]
    assert "custom_data.score" in value


def test_fields_without_such_values_say_nothing(tmp_path: Path) -> None:
    assert NEWS.isdisjoint(told(tmp_path, [PLAIN] * 3))


def test_what_a_sequence_sets_counts_as_what_a_contact_has(tmp_path: Path) -> None:
    step = Step(id="1", action=SetAttribute(key="city", value=False))
    assert "false-not-default" in told(tmp_path, [PLAIN], step)


def test_markup_in_a_name_alone_makes_no_field_of_what_we_add_ourselves(tmp_path: Path) -> None:
    consent = Consent(state=ConsentState.UNSUBSCRIBED)
    people = [
        Contact(source_id="1", email="a@example.com", consent=consent, first_name="<b>", locale="<i>", attributes={}),
        Contact(source_id="2", email="b@example.com", consent=consent, locale="<i>", attributes={"plan": "x"}),
    ]
    made = make_plan(written(tmp_path / "bundle", contacts=people), {}, tmp_path / "plan")
    assert [entry.label for entry in made.ledger.entries if entry.kind == "attribute"] == ["plan"]


VALUES = st.one_of(
    st.booleans(),
    st.integers(-2, 2),
    st.sampled_from([0.0, 1.5, 20.0, 2**60, "", "x", "<b>", [1, "<i>"], {"in": False}, {"in": "&amp;"}, None]),
)


@given(st.lists(st.dictionaries(st.sampled_from("abc"), VALUES), max_size=12))
@settings(max_examples=30, deadline=None)
def test_looking_at_shapes_finds_what_looking_at_each_value_finds(people: list[dict[str, Any]]) -> None:
    shapes = FieldShapes(FieldKeys(AttributeChoices()))
    wanted: dict[tuple[str, ...], set[Mark]] = {}
    for one in people:
        shapes.lower(dict(one))
        for path, value in flatten(one):
            wanted.setdefault(path, set()).update(marks_of(value))
    shapes.look_for_markup(people)
    by_type = {Mark.LIST, Mark.FLAG}
    found = {path: seen.marks - by_type for path, seen in shapes.finish().items()}
    assert found == {path: marks - by_type for path, marks in wanted.items()}


def test_what_is_known_of_values_reaches_the_other_processes_whole() -> None:
    known = ContentContext(attributes={"a": "a"}, marks={"a": frozenset(Mark), "b": frozenset({Mark.LIST})})
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(known), type=ContentContext) == known
