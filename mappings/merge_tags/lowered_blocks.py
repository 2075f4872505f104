"""What becomes of a block: printed as Sequenzy's conditional, folded into one tag, or reduced to one branch."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass

from mappings.merge_tags.blocks import Block
from mappings.merge_tags.braces import opens_a_tag
from mappings.merge_tags.dialect import Tag
from mappings.merge_tags.expressions import (
    FALLBACKS,
    Condition,
    Constant,
    Effect,
    Filter,
    Middle,
    Output,
    Question,
    Variable,
    roots_of,
)
from mappings.merge_tags.foreign.search import foreign_tags
from mappings.merge_tags.printer import (
    CONDITIONAL_KINDS,
    FIELDS,
    SEQUENZY_TAG,
    asks_presence,
    print_output,
    tested_attribute,
)
from mappings.merge_tags.results import ContentContext, Kind
from mappings.merge_tags.unknown_person import holds_for_unknown_person
from mappings.value_marks import Mark

_OPENING = re.compile(r"\{\{#(if|unless) (subscriber(?:\.\w+)+)\}\}\Z", re.ASCII)
_OPEN_ELEMENT = re.compile(r"""<[A-Za-z][^<>"']*(?:(?:"[^"]*"|'[^']*')[^<>"']*)*(?:"[^"]*|'[^']*)?""")
"""An element's beginning, up to somewhere within it."""
_MOST_SIGNS = 6
_PLAIN = re.compile(r"[^<>{}|\r\n]*\Z")
_CODES = {"loop": "loop", "capture": "capture", "other": "unknown-tag", "raw": "unknown-tag"}


@dataclass(frozen=True, slots=True)
class Printable:
    """Both branches stay; `tags` says what is printed in the place of each tag of the block."""

    tags: dict[int, str]
    codes: list[str]


@dataclass(frozen=True, slots=True)
class Whole:
    """One text stands in the place of the whole block."""

    text: str
    codes: list[str]


@dataclass(frozen=True, slots=True)
class Kept:
    """One branch stays, or none."""

    branch: int | None
    codes: list[str]


Shape = Printable | Whole | Kept


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a block's fate depends on, besides the block."""

    tags: Sequence[Tag]
    text: str
    context: ContentContext
    kind: Kind
    hidden: Collection[str]
    """Names that the text itself sets: they do not mean what they usually mean."""
    nothing: Set[Mark]
    """Values that are there and hold in no condition."""
    nested: bool
    """Whether a printed conditional stands around this one."""
    decided: Collection[str] = ()
    """Tags about which a person has said something of their own."""


def shape_of(block: Block, around: Surroundings, answer: str | None) -> Shape:
    unusable = []
    if answer is not None:
        shape = _answered(block, around, answer)
        if shape is not None:
            return shape
        unusable = ["replacement-unusable"]
    if block.kind not in ("if", "unless"):
        return Kept(
            _unknown_persons_branch(block, around), [*unusable, _CODES.get(block.kind, "condition-unsupported")]
        )
    hidden = any(name in around.hidden for condition in _conditions(block, around) for name in roots_of(condition))
    folded = None if hidden else _folded(block, around)
    if folded is not None:
        return folded
    codes: list[str] = []
    tests = None if hidden else _tests(block, around, codes)
    if tests is None:
        codes = [code for code in codes if code == "unknown-variable"] or ["condition-unsupported"]
    elif around.kind not in CONDITIONAL_KINDS:
        tests, codes = None, ["wrong-place"]
    elif len(tests) > 1 and not all(present for _, present in tests):
        tests, codes = None, ["condition-unsupported"]
    elif (around.nested or len(tests) > 1) and not around.context.nested_conditionals:
        tests, codes = None, ["condition-nested"]
    if tests is None:
        return Kept(_unknown_persons_branch(block, around), [*unusable, *codes])
    codes = [*unusable, "value-test", *dict.fromkeys(codes)]
    if around.kind == "html" and in_markup(around.text, around.tags[block.open].start):
        codes.append("conditional-in-markup")
    return Printable(_printed(block, tests), codes)


def _answered(block: Block, around: Surroundings, answer: str) -> Shape | None:
    edges = block.edges()
    has_else = len(edges) > 2 and _condition_of(edges[-2], around) is None
    if answer == "nothing":
        return Kept(None, ["replaced"])
    if answer == "first" and block.kind in ("if", "unless", "case", "other"):
        return Kept(min(1, len(edges) - 2) if block.kind == "case" else 0, ["replaced"])
    if answer == "else":
        return Kept(len(edges) - 2 if has_else else None, ["replaced"])
    opening = _OPENING.match(answer)
    if opening:
        usable = around.kind in CONDITIONAL_KINDS and (len(edges) == 2 or (len(edges) == 3 and has_else))
        usable = usable and block.kind in ("if", "unless") and (not around.nested or around.context.nested_conditionals)
        tests = [(opening[2], opening[1] == "if")]
        return Printable(_printed(block, tests), ["replaced"]) if usable else None
    return Whole(answer, ["replaced"]) if usable_words(answer) else None


