"""Laws of the conversion, for any text."""

from __future__ import annotations

import re

from content_emails import CONTEXT
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.email.prepare import prepare_email
from mappings.merge_tags.convert import convert
from mappings.merge_tags.dialect import dialect_named
from mappings.merge_tags.expressions import Verbatim
from mappings.merge_tags.printer import SEQUENZY_TAG
from mappings.merge_tags.results import Kind
from mappings.verdicts import Verdict
from migrator.model.content import BodyFormat, EmailContent

PIECES = st.sampled_from(
    [
        *(
            "{{",
            "}}",
            "{%",
            "%}",
            "{",
            "}",
            "%",
            "{{{",
            "}}}",
            "{{-",
            "-}}",
            "%7B%7B",
            "%7D%7D",
            "%7B",
            "&nbsp;",
            "\u200b",
        ),
        *("{{ first_name }}", "{{ x }}", "{{ custom_data.plan | default: 'a' }}", "{{ a | b: 'c' }}", "{{ 'a' }}"),
        *("{% if custom_data.plan %}", "{% if a == 1 %}", "{% else %}", "{% elsif b %}", "{% endif %}", "{% raw %}"),
        *("{% endraw %}", "{% comment %}", "{% endcomment %}", "{% for t in l %}", "{% endfor %}", "{% case a %}"),
        *(
            "{% when 1 %}",
            "{% endcase %}",
            "{% assign a = email %}",
            "{% unless custom_data.plan %}",
            "{% endunless %}",
        ),
        *("{% capture a %}", "{% endcapture %}", "{% foo %}", "{% endfoo %}", "{%- if a -%}", "{% # n %}", "{% if %}"),
        *("{<b>{", "}</b>}", "<b>", "</b>", '<a href="', '">', "'", '"', "|", "name", " ", "\r\n", "é", "&quot;", "<"),
    ]
)
TEXTS = st.one_of(st.lists(PIECES, max_size=24).map("".join), st.text(max_size=80))
KINDS = st.sampled_from(["html", "subject", "preview", "text"])
LAWS = settings(max_examples=250, deadline=None)


@given(TEXTS, KINDS)
@LAWS
def test_text_outside_the_edits_is_the_same(text: str, kind: Kind) -> None:
    result = convert(text, dialect="liquid", context=CONTEXT, kind=kind, label="x")
    rebuilt, position, place = [], 0, 0
    for edit in result.edits:
        assert position <= edit.start <= edit.end
        assert text[edit.start : edit.end] == edit.before
        kept = edit.start - position
        rebuilt += (result.text[place : place + kept], edit.before)
        place += kept
        assert result.text[place : place + len(edit.after)] == edit.after
        place += len(edit.after)
        position = edit.end
    assert text == "".join([*rebuilt, result.text[place:]])


@given(TEXTS, KINDS)
@LAWS
def test_no_template_code_of_the_source_remains(text: str, kind: Kind) -> None:
    result = convert(text, dialect="liquid", context=CONTEXT, kind=kind, label="x")
    rest = SEQUENZY_TAG.sub("\0", result.text)
    assert "{{" not in rest
    assert "{%" not in rest
    if not any(isinstance(tag.node, Verbatim) for tag in dialect_named("liquid").scan(text)):
        assert [] == dialect_named("liquid").scan(rest)


@given(TEXTS, KINDS)
@LAWS
def test_each_tag_found_gets_exactly_one_verdict(text: str, kind: Kind) -> None:
    tags = dialect_named("liquid").scan(text)
    result = convert(text, dialect="liquid", context=CONTEXT, kind=kind, label="x")
    assert [(tag.start, tag.end) for tag in tags] == [(use.start, use.end) for use in result.tags]
    worst_told = {finding.verdict for finding in result.findings}
    for use in result.tags:
        assert use.verdict is Verdict.EXACT or use.verdict in worst_told


@given(TEXTS)
@LAWS
def test_conditionals_are_printed_in_pairs_and_never_nested(text: str) -> None:
    result = convert(text, dialect="liquid", context=CONTEXT, kind="html", label="x")
    waiting = ""
    for sign, word in re.findall(r"\{\{([#/]?)(if|unless|else)\b[^}]*\}\}", result.text):
        if sign == "#":
            assert waiting == ""
            waiting = word
        elif sign == "/":
            assert waiting == word
            waiting = ""
        else:
            assert waiting == "if"
    assert waiting == ""


@given(TEXTS, st.sampled_from(list(BodyFormat)))
@settings(max_examples=200, deadline=None)
def test_an_email_is_either_whole_or_held_back(text: str, body_format: BodyFormat) -> None:
    prepared = prepare_email(EmailContent(subject=text, body=text, format=body_format), CONTEXT)
    if prepared.html is None or prepared.subject is None:
        assert prepared.verdict is Verdict.MANUAL
    else:
        assert prepared.html.strip()
        assert prepared.subject.strip()


@given(TEXTS)
@settings(max_examples=100, deadline=None)
def test_the_same_text_is_always_converted_alike(text: str) -> None:
    first, second = (convert(text, dialect="liquid", context=CONTEXT, kind="html", label="x") for _ in range(2))
    assert first == second
