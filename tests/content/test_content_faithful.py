"""Places where a conversion once said "exact" and showed something else; each is a claim about what people see."""

from __future__ import annotations

from typing import Any

import pytest

from mappings.merge_tags.convert import convert
from mappings.merge_tags.results import ContentContext, Converted, Kind
from mappings.verdicts import Verdict
from migrator.sandbox.sequenzy.merge_tags import names_in

FIELDS = {"plan": "plan", "colours": "colours", "address.street": "address_street", "email": "source_email"}


def converted(text: str, kind: Kind = "html", dialect: str = "liquid", **choices: Any) -> Converted:
    context = ContentContext(attributes=FIELDS, **choices)
    return convert(text, dialect=dialect, context=context, kind=kind, label="x")


@pytest.mark.parametrize(
    "text", ["{% raw %}{{% endraw %}{ email }}", "{% raw %}a{<b>{% endraw %}{ email }}", "{% raw %}{{% endraw %}% x %}"]
)
def test_braces_that_only_meet_behind_a_raw_zone_are_filled_in_by_nobody(text: str) -> None:
    result = converted(text)
    assert names_in(result.text) == []
    assert "&#123;" in result.text
    assert result.verdict is Verdict.CHANGED
    assert names_in(converted(text, "subject").text) == []
    assert converted(text, "subject").verdict is Verdict.MANUAL


def test_words_that_a_person_chose_make_no_tag_with_the_text_behind_them() -> None:
    result = converted("{{ month }}{ email }}", replacements={"month": "a{"})
    assert names_in(result.text) == []
    assert result.edits[0].after == result.text.removesuffix("{ email }}")


def test_a_dash_takes_blanks_and_line_ends_and_leaves_no_break_spaces() -> None:
    result = converted("a\u00a0 \r\n{{- first_name -}}\t\v\u2003b")
    assert result.text == "a\u00a0{{FIRST_NAME}}\u2003b"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{{ "<b>&amp;" | escape }}', "&lt;b&gt;&amp;amp;"),
        ('{{ "<b>&amp;" | escape_once }}', "&lt;b&gt;&amp;"),
        ('{{ "" | default: "<i>" | h }}', "&lt;i&gt;"),
        ('{{ "<i>" }}', "<i>"),
        ('{{ false | default: "no" }}', "no"),
        ('{% assign on = false %}{{ on | default: "no" }}', "no"),
        ('{{ first_name | default: false | default: "you" }}', "{{FIRST_NAME|you}}"),
        ('{{ false | default: false | default: "you" }}', "you"),
        ("{{ nil | default: false }}", "false"),
        ("{{ false }}{{ true }}{{ 0 }}", "falsetrue0"),
    ],
)
def test_a_value_that_stands_in_the_tag_is_printed_as_the_source_prints_it(text: str, shown: str) -> None:
    result = converted(text)
    assert (result.text, result.verdict) == (shown, Verdict.EXACT)


def test_the_other_dialect_prints_its_own_words_as_it_writes_them() -> None:
    assert converted("{{ True }}{{ None }}{{ 1.0 }}", dialect="django").text == "TrueNone1.0"
    assert converted("{{ person.plan|default:True }}", dialect="django").text == "{{subscriber.plan|True}}"
    assert converted('{{ 0|default:"x" }}', dialect="django").verdict is Verdict.MANUAL
    assert converted("{{ '<b>'|force_escape }}{{ '<b>'|escape }}", dialect="django").text == "&lt;b&gt;<b>"


