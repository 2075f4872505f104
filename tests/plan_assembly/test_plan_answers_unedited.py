"""A line of a question or of an export's form, taken over without putting anything in, answers nothing."""

from __future__ import annotations

import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from pa_accounts import written

from migrator.bundle import Bundle
from migrator.errors import SettingsError
from migrator.export.overrides import gaps
from migrator.model import Consent, ConsentState, Contact, Edge, EmailContent, Sequence, Step
from migrator.model.sequences import TagAdded
from migrator.model.steps import AddTags, CallWebhook, MoveToSequence, SendEmail, Wait
from migrator.plan.answers.questions import open_questions
from migrator.plan.make import make_plan


def flow() -> Sequence:
    steps = (
        Step(id="1", action=SendEmail(content=EmailContent()), content_missing=("subject", "body")),
        Step(id="2", action=AddTags(tags=()), content_missing=("tags",)),
        Step(id="3", action=CallWebhook(), content_missing=("url",)),
        Step(id="4", action=MoveToSequence(), content_missing=("sequence_id",)),
    )
    edges = tuple(Edge(source=one.id, target=two.id) for one, two in pairwise(steps))
    return Sequence(source_id="7", name="S", triggers=(TagAdded(tag="new"),), steps=steps, edges=edges)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    ann = Contact(source_id="1", email="a@example.com", consent=Consent(state=ConsentState.SUBSCRIBED), tags=("\x00",))
    return written(tmp_path_factory.mktemp("account") / "bundle", contacts=[ann], sequences=[flow()])


def refusal(bundle: Bundle, line: str, place: Path) -> str:
    with pytest.raises(SettingsError) as refused:
        make_plan(bundle, tomllib.loads(line), place / "plan")
    return str(refused.value)


@pytest.mark.slow
def test_a_question_that_is_uncommented_and_left_as_it_stands_is_no_answer(bundle: Bundle, tmp_path: Path) -> None:
    made = make_plan(bundle, {}, tmp_path / "first")
    lines = [one.line for one in open_questions(made.ledger.entries) if "..." in one.line]
    assert len(lines) == 5
    for line in lines:
        assert "the example that stood in the question" in refusal(bundle, line, tmp_path)


@pytest.mark.slow
def test_the_examples_in_the_form_of_an_export_are_no_answers(bundle: Bundle, tmp_path: Path) -> None:
    head, _, form = gaps([flow()]).partition("\n[")
    assert head
    tables = ["[" + table for table in form.split("\n[")]
    assert len(tables) == 4
    for table in tables:
        whole = "\n".join(line.removeprefix("# ") for line in table.splitlines() if not line.startswith("# #"))
        whole = whole.partition("\n\n")[0].partition("\n# S:")[0].partition("\nS: ")[0]
        assert "the example that stood in the question" in refusal(bundle, whole, tmp_path), whole


@pytest.mark.slow
def test_a_step_cannot_hand_people_to_a_sequence_that_is_not_there(bundle: Bundle, tmp_path: Path) -> None:
    said = refusal(bundle, 'steps."7/4".sequence_id = "77"', tmp_path)
    assert "no such sequence" in said
    assert "7" in said


def test_an_email_whose_subject_is_given_asks_for_its_body(bundle: Bundle, tmp_path: Path) -> None:
    made = make_plan(bundle, tomllib.loads('steps."7/1".subject = "Hello"'), tmp_path / "plan")
    assert 'steps."7/1".body = "..."' in {one.line for one in open_questions(made.ledger.entries)}


@pytest.mark.parametrize(
    ("source", "code"), [pytest.param(None, "filled-in", marks=pytest.mark.slow), (259_200, "filled-over")]
)
def test_an_answer_that_a_later_export_contradicts_is_told(source: int | None, code: str, tmp_path: Path) -> None:
    """The person's word holds, and the ledger says that the source has another."""
    step = Step(id="1", action=Wait(seconds=source), content_missing=() if source else ("seconds",))
    mail = Step(id="2", action=SendEmail(content=EmailContent(subject="Hi", body="<p>x</p>")))
    one = Sequence(source_id="7", name="S", steps=(step, mail), edges=(Edge(source="1", target="2"),))
    place = written(tmp_path / "bundle", sequences=[one])
    made = make_plan(place, tomllib.loads('steps."7/1".seconds = 86400'), tmp_path / "plan")
    (entry,) = [entry for entry in made.ledger.entries if entry.step_id == "1"]
    (finding,) = entry.findings
    assert finding.code == code
    assert "seconds" in finding.reason
