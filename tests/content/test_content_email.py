"""One email made ready: every format, every note, and nothing empty ever sent."""

from __future__ import annotations

import pytest
from content_emails import CONTEXT, fixture

from mappings.email.prepare import PreparedEmail, prepare_email
from mappings.merge_tags.results import ContentContext
from mappings.verdicts import Verdict
from migrator.model.content import BodyFormat, EmailContent


def prepared(body: str | None = "<p>Hello</p>", **fields: object) -> PreparedEmail:
    content = EmailContent(**{"subject": "Hi", "body": body, **fields})  # type: ignore[arg-type]
    return prepare_email(content, CONTEXT, label="welcome.html")


def codes(email: PreparedEmail) -> set[str]:
    return {finding.code for finding in email.findings}


def test_subject_preview_and_body_are_translated() -> None:
    email = prepared("<p>{{ email }}</p>", subject="Hi {{ first_name }}", preview_text="For {{ last_name }}")
    assert (email.subject, email.preview_text, email.html) == (
        "Hi {{FIRST_NAME}}",
        "For {{LAST_NAME}}",
        "<p>{{EMAIL}}</p>",
    )
    assert email.verdict is Verdict.EXACT
    assert ["subject", "preview", "body"] == list(email.parts)
    assert len(email.tags) == 3


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": None},
        {"body": None},
        {"body": ""},
        {"body": " \r\n"},
        {"body": None, "blocks": {"rows": []}},
        {"subject": " "},
        {"subject": "{{ month }}"},
        {"body": "{{ month }}"},
        {"body": "<p>{{ month }}</p>"},
        {"body": "<html><body><!-- nothing --></body></html>"},
        {"body": "{% if plan == 1 %}<p>all of it</p>{% endif %}"},
        {"language": "another"},
    ],
)
def test_missing_content_never_becomes_an_empty_email(fields: dict[str, object]) -> None:
    email = prepared(**fields)  # type: ignore[arg-type]
    assert email.html is None or email.subject is None
    assert email.verdict is Verdict.MANUAL


def test_an_email_of_one_image_is_not_empty() -> None:
    assert prepared('<img src="https://x.test/a.png">').html


def test_plain_text_becomes_html_with_its_lines() -> None:
    email = prepared(fixture("plain.txt"))
    assert email.html == (
        "<p>Hi {{FIRST_NAME|there}},</p>\n"
        "<p>your plan is {{subscriber.plan}}.<br>\n"
        'See <a href="https://shop.test/?a=1&amp;b=2">https://shop.test/?a=1&amp;b=2</a>.</p>\n'
        '<p>Leave: <a href="{{unsubscribeUrl}}">{{unsubscribeUrl}}</a></p>'
    )
    assert codes(email) == {"text-as-html"}


def test_text_with_signs_of_markup_is_escaped() -> None:
    email = prepared("1 < 2 & <ada@example.com>\r\nnext", format=BodyFormat.TEXT)
    assert email.html == "<p>1 &lt; 2 &amp; &lt;ada@example.com&gt;<br>\nnext</p>"


def test_a_text_part_alone_is_used() -> None:
    assert prepared(None, text="Hello").html == "<p>Hello</p>"


@pytest.mark.parametrize("body", ["1 < 2", "<ada@example.com>", "<https://x.test/>", "{% if a <b %}x{% endif %} word"])
def test_text_is_told_from_html(body: str) -> None:
    assert "text-as-html" in codes(prepared(body))


def test_a_document_called_a_fragment_is_seen() -> None:
    body = "<!doctype html><html><body><p>x</p></body></html>"
    assert "document-in-fragment" in codes(prepared(body))
    assert "document-kept" in codes(prepared(body, format=BodyFormat.DOCUMENT))
    assert prepared(body).html == body


def test_blocks_with_finished_html_use_the_html() -> None:
    email = prepared("<p>x</p>", blocks={"a": 1}, format=BodyFormat.BLOCKS)
    assert (email.html, email.verdict) == ("<p>x</p>", Verdict.CHANGED)


