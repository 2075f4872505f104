"""What is known of a field's values is told where an email prints them, and only there."""

from __future__ import annotations

import pytest

from mappings.merge_tags.convert import convert
from mappings.merge_tags.results import ContentContext, Converted, Kind
from mappings.value_marks import Mark, holds_markup, marks_of, may_hold_markup
from mappings.verdicts import Verdict

MARKS = {
    "colours": frozenset({Mark.LIST}),
    "vip": frozenset({Mark.FLAG, Mark.FALSE}),
    "visits": frozenset({Mark.ZERO}),
    "price": frozenset({Mark.WHOLE}),
    "bio": frozenset({Mark.MARKUP}),
}
CONTEXT = ContentContext(attributes={key: key for key in (*MARKS, "plan")}, marks=MARKS)


def converted(text: str, kind: Kind = "html", dialect: str = "liquid") -> Converted:
    return convert(text, dialect=dialect, context=CONTEXT, kind=kind, label="x")


def codes(text: str, kind: Kind = "html", dialect: str = "liquid") -> list[str]:
    return [finding.code for finding in converted(text, kind, dialect).findings]


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        ("{{ custom_data.plan | default: 'free' }}", []),
        ("{{ first_name | default: 'you' }}", []),
        ("{{ custom_data.colours }}", ["list-printed"]),
        ("{{ custom_data.colours | default: 'none' }}", ["list-printed"]),
        ("{{ custom_data.vip }}", ["value-printed"]),
        ("{{ custom_data.vip | default: 'no' }}", ["value-printed", "false-not-default"]),
        ("{{ custom_data.visits | default: 'none' }}", []),
        ("{{ custom_data.price }}", ["value-printed"]),
        ("{{ custom_data.bio }}", ["markup-printed"]),
        ("{{ custom_data.bio | escape }}", []),
        ("{{ colours }}", ["attribute-guessed", "list-printed"]),
        ("{% assign it = custom_data.bio %}{{ it }}", ["markup-printed"]),
        ("{% if custom_data.vip %}{{ custom_data.vip }}{% endif %}", ["value-printed", "false-not-default"]),
    ],
)
def test_peculiar_values_are_told_at_the_tags_that_print_them(tag: str, told: list[str]) -> None:
    assert [code for code in codes(tag) if code != "conditional-folded"] == told


def test_klaviyo_takes_0_for_nothing_as_well() -> None:
    assert codes("{{ person.visits|default:'none' }}", dialect="django") == ["false-not-default"]
    assert codes("{{ person.visits }}", dialect="django") == []


def test_a_fallback_that_the_source_shows_more_seldom_is_told() -> None:
    result = converted("{{ person.plan|default_if_none:'free' }}", dialect="django")
    assert (result.text, [use.code for use in result.tags]) == ("{{subscriber.plan|free}}", ["fallback-wider"])


def test_a_field_that_is_tested_and_not_printed_says_nothing_of_its_values() -> None:
    assert codes("{% if custom_data.colours %}a{% endif %}") == ["value-test"]


def test_markup_in_a_line_of_text_shows_the_same_on_both_sides() -> None:
    assert codes("{{ custom_data.bio }}", "subject") == []


def test_who_has_a_text_where_true_is_asked_for_is_not_shown_that_text() -> None:
    result = converted("{% if custom_data.plan == true %}{{ custom_data.plan }}{% else %}no{% endif %}")
    assert result.text == "{{#if subscriber.plan}}{{subscriber.plan}}{{else}}no{{/if}}"
    assert result.verdict is Verdict.CHANGED
    assert [finding.code for finding in result.findings] == ["value-test"]


@pytest.mark.parametrize("text", ["<b>x</b>", "a<br/>", "</p>", "<!-- x -->", "A &amp; B", "&#39;", "&#x27;s"])
def test_markup_is_known(text: str) -> None:
    assert holds_markup(text)
    assert may_hold_markup(f'{{"x":"{text}"}}'.encode())
    assert marks_of(text) == {Mark.MARKUP}
    assert marks_of(["a", text]) == {Mark.LIST, Mark.MARKUP}


@pytest.mark.parametrize("text", ["", "I <3 you", "a < b", "1<2", "AT&T", "?a=1&b=2", "A & B;", "x > y"])
def test_signs_that_are_no_markup_are_none(text: str) -> None:
    assert not holds_markup(text)
    assert not may_hold_markup(text.encode())


def test_numbers_and_flags_are_told_apart() -> None:
    values = [False, True, 0, 0.0, 20.0, 1.5, 7]
    assert [marks_of(value) for value in values] == [
        {Mark.FLAG, Mark.FALSE},
        {Mark.FLAG},
        {Mark.ZERO},
        {Mark.ZERO, Mark.WHOLE},
        {Mark.WHOLE},
        set(),
        set(),
    ]