@pytest.mark.parametrize("part", ["size", "first", "last", "size.x", "upper"])
def test_what_lies_within_a_value_is_never_printed_as_if_it_were_a_field(part: str) -> None:
    result = converted(f"{{{{ custom_data.colours.{part} | default: 'none' }}}}")
    assert (result.text, result.verdict) == ("none", Verdict.MANUAL)
    assert [finding.code for finding in result.findings] == ["part-of-value"]
    branches = converted(f"{{% if custom_data.colours.{part} %}}a{{% else %}}b{{% endif %}}")
    assert (branches.text, branches.verdict) == ("b", Verdict.MANUAL)


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("liquid", "{{ custom_data.first_name | default: 'you' }}"),
        ("liquid", "{{ custom_data['Last_Name'] | default: 'you' }}"),
        ("django", "{{ person|lookup:'first_name'|default:'you' }}"),
    ],
)
def test_a_custom_field_that_nobody_has_does_not_print_the_profile_field_of_its_name(dialect: str, text: str) -> None:
    result = converted(text, dialect=dialect)
    assert (result.text, [finding.code for finding in result.findings]) == ("you", ["attribute-unseen"])


def test_a_condition_on_a_custom_field_that_nobody_has_does_not_ask_for_the_profile_field() -> None:
    assert converted("{% if custom_data.id %}a{% else %}b{% endif %}").text == "b"


@pytest.mark.parametrize("dialect", ["liquid", "django"])
def test_a_fallback_within_a_conditional_is_not_shown_to_people_for_whom_the_conditional_hides_it(dialect: str) -> None:
    field = "custom_data.plan" if dialect == "liquid" else "person.plan"
    filled = "default: 'a'" if dialect == "liquid" else "default:'a'"
    result = converted(f"{{% if {field} %}}{{{{ {field}|{filled} }}}}{{% else %}}b{{% endif %}}", dialect=dialect)
    assert result.text == "{{#if subscriber.plan}}{{subscriber.plan|a}}{{else}}b{{/if}}"
    alone = converted(f"{{% if first_name %}}{{{{ first_name|{filled} }}}}{{% endif %}}", dialect=dialect)
    assert (alone.text, alone.verdict) == ("", Verdict.MANUAL)


def test_what_a_person_decided_about_a_tag_counts_within_a_conditional_too() -> None:
    text = "{% if custom_data.plan %}{{ custom_data.plan }}{% else %}none{% endif %}"
    replaced = converted(text, replacements={"custom_data.plan": "gold"})
    assert replaced.text == "{{#if subscriber.plan}}gold{{else}}none{{/if}}"
    chosen = converted(text, fallbacks={"custom_data.plan": "gold"})
    assert chosen.text == "{{#if subscriber.plan}}{{subscriber.plan|gold}}{{else}}none{{/if}}"


@pytest.mark.parametrize("words", ["a{{else}}b", "{{/if}}", "{{#unless subscriber.x}}a"])
def test_half_a_conditional_is_no_answer_for_a_whole_one(words: str) -> None:
    result = converted("{% if custom_data.plan %}a{% endif %}", replacements={"if custom_data.plan": words})
    assert result.text == "{{#if subscriber.plan}}a{{/if}}"
    assert "replacement-unusable" in [finding.code for finding in result.findings]


LINK = '<a href="{{ unsubscribe_url }}">Leave</a>'


@pytest.mark.parametrize(
    "text",
    [
        f"{{% if custom_data.plan %}}{LINK}{{% endif %}}",
        f"a{{% if custom_data.plan %}}b{{% else %}}{LINK}{{% endif %}}",
        f"<!-- {LINK} --><p>Hi</p>",
        f"<p>Hi</p><!--[if mso]>{LINK}<![endif]-->",
        f"<p>Hi</p><!-- never ended {LINK}",
        "<title>{{ unsubscribe_url }}</title><p>Hi</p>",
        "{% if custom_data.plan %}{{ unsubscribe_link }}{% endif %}{% unless custom_data.colours %}x{% endunless %}",
    ],
)
def test_an_unsubscribe_link_that_only_some_people_see_is_held_back(text: str) -> None:
    result = converted(text)
    links = [use for use in result.tags if "unsubscribeUrl" in use.after]
    assert {use.code for use in links} == {"unsubscribe-for-some"}
    assert result.verdict is Verdict.MANUAL
    found = next(finding for finding in result.findings if finding.code == "unsubscribe-for-some")
    assert (found.line, found.column) == (1, links[0].start + 1)
    replaced = converted(text, replacements={"unsubscribe_url": "", "unsubscribe_link": ""})
    assert "unsubscribeUrl" not in replaced.text
    assert "unsubscribe-for-some" not in {finding.code for finding in replaced.findings}


