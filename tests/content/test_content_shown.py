"""What people see: a small Liquid of its own shows the source's text, the local Sequenzy the converted one. For every
template whose tags are carried over exactly, and for conditionals on fields that are filled or absent, it is the same.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from liquid_reference import LEAVE, NotKnown, shown

from mappings.merge_tags.convert import convert
from mappings.merge_tags.results import ContentContext, Converted, Kind
from mappings.verdicts import Verdict
from migrator.sandbox.sequenzy.merge_tags import fill, names_in

CONTEXT = ContentContext(
    attributes={
        "plan": "plan",
        "city": "home_city",
        "address.street": "address_street",
        "email": "source_email",
        "colours": "colours",
    }
)
PLAIN = frozenset({"", "comment", "value-test", "conditional-folded", "conditional-in-markup", "link-in-text"})
"""What may be said of a tag that shows the same text to people whose fields are filled or absent."""
SEEN_AS_WRITTEN = frozenset({"raw-braces"})
"""Entities in the place of braces: the same to the eye."""

PEOPLE: tuple[dict[str, Any], ...] = (
    {"first_name": "Ada", "last_name": "O'Neil", "email": "ada@example.com", "plan": "pro", "city": "Łódź", "n": 3},
    {"first_name": None, "last_name": None, "email": "b@example.com"},
    {"first_name": "Zoë \u00a0{x}", "email": "c+d@example.com", "street": "1 Elm > Oak St", "colours": ["red", "blue"]},
    {"last_name": "<b>Li</b>", "email": "e@example.com", "plan": "50%} off", "own_email": "other@example.com"},
)


def at_source(person: dict[str, Any]) -> dict[str, Any]:
    custom = {key: person[key] for key in ("plan", "city", "colours") if key in person}
    if "street" in person:
        custom["address"] = {"street": person["street"]}
    if "own_email" in person:
        custom["email"] = person["own_email"]
    fields = {key: person.get(key) for key in ("first_name", "last_name", "email")}
    return {**fields, "custom_data": custom, "unsubscribe_url": LEAVE, "unsubscribe_link": LEAVE}


def at_target(person: dict[str, Any], text: str, kind: Kind) -> str:
    fields = {key: person.get(key) for key in ("first_name", "last_name", "email")}
    attributes = {
        "plan": person.get("plan"),
        "home_city": person.get("city"),
        "address_street": person.get("street"),
        "source_email": person.get("own_email"),
        "colours": person.get("colours"),
    }

    def lookup(name: str) -> tuple[bool, Any]:
        if name == "unsubscribeUrl":
            return True, LEAVE
        if name.lower() in fields and name in (name.lower(), name.upper()):
            return True, fields[name.lower()]
        own = name.removeprefix("subscriber.")
        return (True, fields[own]) if own in fields else (own in attributes, attributes.get(own))

    return fill(text, lookup, escape=kind == "html").text


BLANK = st.sampled_from(["", " ", "  ", "\t", "\r\n", "\n "])
USUAL = st.sampled_from(
    [
        *("first_name", "last_name", "email", "subscriber.first_name", "subscriber['email']", "custom_data.plan"),
        *("custom_data['city']", 'custom_data["address"]["street"]', "custom_data.email", "unsubscribe_url", "who"),
    ]
)
VALUES = USUAL | st.sampled_from(
    [
        *("first_name", "last_name", "email", "subscriber.first_name", "subscriber.email", "subscriber['email']"),
        *("custom_data.plan", "custom_data['city']", 'custom_data["address"]["street"]', "custom_data.address.street"),
        *("subscriber.custom_data.plan", "custom_data.email", "custom_data.last_name", "custom_data.colours.size"),
        *("custom_data.colours.first", "custom_data.plan.size", "custom_data.nothing", "custom_data.plan.name"),
        *("unsubscribe_url", "unsubscribe_link", "'plain'", "\"<b>'x'</b>\"", "3", "true", "false", "nil", "who", "''"),
        *("plan", "First_Name", "prénom", "preferences_url", '"{"', "'a{'", "pm:unsubscribe"),
    ]
)
FILTERS = st.sampled_from(["default: 'friend'", 'default: "you there"', "default:''", "escape"]) | st.sampled_from(
    [
        *("default: 'friend'", 'default: "you there"', "default:''", 'default: "it\'s"', "default: 7", "escape"),
        *(
            "default: '<i>x</i>'",
            "default: &quot;friend&quot;",
            "default: 'a|b'",
            "default: '}'",
            "default: first_name",
        ),
        *("default: ' x '", "upcase", "default: false", "default: 'é ü'"),
    ]
)
CONDITIONS = st.sampled_from(["custom_data.plan", "custom_data['city']", "custom_data.plan != nil"]) | st.sampled_from(
    [
        *("custom_data.plan", "custom_data['city']", "custom_data.plan != nil", "custom_data.plan == blank"),
        *("custom_data.plan == nil", "first_name", "custom_data.address.street != blank", "custom_data.plan == 'pro'"),
        *("custom_data.colours.size", "custom_data.first_name", "who", "true"),
    ]
)
TEXTS = st.sampled_from(
    [
        *(
            "",
            " ",
            "Hi ",
            "\r\n",
            "\r",
            "\u00a0",
            "é",
            "\x00",
            "\ufeff",
            "\ud83d",
            "<p>",
            "</p>\n",
            "a > b ",
            "}",
            "}}",
        ),
        *('<a href="', '">', "<!--[if mso]>", "<![endif]-->", "<style>@media x{.a{b:c}}</style>"),
        *('<table><tr><td title="a > b">', "</td></tr></table>", "&lt;b&gt; &amp;", "?a=1&copy=2", "{ x }}", "'", '"'),
        *("{# note #}", "%7D", "<% if a %>", "*|FNAME|*", "[[x]]"),
    ]
)


@st.composite
def outputs(draw: st.DrawFn) -> str:
    left, right = draw(st.sampled_from([("{{", "}}"), ("{{-", "}}"), ("{{", "-}}"), ("{{-", "-}}")]))
    filters = "".join(f"{draw(BLANK)}|{draw(BLANK)}{one}" for one in draw(st.lists(FILTERS, max_size=2, unique=True)))
    return f"{left}{draw(BLANK)}{draw(USUAL | VALUES)}{filters}{draw(BLANK)}{right}"


@st.composite
def blocks(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    word = draw(st.sampled_from(["if", "if", "unless"]))
    dash = draw(st.sampled_from(["", "", "-"]))
    parts = [f"{{%{dash} {word} {draw(CONDITIONS)} {dash}%}}{draw(inner)}"]
    if draw(st.integers(0, 4)) == 0:
        parts.append(f"{{% elsif {draw(CONDITIONS)} %}}{draw(inner)}")
    if draw(st.booleans()):
        parts.append(f"{{%- else %}}{draw(inner)}")
    return "".join([*parts, f"{{% end{word} {dash}%}}"])


LEAVES = st.one_of(
    TEXTS,
    TEXTS,
    TEXTS,
    outputs(),
    outputs(),
    outputs(),
    st.builds(lambda text: f"{{% raw %}}{text}{{% endraw %}}", TEXTS | outputs()),
    st.builds(lambda text: f"{{% comment %}}{text}{{% endcomment %}}", TEXTS | outputs()),
    st.builds(lambda value: f"{{% assign who = {value} %}}", VALUES),
    st.sampled_from(["{{{ pm:unsubscribe }}}", "{{{pm:unsubscribe_url}}}"]),
)
PIECES = st.recursive(
    LEAVES, lambda inner: st.one_of(blocks(st.lists(inner, max_size=3).map("".join)), inner), max_leaves=6
)
TEMPLATES = st.lists(PIECES, max_size=6).map("".join)
KINDS: st.SearchStrategy[Kind] = st.sampled_from(["html", "html", "subject"])
LAWS = settings(max_examples=80, deadline=None)


def converted(text: str, kind: Kind = "html") -> Converted:
    return convert(text, dialect="liquid", context=CONTEXT, kind=kind, label="x")


def check_same_text(template: str, kind: Kind) -> bool:
    """Whether the template is one that has to show the same."""
    result = converted(template, kind)
    codes = {finding.code for finding in result.findings} | {use.code for use in result.tags}
    if codes - PLAIN - SEEN_AS_WRITTEN:
        return False
    for person in PEOPLE:
        try:
            wanted = shown(template, at_source(person))
        except NotKnown as odd:
            raise AssertionError(f"{template!r} is called exact, and no Liquid: {odd}") from None
        found = at_target(person, result.text, kind)
        # Entities are the same to the eye.
        wanted, found = unescape(wanted), unescape(found)
        assert found == wanted, template
    return True


@given(TEMPLATES, KINDS)
@LAWS
def test_whoever_reads_an_exact_template_reads_the_same_text(template: str, kind: Kind) -> None:
    check_same_text(template, kind)


@pytest.mark.slow
@given(TEMPLATES, KINDS)
@settings(LAWS, max_examples=2_000)
def test_whoever_reads_one_of_many_exact_templates_reads_the_same_text(template: str, kind: Kind) -> None:
    check_same_text(template, kind)


@given(TEMPLATES, KINDS)
@LAWS
def test_whatever_is_not_exact_is_told_at_the_place_of_its_tag(template: str, kind: Kind) -> None:
    result = converted(template, kind)
    lines = template.split("\n")
    told: set[int] = set()
    for finding in result.findings:
        assert finding.line is not None
        assert finding.column is not None
        told.add(sum(len(line) + 1 for line in lines[: finding.line - 1]) + finding.column - 1)
    assert told <= {use.start for use in result.tags}
    for use in result.tags:
        blocks = [start for start in told if start <= use.start]
        assert use.verdict is Verdict.EXACT or use.start in told or blocks, "its block tells for the tags in it"


@given(TEMPLATES, KINDS)
@LAWS
def test_sequenzy_fills_in_nothing_but_what_was_meant(template: str, kind: Kind) -> None:
    result = converted(template, kind)
    printed = [name for use in result.tags for name in names_in(use.after)]
    known = {"", "else", "/if", "/unless", "unsubscribeUrl", "FIRST_NAME", "LAST_NAME", "EMAIL"}
    for name in names_in(result.text):
        assert name in known or re.fullmatch(r"(#(if|unless) )?subscriber(\.\w+)+", name), (name, result.text)
        assert name in printed, (name, result.text)