def usable_words(words: str) -> bool:
    """Plain text with tags of Sequenzy's that print something."""
    plain = SEQUENZY_TAG.sub("", words)
    return (
        not opens_a_tag(plain)
        and not foreign_tags(plain)
        and not any(sign in words for sign in ("{{#", "{{/", "{{else}}"))
    )


def _conditions(block: Block, around: Surroundings) -> list[Condition | None]:
    return [block.condition, *(_condition_of(middle, around) for middle in block.middles)]


def _condition_of(index: int, around: Surroundings) -> Condition | None:
    node = around.tags[index].node
    return node.condition if isinstance(node, Middle) else None


def _unknown_persons_branch(block: Block, around: Surroundings) -> int | None:
    if block.kind not in ("if", "unless", "case", "loop"):
        return None
    if block.kind in ("if", "unless") and holds_for_unknown_person(block.condition) is (block.kind == "if"):
        return 0
    for branch, middle in enumerate(block.middles, start=1):
        condition = _condition_of(middle, around)
        if condition is None or holds_for_unknown_person(condition):
            return branch
    return None


def _tests(block: Block, around: Surroundings, codes: list[str]) -> list[tuple[str, bool]] | None:
    """The attribute and the sense of each test; None where one of them is no plain test of an attribute."""
    conditions = _conditions(block, around)
    if block.middles and conditions[-1] is None:
        conditions.pop()
    tests = []
    for condition in conditions:
        test = None if condition is None else tested_attribute(condition, around.context, codes)
        if test is None:
            return None
        tests.append(test)
    if block.kind == "unless":
        tests[0] = (tests[0][0], not tests[0][1])
    return tests


def _printed(block: Block, tests: list[tuple[str, bool]]) -> dict[int, str]:
    """`unless` with an else becomes two blocks: an else within `unless` is not among what is documented."""
    (name, present), *others = tests
    word = "if" if present else "unless"
    printed = {block.open: f"{{{{#{word} {name}}}}}", block.close: f"{{{{/{word}}}}}"}
    if not block.middles:
        return printed
    if not others and not present:
        printed[block.middles[0]] = f"{{{{/unless}}}}{{{{#if {name}}}}}"
        printed[block.close] = "{{/if}}"
        return printed
    for middle, (other, there) in zip(block.middles, others, strict=False):
        inner = "if" if there else "unless"
        printed[middle] = f"{{{{else}}}}{{{{#{inner} {other}}}}}"
        printed[block.close] = f"{{{{/{inner}}}}}" + printed[block.close]
    if len(block.middles) > len(others):
        printed[block.middles[-1]] = "{{else}}"
    return printed


def in_markup(text: str, position: int) -> bool:
    """Whether a position stands between `<` and `>`; either sign may also stand within a quoted attribute."""
    near = max(0, position - 4_000)
    opening = text.rfind("<", near, position)
    if opening > text.rfind(">", near, position) and not text[opening + 1 : opening + 2].isspace():
        return True
    for _ in range(_MOST_SIGNS):
        if opening < 0:
            return False
        if _OPEN_ELEMENT.fullmatch(text, opening, position):
            return True
        opening = text.rfind("<", near, opening)
    return False


def _folded(block: Block, around: Surroundings) -> Whole | None:
    """`{% if x %}{{ x }}{% else %}text{% endif %}` says no more than a tag with a fallback."""
    edges, tests = block.edges(), block.condition
    has_else = len(edges) == 3 and _condition_of(edges[1], around) is None
    tags_inside = block.close - block.open - 1
    if block.kind != "if" or not (tags_inside == 1 or (has_else and tags_inside == 2 and edges[1] == block.open + 2)):
        return None
    if not isinstance(tests, Question) or not isinstance(tests.left, Variable) or not asks_presence(tests):
        return None
    if tests.operator == "==":
        return None  # true itself is asked for, and a text is another thing
    opening, shown, after = around.tags[block.open : block.open + 3]
    if not isinstance(shown.node, Output) or shown.node.value != tests.left or shown.damage:
        return None
    if any(one.effect in FALLBACKS for one in shown.node.filters) or shown.written in around.decided:
        # A fallback within is for an empty value, not for the absent one that the block asks about.
        return None
    if opening.end != shown.start or shown.end != after.start:
        return None
    otherwise = around.text[after.end : around.tags[block.close].start] if has_else else ""
    known = tests.left.meaning in FIELDS or tested_attribute(tests, around.context, []) is not None
    if not known or not _PLAIN.match(otherwise):
        return None
    # Without an else the block is a fallback of its own: nothing.
    fallback = (Filter("default", Effect.DEFAULT, (Constant(otherwise),)),)
    folded = Output(shown.node.value, shown.node.filters + fallback)
    printed = print_output(folded, around.context, around.kind, nothing=around.nothing)
    return Whole(printed.text, [*printed.codes, "conditional-folded"])
