"""Texts made to break a converter: it answers, in time that grows with the length and with nothing else."""

from __future__ import annotations

import time

import pytest
from content_emails import CONTEXT

from mappings.email.formats import actual_format, text_to_html
from mappings.email.inventory import take_inventory
from mappings.email.mjml_source import depth_of, encode_risky
from mappings.email.prepare import prepare_email
from mappings.merge_tags.convert import convert
from mappings.verdicts import Verdict
from migrator.model.content import BodyFormat, EmailContent

SIZE = 48_000
PATTERNS = {
    "openings": "{{ ",
    "statement openings": "{% if a ",
    "braces": "{",
    "closings": "}}",
    "url-encoded openings": "%7B%7B",
    "url-encoded tags": "%7B%7Ba%7D%7D",
    "tags": "{{ x }}",
    "blocks never closed": "{% if custom_data.plan %}",
    "ends without beginnings": "{% endif %}",
    "raw never closed": "{% raw %}",
    "comments never closed": "{% comment %}",
    "quotes never closed": "{{ '",
    "markup in openings": "{<b>{",
    "half openings": "{<",
    "entities in openings": "{&nbsp;",
    "invisible signs": "\u200b{",
    "single closings": "{{ a } ",
    "triple openings": "{{{ ",
    "trimming tags": " {{- a -}} ",
    "assignments": "{% assign a = b %}{{ a }}",
    "tag signs": "<",
    "comment openings": "<!--",
    "quoted attributes": "a='",
    "url functions": "url(",
    "long words": "a",
    "blanks": " ",
    "addresses": "http://",
    "links in elements never ended": '<a title="{{ unsubscribe_link }}',
    "links in comments never ended": "<!--{{ unsubscribe_url }}",
    "conditional links": "{% if custom_data.plan %}{{ unsubscribe_url }}{% endif %}",
    "raw zones of one brace": "{% raw %}{{% endraw %}",
    "raw zones of markup": "{% raw %}{<b>{% endraw %}",
    "parts of parts": "{{ custom_data.plan.size.first }}",
}


def growth(text: str) -> float:
    """How much longer eight times the text takes; 8 would be linear."""

    def best(sample: str) -> float:
        times = []
        for _ in range(4 if len(sample) < SIZE // 2 else 2):
            fresh = sample[:1] + sample[1:]  # the tags of a text that was just seen are not looked for again
            start = time.process_time()
            convert(fresh, dialect="liquid", context=CONTEXT, kind="html", label="x")
            actual_format(sample, BodyFormat.FRAGMENT)
            text_to_html(sample)
            encode_risky(sample)
            depth_of(sample)
            times.append(time.process_time() - start)
        return min(times)

    return best(text) / max(best(text[: len(text) // 8]), 0.000_5)


@pytest.mark.parametrize("name", PATTERNS)
def test_time_grows_with_the_length_only(name: str) -> None:
    pattern = PATTERNS[name]
    assert growth(pattern * (SIZE // len(pattern))) < 24, "eight times the text must not take 64 times as long"


@pytest.mark.parametrize("name", ["comment openings", "quoted attributes", "url functions", "tag signs", "addresses"])
def test_the_inventory_is_as_patient(name: str) -> None:
    html = f"<p>{PATTERNS[name] * (SIZE // len(PATTERNS[name]))}"
    start = time.process_time()
    take_inventory(html, ("oldplatform.test",))
    assert time.process_time() - start < 5


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
