"""docs/content.md says what the code does: its tables are compared with the code's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mappings.email.reasons import EMAIL_REASONS
from mappings.merge_tags.convert import convert
from mappings.merge_tags.expressions import Effect
from mappings.merge_tags.klaviyo import tables as django
from mappings.merge_tags.liquid.tables import FILTERS, PROVIDER_TOKENS, VARIABLES
from mappings.merge_tags.printer import SEQUENZY_TAG
from mappings.merge_tags.reasons import REASONS
from mappings.merge_tags.results import ContentContext

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "content.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    section = PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    cells = [line.replace("\\|", "\0") for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip().replace("\0", "|") for cell in line.strip("|").split("|")] for line in cells[1:]]


@pytest.mark.parametrize(
    ("heading", "reasons"), [("Findings about a tag", REASONS), ("Findings about an email", EMAIL_REASONS)]
)
def test_every_finding_is_on_the_page_in_the_words_of_the_code(heading: str, reasons: dict[str, object]) -> None:
    stated = {row[0].strip("`"): tuple(row[1:]) for row in rows(heading)}
    assert stated == {code: tuple(str(part) for part in reason) for code, reason in reasons.items()}  # type: ignore[call-overload]


@pytest.mark.parametrize("row", rows("What is translated"), ids=lambda row: row[0])
def test_every_example_is_what_the_code_makes_of_it(row: list[str]) -> None:
    source, target, verdict = row[0].strip("`"), row[1].strip("`"), row[2]
    context = ContentContext(attributes={"plan": "plan", "address": "address"})
    result = convert(source, dialect="liquid", context=context, kind="html", label="x")
    assert (result.text, str(result.verdict)) == (target, verdict)
    assert "{" not in SEQUENZY_TAG.sub("", result.text)


@pytest.mark.parametrize("row", rows("What is translated from Klaviyo"), ids=lambda row: row[0])
def test_every_example_of_the_other_dialect_is_what_the_code_makes_of_it(row: list[str]) -> None:
    source, target, verdict = row[0].strip("`"), row[1].strip("`"), row[2]
    context = ContentContext(attributes={"Plan": "Plan", "Plan name": "Plan_name", "location.city": "location_city"})
    result = convert(source, dialect="django", context=context, kind="html", label="x")
    assert (result.text, str(result.verdict)) == (target, verdict)


def test_every_word_of_the_other_dialect_is_on_the_page() -> None:
    section = PAGE.split("\n## What is translated from Klaviyo\n", 1)[1].split("\n## ", 1)[0]
    names = {*django.FIELDS, *django.PLACES, *django.NO_EQUAL, *django.LINK_TAGS, *django.ANCHOR_TAGS}
    words = {*names, *django.SILENT_TAGS, *django.BLOCKS.keys() - {"for"}, *django.FILTERS, django.LOOKUP}
    assert set() == {word for word in words if not re.search(rf"(?<!\w){re.escape(word)}(?!\w)", section)}


def test_every_word_of_the_dialect_is_on_the_page() -> None:
    words = {
        *VARIABLES,
        *PROVIDER_TOKENS,
        *(name for name, (effect, _) in FILTERS.items() if effect is not Effect.OTHER),
    }
    assert set() == {word for word in words if not re.search(rf"(?<!\w){re.escape(word)}(?!\w)", PAGE)}


def test_every_reason_is_used_by_the_code() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "mappings").rglob("*.py"))
    unused = {code for code in {**REASONS, **EMAIL_REASONS} if len(re.findall(rf'"{code}"', source)) < 2}
    assert set() == unused
