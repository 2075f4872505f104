"""One step row to one neutral step: what it does, what the server would not give, and what a label suggests.

How steps hang together is in sequences.py. Nothing missing is filled in: it is named in `content_missing`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from adapters.broadcast.bodies import read_content
from adapters.broadcast.labels import duration_in
from adapters.broadcast.surprises import Surprises
from adapters.broadcast.wire import Row, filled, flag, names, text, text_id, whole
from adapters.broadcast.zones import iana_zone, time_of_day
from adapters.secrets import read_headers, scrub_raw, scrub_url, split_headers
from migrator.model import Action, ConsentState, EmailContent, Raw, Step, Suggestion, Template
from migrator.model.steps import (
    AddTags,
    CallWebhook,
    ChangeConsent,
    Entry,
    MoveToSequence,
    Opaque,
    RemoveTags,
    SendEmail,
    Wait,
    WaitUntilTime,
)

SECONDS = ("delay", "delay_seconds", "delay_in_seconds")
_TIME = ("delay_until_time", "delay_until", "time_of_day", "delay_time", "time", "run_at_time")
_ZONE = ("delay_until_timezone", "delay_until_time_zone", "timezone", "time_zone", "delay_timezone")
_TARGET = (
    "move_to_sequence_id",
    "target_sequence_id",
    "next_sequence_id",
    "destination_sequence_id",
    "to_sequence_id",
    "move_to_sequence.id",
    "target_sequence.id",
)
_TAGS = ("taggify_list", "tag_list", "tags")
_URL = ("url", "request_url", "http_url", "http_request_url", "webhook_url")
_METHOD = ("http_method", "method", "request_method")
_HEADERS = ("headers", "http_headers", "request_headers")
_BODY = ("body", "payload", "request_body", "http_body")
_EXPECTED = frozenset({"sequence_id", "created_at", "updated_at", "position"})
STRUCTURAL = frozenset({"condition", "condition_branch"})


class Templates:
    """The templates of the account, by id and by label."""

    def __init__(self, templates: Mapping[str, Template]) -> None:
        self.by_id = templates
        self._by_label: dict[str, list[str]] = {}
        for template in templates.values():
            self._by_label.setdefault(template.name.strip().casefold(), []).append(template.source_id)

    def labelled(self, label: str | None) -> str | None:
        """The one template of this name; None when there is none or more than one."""
        found = self._by_label.get(label.strip().casefold(), []) if label and label.strip() else []
        return found[0] if len(found) == 1 else None


class _Draft:
    """What is known of a step while it is being read."""

    def __init__(self, row: Row, label: str | None, templates: Templates) -> None:
        self.row, self.label, self.templates = row, label, templates
        self.missing: list[str] = []
        self.suggestions: list[Suggestion] = []
        self.notes: list[str] = []


def base_keys(row: Row) -> tuple[str | None, str | None]:
    """The id and the label; the tree keys are read by sequences.py."""
    row.know("parent_id", "true_branch")
    return row.take(text_id, "id"), row.take(text, "label")


def read_step(data: Raw, step_id: str, templates: Templates, surprises: Surprises) -> Step:
    row = Row(data)
    _, label = base_keys(row)
    action = row.take(text, "action") or ""
    draft = _Draft(row, label, templates)
    done = _READERS.get(action, _opaque)(draft)
    rest = row.rest()
    surprises.unknown_keys(f"steps ({action or 'no action'})", rest, _EXPECTED)
    return Step(
        id=step_id,
        action=done if not isinstance(done, Opaque) else Opaque(action=action),
        label=label,
        content_missing=tuple(draft.missing),
        suggestions=tuple(draft.suggestions),
        notes=tuple(draft.notes),
        raw=scrub_raw(rest),
    )


def is_complete(data: Raw) -> bool:
    """Whether a row says everything that its action needs; short rows are asked for one by one."""
    row, action = Row(data), data.get("action")
    if action == "send_email":
        if _template_id(row) is not None:
            return True
        body = isinstance(row.peek("body"), str) or isinstance(row.peek("html_body"), str)
        return row.peek("subject") is not None and (body or row.peek("blocks_json") is not None)
    if action == "delay":
        return row.take(whole, *SECONDS) is not None
    if action == "delay_until_time":
        return row.take(time_of_day, *_TIME) is not None
    if action == "condition":
        return filled(row.peek("condition_setting")) is not None
    if action == "move_to_sequence":
        return _target(row) is not None
    if action in ("add_tag_to_subscriber", "remove_tag_from_subscriber"):
        return bool(row.take(names, *_TAGS))
    return True


def _entry(draft: _Draft) -> Action:
    return Entry()


def _send_email(draft: _Draft) -> Action:
    row = draft.row
    template_id = _template_id(row)
    own = read_content(row)
    if template_id is None:
        if own.is_missing:
            draft.missing += [name for name, absent in _absent(own) if absent]
            suggested = draft.templates.labelled(draft.label)
            if suggested is not None:
                because = "a template has the same label as the step"
                draft.suggestions.append(Suggestion(field="template_id", value=suggested, because=because))
        return SendEmail(content=own)
    inline = own if own.subject or own.body or own.blocks else None
    template = draft.templates.by_id.get(template_id)
    if template is None:
        # The inline copy is not what goes out, so it must not pass for the content.
        draft.missing.append("template")
        draft.notes.append(f"Follows template {template_id}, which could not be read; its own copy is not in use.")
        return SendEmail(content=EmailContent(), template_id=template_id, inline=inline)
    if template.content.is_missing:
        draft.missing += [name for name, absent in _absent(template.content) if absent]
    return SendEmail(content=template.content, template_id=template_id, inline=inline)


def _absent(content: EmailContent) -> tuple[tuple[str, bool], ...]:
    return (
        ("subject", content.subject is None),
        ("body", not content.body and not content.text and content.blocks is None),
    )


def template_id_of(data: Raw) -> str | None:
    return _template_id(Row(data))


def _template_id(row: Row) -> str | None:
    return row.take(text_id, "template_id", "template.id")


def _wait(draft: _Draft) -> Action:
    seconds = draft.row.take(whole, *SECONDS)
    if seconds is not None and seconds < 0:
        draft.notes.append(f"The wait is negative ({seconds} seconds).")
        draft.missing.append("seconds")
        return Wait()
    if seconds is None:
        draft.missing.append("seconds")
        suggested = duration_in(draft.label)
        if suggested is not None:
            because = "the label says so"
            draft.suggestions.append(Suggestion(field="seconds", value=suggested, because=because))
    return Wait(seconds=seconds)


def _wait_until_time(draft: _Draft) -> Action:
    row = draft.row
    time = row.take(time_of_day, *_TIME)
    written = row.take(filled, *_ZONE)
    zone = iana_zone(written) if written else None
    if time is None:
        draft.missing.append("time")
    if written is None:
        if time is not None:
            draft.notes.append("No time zone is set; read as UTC.")
            zone = "Etc/UTC"
        else:
            draft.missing.append("timezone")
    elif zone is None:
        draft.missing.append("timezone")
        draft.notes.append(f"The time zone '{written}' is not known.")
        zone = written
    return WaitUntilTime(time=time, timezone=zone)


def _move(draft: _Draft) -> Action:
    target = _target(draft.row)
    if target is None:
        draft.missing.append("sequence_id")
    return MoveToSequence(sequence_id=target)


def tells_target(data: Raw) -> bool:
    """Whether a step says where it moves people, be it nowhere; a short row does not."""
    row = Row(data)
    return row.has_any(*_TARGET) or _target(row) is not None


def _target(row: Row) -> str | None:
    target = row.take(text_id, *_TARGET)
    if target is not None:
        return target
    others = [key for key in row.data if key.endswith("sequence_id")]
    others = [key for key in others if key not in ("sequence_id", "parent_sequence_id")]
    return row.take(text_id, *others) if others else None


def _tags(kind: type[AddTags] | type[RemoveTags]) -> Callable[[_Draft], Action]:
    def read(draft: _Draft) -> Action:
        tags = draft.row.take(names, *_TAGS) or ()
        if not tags:
            draft.missing.append("tags")
        return kind(tags=tags)

    return read


def _deactivate(draft: _Draft) -> Action:
    return ChangeConsent(state=ConsentState.INACTIVE)


def _webhook(draft: _Draft) -> Action:
    row = draft.row
    url = row.take(filled, *_URL)
    if url is None:
        draft.missing.append("url")
        if not row.has_any(*_METHOD):
            draft.missing.append("method")
    else:
        url, cut = scrub_url(url)
        if cut:
            draft.missing.append("url")
            draft.notes.append("The address held what looks like a credential; its value was left at the source.")
    headers, withheld = split_headers(row.take(read_headers, *_HEADERS) or {})
    body = row.take(lambda value: value if isinstance(value, (str, dict, list)) else None, *_BODY)
    if body is not None and not isinstance(body, str):
        import json

        body = json.dumps(body, ensure_ascii=False)
    return CallWebhook(
        url=url, method=row.take(filled, *_METHOD), headers=headers, withheld_headers=withheld, body=body or None
    )


def _opaque(draft: _Draft) -> Action:
    draft.notes.append("This kind of step is not known; its row is kept as it came.")
    return Opaque(action="")


_READERS: dict[str, Callable[[_Draft], Action]] = {
    "entry_point": _entry,
    "send_email": _send_email,
    "delay": _wait,
    "delay_until_time": _wait_until_time,
    "move_to_sequence": _move,
    "add_tag_to_subscriber": _tags(AddTags),
    "remove_tag_from_subscriber": _tags(RemoveTags),
    "deactivate_subscriber": _deactivate,
    "make_http_request": _webhook,
}
__all__ = ["STRUCTURAL", "Templates", "flag", "is_complete", "read_step", "tells_target", "template_id_of"]
