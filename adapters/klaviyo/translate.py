"""From the stored answers to the bundle, without a network: the same pages always give the same bundle.

People are streamed; only the small things (flows, segments, templates) are held in memory.
"""

from __future__ import annotations

from collections.abc import Sequence as Several
from datetime import datetime

import msgspec

from adapters.base import PageStore, Probe, Wanted, Watcher
from adapters.kit.wire import Notes, attributes_of, filled, instant, part
from adapters.klaviyo import resources
from adapters.klaviyo.contacts import Census, has_address, read_contact, read_suppressions
from adapters.klaviyo.emails import Contents, read_template
from adapters.klaviyo.flows import read_flow
from adapters.klaviyo.names import names_in
from adapters.klaviyo.probe import account_in, timezone_in
from adapters.klaviyo.steps import Surroundings
from migrator.bundle import BundleWriter, ExportOptions, Manifest, SegmentMember, Unread
from migrator.bundle import Source as SourceLabel
from migrator.model import Contact, Raw, Segment, Sequence, Tag

ADAPTER_VERSION = "1"


class Translation:
    """One pass over the store. `run` writes all and gives the manifest's first half."""

    def __init__(
        self,
        store: PageStore,
        wanted: Wanted,
        bundle: BundleWriter,
        watcher: Watcher,
        probe: Probe,
        tag_keys: Several[str],
    ) -> None:
        self.store, self.wanted, self.bundle, self.watcher, self.probe = store, wanted, bundle, watcher, probe
        self.tag_keys = tuple(tag_keys)
        self.names = names_in(store)
        self.notes = Notes()
        self.unread: list[Unread] = []

    def run(self, exported_at: datetime) -> Manifest:
        if self.wanted.has("lists") or self.wanted.has("contacts"):
            rows = self.store.rows("lists")
            self.bundle.put_lists(resources.read_list(row.data, row.source_id) for row in rows)
        self._people()
        segments = self._segments()
        if self.wanted.has("templates"):
            for row in self.store.rows("templates"):
                self.bundle.put_template(read_template(row.data, row.source_id))
        self._campaigns()
        sequences = self._sequences()
        self._other(sequences, segments)
        return self._manifest(exported_at)

    # People -------------------------------------------------------------------------------------------------

    def _people(self) -> None:
        wants_people, wants_rows = self.wanted.has("contacts"), self.wanted.has("suppressions")
        census, done = Census(), 0
        self.watcher.collection("writing contacts", self.store.count("profiles"))
        with self.bundle.contacts() as contacts, self.bundle.suppressions() as suppressions:
            for row in self.store.rows("profiles"):
                if wants_people and not has_address(row.data):
                    census.without_address += 1
                elif wants_people:
                    contact = self._contact(row.data, row.source_id)
                    contacts.append(contact)
                    census.count(contact)
                if wants_rows:
                    for found in read_suppressions(row.data, row.source_id):
                        suppressions.append(found)
                done += 1
                if done % 1000 == 0:
                    self.watcher.progress("writing contacts", done)
        if wants_people:
            self.bundle.put_tags(Tag(name=name, contact_count=count) for name, count in sorted(census.tags.items()))
            self.bundle.put_attributes(census.attributes())
            self._say_about_people(census)

    def _contact(self, row: Raw, source_id: str) -> Contact:
        joined: dict[str, datetime | None] = {}
        for member in self.store.by_key("memberships", source_id):
            joined[str(member.data.get("list"))] = instant(member.data.get("joined"))
        contact = read_contact(row, source_id, joined, self.tag_keys)
        known = tuple(one for one in contact.lists if one.list_id in self.names.lists)
        if len(known) == len(contact.lists):
            return contact
        self.notes.say("Somebody left a list that is not there any more; kept in raw.")
        gone = [one.list_id for one in contact.lists if one.list_id not in self.names.lists]
        return msgspec.structs.replace(contact, lists=known, raw={**contact.raw, "opted_out_of_unknown_lists": gone})

    def _say_about_people(self, census: Census) -> None:
        if census.never_asked:
            self.notes.say(
                f"{census.never_asked:,} people never gave consent and still got flows: they come along as contacts "
                "who may not be mailed."
            )
        if census.without_address:
            self.unread.append(
                Unread(
                    what=f"{census.without_address} profiles without an email address",
                    why="they have a phone number or another id only, and the target knows people by their address",
                    remedy="Nothing for email; carry them over where your text messages will leave from.",
                )
            )
        candidates = census.holding_lists()
        if candidates and not self.tag_keys:
            names = ", ".join(candidates[:8])
            self.notes.say(
                f"People have no tags here. These properties hold lists and may be meant as tags: {names}. Name them "
                "in KLAVIYO_TAG_PROPERTIES (with commas) and export again to carry them over as tags."
            )

    # Content ------------------------------------------------------------------------------------------------

    def _segments(self) -> list[Segment]:
        found = [
            resources.read_segment(row.data, row.source_id, self.names, self._members(row.source_id))
            for row in self.store.rows("segments")
        ]
        if self.wanted.has("segments"):
            self.bundle.put_segments(found)
        return found

    def _members(self, segment_id: str) -> str | None:
        state = self.store.note(f"walk:members/{segment_id}") or {}
        if not state.get("done") or not self.wanted.has("segments"):
            return None
        with self.bundle.members(segment_id) as appender:
            for row in self.store.rows(f"members/{segment_id}"):
                person = self.store.row("profiles", row.source_id)
                if person is None or not has_address(person.data):
                    self.notes.say("A segment has a member who is not among the people (or without an address).")
                    continue
                appender.append(SegmentMember(contact_id=row.source_id))
            return appender.where

    def _campaigns(self) -> None:
        if not self.wanted.has("campaigns"):
            return
        with self.bundle.campaigns() as appender:
            for row in self.store.rows("campaigns"):
                more = self.store.row("campaign_messages", row.source_id)
                messages = more.data if more else {}
                appender.append(resources.read_campaign(row.data, row.source_id, messages, self.names))

    def _sequences(self) -> list[Sequence]:
        if not self.wanted.has("sequences"):
            return []
        found: list[Sequence] = []
        contents, zone = Contents(self.store), timezone_in(self.store)
        for row in self.store.rows("flows"):
            if not self.wanted.sequence(row.source_id):
                continue
            details = self.store.row("flow_details", row.source_id)
            whole = part(details.data.get("data")) if details else row.data
            told = attributes_of(whole)
            if not isinstance(told.get("definition"), dict):
                self._no_definition(row.source_id)
            around = Surroundings(
                flow_id=row.source_id,
                status=filled(told.get("status")) or "draft",
                names=self.names,
                contents=contents,
                zone=zone,
                triggers=part(told.get("definition")).get("triggers"),
                tag_keys=self.tag_keys,
            )
            found.append(read_flow(whole, around, self.notes))
            self.bundle.put_sequence(found[-1])
        self._say_about_gaps(found)
        return found

    def _no_definition(self, flow_id: str) -> None:
        self.unread.append(
            Unread(
                what=f"The steps of flow {flow_id}",
                why="Klaviyo shows this flow without its definition, or it was deleted while being read",
                remedy="Export again; if it stays, rebuild this flow by hand: it is not carried over.",
                scope=f"steps/{flow_id}",
            )
        )

    def _say_about_gaps(self, sequences: list[Sequence]) -> None:
        for sequence in sequences:
            short = [step.id for step in sequence.steps if step.content_missing]
            if short:
                self.unread.append(
                    Unread(
                        what=f"The content of {len(short)} steps of flow {sequence.source_id} ({', '.join(short)})",
                        why="Klaviyo does not hold it (an email that was never designed), or would not give it",
                        remedy="Fill in the gaps in mappings.toml; nothing of such a step is ever sent before that.",
                        scope=f"steps/{sequence.source_id}",
                    )
                )

    def _other(self, sequences: list[Sequence], segments: list[Segment]) -> None:
        if not self.wanted.has("other"):
            return
        found = [resources.read_block(row.data, row.source_id) for row in self.store.rows("universal")]
        found += [resources.read_label(row.data, row.source_id) for row in self.store.rows("labels")]
        used = resources.events_used(sequences, segments)
        events = [resources.read_event(row.data, row.source_id, used) for row in self.store.rows("metrics")]
        company = resources.read_company(account_in(self.store))
        found += [company] if company else []
        self.bundle.put_other([*found, *(one for one in events if one is not None)])

    # The manifest -------------------------------------------------------------------------------------------

    def _manifest(self, exported_at: datetime) -> Manifest:
        unread = [Unread(**found) for _, found in sorted(self.store.notes("unread:").items())]
        return Manifest(
            source=SourceLabel(platform="klaviyo", host=self.probe.host, account=self.probe.account),
            adapter="klaviyo",
            adapter_version=ADAPTER_VERSION,
            door=self.probe.door,
            exported_at=exported_at,
            options=ExportOptions(
                only=self.wanted.only,
                sequences=self.wanted.sequences,
                other={"revision": self.probe.version, "tag_properties": list(self.tag_keys)},
            ),
            notes=(*self.probe.warnings, *self.notes.lines()),
            unread=(*unread, *self.unread),
        )
