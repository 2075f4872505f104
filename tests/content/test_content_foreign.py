"""A merge tag of another platform never reaches an inbox, and plain text that looks alike is left alone."""

from __future__ import annotations

import pytest
from content_emails import CONTEXT
from foreign_corpus import FOREIGN, IN_BRACES, OTHER_LANGUAGES, PLAIN
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.email.prepare import PreparedEmail, prepare_email
from mappings.merge_tags.convert import convert
from mappings.merge_tags.foreign.platforms import SPELLINGS
from mappings.merge_tags.foreign.search import foreign_tags
from mappings.merge_tags.results import ContentContext
from mappings.verdicts import Verdict
from migrator.model.content import BodyFormat, EmailContent
from migrator.plan.emails.ready_email import ready_email

TAGS = [(platform, tag) for platform, tags in FOREIGN.items() for tag in tags]
LANGUAGES = ("liquid", "django")
PLACES = ("subject", "preview", "words", "address", "alt", "comment", "text", "mjml", "json")
MJML = "<mjml><mj-body><mj-section><mj-column><mj-text>Hi TAG</mj-text></mj-column></mj-section></mj-body></mjml>"
TAG = st.sampled_from([tag for platform, tag in TAGS if platform != "Django"])
PLAIN_WORDS = st.sampled_from(
    ("Hi", " ", "\n", "100%", "é", "<b>", "</b>", "&nbsp;", ", ", "{{ first_name }}", "|", "x")
)


def email_with(tag: str, place: str, language: str = "liquid", around: str = "") -> EmailContent:
    body = {
        "words": f"<p>{around}Hi {tag}</p>",
        "address": f'<p>{around}<a href="https://x.test/?e={tag}">Go</a></p>',
        "alt": f"<p>{around}</p><img src='https://x.test/a.png' alt='{tag}'>",
        "comment": f"<p>{around}Hi</p><!--{tag}-->",
        "mjml": MJML.replace("TAG", tag),
        "json": f'<p>Hi</p><script type="application/ld+json">{{"name":"{tag}"}}</script>',
    }.get(place, "<p>Hi</p>")
    return EmailContent(
        subject=f"Hi {tag}" if place == "subject" else "Hi",
        preview_text=f"Hi {tag}" if place == "preview" else None,
        body=body,
        text=f"Hi {tag}" if place == "text" else None,
        language=language,
    )


def is_held(email: PreparedEmail) -> bool:
    return email.html is None and email.verdict is Verdict.MANUAL


@given(TAG, st.sampled_from(PLACES), st.sampled_from(LANGUAGES), st.lists(PLAIN_WORDS, max_size=6).map("".join))
@settings(max_examples=400, deadline=None)
def test_an_email_with_a_tag_of_another_platform_is_held_whatever_language_was_chosen(
    tag: str, place: str, language: str, around: str
) -> None:
    email = prepare_email(email_with(tag, place, language, around), CONTEXT)
    assert is_held(email)
    assert any(finding.code.startswith("foreign-tag") for finding in email.findings)


NAMES = st.one_of(
    st.sampled_from(("FNAME", "FIRSTNAME", "MERGE5", "PLAN_2", "EMAIL")),
    st.from_regex(r"[A-Z]{3,8}_[A-Z]{2,6}", fullmatch=True),
)


@given(
    NAMES,
    st.sampled_from(
        ("*|{}|*", "%{}%", "%%{}%%", "{{{}}}", "{{${}}}", "[[{}]]", "[{}_X]", "<%{}%>", "$[{}]$", "[%{}%]", "##{}##")
    ),
    st.sampled_from(LANGUAGES),
)
@settings(max_examples=300, deadline=None)
def test_a_field_nobody_has_heard_of_is_found_between_every_platforms_signs(
    name: str, signs: str, language: str
) -> None:
    assert is_held(prepare_email(email_with(signs.format(name), "words", language), CONTEXT))


@pytest.mark.parametrize(("platform", "tag"), TAGS)
def test_the_finding_names_the_likely_platform_and_the_place(platform: str, tag: str) -> None:
    (found, *_) = foreign_tags(f"<p>\n  Hi {tag}!</p>")
    assert platform in found.platforms
    finding = next(
        finding
        for finding in prepare_email(EmailContent(subject="x", body=f"<p>\n  Hi {tag}!</p>"), CONTEXT).findings
        if finding.code == "foreign-tag"
    )
    assert (finding.verdict, finding.line, finding.column) == (Verdict.MANUAL, 2, 6)
    assert platform in finding.reason


@pytest.mark.parametrize(("platform", "tag"), [(platform, tag) for platform, tags in IN_BRACES.items() for tag in tags])
@pytest.mark.parametrize("language", LANGUAGES)
def test_double_braces_of_another_platform_need_a_person_and_name_it(platform: str, tag: str, language: str) -> None:
    done = convert(f"Hi {tag}.", dialect=language, context=CONTEXT, kind="html", label="x")
    assert done.verdict is Verdict.MANUAL
    assert platform in " ".join(finding.reason for finding in done.findings)


@pytest.mark.parametrize("tag", OTHER_LANGUAGES)
def test_fields_are_known_in_the_languages_that_our_users_write(tag: str) -> None:
    assert is_held(prepare_email(email_with(tag, "words"), CONTEXT))


