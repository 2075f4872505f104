"""Wishes about tags, custom fields, templates and merge tags, held against the account: a misspelt name must not pass
for no wish. Ids of lists, segments, sequences and steps are checked where they are used.

A name is known when it occurs anywhere in the bundle: some are in rules, forms or emails only, or with a few people.
"""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Callable, Collection, Iterable, Mapping

from mappings.merge_tags.results import choice_key
from mappings.wording import sendable
from migrator.bundle import Bundle
from migrator.plan.answers.schema import AttributeAnswers, Names, TagAnswers, unknown_key

Find = Callable[[str], bool]


def check_tags_named(wishes: Names, known: Iterable[str], bundle: Bundle, where: str) -> None:
    why = "no tag of the bundle is written so"
    _check("tags", _wished(wishes), known, lambda name: found_in(bundle, _as_text(name)), where, why)


def check_fields_named(wishes: AttributeAnswers, known: Iterable[str], bundle: Bundle, where: str) -> None:
    names = {sendable(one) for one in known}
    wished = [*_wished(wishes), *(("types", name) for name in wishes.types)]
    for what, name in wished:
        # Of a field that only holds others, nothing is written by itself.
        if name not in names and (within := sorted(one for one in names if one.startswith(f"{name}."))):
            why = "it only holds fields of its own; name those"
            raise unknown_key(("attributes", what, name), within, where, why, once_there=False)
    why = "no custom field of the bundle is written so"
    _check("attributes", wished, names, lambda name: found_in(bundle, _as_text(name), _as_field(name)), where, why)


def check_templates_named(wishes: Names, templates: Mapping[str, str], drafts: Mapping[str, str], where: str) -> None:
    """Ids with their names. `drafts`: one-off mailings that become templates, which can be renamed."""
    for what, name in _wished(wishes):
        several = {**templates, **(drafts if what == "rename" else {})}
        known = {sendable(one): called for one, called in several.items()}
        if name not in known:
            raise unknown_key(("templates", what, name), known, where, "the bundle has no template by this id")


def check_merge_tags_named(wishes: TagAnswers, known: Iterable[str], bundle: Bundle, where: str) -> None:
    wished = [("fallbacks", name) for name in wishes.fallbacks] + [
        ("replacements", name) for name in wishes.replacements
    ]
    keys = {sendable(choice_key(one)) for one in known}
    left = [(what, name) for what, name in wished if choice_key(name) not in keys]
    why = "no merge tag of the bundle is written so"
    _check("merge_tags", left, keys, lambda name: found_in(bundle, _as_merge_tag(choice_key(name))), where, why)


def _wished(wishes: Names) -> list[tuple[str, str]]:
    return [("rename", name) for name in wishes.rename] + [("ignore", name) for name in wishes.ignore]


def _check(
    table: str, wished: Collection[tuple[str, str]], known: Iterable[str], anywhere: Find, where: str, why: str
) -> None:
    # A file can name half a character only by the sign that stands for it.
    names = dict.fromkeys(sendable(one) for one in known)
    for what, name in wished:
        if name not in names and not anywhere(name):
            raise unknown_key((table, what, name), list(names), where, why)


# Anywhere in the bundle ------------------------------------------------------------------------------------


def found_in(bundle: Bundle, *patterns: bytes) -> bool:
    """Whether one of the patterns stands in a file of the bundle; small files first. A bundle that was asked for some
    things only cannot say of a name that it is nowhere."""
    if bundle.manifest.options.is_partial:
        return True
    wanted = re.compile(b"|".join(patterns))
    files = sorted((entry.bytes, path) for path, entry in bundle.manifest.files.items())
    return any(_in_file(bundle, path, wanted) for size, path in files if size)


def _in_file(bundle: Bundle, path: str, wanted: re.Pattern[bytes]) -> bool:
    try:
        with (bundle.folder / path).open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return wanted.search(data) is not None
    except (OSError, ValueError):
        return False  # whoever reads it will say what is wrong with it


def _inside(text: str) -> bytes:
    """As it stands within a text of JSON."""
    return json.dumps(text, ensure_ascii=False)[1:-1].encode("utf-8", "replace")


def _as_text(name: str) -> bytes:
    """A whole text, or one in quotes within an email."""
    inside = re.escape(_inside(name))
    return rb'"' + inside + rb'\\?"|' + rb"'" + inside + rb"'"


def _as_field(name: str) -> bytes:
    return rb"\." + re.escape(_inside(name)) + rb"(?![A-Za-z0-9_])"


def _as_merge_tag(key: str) -> bytes:
    blank = rb"(?:\s|\\[nrt])*"
    words = (rb"(?:\s|\\[nrt])+").join(re.escape(_inside(word)) for word in key.split())
    return rb"\{[{%]-?" + blank + words + blank + rb"-?[%}]\}"
