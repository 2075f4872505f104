"""The gaps of a bundle as a form to fill in: `[steps."<sequence>"."<step>"]` in mappings.toml, one table a step.

Suggestions stand there as comments: only what a person takes over counts. An existing mappings.toml is never
touched; the form then goes into a file beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from migrator.bundle.disk import write_whole
from migrator.model import Sequence, Step

NAME, SNIPPET = "mappings.toml", "mappings.missing.toml"
_EXAMPLES = {
    "subject": '"What people read in their inbox"',
    "body": '"""\n<p>The HTML of the email</p>\n"""',
    "seconds": "86400",
    "time": '"09:00:00"',
    "timezone": '"Europe/Berlin"',
    "evaluate_after_seconds": "86400  # how long it waits before it looks; 0 is at once",
    "method": '"POST"',
    "condition": '"any_email_opened"  # or previous_email_opened, any_email_clicked, previous_email_clicked',
    "branches": '{ true = ["step id"], false = ["step id"] }',
    "sequence_id": '"the id of the sequence to go to"',
    "tags": '["one", "two"]',
    "url": '"https://example.com/hook"',
}
_BESIDES = {
    "subject": ('preview_text = "Shown behind the subject"  # if it has one',),
    "body": ('format = "document"  # or fragment, or text; found out when left out',),
    "url": (
        'body = \'{"key": "value"}\'  # if it sends one',
        'headers = { "X-Source" = "value" }  # if it sends any; no passwords and no keys here',
        'withheld_headers = ["Authorization"]  # names of those with a password or key: you enter them at the target',
    ),
}
"""Shown with a gap that was found: what the source would not tell either and what need not be there."""
_STANDS_FOR = {"template": ("subject", "body")}
"""A template that could not be read is filled in by its content."""
_INTRO = """# What the source would not tell. Nothing of these steps is sent until the gaps are filled.
# Take the # away from a line and put the right value in; then run `migrate plan` again.
"""


def gaps(sequences: Iterable[Sequence]) -> str:
    """The form, or an empty text when nothing is missing."""
    parts = [_table(sequence, step) for sequence in sequences for step in sequence.steps if step.content_missing]
    return "\n".join([_INTRO, *parts]) if parts else ""


def write_gaps(workspace: Path, sequences: Iterable[Sequence]) -> Path | None:
    """Where the form was written; None when there is nothing to fill in."""
    text = gaps(sequences)
    if not text:
        return None
    target = workspace / (SNIPPET if (workspace / NAME).exists() else NAME)
    write_whole(target, text.encode())
    return target


def _table(sequence: Sequence, step: Step) -> str:
    lines = [
        f"# {_comment(sequence.name)}: {_kind(step)} '{_comment(step.label or 'without a label')}'",
        f"[steps.{_key(sequence.source_id)}.{_key(step.id)}]",
    ]
    suggested = {one.field: one for one in step.suggestions}
    missing = dict.fromkeys(name for field in step.content_missing for name in _STANDS_FOR.get(field, (field,)))
    for field in missing:
        example = _EXAMPLES.get(field, '"..."')
        if field in suggested:
            one = suggested.pop(field)
            lines.append(f"# {field} = {json.dumps(one.value)}  # suggested: {_comment(one.because)}")
        else:
            lines += [f"# {line}" for line in f"{field} = {example}".splitlines()]
        if field in _BESIDES:
            lines += [f"# {line}" for line in _BESIDES[field]]
    lines += [
        f"# {one.field} = {json.dumps(one.value)}  # suggested instead: {_comment(one.because)}"
        for one in suggested.values()
    ]
    return "\n".join(lines) + "\n"


def _kind(step: Step) -> str:
    return str(type(step.action).__struct_config__.tag).replace("_", " ")


def _comment(text: str) -> str:
    """A label must not end its comment and become a setting."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _key(text: str) -> str:
    return json.dumps(text, ensure_ascii=True)
