"""From the stored answers to the bundle, without a network: the same pages always give the same bundle.

People and enrolments are streamed; only the small things (sequences, templates, forms) are held in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from adapters.base import PageStore, Probe, StoredRow, Wanted, Watcher
from adapters.broadcast import resources
from adapters.broadcast.clock_waits import with_reading
from adapters.broadcast.contacts import Census, read_contact, read_suppression
from adapters.broadcast.email_filters import topics_by_id
from adapters.broadcast.enrolments import EnrolmentReader
from adapters.broadcast.findings import NEVER_SHOWN, SETTINGS_UNREAD, findings
from adapters.broadcast.forms import read_form, tells_starts
from adapters.broadcast.reading_sequences import answers_about, collect_steps
from adapters.broadcast.segments import read_segment
from adapters.broadcast.sequences import extra_triggers, indirect_starts, read_sequence
from adapters.broadcast.step_answers import contradictions
from adapters.broadcast.steps import Templates, tells_target
from adapters.broadcast.surprises import Surprises
from adapters.broadcast.topics import Topic, read_topic
from adapters.broadcast.wire import id_order
from migrator.bundle import BundleWriter, ExportOptions, Manifest, Mismatch, SegmentMember, Unread
from migrator.bundle import Source as SourceLabel
from migrator.model import (
    ContactList,
    Form,
    OtherResource,
    Raw,
    Segment,
    Sequence,
    Suppression,
    SuppressionScope,
    Tag,
    Template,
)

ADAPTER_VERSION = "1"
_SUPPRESSIONS = (
    ("suppressions", SuppressionScope.CHANNEL),
    ("migrated_unsubscribed", SuppressionScope.CHANNEL),
    ("global_suppressions", SuppressionScope.GLOBAL),
    ("migrated_suppressions", SuppressionScope.GLOBAL),
    ("checked", SuppressionScope.GLOBAL),
)


class Translation:
    """One pass over the store. `run` writes all and gives the manifest's first half."""

    def __init__(self, store: PageStore, wanted: Wanted, bundle: BundleWriter, watcher: Watcher, probe: Probe) -> None:
        self.store, self.wanted, self.bundle, self.watcher, self.probe = store, wanted, bundle, watcher, probe
        self.surprises = Surprises()
        self.unread: list[Unread] = []

    def run(self, exported_at: datetime) -> Manifest:
        topics = self._topics()
        self.topics = topics_by_id(topics)
        self._suppressions()
        self._contacts(topics)
        templates = self._templates()
        forms = self._forms()
        self._segments()
        self._campaigns()
        sequences = self._sequences(templates, forms)
        self._enrolments(sequences)
        self._other()
        return self._manifest(exported_at, sequences, forms)

    # People -------------------------------------------------------------------------------------------------

    def _topics(self) -> list[Topic]:
        lists: list[ContactList] = []
        topics: list[Topic] = []
        for row in self.store.rows("topics"):
            found, topic = read_topic(row.data, row.source_id, self.surprises)
            lists.append(found)
            topics.append(topic)
        if self.wanted.has("lists") or self.wanted.has("contacts"):
            self.bundle.put_lists(lists)
        return topics

    def _suppressions(self) -> None:
        with self.bundle.suppressions() as appender:
            for collection, scope in _SUPPRESSIONS:
                for row in self.store.rows(collection):
                    found = read_suppression(row.data, row.source_id, scope, self.surprises)
                    if found is not None:
                        appender.append(found)

    def _suppressions_of(self, key: str | None) -> list[Suppression]:
        """Looked up by address, so that a list of millions costs no memory."""
        if key is None:
            return []
        quiet = Surprises()
        found: list[Suppression] = []
        for collection, scope in self._suppression_sources:
            for row in self.store.by_key(collection, key):
                one = read_suppression(row.data, row.source_id, scope, quiet)
                if one is not None:
                    found.append(one)
        return found

    def _contacts(self, topics: list[Topic]) -> None:
        self._suppression_sources = [(name, scope) for name, scope in _SUPPRESSIONS if self.store.count(name)]
        if not self.wanted.has("contacts"):
            return
        census = Census()
        total, done = self.store.count("subscribers"), 0
        self.watcher.collection("writing contacts", total)
        with self.bundle.contacts() as appender:
            for row in self.store.rows("subscribers"):
                contact = read_contact(row.data, row.source_id, self._suppressions_of(row.key), topics, self.surprises)
                appender.append(contact)
                census.count(contact)
                if contact.raw.get("topics"):
                    # Somebody's answers cannot be read, so no rule may rest on them.
                    self.topics = {}
                done += 1
                if done % 1000 == 0:
                    self.watcher.progress("writing contacts", done)
        self.bundle.put_tags(Tag(name=name, contact_count=count) for name, count in sorted(census.tags.items()))
        self.bundle.put_attributes(census.attributes())

    def _enrolments(self, sequences: list[Sequence]) -> None:
        if not self.wanted.has("enrolments"):
            return
        reader = EnrolmentReader(self.store, self.surprises, check_people=self.wanted.has("contacts"))
        with self.bundle.enrolments() as appender:
            for sequence in sequences:
                for enrolment in reader.read(sequence):
                    appender.append(enrolment)
        self.unread += reader.strangers()

    # Content ------------------------------------------------------------------------------------------------

    def _merged(self, collection: str, details: str) -> Iterator[StoredRow]:
        """List rows, completed by what was asked for one by one; also those that only the details have."""
        for row in self.store.rows(collection):
            more = self.store.row(details, row.source_id)
            yield StoredRow(row.source_id, {**row.data, **more.data}) if more else row
        for more in self.store.rows(details):
            if self.store.row(collection, more.source_id) is None:
                yield more

    def _templates(self) -> dict[str, Template]:
        found: dict[str, Template] = {}
        for row in self._merged("templates", "template_details"):
            found[row.source_id] = resources.read_template(row.data, row.source_id, self.surprises)
            if self.wanted.has("templates"):
                self.bundle.put_template(found[row.source_id])
        return found

    def _forms(self) -> list[Form]:
        rows = self._merged("forms", "form_details")
        found = [read_form(row.data, row.source_id, self.surprises) for row in rows]
        if self.wanted.has("forms"):
            self.bundle.put_forms(found)
        return found

    def _segments(self) -> None:
        if not self.wanted.has("segments"):
            return
        found: list[Segment] = []
        for row in self._merged("segments", "segment_details"):
            members_file = self._members(row.source_id)
            segment = read_segment({**row.data, "id": row.source_id}, self.surprises, members_file=members_file)
            if segment is not None:
                found.append(segment)
        self.bundle.put_segments(found)

    def _members(self, segment_id: str) -> str | None:
        """The frozen members of a segment whose rule leans on what does not move."""
        state = self.store.note(f"walk:members/{segment_id}") or {}
        if not state.get("done"):
            return None
        with self.bundle.members(segment_id) as appender:
            for row in self.store.rows(f"members/{segment_id}"):
                contact_id = self._contact_id(row.key, row.source_id)
                appender.append(SegmentMember(contact_id=contact_id))
            return appender.where

    def _contact_id(self, key: str | None, source_id: str) -> str:
        if self.store.row("subscribers", source_id) is not None or key is None:
            return source_id
        found = self.store.by_key("subscribers", key)
        return found[0].source_id if found else source_id

    def _campaigns(self) -> None:
        if not self.wanted.has("campaigns"):
            return
        with self.bundle.campaigns() as appender:
            for row in self._merged("broadcasts", "broadcast_details"):
                appender.append(resources.read_campaign(row.data, row.source_id, self.surprises))

    def _sequences(self, templates: dict[str, Template], forms: list[Form]) -> list[Sequence]:
        rows = {row.source_id: row.data for row in self._sequence_rows()}
        ids = sorted((one for one in rows if self.wanted.sequence(one)), key=id_order)
        trees = {one: collect_steps(self.store, one) for one in ids}
        extra = extra_triggers(trees, forms)
        moves = [row for rows_ in trees.values() for row in rows_ if row.get("action") == "move_to_sequence"]
        all_read = not self.wanted.sequences and "sign-up forms" not in self.store.notes("unread:")
        all_read = all_read and all(tells_target(row) for row in moves)
        all_read = all_read and all(tells_starts(row.data) for row in self._merged("forms", "form_details"))
        found = [
            read_sequence(
                rows[one],
                one,
                trees[one],
                Templates(templates),
                self.surprises,
                extra.get(one, ()),
                starts_known=all_read,
                topics=self.topics,
            )
            for one in ids
        ]
        reading = EnrolmentReader(self.store, self.surprises, check_people=False).clock_reading(found)
        found = [with_reading(sequence, reading) for sequence in found]
        self._compare_steps(ids)
        if self.wanted.has("sequences"):
            for sequence in found:
                self.bundle.put_sequence(sequence)
        return found

    def _sequence_rows(self) -> Iterator[StoredRow]:
        """Newer rows override older ones; ids the operator named on servers without a list have none at all."""
        rows: dict[str, Raw] = {}
        for collection in ("migrated_sequences", "sequences", "skeletons"):
            for row in self.store.rows(collection):
                told = {key: value for key, value in row.data.items() if key != "steps"}
                rows[row.source_id] = {**rows.get(row.source_id, {}), **told}
        for one in self.wanted.sequences:
            if self.store.note(f"walk:enrolments/{one}"):
                rows.setdefault(one, {"id": one})
        return (StoredRow(source_id, data) for source_id, data in rows.items())

    def _compare_steps(self, ids: list[str]) -> None:
        """The skeleton and the steps endpoint should name the same steps, and say the same of them."""
        for one in ids:
            for step_id, keys in contradictions(*answers_about(self.store, one)).items():
                what = f"Step {step_id} of sequence {one}"
                why = f"two answers differ in '{', '.join(keys)}': it was edited while the account was read"
                self.surprises.lose(what, why, "Export again with --fresh at a quiet moment.", f"steps/{one}")
            skeleton = self.store.row("skeletons", one)
            short = skeleton.data.get("steps") if skeleton else None
            if not isinstance(short, list) or self.store.note(f"steps:{one}") is None:
                continue
            there = {str(row.get("id")) for row in short if isinstance(row, dict)}
            here = {row.source_id for row in self.store.rows(f"steps/{one}")}
            if there != here:
                odd = ", ".join(sorted(there ^ here, key=id_order))
                self.surprises.note(f"Sequence {one}: its two step lists do not agree about step {odd}.")

    def _other(self) -> None:
        if not self.wanted.has("other"):
            return
        found: list[OtherResource] = [
            resources.read_email_server(row.data, row.source_id) for row in self.store.rows("email_servers")
        ]
        found += [
            resources.read_webhook_endpoint(row.data, row.source_id) for row in self.store.rows("webhook_endpoints")
        ]
        found += [resources.read_design(row.data) for row in self.store.rows("design")]
        settings = [resources.read_settings(row.data) for row in self.store.rows("channel_settings") if row.data]
        found += settings
        found += [resources.read_file(row.data, row.source_id) for row in self.store.rows("file_assets")]
        self.bundle.put_other(found)
        self.unread += NEVER_SHOWN if settings else (*NEVER_SHOWN, *SETTINGS_UNREAD)

    # The manifest -------------------------------------------------------------------------------------------

    def _manifest(self, exported_at: datetime, sequences: list[Sequence], forms: list[Form]) -> Manifest:
        unread = [Unread(**found) for _, found in sorted(self.store.notes("unread:").items())]
        more_unread, mismatches = findings(self.store, sequences)
        notes = list(self.probe.warnings)
        notes += [
            f"In {collection} the server sent half characters (cut emojis); each was replaced by \ufffd."
            for collection in self.store.notes("mended:")
        ]
        notes += self.surprises.lines()
        notes += [
            f"The tag '{start.tag}' added by {start.by} starts sequence {start.sequence_id}."
            for start in indirect_starts(sequences, forms)
        ]
        return Manifest(
            source=SourceLabel(platform="broadcast", host=self.probe.host, account=self.probe.account),
            adapter="broadcast",
            adapter_version=ADAPTER_VERSION,
            door=self.probe.door,
            exported_at=exported_at,
            options=ExportOptions(
                only=self.wanted.only, sequences=self.wanted.sequences, other={"version": self.probe.version}
            ),
            notes=tuple(notes),
            unread=(*unread, *self.unread, *self.surprises.lost(), *more_unread),
            mismatches=tuple(mismatches),
        )


__all__ = ["ADAPTER_VERSION", "Mismatch", "Translation"]