@pytest.mark.parametrize(
    "text",
    [
        LINK,
        f"{{% if custom_data.plan %}}{LINK}{{% else %}}{LINK}{{% endif %}}",
        f"{{% unless custom_data.plan %}}{LINK}{{% else %}}{LINK}{{% endunless %}}",
        f"{{% if custom_data.plan %}}{LINK}{{% endif %}}{LINK}",
        f"<!--[if mso]>{LINK}<![endif]--><!--[if !mso]><!-->{LINK}<!--<![endif]-->",
        f"<!-- {LINK} -->{LINK}",
        f"<!-- {{{{ first_name }}}} --><style>.a{{b:c}}</style>{LINK}",
        "<p>no link at all, so the footer is added</p>{{ email }}",
    ],
)
def test_a_link_that_everybody_sees_is_left_alone(text: str) -> None:
    assert "unsubscribe-for-some" not in {use.code for use in converted(text).tags}


@pytest.mark.parametrize("before", ['<a title="a > b" href="', "<a title='1 > 0 > -1' href='", '<a alt="<b>" href="'])
def test_a_sign_in_a_quoted_attribute_does_not_end_the_element(before: str) -> None:
    end = before[-1]
    link = converted(f"{before}{{% unsubscribe %}}{end}>x</a>", dialect="django")
    assert link.text == f"{before}{{{{unsubscribeUrl}}}}{end}>x</a>"
    assert converted(f"{before}{{{{ unsubscribe_link }}}}{end}>x</a>").verdict is Verdict.EXACT


@pytest.mark.parametrize("before", ["<p>it's > that", "a < b", '<p title="x">"', "<br>5 > 4 and 3 < 4 > '"])
def test_text_with_such_signs_is_no_element(before: str) -> None:
    link = converted(f"{before} {{% unsubscribe %}}", dialect="django")
    assert link.text == f'{before} <a href="{{{{unsubscribeUrl}}}}">Unsubscribe</a>'


@pytest.mark.parametrize(
    "text",
    ['{{"><a href="<a href="{{">}}', '{{ email<b title="{{ x }}"> }} x }}', '{<b title="{{">{ email }} a }}'],
)
def test_markup_that_is_kept_from_a_damaged_tag_brings_no_braces_with_it(text: str) -> None:
    for kind in ("html", "subject"):
        found = names_in(converted(text, kind).text)
        assert set(found) <= {"EMAIL"}, converted(text, kind).text


@pytest.mark.parametrize(
    "text",
    [
        "{% assign subscriber = first_name %}{{ subscriber.last_name }}",
        "{% assign custom_data = first_name %}{{ custom_data.plan }}",
        "{% assign subscriber = first_name %}{% assign who = subscriber.email %}{{ who }}",
    ],
)
def test_a_part_of_a_name_that_the_text_sets_itself_is_not_printed_as_the_whole(text: str) -> None:
    result = converted(text)
    assert (result.text, result.verdict) == ("", Verdict.MANUAL)


def test_a_value_that_the_source_escapes_twice_is_not_called_the_same() -> None:
    assert converted("{{ custom_data.plan | escape }}").verdict is Verdict.EXACT
    assert converted("{{ custom_data.plan | escape | escape_once }}").verdict is Verdict.EXACT
    assert converted("{{ custom_data.plan | escape | escape }}").verdict is Verdict.CHANGED
    assert converted("{{ custom_data.plan | h | default: 'a' | escape }}").verdict is Verdict.CHANGED
    assert converted("{{ person.plan|escape|escape }}", dialect="django").verdict is Verdict.EXACT
    assert converted("{{ person.plan|escape|force_escape }}", dialect="django").verdict is Verdict.CHANGED


