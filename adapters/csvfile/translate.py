"""Files to the bundle: people row by row, lists and tags as they are met, then emails and written-down sequences.

Nothing here is resumed: a million rows take seconds, so a run that was cut short begins again.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from adapters.base import Wanted, Watcher
from adapters.csvfile.columns import check_mapped
from adapters.csvfile.consent_questions import unclear_people, vouched_in_vain
from adapters.csvfile.contacts import RowReader
from adapters.csvfile.emails import read_emails
from adapters.csvfile.file_names import read_together
from adapters.csvfile.inputs import Skipped, expand
from adapters.csvfile.open_file import OpenFile, open_file
from adapters.csvfile.options import Options
from adapters.csvfile.outcome import Tally, facts_of, notes_of
from adapters.csvfile.rejects import NAME, Rejects
from adapters.handwritten.sequences_file import language_in, read_sequences
from migrator.bundle import BundleWriter, ExportOptions, JsonlAppender, Manifest, Mismatch, Unread
from migrator.bundle import Source as SourceLabel
from migrator.errors import Bug, UsageError
from migrator.model import (
    Attribute,
    AttributeType,
    ConsentState,
    Contact,
    ContactList,
    Suppression,
    Tag,
    Template,
)
from migrator.transport.clock import Clock
from migrator.transport.redact import redact

ADAPTER_VERSION = "1"
_CLEARED = ("contacts", "suppressions", "lists", "tags", "attributes", "templates", "sequences")


@dataclass
class Census:
    tags: Counter[str] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)
    many: set[str] = field(default_factory=set)
    lists: dict[str, int] = field(default_factory=dict)


class Translation:
    def __init__(self, options: Options, bundle: BundleWriter, watcher: Watcher, wanted: Wanted, clock: Clock) -> None:
        self.options, self.bundle, self.watcher, self.wanted, self.clock = options, bundle, watcher, wanted, clock
        self.census = Census()
        self.unread: list[Unread] = []
        self.notes: list[str] = []
        self.mismatches: list[Mismatch] = []
        self.told: list[dict[str, object]] = []

    def run(self, exported_at: datetime) -> Manifest:
        for collection in _CLEARED:
            self.bundle.clear(collection)
        files = self._opened()
        people = bool(files) and self.wanted.has("contacts")
        with Rejects(self.bundle.folder.parent / NAME) as rejects:
            with self.bundle.contacts() as contacts, self.bundle.suppressions() as suppressions:
                for number, file in enumerate(files if people else (), 1):
                    with _not_collecting():
                        self._file(file, number, contacts, suppressions, rejects)
            where = rejects.finish()
            if where is not None:
                reasons = ", ".join(f"{count:,} where {reason}" for reason, count in rejects.reasons.most_common(8))
                self._gap(
                    f"{sum(rejects.reasons.values()):,} rows",
                    reasons,
                    f"They stand in {NAME} beside the bundle: repair them and export again, or leave them.",
                    "contacts",
                )
        templates = self._emails()
        self._sequences(templates)
        self._small_things()
        return Manifest(
            source=SourceLabel(platform="csv", account=self._account()),
            adapter="csv",
            adapter_version=ADAPTER_VERSION,
            door="csv",
            exported_at=exported_at,
            options=ExportOptions(only=self.wanted.only, other={"files": self.told}),
            notes=tuple(self.notes),
            unread=tuple(self.unread),
            mismatches=tuple(self.mismatches),
        )

    def _account(self) -> str | None:
        names = [str(one["name"]) for one in self.told]
        return names[0] if len(names) == 1 else f"{len(names)} files" if names else None

    # People -------------------------------------------------------------------------------------------------

    def _opened(self) -> list[OpenFile]:
        inputs, skipped = expand(self.options.files)
        named = [one.name for one in inputs]
        for given, what in ((self.options.status, "--status"), (self.options.lists, "--list")):
            if strange := given.unused(named):
                raise UsageError(
                    f"{what} names a file that is not read", where=strange[0], fix=f"Read are: {', '.join(named)}."
                )
        files: list[OpenFile] = []
        for source in inputs:
            found = open_file(source, self.options)
            if isinstance(found, Skipped):
                if source.path is not None:
                    fix = found.fix or "Leave the file out."
                    raise UsageError("The file is no list of people", where=found.name, why=found.why, fix=fix)
                skipped.append(found)
            else:
                files.append(found)
                self.watcher.say(redact(found.described()))
        read_together(files)
        check_mapped(self.options, [file.header for file in files])
        for one in skipped:
            self._gap(redact(one.name), one.why, "Nothing, if you did not mean it; else unpack it and name it.", None)
        if self.options.files and not files:
            raise UsageError("None of the files is a list of people", fix="Name the contact export itself.")
        return files

    def _file(
        self,
        file: OpenFile,
        number: int,
        contacts: JsonlAppender[Contact],
        suppressions: JsonlAppender[Suppression],
        rejects: Rejects,
    ) -> None:
        name, zone = redact(file.source.name), self.options.zone
        self._judge_flag(file)
        reader = RowReader(file.columns, number, zone=UTC if zone.key == "UTC" else zone, mixed=file.mixed)
        tally, seen = Tally(), 0
        self.watcher.collection(name, None)
        for batch in file.batches():
            self.clock.sleep(0)  # ends the run when the person stopped it
            people, rejected = reader.read(batch.rows, batch.first_row, batch.numbers)
            for row, reason, cells in (*rejected, *batch.bad):
                rejects.add(name, row, reason, cells)
            tally.rejected += len(rejected) + len(batch.bad)
            if file.columns.layout.suppressions:
                suppressions.extend(map(_suppression, people))
                tally.suppressions += len(people)
            else:
                contacts.extend(people)
                tally.contacts += len(people)
            seen += len(batch.rows) + len(batch.bad)
            if seen % 32_768 < len(batch.rows):
                self.watcher.progress(name, seen)
        tally.empty = reader.sieve.empty
        if tally.rows != seen:
            raise Bug("The rows of a file do not add up", where=name, why=f"{seen} read, {tally.rows} accounted for")
        self._tell(file, reader, tally)
        self.watcher.finished(name, seen, f"{tally.rejected:,} rejected" if tally.rejected else "")

    def _judge_flag(self, file: OpenFile) -> None:
        """A word for all people of a file needs a look at all of its cells first; only a yes can do harm."""
        flag = file.columns.flag_state
        if flag is None or not flag.widens(ConsentState.UNKNOWN):
            return
        reader = RowReader(file.columns, 1, mixed=file.mixed)
        for batch in file.batches():
            self.clock.sleep(0)
            reader.read(batch.rows, batch.first_row, batch.numbers)
        if vouched_in_vain(file, reader):
            file.columns.flag_state, file.columns.refused = None, True

    def _tell(self, file: OpenFile, reader: RowReader, tally: Tally) -> None:
        census, columns = self.census, file.columns
        census.tags.update(reader.tags)
        census.filled.update(reader.filled)
        census.many |= {column.key for column in columns.columns if column.many_values}
        for listed in reader.lists:
            census.lists.setdefault(listed, 0)
        self.told.append(facts_of(file, tally))
        self.notes += [note for note in notes_of(file, reader, tally) if note not in self.notes]
        self.unread += unclear_people(file, reader)

    # The rest -----------------------------------------------------------------------------------------------

    def _emails(self) -> dict[str, Template]:
        if not self.options.emails:
            return {}
        found, skipped = read_emails(self.options.emails, self._language())
        for one in skipped:
            self._gap(redact(one.name), one.why, "Look at it; unpack or rename it if it is an email.", None)
        return {template.source_id: template for template in found}

    def _language(self) -> str | None:
        """Of the merge tags: what the command says, else what sequences.toml says."""
        if self.options.language is None and self.options.sequences is not None:
            return language_in(self.options.sequences)
        return self.options.language

    def _sequences(self, templates: dict[str, Template]) -> None:
        if self.options.sequences is not None:
            written = read_sequences(self.options.sequences, templates, language=self.options.language)
            templates = written.templates
            for name in written.lists:
                self.census.lists.setdefault(name, 0)
            for name in written.tags:
                self.census.tags.setdefault(name, 0)
            for sequence in written.sequences:
                if self.wanted.has("sequences") and self.wanted.sequence(sequence.source_id):
                    self.bundle.put_sequence(sequence)
            self._gap(
                "Where people stand in the sequences",
                "no file says it; nobody is placed in a sequence",
                "Let people finish at the old platform, or place them by hand after the move.",
                "enrolments",
            )
        if self.wanted.has("templates"):
            for template in templates.values():
                self.bundle.put_template(template)
        bare = [one.name for one in templates.values() if one.content.subject is None]
        if bare:
            self.notes.append(f"{len(bare):,} emails have no subject: name it in sequences.toml under [emails].")

    def _small_things(self) -> None:
        census = self.census
        self.bundle.put_lists(ContactList(source_id=name, name=name) for name in sorted(census.lists))
        self.bundle.put_tags(Tag(name=name, contact_count=count or None) for name, count in sorted(census.tags.items()))
        self.bundle.put_attributes(
            Attribute(
                key=key, type=AttributeType.LIST if key in census.many else AttributeType.TEXT, contact_count=count
            )
            for key, count in sorted(census.filled.items())
        )

    def _gap(self, what: str, why: str, remedy: str, scope: str | None) -> None:
        self.unread.append(Unread(what=what, why=why, remedy=remedy, scope=scope))


@contextmanager
def _not_collecting() -> Iterator[None]:
    """Rows make no cycles; the collector would only walk every record again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _suppression(contact: Contact) -> Suppression:
    """Someone on a do-not-send list is out, whatever else the row says."""
    said = contact.consent.state
    state = ConsentState.SUPPRESSED if said in (ConsentState.UNKNOWN, ConsentState.SUBSCRIBED) else said
    return Suppression(
        email=contact.email or "",
        state=state,
        reason=next((text for text in contact.consent.evidence if not text.startswith("file-name:")), None),
        source_id=contact.source_id,
        since=contact.consent.since or contact.created_at,
        raw={**contact.attributes, **contact.raw},
    )
