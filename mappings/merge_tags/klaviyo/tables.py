"""The words of Klaviyo's Django-like templates: variables, filters and tags. What is not here is not guessed at."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from mappings.merge_tags.expressions import Effect, Meaning

PERSON, EVENT, ORGANIZATION = "person", "event", "organization"
LOOKUP = "lookup"
"""`person|lookup:'Plan name'` is `person.Plan name` for keys that no name can hold."""

FIELDS: dict[str, Meaning] = {
    "first_name": Meaning.FIRST_NAME,
    "last_name": Meaning.LAST_NAME,
    "email": Meaning.EMAIL,
}
"""By themselves and behind `person.`; with a dollar sign in a lookup."""

PLACES = frozenset({"address1", "address2", "city", "region", "zip", "country"})
"""Behind `person.location.`, or by themselves with a dollar sign in a lookup."""

NO_EQUAL = frozenset({"full_name", "id", "phone_number"})
"""Things of a person that are no custom property and have no tag at the target."""

LINK_TAGS: dict[str, Meaning] = {
    "unsubscribe_link": Meaning.UNSUBSCRIBE_URL,
    "manage_preferences_link": Meaning.PREFERENCES_URL,
    "web_view_link": Meaning.BROWSER_URL,
}
"""Tags that print an address."""

ANCHOR_TAGS: dict[str, tuple[Meaning, str]] = {
    "unsubscribe": (Meaning.UNSUBSCRIBE_URL, "Unsubscribe"),
    "manage_preferences": (Meaning.PREFERENCES_URL, "Manage preferences"),
    "web_view": (Meaning.BROWSER_URL, "View in browser"),
}
"""Tags that print a whole link, with the words they use when none are given."""

SILENT_TAGS = frozenset({"render_variable", "load"})
"""Print nothing that a person would miss: the preview text has a field of its own at the target."""

BLOCKS: dict[str, str] = {"if": "if", "for": "loop", "with": "capture"}
"""Tag to the neutral name of the block that it opens; `end…` closes it. Others are known by their end."""


def _capitalize(text: str) -> str:
    return text[:1].upper() + text[1:]


FILTERS: dict[str, tuple[Effect, Callable[[str], str] | None]] = {
    "default": (Effect.DEFAULT, None),
    "default_if_none": (Effect.NIL_DEFAULT, None),
    "escape": (Effect.ESCAPE, None),
    "force_escape": (Effect.ESCAPE, escape),
    "safe": (Effect.COSMETIC, None),
    "title": (Effect.COSMETIC, str.title),
    "upper": (Effect.COSMETIC, str.upper),
    "lower": (Effect.COSMETIC, str.lower),
    "capitalize": (Effect.COSMETIC, str.capitalize),
    "capfirst": (Effect.COSMETIC, _capitalize),
    "truncatechars": (Effect.COSMETIC, None),
    "truncatewords": (Effect.COSMETIC, None),
    "striptags": (Effect.COSMETIC, None),
}
