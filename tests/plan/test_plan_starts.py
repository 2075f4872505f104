"""What starts a sequence, where several things do: nobody is lost on the way in, and nothing else starts with them."""

from __future__ import annotations

from seq_cases import mail
from test_plan_handovers import Account, keeps, sequence

from mappings.context import LoweringContext, survey
from migrator.model import Sequence
from migrator.model.sequences import FormSubmitted
from migrator.model.steps import Wait
from migrator.plan.lower_sequence import LoweredSequence, lower_sequence

DAY = 86_400


def lowered(*sequences: Sequence, which: int = 0) -> LoweredSequence:
    context = LoweringContext(
        sequences=survey(sequences),
        lists={str(number): f"list:{number}" for number in range(40)},
        segments={"3": "segment:3"},
        forms={"5": "Footer"},
    )
    return lower_sequence(sequences[which], context)


def test_a_form_that_adds_the_tag_its_question_names_starts_the_sequence() -> None:
    """A sequence that keeps people only while they have a tag stops whoever comes in with our start tag alone."""
    wanted = sequence(
        "1", mail("One"), Wait(seconds=DAY), mail("Two"), triggers=(*keeps("new"), FormSubmitted(form_id="5"))
    )
    (question,) = [
        finding for entry in lowered(wanted).entries for finding in entry.findings if finding.code == "form-start"
    ]
    named = question.remedy.rpartition("the tag ")[2].rstrip(".")
    account = Account(wanted)
    account.tag(named)
    assert account.days(5) == ["One", "Two"]
