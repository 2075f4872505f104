"""Nothing outside the edits changes: each way in which parsers are known to destroy a template, and whole emails."""

from __future__ import annotations

import pytest
from content_emails import CONTEXT, fixture, fixture_names, long_email
from content_hazards import HAZARDS

from mappings.email.prepare import prepare_email
from mappings.merge_tags.convert import convert
from mappings.merge_tags.dialect import dialect_named
from mappings.merge_tags.printer import SEQUENZY_TAG
from mappings.merge_tags.results import Converted
from mappings.verdicts import Verdict
from migrator.model.content import BodyFormat, EmailContent

TEXTS = {name: fixture(name) for name in fixture_names()} | HAZARDS | {"long email": long_email()}


def converted(text: str, dialect: str = "liquid") -> Converted:
    return convert(text, dialect=dialect, context=CONTEXT, kind="html", label="hazard")


def outside_edits(text: str, result: Converted) -> tuple[str, str]:
    """What stands outside the edits, before and after."""
    position = place = 0
    before, after = [], []
    for edit in result.edits:
        kept = text[position : edit.start]
        before.append(kept)
        after.append(result.text[place : place + len(kept)])
        assert text[edit.start : edit.end] == edit.before
        place += len(kept)
        assert result.text[place : place + len(edit.after)] == edit.after
        place += len(edit.after)
        position = edit.end
    return "\0".join([*before, text[position:]]), "\0".join([*after, result.text[place:]])


@pytest.mark.parametrize("name", TEXTS)
def test_bytes_outside_the_edits_stay_as_they_were(name: str) -> None:
    before, after = outside_edits(TEXTS[name], converted(TEXTS[name]))
    assert before.encode() == after.encode()


@pytest.mark.parametrize("name", TEXTS)
def test_no_template_code_of_the_source_is_left(name: str) -> None:
    result = converted(TEXTS[name])
    left = dialect_named("liquid").scan(SEQUENZY_TAG.sub("", result.text))
    assert [] == [result.text[tag.start : tag.end] for tag in left]


@pytest.mark.parametrize("name", TEXTS)
def test_the_other_dialect_keeps_the_bytes_and_leaves_no_code_either(name: str) -> None:
    result = converted(TEXTS[name], "django")
    before, after = outside_edits(TEXTS[name], result)
    assert before.encode() == after.encode()
    left = dialect_named("django").scan(SEQUENZY_TAG.sub("", result.text))
    assert [] == [result.text[tag.start : tag.end] for tag in left]


@pytest.mark.parametrize("name", HAZARDS)
def test_every_hazard_holds_a_tag_that_is_found(name: str) -> None:
    assert converted(HAZARDS[name]).tags


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("conditional between table rows", "<table>{{#if subscriber.plan}}<tr><td>x</td></tr>{{/if}}</table>"),
        ("tag as a whole address", '<a href="{{unsubscribeUrl}}">x y</a> <a href="/a b?ü={{EMAIL}}">z</a>'),
        ("quotes in a quoted attribute", '<a href="{{subscriber.url|https://e.test}}">x</a>'),
        ("conditional in a tag", '<div {{#if subscriber.plan}}class="b"{{/if}} id=a>x</div>'),
        ("parameter that looks like an entity", '<a href="https://x.test/?a=1&copy=2&e={{EMAIL}}">x</a>'),
        ("revealed conditional comment", "<![if !mso]>{{EMAIL}}<![endif]><!--[if !mso]><!-->y<!--<![endif]-->"),
        ("other template signs", "{{EMAIL}}"),
        ("no-break space in the braces", "{{FIRST_NAME}} {{FIRST_NAME}} {{FIRST_NAME}}"),
        ("zero-width in the braces", "{{FIRST_NAME}} {{FIRST_NAME}} {{FIRST_NAME}}"),
        ("markup in the braces", "{{FIRST_NAME}}<span></span> {{EMAIL}}<b></b> {{EMAIL}}<em></em>"),
        ("entities in a filter", "{{FIRST_NAME|friend}} {{FIRST_NAME|you}}"),
        ("url-encoded tag", '<a href="https://x.test/?e={{EMAIL}}&amp;f={{EMAIL}}">x</a>'),
        ("tags of other platforms", "       {{EMAIL}}"),
        ("raw zone", "&#123;&#123; name }} and &#123;% if %} {{EMAIL}}"),
        ("percent that is no tag", '<a href="https://x.test/?q=%2BFOO%&amp;w=100%}">{{EMAIL}}</a>'),
        ("words that a chain would rewrite", "{{EMAIL}} EMAIL {{FIRST_NAME}} FIRST_NAME {{FIRST_NAME}}"),
        ("less-than in a tag", "<p></p>"),
        ("signs that are escaped", "<p> a > b && c</p>"),
    ],
)
def test_hazard_becomes(name: str, text: str) -> None:
    assert text == converted(HAZARDS[name]).text


