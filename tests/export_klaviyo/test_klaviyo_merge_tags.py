"""The Django-like dialect: each construct as a golden line, and laws for any text."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.merge_tags.convert import convert
from mappings.merge_tags.dialect import dialect_named
from mappings.merge_tags.expressions import Comment, Verbatim
from mappings.merge_tags.printer import SEQUENZY_TAG
from mappings.merge_tags.results import ContentContext, Kind
from mappings.verdicts import Verdict
from tests.looks import looks

CONTEXT = ContentContext(
    attributes={"Plan": "Plan", "Plan name": "Plan_name", "VIP": "VIP", "location.city": "location_city"}
)
EXACT, CHANGED, MANUAL, DROPPED = Verdict.EXACT, Verdict.CHANGED, Verdict.MANUAL, Verdict.DROPPED


@pytest.mark.parametrize(
    ("source", "wanted", "verdict"),
    [
        ("{{ first_name }}", "{{FIRST_NAME}}", EXACT),
        ("{{ person.last_name }}", "{{LAST_NAME}}", EXACT),
        ("{{ person|lookup:'$email' }}", "{{EMAIL}}", EXACT),
        ("{{ first_name|default:'there' }}", "{{FIRST_NAME|there}}", EXACT),
        ('{{ first_name | default : "you" }}', "{{FIRST_NAME|you}}", EXACT),
        ("{{ first_name|title|default:'friend' }}", "{{FIRST_NAME|friend}}", CHANGED),
        ("{{ person.Plan }}", "{{subscriber.Plan}}", EXACT),
        ("{{ person|lookup:'Plan name'|default:'none' }}", "{{subscriber.Plan_name|none}}", EXACT),
        ("{{ person.location.city }}", "{{subscriber.location_city}}", EXACT),
        ("{{ person|lookup:'$city' }}", "{{subscriber.location_city}}", EXACT),
        ("{{ person.Unseen }}", "{{subscriber.Unseen}}", CHANGED),
        ("{{ Plan }}", "{{subscriber.Plan}}", CHANGED),
        ("{{ whatever }}", "", MANUAL),
        ("{{ person.full_name|default:'friend' }}", "friend", MANUAL),
        ("{{ event.URL }}", "{{event.URL}}", EXACT),
        ("{{ event.extra.checkout_url }}", "{{event.extra.checkout_url}}", EXACT),
        ("{{ event|lookup:'Total' }}", "{{event.Total}}", EXACT),
        ("{{ event|lookup:'$value' }}", "", MANUAL),
        ("{{ organization.full_address }}", "", MANUAL),
        ("{{ person.Plan|floatformat:2 }}", "", MANUAL),
        ("{{ 'plain' }}", "plain", EXACT),
        ("{% unsubscribe_link %}", "{{unsubscribeUrl}}", EXACT),
        ('<a href="{% unsubscribe_link %}">x</a>', '<a href="{{unsubscribeUrl}}">x</a>', EXACT),
        ("{% unsubscribe %}", '<a href="{{unsubscribeUrl}}">Unsubscribe</a>', EXACT),
        ("{% unsubscribe 'Stop & go' %}", '<a href="{{unsubscribeUrl}}">Stop &amp; go</a>', EXACT),
        ("{% manage_preferences 'Choose' %}", "", MANUAL),
        ("{% web_view_link %}", "", MANUAL),
        ("{% render_variable preview_text %}", "", EXACT),
        ("a{# a note #}b", "ab", DROPPED),
        ("{% comment %}{{ x }}{% endcomment %}", "", DROPPED),
        ("{% verbatim %}{{ x }}{% endverbatim %}", "&#123;&#123; x }}", CHANGED),
        ("{% if person.VIP %}a{% else %}b{% endif %}", "{{#if subscriber.VIP}}a{{else}}b{{/if}}", CHANGED),
        ("{% if person|lookup:'VIP' %}a{% endif %}", "{{#if subscriber.VIP}}a{{/if}}", CHANGED),
        ("{% if not person.VIP %}a{% endif %}", "{{#unless subscriber.VIP}}a{{/unless}}", CHANGED),
        ("{% if person.VIP == True %}a{% endif %}", "{{#if subscriber.VIP}}a{{/if}}", CHANGED),
        ("{% if person.Plan == 'pro' %}a{% elif person.VIP %}b{% else %}c{% endif %}", "c", MANUAL),
        ("{% if 'a' in person.Plan or not person.VIP and email %}a{% else %}b{% endif %}", "a", MANUAL),
        ("{% if person.Plan|length > 3 %}a{% else %}b{% endif %}", "b", MANUAL),
        ("{% if person.VIP %}{{ person.VIP }}{% else %}none{% endif %}", "{{subscriber.VIP|none}}", CHANGED),
        ("{% for i in event.items %}{{ i }}{% empty %}nothing{% endfor %}", "nothing", MANUAL),
        ("{% with a=person.Plan %}{{ a }}{% endwith %}", "", MANUAL),
        ("{% today '%Y' as y %}{{ y }}", "", MANUAL),
        ("{% current_year %}", "", MANUAL),
        ("{% coupon_code 'SPRING' %}", "", MANUAL),
        ("{% catalog event.id %}{{ catalog_item.title }}{% endcatalog %}", "", MANUAL),
        ("{{ first_name", " first_name", MANUAL),
        ("{% endif %}", "", MANUAL),
        ("nothing to do", "nothing to do", EXACT),
    ],
)
def test_each_construct(source: str, wanted: str, verdict: Verdict) -> None:
    result = convert(source, dialect="django", context=CONTEXT, kind="html", label="x")
    assert (result.text, result.verdict) == (wanted, verdict)


def test_a_whole_link_is_only_an_address_in_plain_text() -> None:
    result = convert("{% unsubscribe 'Stop' %}", dialect="django", context=CONTEXT, kind="text", label="x")
    assert result.text == "{{unsubscribeUrl}}"
    subject = convert("{% unsubscribe 'Stop' %}", dialect="django", context=CONTEXT, kind="subject", label="x")
    assert (subject.text, subject.verdict) == ("", MANUAL)


def test_a_person_may_replace_any_tag() -> None:
    context = ContentContext(
        replacements={"{% unsubscribe %}": "Bye", "organization.full_address": "1 Elm St", "current_year": "2026"}
    )
    source = "{% unsubscribe %} {{ organization.full_address }} {% current_year %}"
    result = convert(source, dialect="django", context=context, kind="html", label="x")
    assert (result.text, result.verdict) == ("Bye 1 Elm St 2026", CHANGED)


PIECES = st.sampled_from(
    [
        *("{{", "}}", "{%", "%}", "{#", "#}", "{", "}", "%", "#", "{{{", "}}}", "%7B%7B", "%7D%7D", "&nbsp;"),
        *("{{ first_name }}", "{{ x }}", "{{ person.Plan|default:'a' }}", "{{ a|b:'c' }}", "{{ 'a' }}", "{# n #}"),
        *("{{ person|lookup:'a b' }}", "{{ event.x }}", "{% if person.Plan %}", "{% if a == 1 %}", "{% else %}"),
        *("{% elif b %}", "{% endif %}", "{% if not person.VIP %}", "{% verbatim %}", "{% endverbatim %}"),
        *("{% comment %}", "{% endcomment %}", "{% for t in l %}", "{% empty %}", "{% endfor %}", "{% with a=b %}"),
        *("{% endwith %}", "{% unsubscribe %}", "{% unsubscribe 'x' %}", "{% unsubscribe_link %}", "{% foo %}"),
        *("{% endfoo %}", "{% today 'x' as a %}", "{{ a }}", "{% if %}", "{<b>{", "}</b>}", "<b>", '<a href="', '">'),
        *("'", '"', "|", "name", " ", "\r\n", "é", "&quot;", "<"),
    ]
)
TEXTS = st.one_of(st.lists(PIECES, max_size=24).map("".join), st.text(max_size=80))
KINDS = st.sampled_from(["html", "subject", "preview", "text"])
LAWS = settings(max_examples=looks(200), deadline=None)


@given(TEXTS, KINDS)
@LAWS
def test_no_template_code_of_the_source_remains(text: str, kind: Kind) -> None:
    result = convert(text, dialect="django", context=CONTEXT, kind=kind, label="x")
    rest = SEQUENZY_TAG.sub("\0", result.text)
    assert "{{" not in rest
    assert "{%" not in rest
    if not any(isinstance(tag.node, Verbatim) for tag in dialect_named("django").scan(text)):
        # What looks like a short comment only after its neighbours were taken out is plain text at the target.
        left = [tag for tag in dialect_named("django").scan(rest) if not isinstance(tag.node, Comment)]
        assert left == []


@given(TEXTS, KINDS)
@LAWS
def test_text_outside_the_edits_is_the_same(text: str, kind: Kind) -> None:
    result = convert(text, dialect="django", context=CONTEXT, kind=kind, label="x")
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
def test_each_tag_found_gets_exactly_one_verdict(text: str, kind: Kind) -> None:
    tags = dialect_named("django").scan(text)
    result = convert(text, dialect="django", context=CONTEXT, kind=kind, label="x")
    assert [(tag.start, tag.end) for tag in tags] == [(use.start, use.end) for use in result.tags]
    assert all(one.end <= other.start for one, other in itertools.pairwise(tags))
    told = {finding.verdict for finding in result.findings}
    for use in result.tags:
        assert use.verdict is Verdict.EXACT or use.verdict in told


@given(TEXTS)
@LAWS
def test_conditionals_are_printed_in_pairs_and_never_nested(text: str) -> None:
    result = convert(text, dialect="django", context=CONTEXT, kind="html", label="x")
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


def test_what_never_ends_leaves_no_template_code() -> None:
    for piece in ("{#", "{{", "{%", "{{ a|", "{% if ", "{# #", "{% verbatim %}"):
        result = convert(piece * 500, dialect="django", context=CONTEXT, kind="html", label="x")
        assert "{%" not in SEQUENZY_TAG.sub("", result.text)
