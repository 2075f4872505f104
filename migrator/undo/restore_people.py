"""Undo, as far as people go: created contacts are deleted, those who were there before get back what they had.

The whole listing is read and judged before the first contact goes, so that no page can slip away under the reading;
only verdicts are kept meanwhile, in a scratch database.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from adapters.sequenzy import read, write
from adapters.sequenzy.shapes import Contact
from migrator.cutover.mark_positions import mark_names
from migrator.errors import ApiError, NotFound
from migrator.load.expected import consent, differences, expected, tag_name
from migrator.load.present_before import TAGS_NOTE, page_size
from migrator.load.work import Work, digest_of
from migrator.plan.records import AddTags
from migrator.verify.planned_people import Place, PlannedPeople

Before = dict[str, Any]
DELETE, RESTORE, LEAVE = "delete", "restore", "leave"


@dataclass
class Undone:
    removed: dict[str, int] = field(default_factory=dict)
    restored: int = 0
    """Contacts who were there before and have their former data again."""
    kept: list[tuple[str, str, str]] = field(default_factory=list)
    """Kind, key, reason. For contacts the key is the operation that imported them."""
    remarks: list[str] = field(default_factory=list)

    def count(self, kind: str, number: int = 1) -> None:
        self.removed[kind] = self.removed.get(kind, 0) + number

    def keep(self, kind: str, key: str, why: str) -> None:
        self.kept.append((kind, key, why))

    def remark(self, text: str) -> None:
        if text not in self.remarks:
            self.remarks.append(text)

    def facts(self) -> dict[str, Any]:
        kept = [{"kind": kind, "key": key, "why": why} for kind, key, why in self.kept]
        return {"removed": self.removed, "restored": self.restored, "kept": kept, "remarks": self.remarks}


class UndoPeople:
    def __init__(self, work: Work, people: PlannedPeople, found: Undone, dry_run: bool) -> None:
        self.work, self.planned, self.found, self.dry_run = work, people, found, dry_run
        self._tagged: dict[str, list[str]] | None = None
        self._marks: set[str] | None = None

    def contacts(self) -> None:
        for rows in read.contact_pages(self.work.api, page=page_size(self.work)):
            self._judge([row for row in rows if row.email])
        self.work.watcher.collection("contacts", None)
        done = 0
        for email, verdict in self.planned.verdicts(DELETE, RESTORE):
            if verdict == DELETE:
                self.found.count("contact")
            else:
                self.found.restored += 1
            if not self.dry_run:
                self._carry_out(email, verdict)
            done += 1
            self.work.watcher.progress("contacts", done)
        self.work.watcher.finished("contacts", done)

    def _judge(self, rows: list[Contact]) -> None:
        emails = [str(row.email).lower() for row in rows]
        if not emails:
            return
        places = self.planned.find(emails)
        were = self.work.checkpoint.present([digest_of(email) for email in emails])
        verdicts = []
        for row, email in zip(rows, emails, strict=True):
            if email in places:
                was = were.get(digest_of(email))
                verdicts.append((email, self._verdict(row, places[email], was[1] if was else None)))
        self.planned.seen(verdicts)

    def _verdict(self, row: Contact, place: Place, was: Before | None) -> str:
        strategy = str(place.operation.head.get("duplicateStrategy", "skip"))
        wanted = expected(self.planned.sent(place)[0], was, strategy)
        if place.complained:
            wanted = {**wanted, "status": "unsubscribed"}
        if was is None or self.dry_run:
            # Those who were there before have lost these tags by now, unless this is only a look.
            wanted = {**wanted, "tags": [*(wanted.get("tags") or []), *self._added_tags(str(row.email))]}
        if was is not None:
            self._remark(row, was)
            if not _changes(row, was):
                return LEAVE
        changed = next(differences(wanted, self._unmarked(row, wanted), strict=True), None)
        if changed is not None or consent(wanted, row):
            what = changed.field if changed else "status"
            self.found.keep("contact", place.operation.key, f"changed since: {what.partition('.')[0]}")
            return LEAVE
        return DELETE if was is None else RESTORE

    def _unmarked(self, row: Contact, wanted: dict[str, Any]) -> Contact:
        """Without the marks that `migrate enable` wrote: they are ours, and no sign that somebody touched it."""
        if self._marks is None:
            self._marks = mark_names(self.work)
        ours = self._marks - set(wanted.get("customAttributes") or ())
        if not ours & set(row.custom_attributes):
            return row
        kept = {name: value for name, value in row.custom_attributes.items() if name not in ours}
        return msgspec.structs.replace(row, custom_attributes=kept)

    def _remark(self, row: Contact, was: Before) -> None:
        if was["status"] == "active" and row.status != "active":
            self.found.remark("People whom the load opted out stay opted out: nobody is re-subscribed.")
        if was.get("createdAt") != row.created_at:
            self.found.remark("A signup date that moved to an earlier one cannot be moved back.")

    def _added_tags(self, email: str) -> list[str]:
        """Tags that the plan gave by a call of their own."""
        if self._tagged is None:
            self._tagged = {}
            for operation in self.work.opened.operations(AddTags):
                for one in self.work.opened.lines(operation.file):
                    self._tagged.setdefault(str(one).lower(), []).extend(operation.tags)
        return self._tagged.get(email.lower(), [])

    def _carry_out(self, email: str, verdict: str) -> None:
        if verdict == DELETE:
            write.delete_contact(self.work.api, email)
            return
        was = self.work.checkpoint.present([digest_of(email)])[digest_of(email)][1] or {}
        body = {
            "firstName": was.get("firstName") or "",
            "lastName": was.get("lastName") or "",
            "tags": was.get("tags") or [],
            "customAttributes": was.get("customAttributes") or {},
            "customAttributesStrategy": "replace",
            "timezone": was.get("timezone"),
        }
        write.update_contact(self.work.api, email, body)

    def tag_definitions(self) -> None:
        """Names that came with the load and that nobody carries any more."""
        before = self.work.checkpoint.note(TAGS_NOTE)
        if before is None:
            return
        planned = {tag_name(tag) for record in self.planned.records() for tag in record.get("tags") or ()}
        planned |= {tag_name(tag) for one in self.work.opened.operations(AddTags) for tag in one.tags}
        try:
            there = read.tags(self.work.api)
        except NotFound:
            self.found.remark("Tags stay: this server has no call that shows or deletes them.")
            return
        for tag in there:
            name = str(tag.get("name"))
            if name in before or tag_name(name) not in planned or tag.get("isSystem"):
                continue
            if self.dry_run:
                self.found.count("tag")
                continue
            holders = self.work.api.get("/subscribers", {"tags": name, "status": "all", "limit": 1}).data
            if holders.get("subscribers"):
                continue
            try:
                write.delete_tag(self.work.api, str(tag["id"]))
            except ApiError as error:
                self.found.keep("tag", name, error.problem.message)
            else:
                self.found.count("tag")


def _changes(row: Contact, was: Before) -> bool:
    """Whether anything that can be given back is not what it was."""
    names = (("firstName", row.first_name), ("lastName", row.last_name), ("timezone", row.timezone))
    fields = any((was.get(name) or "") != (now or "") for name, now in names)
    return fields or list(row.tags) != (was.get("tags") or []) or row.custom_attributes != was.get("customAttributes")
