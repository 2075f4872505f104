"""Writes neutral expressions in Sequenzy's syntax. Only what Sequenzy's documents establish is ever written.

Everything else gets a stand-in: what the source itself prints for a person of whom it knows nothing, that is the
tag's own fallback or nothing. So a stand-in never says of one person what is true of another, and never mails
template code.
"""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass, field

from mappings.attributes import reserved
from mappings.merge_tags.expressions import (
    FALLBACKS,
    Condition,
    Constant,
    Effect,
    Filter,
    Meaning,
    Output,
    Question,
    Special,
    Variable,
)
from mappings.merge_tags.results import ContentContext, Kind
from mappings.value_marks import Mark

FIELDS: dict[Meaning, str] = {
    Meaning.FIRST_NAME: "FIRST_NAME",
    Meaning.LAST_NAME: "LAST_NAME",
    Meaning.EMAIL: "EMAIL",
}
LINKS: dict[Meaning, str] = {
    Meaning.UNSUBSCRIBE_URL: "unsubscribeUrl",
    Meaning.UNSUBSCRIBE_LINK: "unsubscribeUrl",
    Meaning.CONFIRMATION_URL: "DOUBLE_OPT_IN_URL",
    Meaning.BROWSER_URL: "viewInBrowserUrl",
}
"""Only in bodies. The last is only known to work in transactional email."""
CONDITIONAL_KINDS = ("html", "text")

SEQUENZY_TAG = re.compile(
    r"\{\{(?:[A-Za-z_]\w*(?:\.\w+)*(?:\|[^{}|\r\n]+)?|#(?:if|unless) subscriber(?:\.\w+)+|else|/(?:if|unless))\}\}"
)
"""Every tag that this module can print."""
_ASKED_OF_VALUES = frozenset({"size", "first", "last"}).union(*map(dir, (str, int, float, list, dict)))
"""Behind a field these print something about its value: Liquid's own words, and Python's for Django's dialect."""
_PART = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)
_NOT_IN_FALLBACK = re.compile(r"[{}|\r\n]|\A\s*default\s*:")
_DELICATE = re.compile(r'[<>&"\\]|^\s|\s$')
_BARE_AMPERSAND = re.compile(r"&(?!(?:\w{2,31}|#\d{1,7}|#x[0-9a-f]{1,6});)", re.IGNORECASE)


@dataclass(slots=True)
class Printed:
    text: str
    codes: list[str] = field(default_factory=list)
    """Reasons, from mappings.merge_tags.reasons; none: exact."""


def print_output(
    output: Output, context: ContentContext, kind: Kind, chosen: str | None = None, nothing: Set[Mark] = frozenset()
) -> Printed:
    """`chosen` is the person's fallback, used where the tag has none of its own. `nothing`: values that the source does
    not print here, besides absent and empty ones, if it has a fallback."""
    fallback, codes = _read_filters(output.filters, kind)
    if isinstance(output.value, Constant):
        return _constant(output, fallback, codes, kind)
    if not fallback and chosen is not None:
        fallback = chosen
        codes.append("fallback-chosen")
    name = _name(output.value, context, kind, codes)
    if name is not None and context.marks:
        codes += _told_of_values(output, context, kind, nothing)
    if name is None or "filter-unknown" in codes:
        return Printed("" if "{" in fallback else escaped(fallback, kind), codes)
    if not fallback or name in LINKS.values():
        return Printed(f"{{{{{name}}}}}", codes)
    if _NOT_IN_FALLBACK.search(fallback):
        codes.append("fallback-unprintable")
        return Printed(f"{{{{{name}}}}}", codes)
    if _DELICATE.search(fallback):
        codes.append("fallback-characters")
    return Printed(f"{{{{{name}|{escaped(fallback, kind)}}}}}", codes)


def _read_filters(filters: tuple[Filter, ...], kind: Kind) -> tuple[str, list[str]]:
    fallback, codes = "", []
    empty, is_escaped = True, False
    for one in filters:
        if one.effect in FALLBACKS:
            if one.effect is Effect.NIL_DEFAULT:
                codes.append("fallback-wider")
            argument = one.arguments[0]
            if isinstance(argument, Constant) and empty:
                fallback = argument.as_text()
                empty = not fallback or argument.value is False
            elif isinstance(argument, Constant):
                continue
            else:
                codes.append("fallback-variable")
        elif one.effect is Effect.ESCAPE:
            again = is_escaped and one.apply is not None and one.apply("&amp;") != "&amp;"
            if again or kind != "html":
                codes.append("escaped-more")
            is_escaped = True
        elif one.effect is Effect.COSMETIC:
            codes.append("formatting-left-out")
            fallback = one.apply(fallback) if one.apply else fallback
        elif one.effect is Effect.OTHER:
            codes.append("filter-unknown")
            fallback = ""
    return fallback, list(dict.fromkeys(codes))


def _constant(output: Output, fallback: str, codes: list[str], kind: Kind) -> Printed:
    value = _filtered(output)
    if "{" in value + fallback or "}" in value:
        return Printed("", ["unreadable"])
    if "formatting-left-out" in codes or "filter-unknown" in codes:
        return Printed(fallback and escaped(fallback, kind), ["filter-unknown"])
    return Printed(value, codes if not value else [])


