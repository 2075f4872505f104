"""What only a sequence names, and what is left behind, counts when a whole account is planned."""

from __future__ import annotations

import shutil
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from pa_accounts import written

from mappings.verdicts import Verdict
from migrator.errors import SettingsError
from migrator.model import (
    Consent,
    ConsentState,
    Contact,
    ContactList,
    Edge,
    EmailContent,
    Lane,
    Segment,
    Sequence,
    Step,
)
from migrator.model.rules import Activity, ActivityRule, SegmentRule, TagRule
from migrator.model.sequences import ListJoined, ReEntry, SegmentEntered, TagAdded
from migrator.model.steps import AddToList, Branch, SendEmail, SetAttribute
from migrator.plan.answers.questions import open_questions
from migrator.plan.make import Made, make_plan
from migrator.plan.open_plan import OpenPlan
from migrator.plan.records import BuildSequence

OPENERS = Segment(source_id="3", name="Openers", rule=ActivityRule(activity=Activity.OPENED, within_seconds=86_400))
LISTS = [ContactList(source_id="5", name="Welcome")]
MAIL = Step(id="9", action=SendEmail(content=EmailContent(subject="Hi", body="<p>Hi</p>")))


def planned(tmp_path: Path, sequence: Sequence, **settings: Any) -> tuple[Made, OpenPlan]:
    consent = Consent(state=ConsentState.SUBSCRIBED)
    people = [Contact(source_id="1", email="p@example.com", consent=consent, tags=("vip",), attributes={"plan": "pro"})]
    bundle = written(tmp_path / "bundle", contacts=people, sequences=[sequence], segments=[OPENERS], lists=LISTS)
    made = make_plan(bundle, settings, tmp_path / "plan")
    return made, OpenPlan.open(tmp_path / "plan")


def chain(*steps: Step, **fields: Any) -> Sequence:
    edges = tuple(Edge(source=one.id, target=two.id) for one, two in pairwise(steps))
    return Sequence(source_id="7", name="S", steps=steps, edges=edges, **fields)


def codes(made: Made) -> set[str]:
    return {finding.code for entry in made.ledger.entries for finding in entry.findings if entry.sequence_id == "7"}


def test_a_tag_of_the_people_and_another_spelling_in_a_sequence_become_one(tmp_path: Path) -> None:
    branch = Branch(lanes=(Lane(key="a", rule=TagRule(tag="VIP")), Lane(key="b")))
    made, _ = planned(tmp_path, chain(Step(id="1", action=branch), triggers=(TagAdded(tag="new"),)))
    assert "tag-collision" in codes(made)


@pytest.mark.slow
def test_a_tag_that_would_start_a_sequence_by_another_spelling_holds_it_back(tmp_path: Path) -> None:
    one = chain(MAIL, triggers=(TagAdded(tag="VIP"),))
    made, opened = planned(tmp_path / "asked", one)
    (question,) = [one for one in open_questions(made.ledger.entries) if one.must]
    (built,) = opened.operations(BuildSequence)
    assert any("would start this sequence" in why for why in opened.sequence(built).graph.blocks_enabling)
    meant = {"tags": {"rename": {"VIP": "vip", "vip": "vip"}}}
    for number, answer in enumerate((tomllib.loads(question.line), meant)):
        made, opened = planned(tmp_path / str(number), one, **answer)
        (built,) = opened.operations(BuildSequence)
        assert opened.sequence(built).graph.blocks_enabling == ()
        assert [one for one in open_questions(made.ledger.entries) if one.must] == []
    half = {"tags": {"rename": {"VIP": "vip"}}}
    _, opened = planned(tmp_path / "half", one, **half)
    (built,) = opened.operations(BuildSequence)
    assert opened.sequence(built).graph.blocks_enabling, "the other one may be another by accident"


@pytest.mark.slow
def test_two_spellings_that_both_start_a_sequence_hold_nothing_back(tmp_path: Path) -> None:
    both = (TagAdded(tag="VIP"), TagAdded(tag="vip"))
    made, opened = planned(tmp_path, chain(MAIL, triggers=both))
    assert "tag-collision" in codes(made)
    (built,) = opened.operations(BuildSequence)
    assert opened.sequence(built).graph.blocks_enabling == ()


def test_a_branch_on_a_tag_that_is_left_behind_is_a_question(tmp_path: Path) -> None:
    branch = Branch(lanes=(Lane(key="a", rule=TagRule(tag="vip")), Lane(key="b")))
    one = chain(Step(id="1", action=branch), triggers=(TagAdded(tag="new"),))
    made, _ = planned(tmp_path, one, tags={"ignore": ["vip"]})
    assert "tag-left-behind" in codes(made)


