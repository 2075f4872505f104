"""What people see of Klaviyo's tags: a small Django of its own shows the source's text, the local Sequenzy the
converted one; for everything that is carried over exactly, and for plain conditionals, it is the same."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django_reference import LEAVE, NotKnown, shown
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.merge_tags.convert import convert
from mappings.merge_tags.results import ContentContext
from migrator.sandbox.sequenzy.merge_tags import fill, names_in

CONTEXT = ContentContext(
    attributes={
        "Plan": "Plan",
        "Plan name": "Plan_name",
        "location.city": "location_city",
        "first_name": "source_first_name",
    }
)
SAME = frozenset({"", "comment", "value-test", "conditional-folded", "conditional-in-markup", "link-in-text"})
PEOPLE: tuple[dict[str, Any], ...] = (
    {
        "first_name": "Ada",
        "last_name": "O'Neil",
        "email": "ada@example.com",
        "location": {"city": "Łódź"},
        "properties": {"Plan": "pro", "Plan name": "Big"},
    },
    {"first_name": None, "last_name": None, "email": "b@example.com", "location": {}, "properties": {}},
    {
        "first_name": "{x}",
        "last_name": "<b>",
        "email": "c@example.com",
        "location": {},
        "properties": {"Plan": "50%} {# a #}", "first_name": "Own"},
    },
)
USUAL = st.sampled_from(
    ["first_name", "last_name", "email", "person.Plan", "person|lookup:'Plan name'", "person.location.city"]
)
VALUES = USUAL | st.sampled_from(
    [
        *("person.first_name", "person|lookup:'$city'", "person|lookup:'$first_name'", "person|lookup:'first_name'"),
        *("'lit'", '"<i>"', "3", "True", "person.Plan.upper", "person.Nope", "organization.name", "event.x"),
    ]
)
FILTERS = st.sampled_from(
    [
        *("|default:'friend'", '|default:"you there"', "|default:''", "|escape", '|default:"it\'s"', "|default:7"),
        *("|default:'a|b'", "|default:'<b>'", "|title"),
    ]
)
CONDITIONS = st.sampled_from(
    ["person.Plan", "not person.Plan", "person|lookup:'Plan name'", "person.location.city", "first_name"]
)
TEXTS = st.sampled_from(
    [
        *("", "Hi ", "\r\n", "é", "\x00", "<p>", "</p>", "{", "}", "}}", "%}", "#}", "{#", "a > b", "{ x }}", "%"),
        *("{# note {{ x }} #}", "<!--[if mso]>", "<![endif]-->", "&amp;", "'", '"', '<td title="a > b">'),
        *("{% unsubscribe_link %}", "{% unsubscribe %}", "{% unsubscribe 'Stop it' %}", "{% render_variable x %}"),
        *("{% comment %}{{ a }}{% endcomment %}", '<a href="{% unsubscribe_link %}">x</a>'),
    ]
)


@st.composite
def outputs(draw: st.DrawFn) -> str:
    blank = st.sampled_from(["", " "])
    filters = "".join(draw(st.lists(FILTERS, max_size=2, unique=True)))
    return f"{{{{{draw(blank)}{draw(USUAL | VALUES)}{filters}{draw(blank)}}}}}"


@st.composite
def blocks(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    parts = [f"{{% if {draw(CONDITIONS)} %}}{draw(inner)}"]
    if draw(st.integers(0, 4)) == 0:
        parts.append(f"{{% elif {draw(CONDITIONS)} %}}{draw(inner)}")
    if draw(st.booleans()):
        parts.append(f"{{% else %}}{draw(inner)}")
    return "".join([*parts, "{% endif %}"])


PIECES = st.recursive(
    st.one_of(TEXTS, TEXTS, outputs(), outputs()),
    lambda inner: st.one_of(blocks(st.lists(inner, max_size=3).map("".join)), inner),
    max_leaves=6,
)
TEMPLATES = st.lists(PIECES, max_size=6).map("".join)


def at_target(person: dict[str, Any], text: str) -> str:
    fields = {key: person[key] for key in ("first_name", "last_name", "email")}
    own = person["properties"]
    attributes = {
        "Plan": own.get("Plan"),
        "Plan_name": own.get("Plan name"),
        "location_city": person["location"].get("city"),
        "source_first_name": own.get("first_name"),
    }

    def lookup(name: str) -> tuple[bool, Any]:
        if name == "unsubscribeUrl":
            return True, LEAVE
        if name.lower() in fields and name in (name.lower(), name.upper()):
            return True, fields[name.lower()]
        key = name.removeprefix("subscriber.")
        return (True, fields[key]) if key in fields else (key in attributes, attributes.get(key))

    return fill(text, lookup).text


def check(template: str) -> None:
    result = convert(template, dialect="django", context=CONTEXT, kind="html", label="x")
    for name in names_in(result.text):
        fixed = ("", "else", "/if", "/unless", "unsubscribeUrl", "FIRST_NAME", "LAST_NAME", "EMAIL", "event.x")
        assert name in fixed or re.fullmatch(r"(#(if|unless) )?subscriber(\.\w+)+", name), (name, result.text)
    codes = {finding.code for finding in result.findings} | {use.code for use in result.tags}
    if codes - SAME or "event" in result.text:
        return
    for person in PEOPLE:
        try:
            wanted = shown(template, person)
        except NotKnown as odd:
            raise AssertionError(f"{template!r} is called exact, and no Django: {odd}") from None
        assert unescape(at_target(person, result.text)) == unescape(wanted), template


@given(TEMPLATES)
@settings(max_examples=80, deadline=None)
def test_whoever_reads_an_exact_template_of_klaviyo_reads_the_same_text(template: str) -> None:
    check(template)


@pytest.mark.slow
@given(TEMPLATES)
@settings(max_examples=1_500, deadline=None)
def test_whoever_reads_one_of_many_templates_of_klaviyo_reads_the_same_text(template: str) -> None:
    check(template)