@pytest.mark.parametrize("dialect", ["liquid", "django"])
@pytest.mark.parametrize("text", ['{{ "}}" }}', "{{ 'a }} b' }}", '{{ first_name|default:"}}" }}', "{{ '}' }}"])
def test_closing_braces_in_a_quoted_text_end_the_tag_at_the_source_and_are_told(text: str, dialect: str) -> None:
    result = converted(text, dialect=dialect)
    assert result.verdict is Verdict.MANUAL
    assert "}}" not in result.text.replace("{{FIRST_NAME}}", "")


def test_closing_signs_in_the_quotes_of_a_statement_are_told_and_show_no_two_branches() -> None:
    branches = converted("{% if custom_data.plan == '%}' %}a{% else %}b{% endif %}")
    assert (branches.text, branches.verdict) == ("b", Verdict.MANUAL)
    assigned = converted("{% assign plan = '%}' %}{{ plan }}")
    assert (assigned.text, assigned.verdict) == ("", Verdict.MANUAL)
    assert converted("{% echo '%}' %}").verdict is Verdict.MANUAL


@pytest.mark.parametrize(("text", "replaced"), [("{{ 'a }} b' }}", "x"), ("{% echo '%}' %}", "x")])
def test_a_person_can_settle_a_tag_with_closing_braces_in_quotes(text: str, replaced: str) -> None:
    key = text[2:-2].strip()
    result = converted(text, replacements={key: replaced})
    assert (result.text, result.verdict) == (replaced, Verdict.CHANGED)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{\nfirst_name }}", "{{FIRST_NAME}}"),
        ("{{ first_name\r\n}}", "{{FIRST_NAME}}"),
        ("{% unsubscribe_link\n%}", "{{unsubscribeUrl}}"),
        ("{% if person.plan\n%}a{% endif %}", "{{#if subscriber.plan}}a{{/if}}"),
        ("{% if person.plan %}a{% endif\n %}", "{{#if subscriber.plan}}a{{/if}}"),
        ("{%\nverbatim %}a{% endverbatim %}", "a"),
        ("{%\ncomment %}a{% endcomment %}", ""),
    ],
)
def test_a_tag_of_klaviyo_that_goes_over_a_line_end_is_text_there_and_is_told(text: str, shown: str) -> None:
    result = converted(text, dialect="django")
    assert (result.text, result.verdict) == (shown, Verdict.CHANGED)
    assert "tag-over-lines" in [finding.code for finding in result.findings]


def test_the_end_of_a_zone_of_klaviyo_stands_on_one_line() -> None:
    zone = "{% verbatim %}{{ a }}{%\nendverbatim %}b{% endverbatim %}"
    assert converted(zone, dialect="django").text == "&#123;&#123; a }}&#123;%\nendverbatim %}b"
    assert converted("{% comment %}a{%\nendcomment %}b{% endcomment %}", dialect="django").text == ""


@pytest.mark.parametrize("nothing", ["0", "False", "None", "0.0", "''"])
def test_a_fallback_that_klaviyo_takes_for_nothing_gives_way_to_the_next(nothing: str) -> None:
    text = f"{{{{ first_name|default:{nothing}|default:'you' }}}}"
    assert converted(text, dialect="django").text == "{{FIRST_NAME|you}}"
    between = f"{{{{ first_name|default:{nothing}|upper|default:'you' }}}}"
    result = converted(between, dialect="django")
    assert result.text == "{{FIRST_NAME|you}}" or result.verdict is Verdict.MANUAL


def test_a_whole_link_in_a_plain_text_is_told_to_become_an_address() -> None:
    result = converted("{% unsubscribe 'Stop' %}", "text", dialect="django")
    assert (result.text, [use.code for use in result.tags]) == ("{{unsubscribeUrl}}", ["link-in-text"])


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        (
            "liquid",
            "{% if custom_data.plan %}a{% endif }<a href='{{ unsubscribe_url }}'>Leave</a>{% if custom_data.plan %}",
        ),
        ("liquid", '{% if custom_data.plan %}a{% else }<b title="{{ email }}">b</b>{% endif %}'),
        ("django", "{% if person.plan %}a{% endif }<a href='{% unsubscribe_link %}'>Leave</a>"),
        ("django", "{% render_variable preview_text %25} and text %}"),
        ("django", "{% render_variable preview_text }<a href='{% unsubscribe_link %}'>Leave</a>"),
    ],
)
def test_what_a_tag_without_its_end_swallows_at_the_source_is_told(dialect: str, text: str) -> None:
    assert converted(text, dialect=dialect).verdict is Verdict.MANUAL


