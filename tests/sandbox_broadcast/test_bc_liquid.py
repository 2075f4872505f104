"""The local Broadcast fills the Liquid that its documents explain, and makes nothing up for the rest."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from migrator.sandbox.broadcast.account import Subscriber
from migrator.sandbox.broadcast.generate_emails import ALL, PLAIN
from migrator.sandbox.broadcast.liquid import UNSUBSCRIBE, NotRendered, fill, rendered, values_of

ADA = Subscriber(
    id=7,
    email="ada@example.com",
    first_name="Ada",
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    custom_data={"plan": "pro", "seats": 3, "off": False, "empty": "", "org": {"city": "Zürich"}},
)
VALUES = values_of(ADA, {"month": "May"})


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("{{ first_name }} {{subscriber.first_name}} {{ email }}", "Ada Ada ada@example.com"),
        ('{{ last_name | default: "there" }}', "there"),
        ("{{ first_name | default: &quot;there&quot; | upcase }}", "ADA"),
        ("{{ custom_data.seats }} {{ custom_data['plan'] }} {{ subscriber.custom_data.org.city }}", "3 pro Zürich"),
        ("{{ custom_data.unknown }}|{{ month }}", "|May"),
        ("{{ unsubscribe_url }} {{ unsubscribe_link }}", f"{UNSUBSCRIBE}7 {UNSUBSCRIBE}7"),
        ("{% if last_name %}a{% elsif custom_data.plan == 'pro' %}b{% else %}c{% endif %}", "b"),
        ("{% if custom_data.empty %}an empty text is true{% endif %}", "an empty text is true"),
        ("{% unless custom_data.off %}{% if custom_data.seats != 3 %}x{% else %}y{% endif %}{% endunless %}", "y"),
    ],
)
def test_what_the_documents_explain_is_filled(source: str, shown: str) -> None:
    assert fill(source, VALUES) == shown


@pytest.mark.parametrize(
    "source",
    [
        "{{ plan }}",
        "{{ first_name | shout }}",
        "{{ first_name | truncate: 3 }}",
        "{{ custom_data.org }}",
        "{% for tag in tags %}{% endfor %}",
        "{% if a == 1 and b == 2 %}{% endif %}",
        "{% if first_name %}never closed",
        "{% endif %}",
        "{{ first_name",
        "{{ }}",
        "{{{ pm:unsubscribe }}}",
        "{% else %}",
    ],
)
def test_what_no_document_explains_is_never_made_up(source: str) -> None:
    with pytest.raises(NotRendered):
        fill(source, VALUES)


def test_a_value_with_markup_is_not_shown_since_nobody_says_whether_it_is_escaped() -> None:
    marked_up = Subscriber(id=8, email="a@example.com", first_name="<b>Ada</b>", created_at=ADA.created_at)
    with pytest.raises(NotRendered):
        fill("{{ first_name }}", values_of(marked_up, {}))


def test_an_email_is_whole_or_gives_its_reason() -> None:
    whole = rendered({"subject": PLAIN.subject, "preheader": PLAIN.preheader, "body": PLAIN.body}, VALUES)
    assert whole["subject"] == "Welcome, Ada"
    for email in ALL:
        found = rendered(email._asdict(), VALUES)
        assert set(found) in ({"subject", "preview", "html"}, {"not_rendered"})
