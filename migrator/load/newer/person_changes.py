"""What one person's difference is, and who wins where both sides changed: pure rules, no files and no network.

Consent: the narrower. Data: Sequenzy's own later change. Tags and lists: what we added and the source removed goes;
what Sequenzy had by itself stays. Nobody is made reachable again, and nobody deleted there is brought back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from adapters.sequenzy.shapes import Contact
from migrator.load.census import NARROW
from migrator.load.expected import REACHABLE, consent, differences, earlier, expected, tag_name
from migrator.load.newer.remember import FIELDS, field_digests, synced_of, tags_of
from migrator.load.newer.synced_state import Synced, digest_of_value
from migrator.load.present_before import before

ATTRIBUTE = "customAttributes."


@dataclass(frozen=True)
class Conflict:
    """Both sides changed, or one of them cannot be followed."""

    field: str
    at_source: str
    at_target: str
    kept: str


@dataclass
class Change:
    """`after`: what to note once everything of it has arrived; `pending`: what to note before the first write."""

    after: Synced
    pending: Synced
    whole: bool = False
    """The whole record is imported as planned."""
    met: bool = False
    """They were at Sequenzy before we came to them."""
    narrow: dict[str, Any] | None = None
    fields: dict[str, Any] | None = None
    complain: bool = False
    add_tags: list[str] = field(default_factory=list)
    remove_tags: list[str] = field(default_factory=list)
    join: list[str] = field(default_factory=list)
    leave: list[str] = field(default_factory=list)
    gone: bool = False
    conflicts: list[Conflict] = field(default_factory=list)

    @property
    def writes(self) -> bool:
        tags_or_lists = self.add_tags or self.remove_tags or self.join or self.leave
        return bool(self.whole or self.narrow or self.fields or self.complain or tags_or_lists)


def change_of(
    record: dict[str, Any],
    lists: Collection[str],
    base: Synced | None,
    there: Contact | None,
    *,
    complained: bool,
    strategy: str,
) -> Change:
    """`base`: as last written; `there`: as Sequenzy shows them now; `strategy`: of the plan for people it meets."""
    after = synced_of(record)
    after.lists, after.complained = sorted(lists), complained
    if base is None or base.new:
        return _unknown(record, after, base, there, strategy)
    change = Change(after, deepcopy(base))
    if there is None:
        change.gone = after.gone = True
        after.their_tags = [tag for tag in base.their_tags if tag in after.tags]
        after.their_lists = list(after.lists)
        if not base.gone:
            change.conflicts.append(Conflict("person", "still there", "deleted", "deleted"))
        return change
    _consent(change, record, base, there)
    _fields(change, record, base, there)
    _tags(change, base, there)
    _lists(change, base, reachable=there.status == REACHABLE and change.narrow is None)
    return change


def _unknown(
    record: dict[str, Any], after: Synced, base: Synced | None, there: Contact | None, strategy: str
) -> Change:
    """Nobody whom we have written, or by a write whose end we never saw (`base`)."""
    held = {tag_name(tag) for tag in there.tags} if there is not None else set()
    theirs = base.their_tags if base is not None else [tag for tag in after.tags if tag in held]
    open_tags, open_lists = {*after.tags}, {*after.lists}
    if base is not None:
        open_tags, open_lists = open_tags | {*base.open_tags}, open_lists | {*base.open_lists}
    pending = Synced(
        status=after.status, their_tags=theirs, open_tags=sorted(open_tags), open_lists=sorted(open_lists), new=True
    )
    change = Change(after, pending, met=there is not None and base is None, complain=after.complained)
    after.their_tags = [tag for tag in after.tags if tag in theirs]
    reachable = after.status == REACHABLE
    if there is None:
        change.whole = True
    else:
        wanted = expected(record, before(there), strategy)
        change.whole = consent(wanted, there) == "wider" or any(True for _ in differences(wanted, there))
        change.remove_tags = sorted((open_tags - {*after.tags} - {*theirs}) & held) if base is not None else []
        reachable = reachable and there.status == REACHABLE
    if reachable:
        change.join, change.leave = list(after.lists), sorted(open_lists - {*after.lists})
    else:
        after.their_lists = list(after.lists)
    return change


def _consent(change: Change, record: dict[str, Any], base: Synced, there: Contact) -> None:
    after = change.after
    if after.status in NARROW and there.status == REACHABLE:
        change.narrow = {"email": record["email"], "status": after.status}
        if base.status in NARROW:
            change.conflicts.append(Conflict("consent", after.status, REACHABLE, after.status))
    elif after.status == REACHABLE and base.status in NARROW and there.status != REACHABLE:
        change.conflicts.append(Conflict("consent", REACHABLE, there.status, there.status))
    change.complain = after.complained and not base.complained


def _fields(change: Change, record: dict[str, Any], base: Synced, there: Contact) -> None:
    now, held = field_digests(record), dict(_held(there))
    said: dict[str, Any] = {}
    attributes: dict[str, Any] = {}
    for name in sorted({*now, *base.fields}):
        ours, new = base.fields.get(name, []), now.get(name, "")
        if ours == [new] or (not ours and not new):
            continue
        value, shown = _value(record, name), held.get(name)
        if name == "createdAt":
            if value and earlier(value, shown) == value:
                said[name] = value
            continue
        at_target = digest_of_value(shown)
        if at_target == new:
            continue
        if at_target not in (ours or [""]):
            change.conflicts.append(Conflict(name, _text(value), _text(shown), _text(shown)))
        elif name.startswith(ATTRIBUTE):
            attributes[name.removeprefix(ATTRIBUTE)] = value
        elif value:
            said[name] = value
        else:
            change.conflicts.append(Conflict(name, "", _text(shown), _text(shown)))
            continue
        if at_target in (ours or [""]):
            change.pending.fields[name] = [*(ours or [""]), new]
    if attributes:
        said["customAttributes"] = attributes
    if said:
        change.fields = {"email": record["email"], "status": change.after.status, **said}


def _tags(change: Change, base: Synced, there: Contact) -> None:
    after, held = change.after, {tag_name(tag) for tag in there.tags}
    ours = {*base.open_tags, *base.tags} - {*base.their_tags}
    added = [tag for tag in after.tags if tag not in base.tags]
    change.add_tags = [tag for tag in added if tag not in held]
    change.remove_tags = sorted(tag for tag in ours - {*after.tags} if tag in held)
    theirs = {*base.their_tags, *(tag for tag in added if tag in held and tag not in base.open_tags)}
    after.their_tags = [tag for tag in after.tags if tag in theirs]
    change.pending.open_tags = sorted({*base.open_tags, *change.add_tags})


def _lists(change: Change, base: Synced, *, reachable: bool) -> None:
    after = change.after
    added = [key for key in after.lists if key not in base.lists]
    gone = sorted({*base.lists, *base.open_lists} - {*after.lists} - {*base.their_lists})
    theirs = {*base.their_lists}
    change.leave = gone
    if reachable and after.status == REACHABLE:
        change.join = added
    if not change.join:
        theirs |= {*added}
    after.their_lists = [key for key in after.lists if key in theirs]
    change.pending.open_lists = sorted({*base.open_lists, *change.join})


def _held(there: Contact) -> Iterator[tuple[str, Any]]:
    shown = {
        "externalId": there.external_id,
        "firstName": there.first_name,
        "lastName": there.last_name,
        "timezone": there.timezone,
        "phone": there.phone,
        "createdAt": there.created_at,
    }
    yield from shown.items()
    yield from ((f"{ATTRIBUTE}{key}", value) for key, value in there.custom_attributes.items())


def _value(record: dict[str, Any], name: str) -> Any:
    if name in FIELDS:
        return record.get(name)
    return (record.get("customAttributes") or {}).get(name.removeprefix(ATTRIBUTE))


def _text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else repr(value)


__all__ = ["Change", "Conflict", "change_of", "tags_of"]
