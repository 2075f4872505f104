"""The words of Broadcast's Liquid: variables, filters and tags. What is not here is not guessed at."""

from __future__ import annotations

from collections.abc import Callable
from html import escape, unescape

from mappings.merge_tags.expressions import Effect, Meaning

CONTACT = "subscriber"
"""`subscriber.x` says the same as `x`."""

VARIABLES: dict[str, Meaning] = {
    "first_name": Meaning.FIRST_NAME,
    "last_name": Meaning.LAST_NAME,
    "email": Meaning.EMAIL,
    "unsubscribe_url": Meaning.UNSUBSCRIBE_URL,
    "unsubscribe_link": Meaning.UNSUBSCRIBE_LINK,
    "preferences_url": Meaning.PREFERENCES_URL,
    "preferences_link": Meaning.PREFERENCES_URL,
    "confirmation_url": Meaning.CONFIRMATION_URL,
    "confirmation_link": Meaning.CONFIRMATION_URL,
}

CUSTOM_DATA = "custom_data"
"""`custom_data.key`, `custom_data["key"]` and the same behind `subscriber.`"""

PROVIDER_TOKENS: dict[str, Meaning] = {
    "pm:unsubscribe": Meaning.UNSUBSCRIBE_LINK,
    "pm:unsubscribe_url": Meaning.UNSUBSCRIBE_URL,
}
"""Tokens in three braces that the mail provider fills in, not Liquid."""


def _capitalize(text: str) -> str:
    return text[:1].upper() + text[1:].lower()


FILTERS: dict[str, tuple[Effect, Callable[[str], str] | None]] = {
    "default": (Effect.DEFAULT, None),
    "escape": (Effect.ESCAPE, escape),
    "escape_once": (Effect.ESCAPE, lambda text: escape(unescape(text))),
    "h": (Effect.ESCAPE, escape),
    "upcase": (Effect.COSMETIC, str.upper),
    "downcase": (Effect.COSMETIC, str.lower),
    "capitalize": (Effect.COSMETIC, _capitalize),
    "titleize": (Effect.COSMETIC, str.title),
    "strip": (Effect.COSMETIC, str.strip),
    "lstrip": (Effect.COSMETIC, str.lstrip),
    "rstrip": (Effect.COSMETIC, str.rstrip),
    "squish": (Effect.COSMETIC, lambda text: " ".join(text.split())),
    "strip_newlines": (Effect.COSMETIC, lambda text: text.replace("\n", "")),
    "strip_html": (Effect.COSMETIC, None),
    "truncate": (Effect.COSMETIC, None),
    "truncatewords": (Effect.COSMETIC, None),
}

BLOCKS: dict[str, str] = {
    "if": "if",
    "unless": "unless",
    "case": "case",
    "for": "loop",
    "tablerow": "loop",
    "capture": "capture",
}
"""Tag to the neutral name of the block that it opens; `end…` closes it."""
