"""Translates all merge tags of one text. The text is edited by offset: outside the edits nothing changes.

Each tag found gets exactly one verdict. Blocks that cannot be expressed keep one branch, never several.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from mappings.merge_tags.blocks import Block, pair
from mappings.merge_tags.braces import defuse
from mappings.merge_tags.code_parts import in_code
from mappings.merge_tags.dialect import Tag, dialect_named, tags_of
from mappings.merge_tags.edited_text import EditedText, verdict_of
from mappings.merge_tags.expressions import (
    FALLBACKS,
    Anchor,
    Assign,
    Comment,
    Constant,
    Foreign,
    Meaning,
    Open,
    Output,
    Unclosed,
    UnknownTag,
    Variable,
    Verbatim,
)
from mappings.merge_tags.leaving import LINK, some_cannot_leave
from mappings.merge_tags.lowered_blocks import Kept, Surroundings, Whole, in_markup, shape_of, usable_words
from mappings.merge_tags.printer import CONDITIONAL_KINDS, Printed, escaped, print_output
from mappings.merge_tags.results import (
    ContentContext,
    Converted,
    Kind,
    choice_key,
)
from mappings.verdicts import Verdict

MOST_FILTERS = 20


def convert(text: str, *, dialect: str, context: ContentContext, kind: Kind, label: str) -> Converted:
    tags = tags_of(text, dialect)
    if not tags:
        return Converted(text, (), (), ())
    return _Conversion(text, tags, dialect, context, kind, label).run()


class _Conversion:
    def __init__(
        self, text: str, tags: tuple[Tag, ...], dialect: str, context: ContentContext, kind: Kind, label: str
    ) -> None:
        self.text, self.tags, self.context, self.kind = text, tags, context, kind
        self.nothing = dialect_named(dialect).nothing
        self.pairing = pair(tags)
        self.replacements = _by_key(context.replacements)
        self.fallbacks = _by_key(context.fallbacks)
        self.often_set, self.values = _assigned(tags), dict[str, Output]()
        self.printed: dict[int, Printed] = {}
        """By the identity of the expression: a text repeats few tags many times, and equal ones are one object."""
        self.repeats = not (context.replacements or context.fallbacks or self.often_set)
        self.planned: dict[int, tuple[str, list[str]]] = {}
        self.left_out_from: dict[int, tuple[int, list[str], set[int]]] = {}
        self.printed_until: list[int] = []
        self.out = EditedText(text, kind, label)

    def run(self) -> Converted:
        index = 0
        while index < len(self.tags):
            index = self.step(index)
        result = self.out.converted()
        if self.kind in CONDITIONAL_KINDS and some_cannot_leave(result.text, conditional=bool(self.planned)):
            self.out.hold_back(self.tags, LINK, "unsubscribe-for-some")
            result = self.out.converted()
        return result

    def step(self, index: int) -> int:
        """Handles the tag at `index`, perhaps with those behind it; returns the next one to look at."""
        if index in self.left_out_from:
            last, codes, edges = self.left_out_from[index]
            return self.leave_out(index, last, codes, edges)
        if index in self.planned:
            after, codes = self.planned[index]
            return self.replace(index, after, codes, told=True)
        tag = self.tags[index]
        if isinstance(tag.node, Output):
            printed = self.printed.get(id(tag.node)) or self.output(tag, tag.node)
            codes = printed.codes
            if self.kind == "html" and printed.text[:2] == "{{" and in_code(self.text, tag.start):
                codes = [*codes, "in-code"]
            return self.replace(index, printed.text, codes)
        if isinstance(tag.node, Anchor):
            printed = self.anchor(tag, tag.node)
            return self.replace(index, printed.text, printed.codes)
        block = self.pairing.blocks.get(index)
        if block is not None:
            return self.block(index, block)
        return self.single(index, tag)

    # One kind of tag each -------------------------------------------------------------------------------

    def output(self, tag: Tag, node: Output) -> Printed:
        if isinstance(node.value, Variable) and node.value.root in self.often_set:
            value = self.values.get(node.value.root)
            if value is None or not _is_bare(node.value):
                printed = Printed(escaped(_plain_default(node), self.kind), ["assign"])
                return self.replaced(tag.written, printed)
            node = Output(value.value, value.filters + node.filters)
        chosen = self.fallbacks.get(tag.written) if self.fallbacks else None
        printed = print_output(node, self.context, self.kind, chosen, self.nothing)
        is_link = isinstance(node.value, Variable) and node.value.meaning is Meaning.UNSUBSCRIBE_LINK
        if is_link and self.kind == "html" and not in_markup(self.text, tag.start):
            printed.codes.append("link-in-text")
        elif self.repeats and not is_link:
            self.printed[id(node)] = printed
        return self.replaced(tag.written, printed)

    def anchor(self, tag: Tag, node: Anchor) -> Printed:
        """A whole link, where a link can stand; elsewhere the address alone."""
        printed = print_output(Output(node.address), self.context, self.kind)
        if printed.text and self.kind == "html" and not in_markup(self.text, tag.start):
            printed.text = f'<a href="{printed.text}">{escaped(node.words, self.kind)}</a>'
        elif printed.text and self.kind == "text":
            printed.codes.append("link-in-text")
        return self.replaced(tag.written, printed)

    def replaced(self, key: str, printed: Printed) -> Printed:
        """The person's own words, where there are any for this tag."""
        words = self.replacements.get(key) if self.replacements else None
        if words is None:
            return printed
        if not usable_words(words):
            printed.codes.append("replacement-unusable")
            return printed
        return Printed(words, ["replaced"])

    def single(self, index: int, tag: Tag) -> int:
        node, after = tag.node, ""
        if isinstance(node, Comment):
            return self.replace(index, "", ["comment"])
        if isinstance(node, Foreign):
            printed = self.foreign(tag, node)
            return self.replace(index, printed.text, printed.codes)
        if isinstance(node, Verbatim):
            after = defuse(node.text, entities=self.kind == "html")
            codes = [] if after == node.text else ["raw-braces" if self.kind == "html" else "raw-in-line"]
            return self.replace(index, after, codes)
        if isinstance(node, Assign):
            return self.replace(index, "", self.assign(index, node))
        code = "unreadable"
        if isinstance(node, Unclosed):
            code = "unclosed-tag"
        elif index in self.pairing.unclosed:
            code = "unclosed-block"
        elif index in self.pairing.strays:
            code = "stray-tag"
        elif isinstance(node, UnknownTag):
            code = "unknown-tag"
        printed = self.replaced(tag.written, Printed("", [code]))
        return self.replace(index, printed.text, printed.codes)

    def foreign(self, tag: Tag, node: Foreign) -> Printed:
        """Out of the text, or the person's words. Answered by itself, what may be plain text stays."""
        if not node.sure and self.replacements.get(tag.written) == tag.written:
            return Printed(self.text[tag.start : tag.end], ["replaced"])
        return self.replaced(tag.written, Printed("", ["foreign-tag"]))

    def assign(self, index: int, node: Assign) -> list[str]:
        """Remembers a value that is the same wherever the variable is printed."""
        name, output = node.names[0], node.output
        if output is None or self.often_set[name] != 1 or self.pairing.depth[index]:
            return ["assign"]
        if isinstance(output.value, Variable) and output.value.root in self.often_set:
            source = self.values.get(output.value.root)
            if source is None or not _is_bare(output.value):
                return ["assign"]
            output = Output(source.value, source.filters + output.filters)
        if len(output.filters) > MOST_FILTERS:
            return ["assign"]
        self.values[name] = output
        return []

    def block(self, index: int, block: Block) -> int:
        while self.printed_until and self.printed_until[-1] < index:
            self.printed_until.pop()
        around = Surroundings(
            self.tags,
            self.text,
            self.context,
            self.kind,
            self.often_set,
            self.nothing,
            nested=bool(self.printed_until),
            decided=self.replacements.keys() | self.fallbacks.keys(),
        )
        shape = shape_of(block, around, self.replacements.get(self.tags[index].written))
        edges = set(block.edges())
        if isinstance(shape, Whole):
            return self.leave_out(index, block.close, shape.codes, edges, shape.text)
        if isinstance(shape, Kept):
            if shape.branch is None:
                return self.leave_out(index, block.close, shape.codes, edges)
            sides = block.edges()
            self.left_out_from[sides[shape.branch + 1]] = (block.close, shape.codes, edges)
            return self.leave_out(index, sides[shape.branch], shape.codes, edges)
        for edge, after in shape.tags.items():
            self.planned[edge] = (after, shape.codes)
        self.printed_until.append(block.close)
        return self.replace(index, shape.tags[index], shape.codes)

    # One tag or many, with what is said of them --------------------------------------------------------

    def replace(self, index: int, after: str, codes: list[str], *, told: bool = False) -> int:
        """One tag; `told`: the block's opening tag has given the reasons already."""
        tag = self.tags[index]
        if tag.damage:
            codes = [*codes, tag.damage]
        if tag.keep:
            after += defuse(tag.keep, entities=self.kind == "html")
        self.out.edit(tag, tag, after, codes)
        if not told or tag.damage:
            self.out.tell(codes[-1:] if told else codes, tag)
        self.out.use(tag, codes, after)
        return index + 1

    def leave_out(self, index: int, last: int, codes: list[str], edges: set[int], text: str = "") -> int:
        """The tags from `index` to `last` with all between them, for one text or nothing."""
        tag = self.tags[index]
        self.out.edit(tag, self.tags[last], text, codes)
        is_opening = index == min(edges)
        if is_opening:
            self.out.tell(codes, tag)
        self.out.use(tag, codes, text)
        inner = ["inside-left-out"] if verdict_of(codes) is Verdict.MANUAL else codes
        for other in range(index + 1, last + 1):
            self.out.use(self.tags[other], codes if other in edges else inner, "")
        return last + 1


def _by_key(choices: Mapping[str, str]) -> dict[str, str]:
    return {choice_key(tag): words for tag, words in choices.items()}


def _is_bare(variable: Variable) -> bool:
    """Whether a name stands alone: a part of what the text set itself is another value."""
    return variable.path == (variable.root,)


def _plain_default(output: Output) -> str:
    """A fallback that stands behind no other filter."""
    for one in output.filters:
        argument = one.arguments[0] if one.arguments else None
        if one.effect not in FALLBACKS or not isinstance(argument, Constant):
            break
        return "" if "{" in argument.as_text() else argument.as_text()
    return ""


def _assigned(tags: Sequence[Tag]) -> Counter[str]:
    """How often each variable is set by the text itself."""
    names: Counter[str] = Counter()
    for tag in tags:
        if isinstance(tag.node, Assign):
            names.update(tag.node.names)
        elif isinstance(tag.node, Open) and tag.node.name:
            names.update((tag.node.name, tag.node.name))
    return names