@pytest.mark.parametrize("text", PLAIN)
@pytest.mark.parametrize("around", ["{}", "<p>Hello, {}</p>", "First line\n{}\nlast line"])
def test_plain_text_that_looks_like_a_tag_is_not_reported(text: str, around: str) -> None:
    whole = around.replace("{}", text, 1)
    assert [] == foreign_tags(whole)
    done = convert(whole, dialect="liquid", context=CONTEXT, kind="html", label="x")
    assert (whole, Verdict.EXACT) == (done.text, done.verdict)


@given(st.lists(st.sampled_from(PLAIN), min_size=1, max_size=8))
@settings(max_examples=150, deadline=None)
def test_plain_texts_do_not_become_a_tag_beside_each_other(texts: list[str]) -> None:
    assert [] == foreign_tags("\n".join(texts))


@given(st.text(alphabet="%|*{}[]<>$#@~!:ABab_ \n", max_size=60))
@settings(max_examples=300, deadline=None)
def test_a_find_is_where_it_says_and_none_overlap(text: str) -> None:
    end = 0
    for tag in foreign_tags(text):
        assert end <= tag.start < tag.end <= len(text)
        assert " ".join(text[tag.start : tag.end].split()) == tag.written
        end = tag.end


def test_the_tags_that_a_conversion_prints_are_no_foreign_ones() -> None:
    body = (
        "<p>{{ first_name | default: 'you' }} {% if custom_data.plan %}{{ custom_data.plan }}{% endif %}"
        '<a href="{{ unsubscribe_url }}">[Leave]</a></p>'
    )
    email = prepare_email(EmailContent(subject="{{ first_name }}", body=body), CONTEXT)
    assert email.html is not None
    assert [] == [finding for finding in email.findings if finding.code.startswith("foreign")]


def test_a_replacement_answers_a_foreign_tag_wherever_it_is() -> None:
    context = ContentContext(replacements={"*|FNAME|*": "{{FIRST_NAME|there}}", "*|UNSUB|*": "{{unsubscribeUrl}}"})
    body = '<p>Hi *|FNAME|*, <a href="*%7CUNSUB%7C*">leave</a></p>'
    email = prepare_email(EmailContent(subject="*|FNAME|*!", body=body), context)
    assert email.html == '<p>Hi {{FIRST_NAME|there}}, <a href="{{unsubscribeUrl}}">leave</a></p>'
    assert (email.subject, email.verdict) == ("{{FIRST_NAME|there}}!", Verdict.CHANGED)


@pytest.mark.parametrize(
    ("replacements", "body"),
    [
        ({"*|FNAME|*": "%FIRSTNAME%"}, "<p>Hi *|FNAME|*</p>"),
        ({"*|FNAME|*": "*|FNAME|*"}, "<p>Hi *|FNAME|*</p>"),
        ({}, "<p>Hi {{ first_name | default: '%FIRSTNAME%' }}</p>"),
        ({}, "<p>Hi {% raw %}*|FNAME|*{% endraw %}</p>"),
    ],
)
def test_no_answer_and_no_fallback_brings_a_foreign_tag_in(replacements: dict[str, str], body: str) -> None:
    assert is_held(prepare_email(EmailContent(subject="x", body=body), ContentContext(replacements=replacements)))


def test_a_replacement_with_a_foreign_tag_in_it_is_not_taken() -> None:
    context = ContentContext(replacements={"first_name": "{$name}"})
    done = convert("Hi {{ first_name }}", dialect="liquid", context=context, kind="html", label="x")
    assert (done.text, done.verdict) == ("Hi {{FIRST_NAME}}", Verdict.MANUAL)


def test_what_may_be_plain_text_stays_when_it_is_answered_by_itself() -> None:
    context = ContentContext(replacements={"{curly}": "{curly}"})
    email = prepare_email(EmailContent(subject="x", body="<p>A {curly} word</p>"), context)
    assert (email.html, email.verdict) == ("<p>A {curly} word</p>", Verdict.CHANGED)


def test_foreign_tags_are_counted_as_found_and_each_has_a_verdict() -> None:
    done = ready_email(EmailContent(subject="*|FNAME|*", body="<p>%EMAIL% {{ email }}</p>"), CONTEXT, "x")
    assert done.found == sum(tag.count for tag in done.tags) == 3
    assert {("*|FNAME|*", Verdict.MANUAL), ("%EMAIL%", Verdict.MANUAL), ("email", Verdict.EXACT)} == {
        tag.use[:2] for tag in done.tags
    }


def test_every_spelling_of_the_table_is_in_the_corpus() -> None:
    named = {tag.platforms for _, tag in TAGS for tag in foreign_tags(tag)}
    assert {spelling.platforms for spelling in SPELLINGS} <= named


def test_mjml_with_other_line_ends_compiles_like_its_twin() -> None:
    source = (
        "<mjml>\n<mj-head><mj-style>\n.a{color:red}\n</mj-style></mj-head><mj-body>\n<mj-section><mj-column>\n"
        '<mj-text\n  color="#333"\n  align="left">Café\n{{ first_name }}\n</mj-text><mj-raw><!-- a\n --></mj-raw>\n'
        "</mj-column></mj-section></mj-body></mjml>\n"
    )
    twins = {
        prepare_email(EmailContent(subject="x", body=source.replace("\n", end), format=BodyFormat.MJML), CONTEXT).html
        for end in ("\n", "\r\n", "\r")
    }
    assert len(twins) == 1
    assert None not in twins
