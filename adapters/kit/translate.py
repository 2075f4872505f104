"""From the stored answers to the bundle, without a network. People are streamed; only small things are held in memory.

What each row means is the source's; the order, the counting and the manifest are here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Protocol

import msgspec

from adapters.base import PageStore, Probe, StoredRow, Wanted, Watcher
from adapters.kit.people import Census
from adapters.kit.wire import Notes
from adapters.wording import counted
from migrator.bundle import BundleWriter, ExportOptions, Manifest, Mismatch, SegmentMember, Unread
from migrator.bundle import Source as SourceLabel
from migrator.model import (
    Attribute,
    Campaign,
    Contact,
    ContactList,
    Enrolment,
    Form,
    OtherResource,
    Raw,
    Segment,
    Sequence,
    Tag,
    Template,
)


class Look:
    """The stored answers, and what a reader has to say about them. Never put an address into a note."""

    def __init__(self, store: PageStore, wanted: Wanted) -> None:
        self.store, self.wanted = store, wanted
        self.notes = Notes()
        self.unread: list[Unread] = []
        self._known: dict[str, dict[str, Raw]] = {}

    def rows(self, collection: str) -> Iterator[StoredRow]:
        return self.store.rows(collection)

    def row(self, collection: str, source_id: str) -> Raw:
        found = self.store.row(collection, source_id)
        return found.data if found is not None else {}

    def children(self, collection: str, parent: str) -> list[StoredRow]:
        """Rows of an endpoint with a parent, unless it names a key of its own."""
        return self.store.by_key(collection, parent)

    def small(self, collection: str) -> dict[str, Raw]:
        """A collection that fits into memory, by id, read once."""
        if collection not in self._known:
            self._known[collection] = {row.source_id: row.data for row in self.rows(collection)}
        return self._known[collection]


class Readers(Protocol):
    """The readers of an `ApiSource`."""

    name: str
    title: str
    people: str
    members: str
    adapter_version: str

    def contact(self, row: StoredRow, look: Look) -> Contact | None: ...
    def lists(self, look: Look) -> Iterable[ContactList]: ...
    def tags(self, look: Look) -> Iterable[Tag]: ...
    def attributes(self, look: Look) -> Iterable[Attribute]: ...
    def segments(self, look: Look) -> Iterable[Segment]: ...
    def templates(self, look: Look) -> Iterable[Template]: ...
    def campaigns(self, look: Look) -> Iterable[Campaign]: ...
    def sequences(self, look: Look) -> Iterable[Sequence]: ...
    def enrolments(self, look: Look, sequences: Mapping[str, Sequence]) -> Iterable[Enrolment]: ...
    def forms(self, look: Look) -> Iterable[Form]: ...
    def other(self, look: Look) -> Iterable[OtherResource]: ...
    def mismatches(self, look: Look) -> Iterable[Mismatch]: ...


def translate(
    source: Readers, look: Look, bundle: BundleWriter, watcher: Watcher, probe: Probe, exported_at: datetime
) -> Manifest:
    has = look.wanted.has
    if has("lists") or has("contacts"):
        bundle.put_lists(source.lists(look))
    if has("contacts"):
        _people(source, look, bundle, watcher)
    if has("segments"):
        bundle.put_segments([_with_members(source, look, bundle, segment) for segment in source.segments(look)])
    for template in source.templates(look) if has("templates") else ():
        bundle.put_template(template)
    if has("campaigns"):
        with bundle.campaigns() as appender:
            appender.extend(source.campaigns(look))
    _sequences(source, look, bundle)
    if has("forms"):
        bundle.put_forms(source.forms(look))
    if has("other"):
        bundle.put_other(source.other(look))
    unread = [Unread(**told) for _, told in sorted(look.store.notes("unread:").items())]
    return Manifest(
        source=SourceLabel(platform=source.name, host=probe.host, account=probe.account),
        adapter=source.name,
        adapter_version=source.adapter_version,
        door=probe.door,
        exported_at=exported_at,
        options=ExportOptions(only=look.wanted.only, sequences=look.wanted.sequences),
        notes=(*probe.warnings, *look.notes.lines()),
        unread=(*unread, *look.unread),
        mismatches=tuple(source.mismatches(look)),
    )


def _with_members(source: Readers, look: Look, bundle: BundleWriter, segment: Segment) -> Segment:
    """The members as they were at reading time, for a segment whose rules move no further."""
    if not source.members or look.store.note(f"walk:{source.members}/{segment.source_id}/0") is None:
        return segment
    with bundle.members(segment.source_id) as appender:
        for row in look.children(source.members, segment.source_id):
            person = row.source_id.removeprefix(f"{segment.source_id}/")
            if look.row(source.people, person):
                appender.append(SegmentMember(contact_id=person))
            else:
                look.notes.say("A segment has a member who is not among the people.")
        return msgspec.structs.replace(segment, members_file=appender.where)


def _people(source: Readers, look: Look, bundle: BundleWriter, watcher: Watcher) -> None:
    census, without_address, done = Census(), 0, 0
    watcher.collection("writing contacts", look.store.count(source.people))
    with bundle.contacts() as contacts:
        for row in look.rows(source.people):
            contact = source.contact(row, look)
            if contact is None or not contact.email:
                without_address += 1
            else:
                contacts.append(contact)
                census.count(contact)
            done += 1
            if done % 1000 == 0:
                watcher.progress("writing contacts", done)
    named = {tag.name: tag for tag in source.tags(look)}
    for name in sorted({*named, *census.tags}):
        tag = named.get(name) or Tag(name=name)
        named[name] = msgspec.structs.replace(tag, contact_count=census.tags.get(name, 0))
    bundle.put_tags(named[name] for name in sorted(named))
    fields = {attribute.key: attribute for attribute in census.attributes()}
    for told in source.attributes(look):
        seen = fields.get(told.key)
        fields[told.key] = msgspec.structs.replace(told, contact_count=seen.contact_count if seen else 0)
    bundle.put_attributes(fields[key] for key in sorted(fields))
    if without_address:
        what = f"{counted(without_address, 'person', 'people')} without an email address"
        why = "Sequenzy knows people by their address"
        look.unread.append(Unread(what=what, why=why, remedy="Nothing, for email."))


def _sequences(source: Readers, look: Look, bundle: BundleWriter) -> None:
    if not look.wanted.has("sequences") and not look.wanted.has("enrolments"):
        return
    found = {s.source_id: s for s in source.sequences(look) if look.wanted.sequence(s.source_id)}
    if look.wanted.has("sequences"):
        for sequence in found.values():
            bundle.put_sequence(sequence)
            short = [step.id for step in sequence.steps if step.content_missing]
            if short:
                look.unread.append(
                    Unread(
                        what=f"The content of {counted(len(short), 'step')} of sequence {sequence.source_id} "
                        f"({', '.join(short)})",
                        why=f"{source.title} does not give it",
                        remedy="Fill in the gaps in mappings.toml; nothing of such a step is ever sent before that.",
                        scope=f"steps/{sequence.source_id}",
                    )
                )
    if look.wanted.has("enrolments"):
        with bundle.enrolments() as appender:
            appender.extend(source.enrolments(look, found))
