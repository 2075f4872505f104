"""One step row to one neutral step: what it does, what the server would not give, and what a label suggests.

How steps hang together is in sequences.py. Nothing missing is filled in: it is named in `content_missing`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from adapters.broadcast.bodies import read_content
from adapters.broadcast.labels import duration_in
from adapters.broadcast.step_keys import (
    BODY,
    HEADERS,
    METHOD,
    OTHER_KINDS,
    SECONDS,
    TAGS,
    TARGET,
    TIME,
    URL,
    ZONE,
)
from adapters.broadcast.surprises import Surprises
from adapters.broadcast.unread_steps import EXPECTED, switched_off, unknown_words
from adapters.broadcast.wire import Row, filled, flag, names, text, text_id, whole
from adapters.broadcast.zones import iana_zone, time_of_day
from adapters.secrets import read_headers, scrub_raw, scrub_url, split_headers
from migrator.model import Action, ConsentState, EmailContent, Raw, Step, Suggestion, Template
from migrator.model.steps import (
    AddTags,
    CallWebhook,
    ChangeConsent,
    ClockReading,
    Entry,
    MoveToSequence,
    Opaque,
    RemoveTags,
    SendEmail,
    Wait,
    WaitUntilTime,
)

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
        self.caveats: list[str] = []
        self.unreadable: set[str] = set()
        """Keys of this kind of step whose value could not be read and that no gap stands for."""


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
    surprises.unknown_keys(f"steps ({action or 'no action'})", rest, EXPECTED)
    if isinstance(done, Opaque):
        done = Opaque(action=action)
    else:
        draft.caveats += unknown_words(rest, OTHER_KINDS - draft.unreadable)
        if off := switched_off(rest):
            draft.notes.append(f"Its '{off}' may say that the source does not run it.")
            if isinstance(done, SendEmail):
                draft.missing.append("live")
            elif not isinstance(done, Entry):
                done = Opaque(action=f"{action}, perhaps switched off")
    return Step(
        id=step_id,
        action=done,
        label=label,
        content_missing=tuple(dict.fromkeys(draft.missing)),
        suggestions=tuple(draft.suggestions),
        notes=tuple(draft.notes),
        caveats=tuple(draft.caveats),
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
        return row.take(time_of_day, *TIME) is not None
    if action == "condition":
        return filled(row.peek("condition_setting")) is not None
    if action == "move_to_sequence":
        return _target(row) is not None
    if action in ("add_tag_to_subscriber", "remove_tag_from_subscriber"):
        return bool(row.take(names, *TAGS))
    return True


def _entry(draft: _Draft) -> Action:
    return Entry()


def _send_email(draft: _Draft) -> Action:
    row = draft.row
    template_id = _template_id(row)
    own = read_content(row)
    draft.unreadable |= {key for key in ("preheader", "reply_to", "blocks_json", "body") if draft.row.unread(key)}
    if template_id is None and _follows_something(row):
        # It follows some template, so its own copy is not what goes out.
        draft.missing.append("template")
        return SendEmail(content=EmailContent(), inline=own if own.subject or own.body or own.blocks else None)
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


def _follows_something(row: Row) -> bool:
    """Whether a template is named in a way nobody can read; an object without an id names none."""
    template = row.peek("template")
    names_none = isinstance(template, dict) and "id" in template and template["id"] is None
    return row.unread("template_id") or (row.unread("template") and not names_none)


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
    time = row.take(time_of_day, *TIME)
    written = row.take(filled, *ZONE)
    zone = iana_zone(written) if written else None
    if time is None:
        draft.missing.append("time")
    if written is None:
        if draft.row.unread(*ZONE):
            draft.missing.append("timezone")
            draft.notes.append("The time zone cannot be read.")
        elif time is not None:
            draft.caveats.append("No time zone is set; its time of day is read as UTC.")
            zone = "Etc/UTC"
        else:
            draft.missing.append("timezone")
    elif zone is None:
        draft.missing.append("timezone")
        draft.notes.append(f"The time zone '{written}' is not known.")
        zone = written
    return WaitUntilTime(time=time, timezone=zone, reading=ClockReading.UNKNOWN)


def _move(draft: _Draft) -> Action:
    target = _target(draft.row)
    if target is None:
        draft.missing.append("sequence_id")
    return MoveToSequence(sequence_id=target)


def tells_target(data: Raw) -> bool:
    """Whether a step says where it moves people, be it nowhere; a short row does not."""
    row = Row(data)
    return row.has_any(*TARGET) or _target(row) is not None


def _target(row: Row) -> str | None:
    target = row.take(text_id, *TARGET)
    if target is not None:
        return target
    others = [key for key in row.data if key.endswith("sequence_id")]
    others = [key for key in others if key not in ("sequence_id", "parent_sequence_id")]
    return row.take(text_id, *others) if others else None


def _tags(kind: type[AddTags] | type[RemoveTags]) -> Callable[[_Draft], Action]:
    def read(draft: _Draft) -> Action:
        tags = draft.row.take(names, *TAGS) or ()
        if not tags:
            draft.missing.append("tags")
        return kind(tags=tags)

    return read


def _deactivate(draft: _Draft) -> Action:
    return ChangeConsent(state=ConsentState.INACTIVE)


def _webhook(draft: _Draft) -> Action:
    row = draft.row
    url = row.take(filled, *URL)
    if url is None:
        draft.missing.append("url")
        if not row.has_any(*METHOD):
            draft.missing.append("method")
    else:
        url, cut = scrub_url(url)
        if cut:
            draft.missing.append("url")
            draft.notes.append("The address held what looks like a credential; its value was left at the source.")
    method, found = row.take(filled, *METHOD), row.take(read_headers, *HEADERS)
    headers, withheld = split_headers(found or {})
    body = row.take(lambda value: value if isinstance(value, (str, dict, list)) else None, *BODY)
    for field, value, keys in (("method", method, METHOD), ("headers", found, HEADERS), ("body", body, BODY)):
        if value is None and row.unread(*keys):
            draft.missing.append(field)
    if body is not None and not isinstance(body, str):
        import json

        body = json.dumps(body, ensure_ascii=False)
    return CallWebhook(url=url, method=method, headers=headers, withheld_headers=withheld, body=body or None)


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
