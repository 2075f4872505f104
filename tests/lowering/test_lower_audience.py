"""Whatever else narrows a sequence's audience at the source is never forgotten in silence."""

from __future__ import annotations

from dataclasses import replace

from msgspec import structs

from mappings.context import LoweringContext, survey
from migrator.model import Edge, EmailContent, Sequence, Step
from migrator.model.sequences import MovedFrom
from migrator.model.steps import Entry, SendEmail
from migrator.plan.graphs.lower_sequence import lower_sequence

MAIL = SendEmail(content=EmailContent(subject="Hello", body="<p>Hello</p>"))
NEWS = Sequence(
    source_id="7",
    name="News",
    active=True,
    steps=(Step(id="1", action=Entry()), Step(id="2", action=MAIL)),
    edges=(Edge(source="1", target="2"),),
    unread_limits=("excluded segment ids: 3, 5",),
    caveats=("Its emails' opens are not tracked.",),
)
CONTEXT = LoweringContext(sequences=survey([NEWS]))


def codes(context: LoweringContext) -> set[str]:
    return {
        finding.code
        for entry in lower_sequence(NEWS, context).entries
        if entry.kind == "sequence"
        for finding in entry.findings
    }


def test_an_audience_that_is_limited_elsewhere_keeps_the_draft_off() -> None:
    assert "audience-limited" in codes(CONTEXT)
    assert any("3, 5" in why for why in lower_sequence(NEWS, CONTEXT).graph.blocks_enabling)


def test_a_person_who_settled_it_may_enable_it() -> None:
    settled = replace(CONTEXT, audience_settled=frozenset({"7"}))
    assert "audience-vouched-for" in codes(settled)
    assert not any("3, 5" in why for why in lower_sequence(NEWS, settled).graph.blocks_enabling)


def test_each_limit_is_a_question_of_its_own() -> None:
    news = structs.replace(NEWS, unread_limits=("excluded segment ids: 3, 5", "topic: Offers"))
    lines = {
        finding.settles
        for entry in lower_sequence(news, CONTEXT).entries
        for finding in entry.findings
        if finding.code == "audience-limited"
    }
    assert lines == {
        'sequences.7.audience_settled."excluded segment ids: 3, 5" = true',
        'sequences.7.audience_settled."topic: Offers" = true',
    }
    half = replace(CONTEXT, limits_settled=frozenset({("7", "topic: Offers")}))
    (held,) = [why for why in lower_sequence(news, half).graph.blocks_enabling if "out of these emails" in why]
    assert "3, 5" in held
    assert "Offers" not in held


def test_a_setting_that_stays_at_the_source_is_said_of_the_sequence() -> None:
    assert "sequence-caveat" in codes(CONTEXT)


def test_people_who_were_handed_over_by_a_sequence_that_stays_behind_are_missed() -> None:
    after = structs.replace(NEWS, triggers=(MovedFrom(sequence_id="8"),))

    def told(*sequences: Sequence) -> set[str]:
        context = LoweringContext(sequences=survey(sequences))
        entries = lower_sequence(after, context).entries
        return {one.code for entry in entries if entry.kind == "trigger" for one in entry.findings}

    assert "mover-left" in told(after)
    assert "mover-left" not in told(after, structs.replace(NEWS, source_id="8"))