def test_a_damaged_tag_is_mended_and_said() -> None:
    for name in ("no-break space in the braces", "zero-width in the braces", "markup in the braces", "url-encoded tag"):
        verdicts = {tag.verdict for tag in converted(HAZARDS[name]).tags}
        assert verdicts == {Verdict.CHANGED}, name


def test_an_email_in_another_encoding_keeps_its_letters_once_decoded() -> None:
    prepared = prepare_email(EmailContent(subject="x", body=fixture("windows_1252.html")), CONTEXT)
    assert "Café “Bleu” — 10\u00a0€, {{FIRST_NAME|André}}" in (prepared.html or "")
    assert "charset-declared" in [finding.code for finding in prepared.findings]


def test_line_ends_of_windows_and_old_macs_survive() -> None:
    html = prepare_email(EmailContent(subject="x", body=fixture("crlf.html")), CONTEXT).html or ""
    assert html.startswith("<html>\r\n<body>\r\n<p>Hi {{FIRST_NAME}},</p>")
    assert html.endswith("<p>old mac\rline</p>\r\n</body>\r\n</html>\r\n")


def test_what_only_outlook_sees_is_in_the_inventory() -> None:
    inventory = prepare_email(EmailContent(subject="x", body=fixture("vml_button.html")), CONTEXT).inventory
    assert ["https://shop.test/start?who={{EMAIL}}&from=mail"] * 2 == [link.url for link in inventory.links]
    assert {"html", "comment"} == {link.where for link in inventory.links}
    assert "https://cdn.oldplatform.test/hero-outlook.jpg" in [image.url for image in inventory.dying]


def test_content_after_the_end_of_the_document_is_kept_and_listed() -> None:
    prepared = prepare_email(
        EmailContent(subject="x", body=fixture("outlook_conditionals.html"), format=BodyFormat.DOCUMENT), CONTEXT
    )
    assert "after-the-end.gif?u={{EMAIL}}" in (prepared.html or "")
    assert any("after-the-end.gif" in image.url for image in prepared.inventory.images)
    assert prepared.inventory.preheader == "Three quick tips, {{FIRST_NAME|friend}}"


def test_deep_tables_and_long_addresses_hide_no_link() -> None:
    deep = "<table><tr><td>" * 1_500 + '<a href="https://x.test/">{{ email }}</a>' + "</td></tr></table>" * 1_500
    data = f'<img src="data:image/png;base64,{"A" * 3_000_000}"><a href="https://x.test/">{{{{ email }}}}</a>'
    for body in (deep, data):
        prepared = prepare_email(EmailContent(subject="x", body=body), CONTEXT)
        assert ["https://x.test/"] == [link.url for link in prepared.inventory.links]


def test_an_html_parser_would_have_moved_the_loop_out_of_its_table() -> None:
    from selectolax.lexbor import LexborHTMLParser  # only to show why the source is edited and not a tree

    moved = LexborHTMLParser(HAZARDS["loop between table rows"]).html or ""
    assert moved.index("{% for") < moved.index("<table>")
