"""Files as a source: what they can give, and a set of them opened for reading. Nothing is fetched from anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from adapters.base import PageStore, Probe, Readable, Setting, Wanted, Watcher
from adapters.csvfile.options import Options
from adapters.csvfile.translate import Translation
from migrator.bundle import BundleWriter, Manifest
from migrator.errors import UsageError
from migrator.transport.clock import Clock
from migrator.transport.redact import redact


class FilesReading:
    def __init__(self, options: Options, clock: Clock) -> None:
        self.options, self.clock = options, clock

    def probe(self) -> Probe:
        names = sorted(path.name for path in (*self.options.files, *self.options.emails))
        return Probe(identity=redact("files: " + ", ".join(names)), host=None, account=None, door="csv")

    def fetch(self, store: PageStore, wanted: Wanted, watcher: Watcher) -> None:
        """Files need no copy of themselves: they are read where they lie."""

    def translate(
        self, store: PageStore, wanted: Wanted, bundle: BundleWriter, watcher: Watcher, exported_at: datetime
    ) -> Manifest:
        return Translation(self.options, bundle, watcher, wanted, self.clock).run(exported_at)

    def close(self) -> None:
        pass


class FilesSource:
    name = "csv"
    title = "Any platform, from its exported files"
    settings: tuple[Setting, ...] = ()
    readable = (
        Readable("contacts", "file", "CSV, TSV, ZIP of them; Excel and Parquet with the extra `tables`"),
        Readable("suppressions", "file", "do-not-send lists: addresses with a reason or a date"),
        Readable("lists", "file", "named in a column, or by --list"),
        Readable("tags", "file", "named in a column"),
        Readable("attributes", "file", "every column without another meaning, as text"),
        Readable("templates", "file", "a folder or ZIP of HTML and MJML files"),
        Readable("sequences", "file", "written by hand in sequences.toml"),
    )
    cannot = (
        "Where people stand in a sequence is in no export file; nobody is placed.",
        "Who may be mailed is only known where a column, a file's name or you say it.",
        "Segments, forms and campaigns are not in contact exports.",
    )

    def open(
        self,
        settings: Mapping[str, str],
        *,
        clock: Clock,
        rate: int | None = None,
        options: Options | None = None,
    ) -> FilesReading:
        options = options or Options()
        if not options.files and not options.emails and options.sequences is None:
            raise UsageError("No file was named", fix="Name one: migrate export csv subscribed.csv unsubscribed.csv")
        return FilesReading(options, clock)
