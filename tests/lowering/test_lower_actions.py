"""Steps, tags and calls: what may be planned, and what only a person may decide."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.actions import lower_action
from mappings.context import LoweringContext, survey
from mappings.sequences.fragments import Fragment, Piece
from mappings.tags import collisions, lower_tag, slugs, target_tag
from mappings.target import NodeKind
from mappings.verdicts import Lowered, Verdict
from migrator.model import EmailContent, Sequence, Step
from migrator.model.consent import ConsentState
from migrator.model.steps import (
    Action,
    CallWebhook,
    ChangeConsent,
    CreateDiscount,
    MoveToSequence,
    SendEmail,
    SetAttribute,
)
from migrator.plan.graphs.lower_sequence import lower_sequence
from migrator.plan.graphs.sequence_work import base_of
from tests.sdk_types import create_faults

HERE = Sequence(source_id="7", name="Here")


def lowered(action: Action) -> Lowered[Fragment]:
    return lower_action(Step(id="1", action=action), HERE, LoweringContext(sequences=survey([HERE])))


@pytest.mark.parametrize("state", list(ConsentState))
def test_no_step_ever_makes_anybody_mailable(state: ConsentState) -> None:
    found = lowered(ChangeConsent(state=state))
    assert found.value is not None
    assert found.value.ends
    (piece,) = found.value.parts
    assert isinstance(piece, Piece)
    assert piece.body["config"]["status"] in ("unsubscribed", "bounced")


@pytest.mark.parametrize(
    "call",
    [
        CallWebhook(),
        CallWebhook(url="http://crm.test/"),
        CallWebhook(url="https://user:hunter2@crm.test/"),
        CallWebhook(url="https://[broken"),
        CallWebhook(url="https://crm.test/", method="TRACE"),
        CallWebhook(url="https://crm.test/", body="a=1&b=2"),
        CallWebhook(url="https://crm.test/{{ id }}"),
    ],
)
def test_a_call_that_cannot_be_made_safely_is_a_question(call: CallWebhook) -> None:
    found = lowered(call)
    assert found.value is None
    assert found.verdict is Verdict.MANUAL
    assert "hunter2" not in str(found.findings)


def test_a_call_without_its_credentials_is_planned_and_blocks() -> None:
    call = CallWebhook(url="https://crm.test/", withheld_headers=("Authorization",))
    sequence = Sequence(source_id="7", name="Here", steps=(Step(id="1", action=call),))
    found = lower_sequence(sequence, LoweringContext())
    assert [node.kind for node in found.graph.nodes] == [NodeKind.WEBHOOK]
    assert len(found.graph.blocks_enabling) == 1


@pytest.mark.parametrize("tag", ["%FIRSTNAME%", "*|EMAIL|*", "{$name}", "[[firstname]]", "{{ x }}"])
def test_a_merge_tag_of_another_platform_outside_emails_is_a_question(tag: str) -> None:
    url = "https://x.test/in"
    calls: tuple[Action, ...] = (
        CallWebhook(url=f"{url}?who={tag}"),
        CallWebhook(url=url, headers={"X-Who": tag}),
        CallWebhook(url=url, body=json.dumps({"who": tag})),
        SetAttribute(key="who", value=f"Hi {tag}"),
    )
    for call in calls:
        done = lowered(call)
        assert done.value is None
        assert [Verdict.MANUAL] == [finding.verdict for finding in done.findings if finding.verdict is Verdict.MANUAL]


@pytest.mark.parametrize("text", ["20% off, 30% later", "a [link] and (brackets)", "C:\\x", "50%-60%", "{}"])
def test_plain_text_outside_emails_is_carried_over(text: str) -> None:
    assert lowered(CallWebhook(url="https://x.test/in", body=json.dumps({"a": text, "b": [1, {"name": 2}]}))).value
    assert lowered(SetAttribute(key="who", value=text)).value


def test_a_failing_call_never_stops_the_person() -> None:
    found = lowered(CallWebhook(url="https://crm.test/", method="put", body='{"a": "b"}'))
    assert found.value is not None
    (piece,) = found.value.parts
    assert isinstance(piece, Piece)
    assert piece.kind is NodeKind.WEBHOOK
    assert piece.body["config"] == {
        "url": "https://crm.test/",
        "method": "PUT",
        "onError": "continue",
        "body": '{"a": "b"}',
    }


@pytest.mark.parametrize("target", [None, "404", "7"])
def test_a_move_to_nowhere_or_to_itself_is_a_question(target: str | None) -> None:
    assert lowered(MoveToSequence(sequence_id=target)).verdict is Verdict.MANUAL


@pytest.mark.parametrize("value", [["a"], {"a": 1}, 2**60])
def test_a_value_that_an_attribute_cannot_hold_is_a_question(value: object) -> None:
    assert lowered(SetAttribute(key="plan", value=value)).verdict is Verdict.MANUAL


@given(st.text())
def test_a_target_tag_is_its_own_normal_form(name: str) -> None:
    tag = target_tag(name)
    assert tag == target_tag(tag)
    assert tag == "-".join(tag.split())


def test_two_tags_that_become_one_are_both_named() -> None:
    names = ("VIP Customer", "vip customer", "other")
    found = collisions(names, {})
    assert found == {"vip-customer": ("VIP Customer", "vip customer")}
    lowered_tag = lower_tag("VIP Customer", {}, found["vip-customer"])
    assert [finding.code for finding in lowered_tag.findings] == ["tag-collision"]
    assert collisions(names, {"vip customer": "vip2"}) == {}


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=60), max_size=8))
def test_slugs_are_all_different(names: dict[str, str]) -> None:
    found = slugs(names)
    assert found.keys() == names.keys()
    assert len(set(found.values())) == len(found)


def test_a_step_id_is_never_mistaken_for_the_start_or_the_end() -> None:
    for step_id in ("start", "end", ""):
        assert base_of(Step(id=step_id, action=ChangeConsent(state=ConsentState.INACTIVE))) not in ("start", "end")


STRIPE = {"provider": "stripe", "discountType": "percent", "percentOff": 10}


@pytest.mark.parametrize(
    "change",
    [
        {"percentOff": 0},
        {"percentOff": -5},
        {"percentOff": 150},
        {"percentOff": float("nan")},
        {"percentOff": True},
        {"percentOff": "10"},
        {"percentOff": None},
        {"amountOff": 500},
        {"discountType": "amount", "percentOff": None, "amountOff": 500},
        {"discountType": "amount", "percentOff": None, "amountOff": float("inf"), "currency": "EUR"},
        {"duration": "always"},
        {"duration": "repeating"},
        {"planIds": ["prod_1"]},
        {"appliesToAllPlans": False},
        {"minimumPurchase": 50},
        {"expiresInHours": -1},
        {"provider": "paddle"},
    ],
)
def test_a_discount_that_could_be_worth_more_than_was_meant_is_a_question(change: dict[str, object]) -> None:
    assert lowered(CreateDiscount(settings={**STRIPE, **change})).verdict is Verdict.MANUAL


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"duration": "repeating", "durationInMonths": 3, "maxRedemptions": 1, "expiresInHours": 48},
        {"appliesToAllPlans": False, "planIds": ["prod_1"], "codePrefix": "HI", "lockToSubscriber": True},
        {"discountType": "amount", "percentOff": None, "amountOff": 500, "currency": "EUR"},
    ],
)
def test_all_that_the_source_says_of_a_discount_is_carried_over(more: dict[str, object]) -> None:
    settings = {**STRIPE, **more}
    found = lowered(CreateDiscount(settings=settings))
    assert found.value is not None
    (piece,) = found.value.parts
    assert isinstance(piece, Piece)
    assert piece.body["discount"] == {key: value for key, value in settings.items() if value is not None}
    assert create_faults({"name": "S", "steps": [piece.body]}) == []


def test_a_call_whose_method_the_source_does_not_tell_says_which_is_taken() -> None:
    found = lowered(CallWebhook(url="https://crm.test/", body="{}"))
    assert [finding.code for finding in found.findings] == ["webhook-method-assumed"]
    assert lowered(CallWebhook(url="https://crm.test/", method="get")).findings == ()


def test_a_transactional_email_says_that_who_opted_out_does_not_get_it() -> None:
    content = EmailContent(subject="Receipt", body="<p>Paid</p>", transactional=True)
    found = lowered(SendEmail(content=content))
    assert [finding.code for finding in found.findings] == ["email-transactional"]