def _filtered(output: Output) -> str:
    """What the source prints of a value in the tag itself: false gives way to a default, as nothing does."""
    value = output.value
    text = value.as_text() if isinstance(value, Constant) else ""
    empty = not text or (isinstance(value, Constant) and value.value is False)
    for one in output.filters:
        argument = one.arguments[0] if one.arguments else None
        if one.effect is Effect.DEFAULT and empty and isinstance(argument, Constant):
            text = argument.as_text()
            empty = not text or argument.value is False
        elif one.effect is Effect.ESCAPE and one.apply is not None:
            text = one.apply(text)
            empty = not text
    return text


def _told_of_values(output: Output, context: ContentContext, kind: Kind, nothing: Set[Mark]) -> list[str]:
    """What is known of the field's values, and may show where it is printed."""
    value = output.value
    if not isinstance(value, Variable) or value.meaning not in (Meaning.ATTRIBUTE, Meaning.UNKNOWN):
        return []
    marks = context.marks.get(".".join(value.path), frozenset())
    effects = {one.effect for one in output.filters}
    codes = ["list-printed"] if Mark.LIST in marks else []
    if not marks.isdisjoint((Mark.FLAG, Mark.WHOLE)):
        codes.append("value-printed")
    if Mark.MARKUP in marks and kind == "html" and Effect.ESCAPE not in effects:
        codes.append("markup-printed")
    if Effect.DEFAULT in effects and not marks.isdisjoint(nothing):
        codes.append("false-not-default")
    return codes


def _name(variable: Variable, context: ContentContext, kind: Kind, codes: list[str]) -> str | None:
    """What the variable is called at the target; None, with a reason, where it has no name there."""
    meaning = variable.meaning
    if meaning in FIELDS:
        return FIELDS[meaning]
    if meaning is Meaning.EVENT:
        return _dotted("event", variable.path, codes)
    if meaning in (Meaning.ATTRIBUTE, Meaning.UNKNOWN):
        return attribute_name(variable, context, codes)
    if meaning not in LINKS or (meaning is Meaning.BROWSER_URL and not context.transactional):
        codes.append("no-equal")
        return None
    if kind not in CONDITIONAL_KINDS:
        codes.append("wrong-place")
        return None
    if meaning is Meaning.CONFIRMATION_URL:
        codes.append("name-inferred")
    return LINKS[meaning]


def attribute_name(variable: Variable, context: ContentContext, codes: list[str]) -> str | None:
    target, rest = _target_key(variable.path, context)
    if target is None and variable.meaning is Meaning.UNKNOWN:
        codes.append("unknown-variable")
        return None
    if target is None:
        if context.attributes is not None:
            codes.append("attribute-unseen")
        if reserved(variable.path[0]):
            # The plain name would print the profile's own field, which was not meant.
            return None
        return _dotted("subscriber", variable.path, codes)
    if variable.meaning is Meaning.UNKNOWN:
        codes.append("attribute-guessed")
    if rest and rest[0] in _ASKED_OF_VALUES:
        codes.append("part-of-value")
        return None
    return _dotted("subscriber", (*target, *rest), codes)


def _target_key(path: tuple[str, ...], context: ContentContext) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """The longest known beginning of the path, renamed, and the rest behind it."""
    known = context.attributes or {}
    for length in range(min(len(path), 8), 0, -1):
        target = known.get(".".join(path[:length]))
        if target is not None:
            return tuple(target.split(".")), path[length:]
    return None, path


def _dotted(first: str, path: tuple[str, ...], codes: list[str]) -> str | None:
    if not all(_PART.match(part) for part in path):
        codes.append("attribute-name")
        return None
    return ".".join((first, *path))


def escaped(text: str, kind: Kind) -> str:
    """Safe in text and in a quoted attribute; entities that are there already stay as they are."""
    if kind != "html" or not _DELICATE.search(text):
        return text
    text = _BARE_AMPERSAND.sub("&amp;", text)
    return text.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def tested_attribute(condition: Condition | None, context: ContentContext, codes: list[str]) -> tuple[str, bool] | None:
    """The one attribute a condition asks for, and whether it asks for presence (True) or absence (False)."""
    if not isinstance(condition, Question) or not isinstance(condition.left, Variable):
        return None
    present = _presence(condition)
    if present is None or condition.left.meaning not in (Meaning.ATTRIBUTE, Meaning.UNKNOWN):
        return None
    name = attribute_name(condition.left, context, codes)
    return None if name is None else (name, present)


def asks_presence(test: Question) -> bool:
    return _presence(test) is True


def _presence(test: Question) -> bool | None:
    """An empty text or list is no such test: at the source an absent value does not equal it."""
    if test.operator == "":
        return True
    if not isinstance(test.right, Constant):
        return None
    value = test.right.value
    if value is True and test.operator == "==":
        return True
    if value in (Special.NIL, Special.BLANK):
        return {"!=": True, "==": False}.get(test.operator)
    return None
