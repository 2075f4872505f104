"""What planning must know of a finished email: whether there is anything to see, its preheader, what dies with the old
account. Nearly always the top of it is enough; where it is not, the inventory is taken of the whole.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from mappings.email.inventory import Address, size_of, take_inventory
from mappings.email.masking import masked_for_reading
from mappings.email.preheader import FirstWords, first_words, preheader_in

_ENOUGH = 6_000
"""Characters of a body in which its first words stand, mostly."""
_CUT = "\ue0ff"
"""Stands where the top ends: a letter of nobody's language."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    preheader: str | None
    has_unsubscribe: bool
    has_content: bool
    """Whether there is anything to see: a text or an image."""
    size: int
    """Bytes, as UTF-8."""
    dying: tuple[Address, ...] = ()
    """Links and images whose host ends with the old account."""


def look_at(html: str, old_hosts: Iterable[str] = ()) -> Look:
    """Of finished HTML, that is with Sequenzy's tags. It says what the inventory says."""
    lowered, hosts = html.lower(), tuple(old_hosts)
    whole = any(host.lower().strip(".") in lowered for host in hosts)
    words = None if whole else _first_words(html, lowered)
    if words is None:
        found = take_inventory(html, hosts)
        return Look(
            preheader=found.preheader,
            has_unsubscribe=found.has_unsubscribe,
            has_content=found.has_content,
            size=found.size,
            dying=found.dying,
        )
    return Look(
        preheader=preheader_in(words),
        has_unsubscribe="{{unsubscribeUrl}}" in html,
        has_content=True,
        size=size_of(html),
    )


def _first_words(html: str, lowered: str) -> FirstWords | None:
    """From the top alone; None where that does not settle it."""
    from selectolax.lexbor import LexborHTMLParser as Parser  # a compiled library that only reading needs

    end = html.find(">", max(0, lowered.find("<body")) + _ENOUGH) + 1
    if not 0 < end < len(html) * 3 // 4 or _CUT in html[:end]:
        return None
    masked, restore = masked_for_reading(html[:end])
    tree = Parser(masked + _CUT)
    words = first_words(tree)
    if words is None or _CUT in words.text or tree.body is None or _CUT not in tree.body.text(deep=True):
        return None  # they go on below, or the top ends within a tag or a comment, and nothing is known of the rest
    return FirstWords(restore(words.text), words.hidden)
