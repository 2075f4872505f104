"""The ways on from an action that its kind does not explain. None is thrown away: the plan holds people in front of
them, and nothing behind them counts as a step that nobody reaches.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from adapters.kit.wire import identity
from adapters.klaviyo.steps import Built, Ways
from migrator.model import Raw
from migrator.model.steps import Opaque


def more_ways(action: Raw, made: Built, others: Collection[str]) -> Ways:
    """`others`: the ids of all other actions. Of an action of an unknown kind, whatever names one of them is a way;
    of a known kind, whatever does so among its links."""
    unknown = any(isinstance(step.action, Opaque) for step in made.steps)
    known = set(made.ways.values())
    found: Ways = {}
    for key, target, is_link in _names(action, "", linked=False):
        if target in known or not (target in others or (is_link and _is_like_an_id(target))):
            continue
        if unknown or is_link:
            known.add(target)
            found[_new(key, {*made.ways, *found})] = target
    return found


def _names(value: object, key: str, *, linked: bool) -> Iterator[tuple[str, str, bool]]:
    """Whatever may be an id: the key that it stands under, the id, and whether that is among the links."""
    if isinstance(value, dict):
        for inner_key, inner in value.items():
            yield key or inner_key, inner_key, False
            yield from _names(inner, inner_key, linked=linked or inner_key == "links")
    elif isinstance(value, list):
        for inner in value:
            yield from _names(inner, key, linked=linked)
    elif (found := identity(value)) is not None:
        yield key, found, linked


def _is_like_an_id(text: str) -> bool:
    """A link to an action that is not here stays a link; addresses and words are none."""
    plain = text.replace("-", "").replace("_", "")
    return plain.isalnum() and any(letter.isdigit() for letter in plain)


def _new(key: str, taken: Collection[str | None]) -> str:
    found, number = key, 2
    while found in taken:
        found, number = f"{key}-{number}", number + 1
    return found
