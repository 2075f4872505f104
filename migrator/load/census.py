"""Who is at the target right now: read in pages before anybody is named to it; a few people one by one.

What people were before the first load is in present_before.py. Nothing here outlives the run.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from adapters.sequenzy import read
from adapters.sequenzy.shapes import Contact
from migrator.load.present_before import page_size
from migrator.load.work import Work, digest_of

NARROW = ("unsubscribed", "bounced")
SHUT = (*NARROW, "complained")
FEW = 10
"""So many people or fewer are asked for one by one, where reading everybody takes more pages."""


@dataclass(frozen=True)
class Seen:
    status: str
    now: Contact | None = None
    """Only of people of the plan who were there before it was loaded."""

    @property
    def shut(self) -> bool:
        """May not be mailed. Any other word that the target may say counts as reachable."""
        return self.status in SHUT


def census_of(work: Work) -> Census:
    """The one of this run."""
    found: Census = work.once.setdefault("census", None) or Census(work)
    work.once["census"] = found
    return found


class Census:
    def __init__(self, work: Work) -> None:
        self._work = work
        # A file of its own that nobody else sees and that goes with the run: memory does not grow with the people.
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("PRAGMA cache_size=-2000")
        self._db.execute("CREATE TABLE there (digest BLOB PRIMARY KEY, status TEXT, now BLOB) WITHOUT ROWID")
        self._whole = False
        self._pages = 0
        self._looked_up = 0
        self._before = work.checkpoint.present_count() > 0

    def everybody(self) -> None:
        """Once a run, unless somebody calls `again`."""
        if self._whole:
            return
        self._clear()
        count, name = 0, "contacts there now"
        self._work.watcher.collection(name, None)
        for rows in read.contact_pages(self._work.api, page=page_size(self._work)):
            self._take(rows)
            self._pages += 1
            count += len(rows)
            self._work.watcher.progress(name, count)
        self._work.watcher.finished(name, count)
        self._whole = True

    def opted_out(self) -> None:
        """Only those who may not be mailed: then whoever `of` does not show may be active, or not there."""
        self._clear()
        for status in NARROW:
            for rows in read.contact_pages(self._work.api, status=status, page=page_size(self._work)):
                self._take(row for row in rows if row.status in SHUT)

    def again(self, emails: Sequence[str]) -> None:
        """What became of these people since they were last looked at."""
        if self._whole and len(emails) <= max(FEW, self._pages) and self._pages > 1:
            self._look_up(emails)
            return
        self._whole = False
        self.everybody()

    def learn(self, contact: Contact) -> None:
        """Somebody whom this run has just created or changed."""
        if self._whole:
            self._take([contact])

    def of(self, emails: Sequence[str]) -> dict[bytes, Seen]:
        """By digest. Who is not in it is not there."""
        found: dict[bytes, Seen] = {}
        digests = [digest_of(email) for email in emails]
        for start in range(0, len(digests), 500):
            part = digests[start : start + 500]
            marks = ", ".join("?" * len(part))
            rows = self._db.execute(f"SELECT digest, status, now FROM there WHERE digest IN ({marks})", part)  # noqa: S608 - placeholders only
            for digest, status, now in rows:
                found[digest] = Seen(status, msgspec.json.decode(now, type=Contact) if now else None)
        return found

    def named(self, emails: Sequence[str]) -> dict[bytes, Seen]:
        """Before a call names these people. Reads everybody first, unless asking for these few is cheaper."""
        if not self._whole and self._looked_up + len(emails) <= self._cheaper_than_pages():
            self._looked_up += len(emails)
            self._look_up(emails)
        elif not self._whole:
            self.everybody()
        return self.of(emails)

    def _cheaper_than_pages(self) -> int:
        return min(FEW, self._work.contacts_there // page_size(self._work))

    def _look_up(self, emails: Sequence[str]) -> None:
        for email in emails:
            self._db.execute("DELETE FROM there WHERE digest = ?", (digest_of(email),))
            found = read.contact(self._work.api, email)
            if found is not None:
                self._take([found])

    def _clear(self) -> None:
        self._db.execute("DELETE FROM there")
        self._pages = 0

    def _take(self, contacts: Iterable[Contact]) -> None:
        rows = [(digest_of(contact.email), contact) for contact in contacts if contact.email]
        before = self._work.checkpoint.present([digest for digest, _ in rows]) if self._before else {}
        self._db.executemany(
            "INSERT OR REPLACE INTO there VALUES (?, ?, ?)",
            [
                (digest, contact.status, msgspec.json.encode(contact) if _touched(before, digest) else None)
                for digest, contact in rows
            ],
        )


def _touched(before: dict[bytes, tuple[str, dict[str, object] | None]], digest: bytes) -> bool:
    return digest in before and before[digest][1] is not None
