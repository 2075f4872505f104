"""Custom fields: which key each one gets at the target, and how its values are written.

Imports take flat maps of text, numbers, flags and lists of those, so nested data is flattened here. The catalogue of
what exists is gathered by migrator/plan while it reads the contacts; nothing here reads files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from mappings.answer_lines import line
from mappings.value_marks import Mark
from mappings.verdicts import Finding, Lowered, Verdict
from migrator.model import AttributeType

Path = tuple[str, ...]

RESERVED = frozenset(
    """email firstname lastname first_name last_name name id externalid external_id status tags lists phone timezone
    createdat created_at updatedat updated_at unsubscribeurl subscriber event enrollment company account discount
    predictedltv churnrisk""".split()  # noqa: SIM905 - a word list reads better as words
)
"""Names with a meaning of their own at the target, compared without case."""

OWN = "mig_"
"""What this tool writes about people begins so: their former state, and where they go on in a sequence. A field of the
source by such a name would send people into the middle of a sequence."""


def reserved(key: str) -> bool:
    return key.lower() in RESERVED or key.lower().startswith(OWN)


_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
LARGEST_EXACT = 2**53
"""A larger whole number loses its last digits in most JSON readers; as text it keeps them."""


class AttributeChoices(msgspec.Struct, frozen=True, kw_only=True):
    """The person's say, from mappings.toml. Keys are the source's, dotted where nested."""

    prefix: str = ""
    rename: dict[str, str] = {}
    ignore: tuple[str, ...] = ()
    types: dict[str, AttributeType] = {}


class Seen(msgspec.Struct):
    """What one source field holds over all contacts."""

    count: int = 0
    types: set[str] = set()
    marks: set[Mark] = set()
    """What emails that print it must know of its values, beside what the types say."""


def dotted(path: Path) -> str:
    return ".".join(path)


def spoken(path: Path) -> str:
    """How a person names the field in a file, which cannot hold half a character."""
    return dotted(path).encode("utf-8", "replace").decode()


def flatten(attributes: Mapping[str, Any], prefix: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Leaves with their paths, in the source's order. Empty values are no values."""
    for key, value in attributes.items():
        if isinstance(value, dict):
            yield from flatten(value, (*prefix, key))
        elif value is not None:
            yield (*prefix, key), value


def type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, list):
        return "list" if all(not isinstance(item, dict | list) for item in value) else "nested list"
    return "text"


def typed(value: Any, wanted: AttributeType) -> Any:
    """The value as the person wants it, where that loses nothing; else as it is. Lists keep their items' types."""
    if wanted in (AttributeType.TEXT, AttributeType.DATE):
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value) if isinstance(value, int | float) else value
    if not isinstance(value, str):
        return value
    text = value.strip()
    if wanted is AttributeType.NUMBER and _WHOLE.match(text):
        return int(text)
    if wanted is AttributeType.NUMBER and _DECIMAL.match(text):
        return float(text)
    if wanted is AttributeType.BOOLEAN:
        return _WORDS.get(text.lower(), value)
    if wanted is AttributeType.LIST:
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,14})\Z")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,9})\.[0-9]{1,6}\Z")
_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def written(value: Any) -> Any:
    """The value as an import may carry it. Digits are never lost, and nothing is guessed into another type."""
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if -LARGEST_EXACT <= value <= LARGEST_EXACT else str(value)
    if isinstance(value, list):
        if any(isinstance(item, dict | list) for item in value):
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return [written(item) for item in value if item is not None]
    return value


_IGNORED = Finding(verdict=Verdict.DROPPED, code="attribute-ignored", reason="You asked to leave this field behind.")


class FieldKeys:
    """Gives each source field its key at the target, in the order in which the fields are first seen; no two alike.

    The person's own names come first, so that no field of another name can take them.
    """

    def __init__(self, choices: AttributeChoices) -> None:
        self._choices = choices
        self._ignored = frozenset(choices.ignore)
        self._reserved = {key.lower(): name for name, key in choices.rename.items()}
        self._taken: dict[str, str] = {}
        self._given: dict[Path, tuple[str | None, list[Finding]]] = {}

    def key(self, path: Path) -> str | None:
        """None: left behind at the person's wish."""
        if path not in self._given:
            self._given[path] = self._give(path)
        return self._given[path][0]

    def type_of(self, path: Path) -> AttributeType | None:
        """The type that the person wants its values to have."""
        return self._choices.types.get(spoken(path))

    def lowered(self, path: Path, seen: Seen) -> Lowered[str]:
        """The key with all there is to say, once every value was seen."""
        key = self.key(path)
        told = list(self._given[path][1])
        if key is not None:
            told += _type_findings(dotted(path), seen)
        return Lowered(value=key, findings=tuple(told))

    def _give(self, path: Path) -> tuple[str | None, list[Finding]]:
        name = spoken(path)
        if name in self._ignored:
            return None, [_IGNORED]
        key, findings = _key_for(path, self._choices)
        wanted, number = key, 2
        while key.lower() in self._taken or self._reserved.get(key.lower(), name) != name:
            key = f"{wanted}_{number}"
            number += 1
        if key != wanted:
            low = wanted.lower()
            other = self._taken[low] if low in self._taken else self._reserved[low]
            findings.append(_collision(name, wanted, key, other))
        self._taken[key.lower()] = name
        return key, findings


def _key_for(path: Path, choices: AttributeChoices) -> tuple[str, list[Finding]]:
    name = spoken(path)
    if name in choices.rename:
        return choices.rename[name], []
    key = choices.prefix + "_".join(_UNSAFE.sub("_", part).strip("_") or "field" for part in path)
    if reserved(key):
        key = f"source_{key}"
    if key == choices.prefix + name:
        return key, []
    return key, [
        Finding(
            verdict=Verdict.CHANGED,
            code="attribute-renamed",
            reason=f"The field is called {key} at Sequenzy: the old name is reserved, nested or holds characters that "
            "merge tags and filters cannot name. Segments, conditions and merge tags follow the new name.",
            remedy="Choose another name in mappings.toml if you like.",
            settles=line(("attributes", "rename", name), key),
        )
    ]


def _collision(name: str, wanted: str, key: str, other: str) -> Finding:
    return Finding(
        verdict=Verdict.CHANGED,
        code="attribute-collision",
        reason=f"{other} already took the name {wanted}, so this field is called {key}.",
        remedy="Rename one of the two in mappings.toml.",
        settles=line(("attributes", "rename", name), key),
    )


def _type_findings(name: str, seen: Seen) -> list[Finding]:
    findings = []
    if "nested list" in seen.types:
        findings.append(
            Finding(
                verdict=Verdict.CHANGED,
                code="attribute-nested-list",
                reason="Some values are lists of records, which an import cannot carry; they arrive as JSON text.",
                remedy="Nothing, unless a segment or an email looks inside them.",
            )
        )
    if "large number" in seen.types:
        findings.append(
            Finding(
                verdict=Verdict.CHANGED,
                code="attribute-large-number",
                reason="Some values are whole numbers beyond 2^53, which would lose digits on the way; they arrive as "
                "text with every digit.",
                remedy="Nothing, unless you compare them by size.",
            )
        )
    if len(seen.types - {"large number"}) > 1:
        findings.append(
            Finding(
                verdict=Verdict.CHANGED,
                code="attribute-mixed-types",
                reason=f"The values of {name} are of several types ({', '.join(sorted(seen.types))}); each "
                "moves as it is, and a comparison may treat them differently.",
                remedy="Make them one type at the source, or leave them.",
            )
        )
    return findings
