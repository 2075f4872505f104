"""Texts made to break a converter: it answers. That its time grows with the length only is in bench/hostile.py."""

from __future__ import annotations

import re

import pytest
from content_emails import CONTEXT
from hostile_texts import PATTERNS

from mappings.email.inventory import take_inventory
from mappings.email.prepare import prepare_email
from mappings.merge_tags.convert import convert
from mappings.verdicts import Verdict
from migrator.model.content import EmailContent
from migrator.sandbox.sequenzy.merge_tags import names_in

SIZE = 6_000
"""Enough for what breaks by depth; what breaks by length is measured in bench/hostile.py."""
MEANT = re.compile(r"subscriber(\.\w+)+(\|[^{}|]*)?|unsubscribeUrl|else|[#/](if|unless)( subscriber(\.\w+)+)?")


@pytest.mark.parametrize("name", PATTERNS)
def test_what_repeats_without_end_becomes_text_that_fills_in_nothing_unmeant(name: str) -> None:
    result = convert(
        PATTERNS[name] * (SIZE // len(PATTERNS[name])), dialect="liquid", context=CONTEXT, kind="html", label="x"
    )
    assert [] == [one for one in names_in(result.text) if not MEANT.fullmatch(one)]


@pytest.mark.parametrize("name", PATTERNS)
def test_what_repeats_without_end_is_an_email_or_is_held_back(name: str) -> None:
    body = f"<p>Hello</p>{PATTERNS[name] * (SIZE // len(PATTERNS[name]))}"
    prepared = prepare_email(EmailContent(subject="x", body=body), CONTEXT)
    assert prepared.html is not None or prepared.verdict is Verdict.MANUAL


@pytest.mark.parametrize("name", ["comment openings", "quoted attributes", "url functions", "tag signs", "addresses"])
def test_the_inventory_ends_where_nothing_does(name: str) -> None:
    html = f'<a href="https://a.test/">x</a><p>{PATTERNS[name] * (SIZE // len(PATTERNS[name]))}'
    assert "https://a.test/" in {link.url for link in take_inventory(html, ("oldplatform.test",)).links}


def test_a_megabyte_is_converted() -> None:
    text = '<p>Hi {{ first_name | default: "you" }}, this is a paragraph of some length.</p>\r\n' * 12_500
    result = convert(text, dialect="liquid", context=CONTEXT, kind="html", label="x")
    assert result.text.count("{{FIRST_NAME|you}}") == len(result.tags) == 12_500


def test_blocks_ten_thousand_deep_end_well() -> None:
    text = "{% if custom_data.plan %}" * 10_000 + "x" + "{% endif %}" * 10_000
    result = convert(text, dialect="liquid", context=CONTEXT, kind="html", label="x")
    assert result.text == "{{#if subscriber.plan}}{{/if}}"
    assert len(result.tags) == 20_000
    assert result.verdict is Verdict.MANUAL


def test_blocks_that_cross_each_other_end_well() -> None:
    text = "{% if custom_data.plan %}a{% for t in l %}b{% endif %}c{% endfor %}d"
    result = convert(text, dialect="liquid", context=CONTEXT, kind="html", label="x")
    assert result.text == "{{#if subscriber.plan}}ab{{/if}}cd"
    assert result.verdict is Verdict.MANUAL


def test_a_stray_end_does_not_end_another_block() -> None:
    text = "{% if custom_data.plan %}a{% endif %}{% unless custom_data.plan %}b{% endif %}c{% endunless %}d"
    result = convert(text, dialect="liquid", context=CONTEXT, kind="html", label="x")
    assert result.text == "{{#if subscriber.plan}}a{{/if}}{{#unless subscriber.plan}}bc{{/unless}}d"
    assert [tag.code for tag in result.tags if tag.verdict is Verdict.MANUAL] == ["stray-tag"]


def test_a_condition_of_a_thousand_words_is_unreadable_and_no_more() -> None:
    text = "{% if " + " and ".join(["a"] * 500) + " %}x{% else %}y{% endif %}"
    assert convert(text, dialect="liquid", context=CONTEXT, kind="html", label="x").text == "y"


@pytest.mark.parametrize(
    "body", ["\x00", "\ud800{{ email }}", "{{\x00}}", "<p>\x00</p>", "\ufeff", "&#0;", "{{ a.b.c.d }}"]
)
def test_odd_characters_are_no_error(body: str) -> None:
    prepare_email(EmailContent(subject=body, body=body, preview_text=body), CONTEXT)


@pytest.mark.parametrize(
    "url", ["http://[", "http://[::1", "//", "javascript:", "https://oldplatform.test:99999/", "\u212a"]
)
def test_odd_addresses_are_no_error(url: str) -> None:
    inventory = take_inventory(f'<a href="{url}">x</a> oldplatform.test', ("oldplatform.test",))
    assert [url] == [link.url for link in inventory.links]


def test_mjml_that_would_end_the_process_is_refused() -> None:
    for tag in ("mj-wrapper", "div", "a:b"):
        source = f"<mjml><mj-body>{f'<{tag}>' * 30_000}x</mj-body></mjml>"
        prepared = prepare_email(EmailContent(subject="x", body=source), CONTEXT)
        assert prepared.html is None
        assert "mjml-refused" in [finding.code for finding in prepared.findings]
