"""Names of the source that look like ours: no tag of the source starts, stops or marks anything of this migration."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pa_accounts import written

from mappings.tags import target_tag
from migrator.bundle import Bundle
from migrator.errors import SettingsError
from migrator.model import Consent, ConsentState, Contact, Edge, EmailContent, Sequence, Step
from migrator.model.sequences import MovedFrom, TagAdded
from migrator.model.steps import AddTags, MoveToSequence, SendEmail
from migrator.plan.answers.schema import read_answers
from migrator.plan.make import make_plan
from migrator.plan.open_plan import OpenPlan
from migrator.plan.records import BuildSequence
from tests.looks import looks

MAIL = Step(id="9", action=SendEmail(content=EmailContent(subject="Hi", body="<p>Hi</p>")))
LOOKALIKES = ("mig-start-welcome", "MIG start welcome", "mig_start_welcome", "!mig-start-welcome")


def chain(source_id: str, name: str, *steps: Step, **fields: Any) -> Sequence:
    edges = tuple(Edge(source=one.id, target=two.id) for one, two in pairwise(steps))
    return Sequence(source_id=source_id, name=name, steps=steps, edges=edges, **fields)


def account(folder: Path, tag: str) -> Bundle:
    """Another sequence moves people into Welcome, which therefore listens to a tag of ours; somebody has that tag."""
    ann = Contact(source_id="1", email="a@example.com", consent=Consent(state=ConsentState.SUBSCRIBED), tags=(tag,))
    welcome = chain("7", "Welcome", MAIL, triggers=(MovedFrom(sequence_id="8"),))
    tags = Step(id="1", action=AddTags(tags=(tag,)))
    other = chain(
        "8", "Other", tags, Step(id="2", action=MoveToSequence(sequence_id="7")), triggers=(TagAdded(tag="x"),)
    )
    return written(folder, contacts=[ann], sequences=[welcome, other])


@pytest.mark.parametrize("tag", [LOOKALIKES[0], *(pytest.param(one, marks=pytest.mark.slow) for one in LOOKALIKES[1:])])
def test_a_tag_of_the_source_by_a_name_of_ours_starts_nothing(tag: str, tmp_path: Path) -> None:
    made = make_plan(account(tmp_path / "bundle", tag), {}, tmp_path / "plan")
    opened = OpenPlan.open(tmp_path / "plan")
    graphs = {one.name: opened.sequence(one).graph for one in opened.operations(BuildSequence)}
    assert graphs["Welcome"].final_trigger == {"trigger": "tag_added", "tagName": "mig-start-welcome"}
    given_ = [node.body["config"]["tagName"] for node in graphs["Other"].nodes if node.origin.step_id == "1"]
    (person,) = opened.lines("people/actives.jsonl")
    assert person["tags"] == given_, "the steps give the name that the people have"
    assert all(name.startswith("source-") for name in given_)
    (entry,) = [entry for entry in made.ledger.entries if entry.kind == "tag"]
    assert "tag-of-ours" in {finding.code for finding in entry.findings}


@pytest.mark.parametrize("name", ["mig-start-welcome", "Mig_Done", " mig-x", ""])
def test_nobody_can_rename_a_tag_to_a_name_of_ours(name: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_answers({"tags": {"rename": {"vip": name}}})
    assert "tags.rename.vip has a value that cannot be" in str(refused.value)


@settings(max_examples=looks(50), deadline=None)
@example("mig-mig-x")
@example("..mig--x")
@given(st.text(max_size=12) | st.from_regex(r"[ _!.-]{0,3}[mM][iI]gs?[ _.-][a-z]{0,4}", fullmatch=True))
def test_no_name_at_all_becomes_one_of_ours(name: str) -> None:
    tag = target_tag(name)
    assert not tag.startswith("mig-")
    # Older words of Sequenzy: signs are stripped, and an underscore becomes a hyphen.
    stripped = "".join(sign for sign in tag.replace("_", "-") if sign == "-" or (sign.isascii() and sign.isalnum()))
    assert not stripped.lstrip("-").startswith("mig-")


@pytest.mark.slow
def test_a_field_with_a_dot_and_a_field_within_another_are_told_apart(tmp_path: Path) -> None:
    mail = EmailContent(subject="Hi", body="<p>{{ subscriber.custom_data.a.b }}</p>")
    values: dict[str, Any] = {"a": {"b": "within"}, "a.b": "with a dot"}
    ann = Contact(
        source_id="1", email="a@example.com", consent=Consent(state=ConsentState.SUBSCRIBED), attributes=values
    )
    flow = chain("7", "S", Step(id="9", action=SendEmail(content=mail)), triggers=(TagAdded(tag="x"),))
    made = make_plan(written(tmp_path / "bundle", contacts=[ann], sequences=[flow]), {}, tmp_path / "plan")
    opened = OpenPlan.open(tmp_path / "plan")
    (person,) = opened.lines("people/actives.jsonl")
    by_value = {value: name for name, value in person["customAttributes"].items()}
    (built,) = opened.operations(BuildSequence)
    (node,) = opened.sequence(built).graph.nodes
    assert f"{{{{subscriber.{by_value['within']}}}}}" in node.body["html"]
    told = [entry for entry in made.ledger.entries if entry.kind == "attribute"]
    assert len(told) == 2
    assert all("attribute-two-of-one-name" in {one.code for one in entry.findings} for entry in told)
