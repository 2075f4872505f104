"""Fills in what the source would not give about a step from what the person wrote in mappings.toml.

What may be written, and that it is of the right kind, is checked in steps.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from mappings.context import LoweringContext
from mappings.findings import find
from mappings.verdicts import Finding
from mappings.wording import printable
from migrator.model.content import BodyFormat, EmailContent
from migrator.model.sequences import Sequence
from migrator.model.steps import SendEmail, Step

CONTENT_FIELDS = ("subject", "preview_text", "body", "text", "format", "language")
FROM_TEMPLATE = "content"
"""Where a step is told to follow a template: the template's content, put beside the person's `template_id`."""
_TAG = re.compile(r"<[a-zA-Z!/][^>]*>")
_DOCUMENT = re.compile(r"<\s*(html|!doctype)\b", re.IGNORECASE)


def fill_in(step: Step, sequence: Sequence, context: LoweringContext) -> tuple[Step, tuple[Finding, ...]]:
    """The step with the given fields in place, and that this was done. A step that is filled in already stays as it
    is."""
    choice = context.choice(sequence.source_id, step.id)
    filled, used = with_fields(step, choice.fields)
    names = [name for name in used if name != FROM_TEMPLATE]
    by_code = {
        "filled-in": [name for name in names if name not in choice.over],
        "filled-over": [name for name in names if name in choice.over],
    }
    said = (find(code, fields=", ".join(map(printable, told))) for code, told in by_code.items() if told)
    return filled, tuple(said)


def with_fields(step: Step, given: Mapping[str, Any]) -> tuple[Step, tuple[str, ...]]:
    """The step, and which of its fields were given. Fields that it does not have, or of a wrong kind, change
    nothing: reading mappings.toml has already complained about them."""
    if not given:
        return step, ()
    action: Any = step.action
    if isinstance(action, SendEmail):
        own = {key: value for key, value in given.items() if key not in CONTENT_FIELDS}
        action, used = _with(action, own)
        words = {key: given[key] for key in CONTENT_FIELDS if key in given}
        if "body" in words and "format" not in words:
            words["format"] = _format_of(words["body"])
        content, more = _with(action.content, words)
        action = msgspec.structs.replace(action, content=content)
        used += tuple(name for name in more if name in given)
    else:
        action, used = _with(action, given)
    if not used:
        return step, ()
    missing = tuple(name for name in step.content_missing if not _settled(name, action, used))
    return msgspec.structs.replace(step, action=action, content_missing=missing), used


def _settled(name: str, action: Any, used: tuple[str, ...]) -> bool:
    """Whether a gap is filled. A template that could not be read is, by another one or by a subject and a body."""
    if not isinstance(action, SendEmail):
        return name in used
    content: EmailContent = action.content
    given = {
        "subject": content.subject is not None,
        "body": bool(content.body or content.text or content.blocks is not None),
    }
    if name == "template":
        return FROM_TEMPLATE in used or ("subject" in used and ("body" in used or "text" in used))
    return given.get(name, name in used)


def _format_of(body: Any) -> BodyFormat:
    if not isinstance(body, str) or _DOCUMENT.search(body[:4000]):
        return BodyFormat.DOCUMENT
    return BodyFormat.FRAGMENT if _TAG.search(body) else BodyFormat.TEXT


def _with(record: Any, given: Mapping[str, Any]) -> tuple[Any, tuple[str, ...]]:
    used = []
    for info in msgspec.structs.fields(type(record)):
        if info.name not in given:
            continue
        try:
            value = msgspec.convert(given[info.name], info.type)
        except msgspec.ValidationError:
            continue
        record = msgspec.structs.replace(record, **{info.name: value})
        used.append(info.name)
    return record, tuple(used)