def test_a_start_by_openers_is_a_question_that_a_line_settles(tmp_path: Path) -> None:
    one = chain(MAIL, triggers=(SegmentEntered(segment_id="3"),))
    made, opened = planned(tmp_path / "asked", one)
    (entry,) = [entry for entry in made.ledger.entries if entry.kind == "trigger"]
    assert entry.verdict is Verdict.MANUAL
    (built,) = opened.operations(BuildSequence)
    assert opened.sequence(built).graph.blocks_enabling
    _, other = planned(tmp_path / "other", one, sequences={"7": {"audience_settled": True}})
    (built,) = other.operations(BuildSequence)
    assert other.sequence(built).graph.blocks_enabling, "that is another question"
    answer = tomllib.loads(entry.findings[1].settles)
    _, settled = planned(tmp_path / "settled", one, **answer)
    (built,) = settled.operations(BuildSequence)
    assert settled.sequence(built).graph.blocks_enabling == ()


def test_a_branch_on_openers_says_that_they_are_counted_anew(tmp_path: Path) -> None:
    branch = Branch(lanes=(Lane(key="a", rule=SegmentRule(segment_id="3")), Lane(key="b")))
    edges = (Edge(source="1", target="9", lane="a"),)
    one = Sequence(source_id="7", name="S", steps=(Step(id="1", action=branch), MAIL), edges=edges)
    made, _ = planned(tmp_path, one)
    assert "engagement-history" in codes(made)


def test_a_custom_field_that_only_a_step_names_never_becomes_the_address(tmp_path: Path) -> None:
    step = Step(id="1", action=SetAttribute(key="email", value="x"))
    _, opened = planned(tmp_path, chain(step, MAIL), attributes={"prefix": ""})
    (built,) = opened.operations(BuildSequence)
    bodies = [node.body.get("config", {}) for node in opened.sequence(built).graph.nodes]
    assert [one["name"] for body in bodies for one in body.get("customAttributeUpdates", ())] == ["source_email"]


def starting_itself() -> Sequence:
    joins = Step(id="1", action=AddToList(list_id="5"), label="Welcome list")
    starts = (TagAdded(tag="new"), ListJoined(list_id="5"))
    return chain(MAIL, joins, triggers=starts, re_entry=ReEntry.AFTER_COMPLETION)


def test_a_sequence_that_starts_itself_is_a_question_with_a_line_that_lets_each_person_in_once(tmp_path: Path) -> None:
    made, opened = planned(tmp_path / "asked", starting_itself())
    (question,) = [one for one in open_questions(made.ledger.entries) if one.must]
    assert "Welcome list" in question.text
    graphs = [opened.sequence(one).graph for one in opened.operations(BuildSequence)]
    assert all(graph.blocks_enabling for graph in graphs)
    made, opened = planned(tmp_path / "once", starting_itself(), **tomllib.loads(question.line))
    graphs = [opened.sequence(one).graph for one in opened.operations(BuildSequence)]
    assert [graph.blocks_enabling for graph in graphs] == [(), ()]
    assert {graph.name: graph.settings["enrollmentMode"] for graph in graphs}["S"] == "one_time"
    assert "re-entry-chosen" in codes(made)
    assert open_questions(made.ledger.entries) == []


@pytest.mark.slow
def test_a_sequence_does_not_start_itself_by_a_step_that_is_left_out(tmp_path: Path) -> None:
    made, opened = planned(tmp_path, starting_itself(), steps={"7/1": {"skip": True}})
    assert "starts-itself" not in codes(made)
    assert all(not opened.sequence(one).graph.blocks_enabling for one in opened.operations(BuildSequence))


@pytest.mark.slow
def test_a_limit_that_only_a_later_export_finds_is_open_though_the_others_are_settled(tmp_path: Path) -> None:
    one = chain(MAIL, triggers=(TagAdded(tag="new"),), unread_limits=("excluded segment ids: 3",))
    made, _ = planned(tmp_path / "asked", one)
    (question,) = [one for one in open_questions(made.ledger.entries) if one.must]
    answer = tomllib.loads(question.line)
    for said in (answer, {"sequences": {"7": {"audience_settled": True}}}):
        made, opened = planned(tmp_path / "settled", one, **said)
        (built,) = opened.operations(BuildSequence)
        assert opened.sequence(built).graph.blocks_enabling == ()
        assert open_questions(made.ledger.entries) == []
        shutil.rmtree(tmp_path / "settled")
    later = structs.replace(one, unread_limits=("excluded segment ids: 3", "topic: Offers"))
    _, opened = planned(tmp_path / "later", later, **answer)
    (built,) = opened.operations(BuildSequence)
    assert opened.sequence(built).graph.blocks_enabling
    changed = structs.replace(one, unread_limits=("excluded segment ids: 3, 5",))
    with pytest.raises(SettingsError, match="excluded segment ids: 3, 5"):
        planned(tmp_path / "changed", changed, **answer)


def test_an_answer_about_a_segment_that_does_not_start_the_sequence_is_refused(tmp_path: Path) -> None:
    one = chain(MAIL, triggers=(SegmentEntered(segment_id="3"),))
    with pytest.raises(SettingsError, match="segment_start_settled"):
        planned(tmp_path, one, sequences={"7": {"segment_start_settled": {"33": True}}})
