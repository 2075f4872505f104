"""A further dialect is one table and a few functions: this one, in the spelling *|TAG|*, is the proof."""

from __future__ import annotations

import re

import pytest

from mappings.merge_tags.convert import convert
from mappings.merge_tags.dialect import Tag, UnknownDialect, dialect_named, register
from mappings.merge_tags.expressions import Close, Meaning, Middle, Node, Open, Output, Question, Variable
from mappings.merge_tags.results import ContentContext, Converted
from mappings.value_marks import Mark
from mappings.verdicts import Verdict

NAMES = {"FNAME": Meaning.FIRST_NAME, "EMAIL": Meaning.EMAIL, "UNSUB": Meaning.UNSUBSCRIBE_URL}
SIGN = re.compile(r"\*\|([^|]{1,200})\|\*")


def read(inner: str) -> Node:
    word, _, rest = inner.partition(":")
    if word in ("ELSE", "END"):
        return Middle() if word == "ELSE" else Close("if")
    name = rest if word in ("IF", "IFNOT") else inner
    variable = Variable(NAMES.get(name, Meaning.ATTRIBUTE), (name,), name)
    if word in ("IF", "IFNOT"):
        return Open("if" if word == "IF" else "unless", Question(variable))
    return Output(variable)


class Stars:
    name = "stars"
    nothing: frozenset[Mark] = frozenset()

    def scan(self, text: str) -> list[Tag]:
        return [Tag(found.start(), found.end(), read(found[1]), found[1]) for found in SIGN.finditer(text)]


def converted(text: str) -> Converted:
    register(Stars())
    context = ContentContext(attributes={"PLAN": "plan"})
    return convert(text, dialect="stars", context=context, kind="html", label="x")


def test_another_dialect_prints_the_same_target() -> None:
    result = converted('Hi *|FNAME|*, <a href="*|UNSUB|*">x</a> *|IF:PLAN|*A*|ELSE:|*B*|END:IF|*')
    assert (
        result.text == 'Hi {{FIRST_NAME}}, <a href="{{unsubscribeUrl}}">x</a> {{#if subscriber.plan}}A{{else}}B{{/if}}'
    )


def test_another_dialect_gets_the_same_verdicts() -> None:
    result = converted("*|SHOE|* *|IF:FNAME|*A*|END:IF|*")
    assert [tag.code for tag in result.tags] == ["attribute-unseen", "condition-unsupported", "condition-unsupported"]


def test_an_unknown_dialect_is_refused_by_name() -> None:
    with pytest.raises(UnknownDialect, match="liquid"):
        dialect_named("os")
    assert converted("x").verdict is Verdict.EXACT
