"""The table of consent, line by line, and its law: no signal makes anybody more reachable."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.klaviyo.consent import read_consent, read_sms_consent
from adapters.klaviyo.contacts import read_contact
from migrator.model import ConsentState
from migrator.model.consent import Reach
from tests.looks import looks

WHEN = "2023-02-01T08:03:11+00:00"
MOMENT = datetime(2023, 2, 1, 8, 3, 11, tzinfo=UTC)


def told(consent: Any = "SUBSCRIBED", *reasons: str, **more: Any) -> dict[str, Any]:
    marketing = {
        "can_receive_email_marketing": not reasons,
        "consent": consent,
        "consent_timestamp": WHEN,
        "double_optin": False,
        "suppression": [{"reason": reason, "timestamp": "2024-01-01T00:00:00+00:00"} for reason in reasons],
        "list_suppressions": [],
        **more,
    }
    return {"email": "ada@example.com", "subscriptions": {"email": {"marketing": marketing}}}


@pytest.mark.parametrize(
    ("attributes", "state"),
    [
        (told(), ConsentState.SUBSCRIBED),
        (told("UNSUBSCRIBED"), ConsentState.UNSUBSCRIBED),
        (told("SUBSCRIBED", "UNSUBSCRIBE"), ConsentState.UNSUBSCRIBED),
        (told("SUBSCRIBED", "HARD_BOUNCE"), ConsentState.BOUNCED),
        (told("NEVER_SUBSCRIBED", "INVALID_EMAIL"), ConsentState.BOUNCED),
        (told("SUBSCRIBED", "SPAM_COMPLAINT"), ConsentState.COMPLAINED),
        (told("SUBSCRIBED", "USER_SUPPRESSED"), ConsentState.SUPPRESSED),
        (told("SUBSCRIBED", "USER_SUPPRESSED", "SPAM_COMPLAINT"), ConsentState.COMPLAINED),
        (told("SUBSCRIBED", "A_REASON_OF_NEXT_YEAR"), ConsentState.SUPPRESSED),
        (told("NEVER_SUBSCRIBED"), ConsentState.NEVER_SUBSCRIBED),
        (told(None), ConsentState.UNKNOWN),
        (told("MAYBE"), ConsentState.UNKNOWN),
        (told("UNSUBSCRIBED", method="SPAM_COMPLAINT"), ConsentState.COMPLAINED),
        (told(can_receive_email_marketing=False), ConsentState.SUPPRESSED),
        (told(None, can_receive_email_marketing=False), ConsentState.SUPPRESSED),
        (told("MAYBE", can_receive_email_marketing=False), ConsentState.SUPPRESSED),
        (told("NEVER_SUBSCRIBED", can_receive_email_marketing=False), ConsentState.NEVER_SUBSCRIBED),
        (told(suppression="odd"), ConsentState.SUPPRESSED),
        ({"email": "ada@example.com"}, ConsentState.UNKNOWN),
        ({"subscriptions": {"email": None}}, ConsentState.UNKNOWN),
    ],
)
def test_each_line_of_the_table(attributes: dict[str, Any], state: ConsentState) -> None:
    assert read_consent(attributes).state is state


def test_a_confirmed_opt_in_is_kept_with_its_date() -> None:
    assert read_consent(told(double_optin=True)).confirmed_at == MOMENT
    assert read_consent(told()).confirmed_at is None
    assert read_consent(told("UNSUBSCRIBED", double_optin=True)).confirmed_at is None


def test_the_date_is_that_of_the_deciding_signal() -> None:
    assert read_consent(told("SUBSCRIBED", "HARD_BOUNCE")).since == datetime(2024, 1, 1, tzinfo=UTC)
    assert read_consent(told()).since == MOMENT


signals = st.fixed_dictionaries(
    {
        "consent": st.sampled_from(["SUBSCRIBED", "UNSUBSCRIBED", "NEVER_SUBSCRIBED", "subscribed", "", None, "X"]),
        "can_receive_email_marketing": st.sampled_from([True, False, None, "yes"]),
        "suppression": st.one_of(
            st.none(),
            st.just("odd"),
            st.lists(
                st.fixed_dictionaries({"reason": st.sampled_from(["HARD_BOUNCE", "", None, "NEW", "UNSUBSCRIBE"])})
            ),
        ),
        "method": st.sampled_from(["FORM", "SPAM_COMPLAINT", None]),
    }
)


@given(signals)
@settings(max_examples=looks(200), deadline=None)
def test_only_a_clear_yes_that_nothing_contradicts_is_a_yes(marketing: dict[str, Any]) -> None:
    found = read_consent({"subscriptions": {"email": {"marketing": marketing}}})
    if found.state.reach is Reach.MARKETING:
        assert str(marketing["consent"]).upper() == "SUBSCRIBED"
        assert not marketing["suppression"]
        assert marketing["can_receive_email_marketing"] is not False


def test_leaving_one_list_leaves_only_that_list_and_holds_after_removal() -> None:
    left = [{"list_id": "B", "reason": "UNSUBSCRIBE", "timestamp": WHEN}]
    row = {"attributes": told(list_suppressions=left)}
    contact = read_contact(row, "1", {"A": MOMENT}, ())
    states = {one.list_id: (one.state, one.joined_at) for one in contact.lists}
    assert contact.consent.state is ConsentState.SUBSCRIBED
    assert states == {"A": (ConsentState.SUBSCRIBED, MOMENT), "B": (ConsentState.UNSUBSCRIBED, None)}


@pytest.mark.parametrize(
    ("marketing", "state"),
    [
        ({"consent": "SUBSCRIBED", "can_receive_sms_marketing": True}, ConsentState.SUBSCRIBED),
        ({"consent": "SUBSCRIBED", "can_receive_sms_marketing": False}, ConsentState.SUPPRESSED),
        ({"consent": "SUBSCRIBED"}, ConsentState.SUPPRESSED),
        ({"consent": "NEVER_SUBSCRIBED"}, ConsentState.NEVER_SUBSCRIBED),
    ],
)
def test_text_messages_have_a_consent_of_their_own(marketing: dict[str, Any], state: ConsentState) -> None:
    found = read_sms_consent({"subscriptions": {"sms": {"marketing": marketing}}})
    assert found is not None
    assert found.state is state


def test_what_klaviyo_keeps_for_itself_is_no_custom_field() -> None:
    attributes = told() | {
        "properties": {"Plan": "pro", "$source": 1, "Nested": {"a": 1}},
        "organization": "Vale Ltd",
        "location": {"city": "Leeds", "country": None, "timezone": "Europe/London", "ip": "203.0.113.9"},
        "last_event_date": WHEN,
    }
    contact = read_contact({"attributes": attributes}, "1", {}, ())
    assert contact.attributes == {
        "Plan": "pro",
        "Nested": {"a": 1},
        "organization": "Vale Ltd",
        "location": {"city": "Leeds"},
    }
    assert contact.timezone == "Europe/London"
    assert contact.raw["system_properties"] == {"$source": 1}
    assert contact.raw["last_event_date"] == WHEN


def test_a_property_is_never_overwritten_by_a_field_of_the_same_name() -> None:
    attributes = told() | {
        "properties": {"title": "Dr", "location": "attic"},
        "title": "Buyer",
        "location": {"city": "X"},
    }
    contact = read_contact({"attributes": attributes}, "1", {}, ())
    assert contact.attributes == {"title": "Dr", "location": "attic"}
