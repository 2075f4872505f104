"""What an email looks like for one person: merge tags, conditionals, escaping, the unsubscribe footer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from szy_graphs import read
from szy_support import Api

from migrator.sandbox.sequenzy.merge_tags import fill
from tests.looks import looks

ADA = {
    "email": "ada@example.com",
    "firstName": "Ada",
    "customAttributes": {"plan": "pro", "score": 5.0, "nested": {"a": "b"}, "bold": "<b onclick='x()'>hi</b>"},
    "tags": ["customer"],
}


def _render(api: Api, html: str, subject: str = "S", subscriber: Any = ADA, **more: Any) -> dict[str, Any]:
    transactional = more.pop("transactional", True)
    step = {"subject": subject, "html": html, "isTransactional": transactional}
    sequence_id = api.post("/sequences", name="R", trigger="manual", steps=[step])["sequence"]["id"]
    node_id = read(api, sequence_id)["emails"][0]["nodeId"]
    found: dict[str, Any] = api.post(f"/sequences/{sequence_id}/nodes/{node_id}/render", subscriber=subscriber, **more)
    return found


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{FIRST_NAME}} {{first_name}} {{ EMAIL }}", "Ada Ada ada@example.com"),
        ("{{LAST_NAME|friend}}", "friend"),
        ('{{ last_name | default: "friend" }}', "friend"),
        ("{{plan}}/{{subscriber.plan}}/{{nested.a}}/{{score}}", "pro/pro/b/5"),
        ("[{{nothing}}]", "[]"),
        ("{{bold}}", "&lt;b onclick=&#x27;x()&#x27;&gt;hi&lt;/b&gt;"),
        ("{{html.bold}}", "<b>hi</b>"),
        ("{{#if subscriber.plan}}yes{{else}}no{{/if}}", "yes"),
        ("{{#unless subscriber.plan}}yes{{else}}no{{/unless}}", "no"),
        ("{{#if subscriber.x}}a{{#if subscriber.plan}}b{{/if}}c{{else}}d{{#if tags.customer}}e{{/if}}{{/if}}f", "def"),
        ("{{event.city|somewhere}}", "somewhere"),
        ("{ a } {{ b", "{ a } {{ b"),
    ],
)
def test_tags_are_filled(api: Api, source: str, expected: str) -> None:
    assert _render(api, f"<p>{source}</p>")["html"] == f"<p>{expected}</p>"


def test_what_has_no_value_is_named_with_the_reason(api: Api) -> None:
    found = _render(api, "{{plan}} {{LAST_NAME}} {{UNSUBSCRIBE_URL}} {{event.x}} {{typo|ok}}", subject="{{whom}}")
    assert found["unresolvedMergeTags"] == [
        {"tag": "whom", "reason": "unknown"},
        {"tag": "LAST_NAME", "reason": "no_value"},
        {"tag": "UNSUBSCRIBE_URL", "reason": "unknown"},
        {"tag": "event.x", "reason": "no_value"},
    ]
    with_event = _render(api, "{{event.x}}", variables={"event": {"x": "here"}})
    assert (with_event["html"], with_event["unresolvedMergeTags"]) == ("here", [])


def test_a_subject_is_text_and_not_html(api: Api) -> None:
    sample = {"email": "a@example.com", "firstName": "A & B"}
    found = _render(api, "<p>{{FIRST_NAME}}</p>", subject="For {{FIRST_NAME}}", subscriber=sample)
    assert (found["subject"], found["html"]) == ("For A & B", "<p>A &amp; B</p>")


def test_the_footer_comes_unless_the_email_has_its_own_link_or_is_transactional(api: Api) -> None:
    plain = _render(api, "<html><body><p>Hi</p></body></html>", transactional=False)["html"]
    assert plain.count("Unsubscribe") == 1
    assert plain.endswith("</body></html>")
    own = _render(api, '<a href="{{unsubscribeUrl}}">Stop</a>', transactional=False)["html"]
    assert "Unsubscribe" not in own
    assert 'href="https://' in own
    assert "Unsubscribe" not in _render(api, "<p>Hi</p>")["html"]


@settings(max_examples=looks(150), deadline=None)
@given(st.text(st.sampled_from("ab<>&\"' {}|\n")), st.text(st.sampled_from("ab<>&\"'")))
def test_values_never_become_markup_and_text_outside_tags_stays(around: str, value: str) -> None:
    around = around.replace("{", "(").replace("}", ")")
    found = fill(f"{around}{{{{x}}}}{around}", lambda _: (True, value)).text
    assert found.startswith(around)
    assert found.endswith(around)
    inner = found[len(around) : len(found) - len(around)]
    assert not set(inner) & set("<>\"'")
