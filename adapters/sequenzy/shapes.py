"""What Sequenzy answers, as typed records: only the fields that a migration uses, unknown ones ignored.

Every field is optional where an older server may leave it out; a reader decides what an absence means.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from adapters.sequenzy.intake import AUTO, is_on
from migrator.errors import ApiProblem, Unavailable

T = TypeVar("T")


class Shape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    pass


class KeyPermissions(Shape, frozen=True, kw_only=True):
    scopes: tuple[str, ...] = ()
    preset: str | None = None
    full_access: bool = False
    manage_url: str | None = None


class Named(Shape, frozen=True, kw_only=True):
    """A list, a segment or a tag: what a look for an existing one needs."""

    id: str
    name: str = ""


class Contact(Shape, frozen=True, kw_only=True):
    id: str
    email: str | None = None
    external_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    status: str = ""
    tags: tuple[str, ...] = ()
    custom_attributes: dict[str, Any] = {}
    timezone: str | None = None
    phone: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    created: bool = False
    """Only in the answer to a create."""


class Import(Shape, frozen=True, kw_only=True):
    id: str
    batch_id: str | None = None
    status: str = "running"
    total_rows: int = 0
    duplicate_rows: int = 0
    processed_count: int = 0
    added_count: int = 0
    updated_count: int = 0
    skipped_count: int = 0
    failed_count: int = 0
    skipped_reasons: dict[str, int] = {}
    failed_reasons: dict[str, int] = {}
    failed_chunks: int = 0
    failed_chunk_reasons: dict[str, Any] = {}

    @property
    def ended(self) -> bool:
        return self.status not in ("running", "queued", "pending", "processing")

    def whole(self, rows: int) -> bool:
        """It says of every row that it is in place."""
        told = self.added_count + self.updated_count + self.skipped_count + self.duplicate_rows
        return self.status == "completed" and told == rows and not (self.failed_count or self.failed_chunks)


class Labelled(Shape, frozen=True, kw_only=True):
    """A sequence or a template as its listing shows it."""

    id: str
    name: str = ""
    status: str = ""
    effective_status: str | None = None
    trigger: Any = None
    """Of a sequence: the type of its first node, whose names are not published."""
    trigger_config: Any = None
    """Of a sequence: a free form."""
    labels: tuple[Any, ...] = ()
    created_at: str | None = None
    updated_at: str | None = None
    audience_auto_enroll: Any = msgspec.UNSET
    """Of a sequence. Unset: this answer does not tell."""
    settings_taking_in: tuple[str, ...] = ()
    """Names of all its settings by which it takes people in by itself, unknown ones too (see intake.py)."""

    @property
    def takes_in(self) -> tuple[str, ...]:
        """By what it takes people in beside its trigger."""
        known = (AUTO,) if self.audience_auto_enroll is not msgspec.UNSET and is_on(self.audience_auto_enroll) else ()
        return tuple(dict.fromkeys((*known, *self.settings_taking_in)))

    def has_label(self, label: str) -> bool:
        return any(label == (one.get("name") if isinstance(one, dict) else one) for one in self.labels)


def part(data: Any, name: str) -> Any:
    """The named resource of an answer; older answers wrap it in `data`."""
    if isinstance(data, Mapping):
        if name in data:
            return data[name]
        inner = data.get("data")
        if isinstance(inner, Mapping) and name in inner:
            return inner[name]
        if inner is not None:
            return inner
    raise strange(f"it names no {name}")


def made_id(data: Any, name: str) -> str:
    found = part(data, name)
    made = found.get("id") if isinstance(found, Mapping) else None
    if not isinstance(made, str) or not made:
        raise strange(f"the {name} it made has no id")
    return made


def read(data: Any, name: str, shape: type[T]) -> T:
    try:
        return msgspec.convert(part(data, name), shape, strict=False)
    except msgspec.ValidationError as error:
        raise strange(f"{name}: {str(error).partition(' - ')[0]}") from None


def strange(why: str) -> Unavailable:
    return Unavailable(
        "Sequenzy answers in an unknown form",
        problem=ApiProblem(200, why),
        fix="Check SEQUENZY_API_URL; if it is right, report this with the version of the toolkit.",
    )