def test_a_hidden_preheader_is_found_and_doubles_are_said() -> None:
    body = '<body><div style="max-height: 0; overflow:hidden">Soon, {{ first_name }} &nbsp;&zwnj;&#847;</div><p>x</p>'
    assert prepared(body).inventory.preheader == "Soon, {{FIRST_NAME}}"
    assert "preheader-in-body" in codes(prepared(body))
    assert "preheader-twice" in codes(prepared(body, preview_text="Now"))


@pytest.mark.parametrize(
    "body",
    [
        '<p>Hello</p><div style="display:none">later</div>',
        '<div style="font-size:0px"><p style="font-size:14px">seen</p></div>',
        '<a style="mso-hide:all">seen by all but one</a>',
    ],
)
def test_what_people_see_is_no_preheader(body: str) -> None:
    assert prepared(body).inventory.preheader is None


def test_the_footer_is_announced_where_no_unsubscribe_link_stands() -> None:
    assert "footer-added" in codes(prepared("<p>x</p>"))
    assert "footer-added" not in codes(prepared('<a href="{{ unsubscribe_url }}">x</a>'))
    assert "no-unsubscribe" in codes(prepared("<p>x</p>", transactional=True))


def test_an_unsubscribe_link_of_the_old_platform_needs_a_person() -> None:
    email = prepared('<p>x</p>\n<a href="https://mail.oldplatform.test/unsubscribe/abc?token=secret">Leave</a>')
    (finding,) = [one for one in email.findings if one.code == "old-unsubscribe-link"]
    assert email.verdict is Verdict.MANUAL
    assert finding.place == "welcome.html:2:10"
    assert "secret" not in finding.excerpt


def test_what_dies_with_the_account_is_listed() -> None:
    email = prepared(
        '<img src="https://cdn.oldplatform.test/a.png"><a href="https://OLDPLATFORM.test/page">x</a>'
        '<img src="https://notoldplatform.test/b.png"><a href="//oldplatform.test/c">y</a>'
        '<p style="background:url(https://cdn.oldplatform.test/d.png)">z</p><a href="https://x.test/?oldplatform.test">'
    )
    assert {
        "https://cdn.oldplatform.test/a.png",
        "https://OLDPLATFORM.test/page",
        "//oldplatform.test/c",
        "https://cdn.oldplatform.test/d.png",
    } == {address.url for address in email.inventory.dying}
    assert {"old-image", "old-link"} <= codes(email)


def test_a_sender_with_tags_needs_a_person() -> None:
    assert "sender-tags" in codes(prepared(from_name="{{ owner }} at Shop"))


def test_a_long_email_is_said_to_be_clipped() -> None:
    assert "clipped" in codes(prepared("<p>" + "word " * 22_000 + "</p>"))


def test_a_plain_text_part_beside_the_html_is_named() -> None:
    assert "text-part" in codes(prepared(text="Hello"))


def test_choices_reach_every_part() -> None:
    context = ContentContext(replacements={"month": "May"})
    email = prepare_email(EmailContent(subject="{{ month }}", body="<p>{{ month }}</p>"), context)
    assert (email.subject, email.html, email.verdict) == ("May", "<p>May</p>", Verdict.CHANGED)


def test_a_fallback_of_two_words_stays_whole_in_the_link_of_a_plain_text_email() -> None:
    body = "See https://shop.test/?for={{ first_name | default: 'my friend' }} now"
    html = prepare_email(EmailContent(subject="x", body=body, format=BodyFormat.TEXT), CONTEXT).html or ""
    address = "https://shop.test/?for={{FIRST_NAME|my friend}}"
    assert html == f'<p>See <a href="{address}">{address}</a> now</p>'


def test_a_fragment_of_words_and_entities_shows_the_letters_that_its_entities_mean() -> None:
    html = prepare_email(EmailContent(subject="x", body="Tom &amp; Ann&nbsp;Lee"), CONTEXT).html or ""
    assert "&amp;amp;" not in html
    assert "&amp;nbsp;" not in html


@pytest.mark.parametrize("field", ["from_name", "from_email", "reply_to"])
def test_a_sender_of_its_own_is_said_of_the_email(field: str) -> None:
    said = {one.code: one for one in prepared(**{field: "ada@example.com"}).findings}
    assert said["sender-own"].excerpt == "ada@example.com"
    assert "sender-own" not in codes(prepared())
