"""Which tags belong together: the branches and the end of every block, and the tags that belong to none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from mappings.merge_tags.dialect import Tag
from mappings.merge_tags.expressions import Close, Condition, Middle, Open, UnknownTag


@dataclass(slots=True)
class Block:
    kind: str
    """if, unless, case, loop, capture; `other` for a tag that we only know by its end."""
    condition: Condition | None
    open: int
    middles: list[int] = field(default_factory=list)
    close: int = -1

    def edges(self) -> list[int]:
        """The tags around the branches: branch n stands between edge n and edge n + 1."""
        return [self.open, *self.middles, self.close]


@dataclass(slots=True)
class Pairing:
    blocks: dict[int, Block]
    """By the index of the opening tag; closed blocks only."""
    unclosed: set[int]
    strays: set[int]
    depth: list[int]
    """How many closed blocks stand around each tag."""


def pair(tags: Sequence[Tag]) -> Pairing:
    """One pass. A closing tag also ends the blocks inside it that were never closed."""
    ends = {tag.node.block for tag in tags if isinstance(tag.node, Close)}
    stack: list[tuple[str, Block]] = []
    waiting: Counter[str] = Counter()
    blocks: dict[int, Block] = {}
    unclosed: set[int] = set()
    strays: set[int] = set()
    for index, tag in enumerate(tags):
        node = tag.node
        if isinstance(node, Open):
            stack.append((node.block, Block(node.block, node.condition, index)))
            waiting[node.block] += 1
        elif isinstance(node, UnknownTag) and node.name in ends:
            stack.append((node.name, Block("other", None, index)))
            waiting[node.name] += 1
        elif isinstance(node, Middle):
            if stack:
                stack[-1][1].middles.append(index)
            else:
                strays.add(index)
        elif isinstance(node, Close):
            if not waiting[node.block]:
                strays.add(index)
                continue
            while stack:
                name, block = stack.pop()
                waiting[name] -= 1
                if name == node.block:
                    block.close = index
                    blocks[block.open] = block
                    break
                unclosed.add(block.open)
                strays.update(block.middles)
    for _, block in stack:
        unclosed.add(block.open)
        strays.update(block.middles)
    return Pairing(blocks, unclosed, strays, _depths(len(tags), blocks))


def _depths(count: int, blocks: dict[int, Block]) -> list[int]:
    steps = [0] * (count + 1)
    for block in blocks.values():
        steps[block.open + 1] += 1
        steps[block.close] -= 1
    depth, depths = 0, []
    for step in steps[:count]:
        depth += step
        depths.append(depth)
    return depths
