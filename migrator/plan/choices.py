"""Fills in what the source would not give about a step from what the person wrote in mappings.toml."""

from __future__ import annotations

from typing import Any

import msgspec

from mappings.context import LoweringContext
from mappings.findings import find
from mappings.verdicts import Finding
from mappings.wording import printable
from migrator.model.content import EmailContent
from migrator.model.sequences import Sequence
from migrator.model.steps import SendEmail, Step

CONTENT_FIELDS = ("subject", "preview_text", "body", "text", "format", "language")


def fill_in(step: Step, sequence: Sequence, context: LoweringContext) -> tuple[Step, tuple[Finding, ...]]:
    """The step with the given fields in place. Fields that it does not have, or of a wrong kind, change nothing:
    reading mappings.toml has already complained about them."""
    given = dict(context.choice(sequence.source_id, step.id).fields)
    if not given:
        return step, ()
    action: Any = step.action
    if isinstance(action, SendEmail):
        content, used = _with(action.content, {key: given[key] for key in CONTENT_FIELDS if key in given})
        assert isinstance(content, EmailContent)  # noqa: S101 - same type as before
        action = msgspec.structs.replace(action, content=content)
        given = {key: value for key, value in given.items() if key not in CONTENT_FIELDS}
    else:
        used = ()
    action, more = _with(action, given)
    names = ", ".join(printable(name) for name in (*used, *more))
    if not names:
        return step, ()
    return msgspec.structs.replace(step, action=action, content_missing=()), (find("filled-in", fields=names),)


def _with(record: Any, given: dict[str, Any]) -> tuple[Any, tuple[str, ...]]:
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