@pytest.mark.parametrize("word", ["true", "false"])
def test_a_word_that_klaviyo_may_not_know_is_not_guessed(word: str) -> None:
    assert converted(f"{{{{ {word} }}}}", dialect="django").verdict is Verdict.MANUAL
    result = converted(f"{{% if person.plan == {word} %}}a{{% else %}}b{{% endif %}}", dialect="django")
    assert (result.text, result.verdict) == ("b", Verdict.MANUAL)
    assert converted(f"{{{{ person.plan|default:{word} }}}}", dialect="django").verdict is Verdict.MANUAL


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<style>.a{color:{{ custom_data.plan }}}</style>{{ custom_data.plan }}", 1),
        ('<SCRIPT type="application/ld+json">{"n": "{{ first_name }}"}</SCRIPT>', 1),
        ("<style>.a{b:c}</style>{{ first_name }}<style>{{ email }}", 1),
        ("<mj-style>.a{color:{{ custom_data.plan }}}</mj-style>", 1),
        ("<style>.a{b:c}</style><p style='color:{{ custom_data.plan }}'>{{ email }}</p>", 0),
        ("<script>if (a <b && 1 < 2) {x = '{{ email }}'}</script>", 0),
        ("<script>if (a < b && 1 <2) {x = '{{ email }}'}</script>", 1),
        ("<style>{{ custom_data.plan | upcase | slugify }}</style>", 0),
        ("<style><!-- .a{b:{{ email }}} --></style>", 1),
        ("<stylesheet>{{ email }}</stylesheet>", 0),
    ],
)
def test_a_value_in_a_style_sheet_or_a_script_is_told_for_nothing_undoes_the_escaping_there(
    text: str, told: int
) -> None:
    assert [finding.code for finding in converted(text).findings].count("in-code") == told


def test_a_line_or_a_plain_text_has_no_style_sheets() -> None:
    for kind in ("subject", "text"):
        assert converted("<style>{{ email }}</style>", kind).verdict is Verdict.EXACT


def test_a_filter_in_a_condition_of_klaviyo_makes_another_value_of_an_absent_one() -> None:
    result = converted("{% if person.plan|escape %}a{% else %}b{% endif %}", dialect="django")
    assert result.verdict is Verdict.MANUAL
    assert converted("{% if person.plan|default:'' %}a{% endif %}", dialect="django").verdict is Verdict.CHANGED


@pytest.mark.parametrize("kind", ["subject", "preview", "text"])
def test_a_value_that_is_escaped_where_nothing_reads_entities_is_told(kind: Kind) -> None:
    assert [use.code for use in converted("{{ last_name | escape }}", kind).tags] == ["escaped-more"]
    assert [use.code for use in converted("{{ last_name | escape_once }}", kind).tags] == ["escaped-more"]
    assert converted("{{ '<b>' | escape }}", kind).text == "&lt;b&gt;"


@pytest.mark.parametrize(
    ("dialect", "condition", "shown"),
    [
        ("liquid", "0", "a"),
        ("liquid", "''", "a"),
        ("liquid", "false", "b"),
        ("liquid", "nil", "b"),
        ("django", "0", "b"),
        ("django", "''", "b"),
        ("django", "1", "a"),
        ("django", "False", "b"),
    ],
)
def test_a_branch_that_hangs_on_a_plain_value_is_the_one_that_the_source_shows(
    dialect: str, condition: str, shown: str
) -> None:
    assert converted(f"{{% if {condition} %}}a{{% else %}}b{{% endif %}}", dialect=dialect).text == shown
