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
