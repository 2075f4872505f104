"""MJML is compiled behind two guards, and no tag is lost in silence."""

from __future__ import annotations

import re

import mjml
import pytest
from content_emails import CONTEXT, fixture

from mappings.email.masking import sequenzy_spans
from mappings.email.mjml_source import Compiled, compile_mjml, encode_risky
from mappings.email.prepare import prepare_email
from mappings.merge_tags.results import ContentContext
from mappings.verdicts import Verdict
from migrator.model.content import BodyFormat, EmailContent

PAGE = "<mjml><mj-body><mj-section><mj-column>{}</mj-column></mj-section></mj-body></mjml>"


def compiled(inside: str) -> Compiled:
    return compile_mjml(PAGE.format(inside), spans=sequenzy_spans, includes={})


def test_a_newsletter_keeps_its_tags_links_and_images() -> None:
    email = prepare_email(EmailContent(subject="x", body=fixture("newsletter.mjml"), format=BodyFormat.MJML), CONTEXT)
    html = email.html or ""
    assert re.findall(r"\{\{#if.*?\}\}|\{\{/if\}\}", html) == ["{{#if subscriber.plan}}", "{{/if}}"]
    assert "color:{{subscriber.colour|#333333}}" in html
    assert email.inventory.has_unsubscribe
    assert email.inventory.preheader == "News for {{FIRST_NAME|you}}"
    assert {"https://shop.test/start?e={{EMAIL}}", "{{unsubscribeUrl}}"} == {link.url for link in email.inventory.links}
    assert ["https://cdn.oldplatform.test/banner.png"] == [image.url for image in email.inventory.images]
    assert {finding.line for finding in email.findings if finding.code == "value-test"} == {8}


@pytest.mark.parametrize(
    ("value", "safe"),
    [
        ('"A,\n B"', '"A,  B"'),
        ('"A\tB"', '"A B"'),
        ('"A\u00a0B"', '"A&#160;B"'),
        ('"A\u200bB"', '"A&#8203;B"'),
        ('"A\\B"', '"A&#92;B"'),
        ("'A \"B\" C'", "'A &#34;B&#34; C'"),
        ('"plain"', '"plain"'),
    ],
)
def test_attribute_values_that_the_compiler_garbles_are_encoded(value: str, safe: str) -> None:
    assert encode_risky(f"<mj-text font-family={value}>") == f"<mj-text font-family={safe}>"
    html = compiled(f'<mj-image src="https://x.test/a.png" alt={value} />').html or ""
    assert f"alt={safe}".replace("'", '"') in html


def test_the_compiler_still_has_the_fault_that_the_guard_is_for() -> None:
    bare = mjml.mjml2html(PAGE.format('<mj-image src="https://x.test/a.png" alt="A\nB\u00a0C" />'))
    assert 'alt="A\\nB\\u{a0}C"' in bare


def test_text_that_is_no_attribute_is_left_alone() -> None:
    text = '<mj-text>a\n\tb = "c\u00a0d" \\ e</mj-text>'
    assert "a\n\tb" in encode_risky(text)


@pytest.mark.parametrize(
    "inside",
    [
        "<mj-text>{% if custom_data.n < 3 %}few{% else %}many{% endif %}</mj-text>",
        '<mj-text>{{ custom_data.plan | default: "<none>" }}</mj-text>',
        "<mj-button href=\"{{ custom_data.plan | default: 'https://x.test/' }}\">x</mj-button>",
        "<mj-raw>{% if custom_data.plan %}<p>x</p>{% endif %}</mj-raw>",
    ],
)
def test_tags_that_the_compiler_cannot_read_are_no_obstacle(inside: str) -> None:
    assert prepare_email(EmailContent(subject="x", body=PAGE.format(inside)), CONTEXT).html


def test_a_tag_that_the_compiler_throws_away_needs_a_person() -> None:
    body = PAGE.format('<mj-image width="{{ custom_data.plan }}" src="https://x.test/a.png" />')
    email = prepare_email(EmailContent(subject="x", body=body), CONTEXT)
    assert (email.html, email.verdict) == (None, Verdict.MANUAL)
    (finding,) = [one for one in email.findings if one.code == "mjml-lost-tags"]
    assert finding.excerpt == "{{subscriber.plan}}"


@pytest.mark.parametrize(
    "inside",
    [
        "<mj-text>a < b</mj-text>",
        "<mj-text><p>open</mj-text>",
        "<mj-text {% if custom_data.plan %}color='red'{% endif %}>x</mj-text>",
        '<mj-include path="/etc/hostname" />',
        '<mj-include path="../secret.mjml" />',
    ],
)
def test_what_cannot_be_compiled_needs_a_person(inside: str) -> None:
    email = prepare_email(EmailContent(subject="x", body=PAGE.format(inside)), CONTEXT)
    assert email.html is None
    assert "mjml-refused" in {finding.code for finding in email.findings}


def test_included_files_come_from_the_mapping_and_are_translated() -> None:
    files = {"parts/hello.mjml": "<mj-text>Hi {{ first_name }} {{ month }}</mj-text>", "other.mjml": "{{ year }}"}
    context = ContentContext(mjml_includes=files)
    body = PAGE.format('<mj-include path="./parts/hello.mjml" />')
    email = prepare_email(EmailContent(subject="x", body=body), context, label="welcome")
    assert "Hi {{FIRST_NAME}}" in (email.html or "")
    assert ["welcome parts/hello.mjml:1:30"] == [one.place for one in email.findings if one.code == "unknown-variable"]


def test_includes_that_include_each_other_end() -> None:
    parts = {
        "a": '<mj-wrapper><mj-include path="b" /></mj-wrapper>',
        "b": '<mj-wrapper><mj-include path="a" /></mj-wrapper>',
    }
    source = '<mjml><mj-body><mj-include path="a" /></mj-body></mjml>'
    result = compile_mjml(source, spans=sequenzy_spans, includes=parts)
    assert result.html is None
    assert "within each other" in result.problem


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Café > Menu", "Café &gt; Menu"),
        ("Mehr\u00a0>", "Mehr\u00a0&gt;"),
        ('<b title="é>">é"> x</b>', '<b title="é>">é"&gt; x</b>'),
        ("日a> 😀>", "日a&gt; 😀&gt;"),
        ("a > b", "a > b"),
        ("<!-- é > -->é>", "<!-- é > -->é&gt;"),
    ],
)
def test_an_arrow_behind_an_accent_does_not_end_the_compiler(text: str, seen: str) -> None:
    assert seen in (compiled(f"<mj-text>{text}</mj-text>").html or "")


def test_an_email_that_the_compiler_dies_of_is_held_back_and_ends_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicException(BaseException):
        """As compiled libraries raise it."""

    def dies(*_: object, **__: object) -> str:
        raise PanicException("start byte index 1 is not a char boundary")

    monkeypatch.setattr(mjml, "mjml2html", dies)
    email = prepare_email(EmailContent(subject="x", body=PAGE.format(""), format=BodyFormat.MJML), CONTEXT)
    assert (email.html, email.verdict) == (None, Verdict.MANUAL)
    assert "mjml-refused" in [finding.code for finding in email.findings]


def test_ctrl_c_while_compiling_is_no_fault_of_the_email(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(mjml, "mjml2html", interrupted)
    with pytest.raises(KeyboardInterrupt):
        compiled("<mj-text>x</mj-text>")
