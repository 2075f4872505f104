"""What becomes of each construct of Liquid, one golden line each."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from mappings.merge_tags.convert import convert
from mappings.merge_tags.reasons import REASONS
from mappings.merge_tags.results import ContentContext, Converted, Kind
from mappings.verdicts import Verdict

GOLDEN = tomllib.loads((Path(__file__).parent / "golden" / "liquid.toml").read_text(encoding="utf-8"))["case"]
CONTEXT = ContentContext(
    attributes={"plan": "plan", "city": "home_city", "address": "address", "company.size": "company_size"}
)


def converted(text: str, kind: Kind = "html", context: ContentContext = CONTEXT) -> Converted:
    return convert(text, dialect="liquid", context=context, kind=kind, label="golden")


@pytest.mark.parametrize("case", GOLDEN, ids=[case["name"] for case in GOLDEN])
def test_construct_becomes_what_the_golden_file_says(case: dict[str, object]) -> None:
    result = converted(str(case["source"]), case["kind"])  # type: ignore[arg-type]
    assert case["becomes"] == result.text
    assert case["verdicts"] == [f"{tag.verdict} {tag.code}".strip() for tag in result.tags]


@pytest.mark.parametrize("case", GOLDEN, ids=[case["name"] for case in GOLDEN])
def test_whatever_is_not_exact_has_a_finding_with_its_place(case: dict[str, object]) -> None:
    source = str(case["source"])
    result = converted(source, case["kind"])  # type: ignore[arg-type]
    inexact = {tag.verdict for tag in result.tags} - {Verdict.EXACT}
    assert inexact <= {finding.verdict for finding in result.findings}
    for finding in result.findings:
        assert (finding.verdict, finding.reason, finding.remedy) == REASONS[finding.code]
        assert source.splitlines()[(finding.line or 0) - 1][(finding.column or 0) - 1] in "{%"


def test_a_finding_tells_line_and_column_as_an_editor_counts_them() -> None:
    result = converted("one\r\ntwo\r\n  {{ month }} {{ year }}")
    assert [("golden:3:3", "{{ month }}"), ("golden:3:15", "{{ year }}")] == [
        (finding.place, finding.excerpt) for finding in result.findings
    ]


@pytest.mark.parametrize("fallback", ["a|b", "a}b", "{", "a\nb", "default: x"])
def test_a_fallback_that_would_mean_something_else_is_held_back(fallback: str) -> None:
    result = converted(f"{{{{ first_name | default: '{fallback}' }}}}")
    assert (result.text, result.verdict) == ("{{FIRST_NAME}}", Verdict.MANUAL)


def test_a_chosen_fallback_stands_where_the_tag_has_none() -> None:
    context = ContentContext(fallbacks={"{{ first_name }}": "friend"})
    result = converted('{{first_name}} {{ first_name | default: "you" }}', context=context)
    assert result.text == "{{FIRST_NAME|friend}} {{FIRST_NAME|you}}"
    assert [tag.verdict for tag in result.tags] == [Verdict.CHANGED, Verdict.EXACT]


def test_a_replacement_stands_in_the_place_of_an_unknown_tag() -> None:
    context = ContentContext(replacements={"month": "November", "{{ year | date: '%Y' }}": "{{subscriber.year|2026}}"})
    result = converted("{{ month }} {{ year | date:  '%Y' }}", context=context)
    assert (result.text, result.verdict) == ("November {{subscriber.year|2026}}", Verdict.CHANGED)


@pytest.mark.parametrize("words", ["{{ month }}", "{% if x %}", "{{#if subscriber.x}}", "%7B%7Bx%7D%7D"])
def test_a_replacement_in_another_language_is_refused(words: str) -> None:
    result = converted("{{ month }}", context=ContentContext(replacements={"month": words}))
    assert (result.text, result.verdict) == ("", Verdict.MANUAL)
    assert "replacement-unusable" in [finding.code for finding in result.findings]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("first", "A"),
        ("else", "B"),
        ("nothing", ""),
        ("plain words", "plain words"),
        ("{{#if subscriber.is_pro}}", "{{#if subscriber.is_pro}}A{{else}}B{{/if}}"),
        (
            "{{#unless subscriber.is_free}}",
            "{{#unless subscriber.is_free}}A{{/unless}}{{#if subscriber.is_free}}B{{/if}}",
        ),
    ],
)
def test_a_person_decides_about_a_conditional_that_cannot_be_expressed(answer: str, text: str) -> None:
    context = ContentContext(replacements={'if plan == "pro"': answer})
    result = converted('{% if plan == "pro" %}A{% else %}B{% endif %}', context=context)
    assert (result.text, result.verdict) == (text, Verdict.CHANGED)


def test_nested_conditionals_are_printed_once_a_person_allows_them() -> None:
    context = ContentContext(nested_conditionals=True)
    nested = converted("{% if custom_data.a %}A{% if custom_data.b %}B{% endif %}{% endif %}", context=context)
    assert nested.text == "{{#if subscriber.a}}A{{#if subscriber.b}}B{{/if}}{{/if}}"
    chain = converted("{% if custom_data.a %}A{% elsif custom_data.b %}B{% else %}C{% endif %}", context=context)
    assert chain.text == "{{#if subscriber.a}}A{{else}}{{#if subscriber.b}}B{{else}}C{{/if}}{{/if}}"


@pytest.mark.parametrize(
    "condition",
    ['plan == "pro"', "first_name", "a and b", "a or not", "tags contains 'x'", "n > 3", "a<b", "?!", "n &gt; 3"],
)
def test_two_branches_of_one_conditional_are_never_both_shown(condition: str) -> None:
    text = converted(f"{{% if {condition} %}}left{{% elsif {condition} %}}middle{{% else %}}right{{% endif %}}").text
    assert sum(word in text for word in ("left", "middle", "right")) == 1


def test_a_name_that_the_text_sets_itself_is_not_taken_for_a_field() -> None:
    for hidden in ("{% assign plan = x | upcase %}", "{% capture plan %}x{% endcapture %}", "{% increment plan %}"):
        result = converted(f"{hidden}{{{{ plan }}}}{{% if plan %}}A{{% endif %}}")
        assert "subscriber.plan" not in result.text
        assert result.verdict is Verdict.MANUAL
