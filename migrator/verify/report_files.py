"""The files of `verify/`: counts.json and one table a kind of difference, for people and for the report.

missing.csv           kind, key, name, why            planned and not at the target
differing.csv         kind, key, name, field, planned, found
not_carried.csv       kind, key, name, field, planned, why   planned, and no call of this server could take or show it
unexpected.csv        kind, key, name, what           at the target, neither planned nor there before
consent_narrower.csv  email, planned, found           less reachable than planned: a remark
consent_wider.csv     email, planned, found           more reachable than planned: an ALARM
unresolved_tags.csv   key, name, step, subject, email, tag, reason   merge tags that a sample email left open
counts.json           see `Counts.facts`

`kind` is contact, membership, list, tag, segment, template or sequence. `key` is the plan's operation key (`list:7`,
`sequence:5`), for contacts the operation that imports them. `name` is the address of a contact or the thing's name.
All files are always there, with their header line alone when there is nothing to tell. CSV, UTF-8; a cell that a
spreadsheet would run as a formula has a quote in front.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from migrator.visible import cell

COUNTS = "counts.json"
TABLES: dict[str, tuple[str, ...]] = {
    "missing": ("kind", "key", "name", "why"),
    "differing": ("kind", "key", "name", "field", "planned", "found"),
    "not_carried": ("kind", "key", "name", "field", "planned", "why"),
    "unexpected": ("kind", "key", "name", "what"),
    "consent_narrower": ("email", "planned", "found"),
    "consent_wider": ("email", "planned", "found"),
    "unresolved_tags": ("key", "name", "step", "subject", "email", "tag", "reason"),
}
KINDS = ("contact", "membership", "list", "tag", "segment", "template", "sequence")


@dataclass
class KindCount:
    planned: int = 0
    equal: int = 0
    partly: int = 0
    """As planned in everything that the server's calls could take; the rest stands in not_carried.csv."""
    missing: int = 0
    differing: int = 0
    unexpected: int = 0
    rejected: int = 0
    """Refused at the load and named in rejected.csv: neither expected nor missing here."""

    def facts(self) -> dict[str, int]:
        return dict(vars(self))


@dataclass
class Counts:
    kinds: dict[str, KindCount] = field(default_factory=lambda: {kind: KindCount() for kind in KINDS})
    drafts: KindCount = field(default_factory=KindCount)
    live: KindCount = field(default_factory=KindCount)
    """The sequences among `kinds`, apart: those that `migrate enable` switched on are live, all others drafts."""
    consent_narrower: int = 0
    consent_wider: int = 0
    status: dict[str, int] = field(default_factory=dict)
    """Contacts of the plan by the status they have at the target."""
    emails_rendered: int = 0
    unresolved_tags: int = 0
    unchecked: list[str] = field(default_factory=list)
    """What this server or key did not let us look at, in words."""
    no_call: list[str] = field(default_factory=list)
    """What the documents of this server have no call for, in words."""
    not_carried: dict[str, dict[str, int]] = field(default_factory=dict)
    """Kind to field to how many of that kind lack it, because no call of the server could take it."""

    starting: list[str] = field(default_factory=list)
    """Live sequences there, not of this plan, that may start people of the plan by themselves."""

    @property
    def agrees(self) -> bool:
        """Nothing that could be compared differs."""
        differ = any(one.missing or one.differing or one.unexpected or one.rejected for one in self.kinds.values())
        return not (differ or self.consent_narrower or self.consent_wider)

    @property
    def equal(self) -> bool:
        """The target equals the plan; unresolved merge tags are a matter of content and do not count here."""
        return self.agrees and not (self.unchecked or self.no_call or self.not_carried)

    def left_behind(self, kind: str, field: str) -> None:
        of_kind = self.not_carried.setdefault(kind, {})
        of_kind[field] = of_kind.get(field, 0) + 1

    def facts(self) -> dict[str, Any]:
        """The content of counts.json: equal, agrees (what could be compared does), alarm, kinds (kind to planned,
        equal, partly, missing, differing, unexpected, rejected), sequences (drafts and live, counted likewise), consent
        {narrower, wider}, status, emails {rendered, unresolved_tags}, unchecked, no_call, not_carried (kind to field
        to number), starting (names)."""
        return {
            "equal": self.equal,
            "agrees": self.agrees,
            "alarm": self.consent_wider > 0,
            "kinds": {kind: one.facts() for kind, one in self.kinds.items()},
            "sequences": {"drafts": self.drafts.facts(), "live": self.live.facts()},
            "consent": {"narrower": self.consent_narrower, "wider": self.consent_wider},
            "status": dict(sorted(self.status.items())),
            "emails": {"rendered": self.emails_rendered, "unresolved_tags": self.unresolved_tags},
            "unchecked": self.unchecked,
            "no_call": self.no_call,
            "not_carried": self.not_carried,
            "starting": self.starting,
        }


class Files:
    """Writes the tables beside the former ones and puts them in place together."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(self.partial, ignore_errors=True)
        self.partial.mkdir(mode=0o700, parents=True)
        self._open: dict[str, IO[str]] = {}
        self._writers: dict[str, Any] = {}
        for name, header in TABLES.items():
            descriptor = os.open(self.partial / f"{name}.csv", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            file = os.fdopen(descriptor, "w", encoding="utf-8", newline="")
            self._open[name] = file
            self._writers[name] = csv.writer(file, lineterminator="\n")
            self._writers[name].writerow(header)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._open.values():
            file.close()

    def row(self, table: str, *cells: object) -> None:
        self._writers[table].writerow([cell(str(value)) for value in cells])

    def finish(self, counts: dict[str, Any]) -> None:
        for file in self._open.values():
            file.close()
        data = json.dumps(counts, ensure_ascii=False, indent=2, default=str).encode() + b"\n"
        descriptor = os.open(self.partial / COUNTS, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as output:
            output.write(data)
            output.flush()
            os.fsync(output.fileno())
        old = self.folder.with_name(self.folder.name + ".old")
        shutil.rmtree(old, ignore_errors=True)
        if self.folder.exists():
            self.folder.rename(old)
        self.partial.rename(self.folder)
        shutil.rmtree(old, ignore_errors=True)
