"""Reading sequences, their steps from up to three places, and the people in them.

The list names them, the sequence itself gives a skeleton, the steps endpoint the content, a single step what is
still missing. A server that lacks one of these is asked once; the others then have to do.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from adapters.base import PageStore, StoredPage, StoredRow, Wanted
from adapters.broadcast import listings
from adapters.broadcast.fetch import Fetcher, ids_of, path_of, refuse_dropped_filters, row_id
from adapters.broadcast.step_answers import merge_rows
from adapters.broadcast.steps import is_complete, template_id_of
from adapters.broadcast.wire import text_id, whole
from migrator.errors import ApiProblem, AuthError, NotFound, Rejected, Unavailable
from migrator.model import Raw
from migrator.transport.clock import Clock

_TRIES = 3
"""One sequence that was just deleted must not pass for a server that cannot list people."""

TICK = 5.0
"""Seconds between two signs of life in a wait."""


class SequenceReading:
    def __init__(self, fetcher: Fetcher, wanted: Wanted, clock: Clock, *, admin: bool) -> None:
        self.fetcher, self.store, self.api = fetcher, fetcher.store, fetcher.api
        self.wanted, self.clock, self.admin = wanted, clock, admin

    def run(self) -> None:
        ids = self._ids()
        self._skeletons(ids)
        known = [one for one in ids if self.store.row("skeletons", one) is not None]
        self._steps(known)
        self._single_steps(known)
        self._linked_templates(known)
        if self.wanted.has("enrolments"):
            self._enrolments(ids, known)

    def _ids(self) -> list[str]:
        try:
            self.fetcher.needed("sequences_read", lambda: self.fetcher.walk(listings.SEQUENCES))
        except (NotFound, Rejected) as error:
            if isinstance(error, Rejected) and error.problem.status != 405:
                raise
            return self._ids_without_a_list()
        ids = ids_of(self.store.rows("sequences"))
        for missing in [one for one in self.wanted.sequences if one not in ids]:
            self.fetcher.unread(
                f"sequence {missing}",
                what=f"Sequence {missing}",
                why="the channel has no sequence with this id",
                remedy="Check the id: it stands in the address bar, /sequences/ID.",
                scope=f"sequences/{missing}",
            )
        return [one for one in ids if self.wanted.sequence(one)]

    def _ids_without_a_list(self) -> list[str]:
        if self.admin:
            self.fetcher.walk(listings.MIGRATED_SEQUENCES)
            return [one for one in ids_of(self.store.rows("migrated_sequences")) if self.wanted.sequence(one)]
        named = list(self.wanted.sequences)
        why = "this server does not list sequences"
        if named:
            remedy = "Only the people in them could be read. Update the server, or rebuild the steps by hand."
            what = "The steps of sequences " + ", ".join(named)
        else:
            remedy = (
                "Name them with --sequence ID (the number in the address bar, /sequences/ID), or update the server."
            )
            what = "All sequences and the people in them"
            self.fetcher.unread("enrolments", what=what, why=why, remedy=remedy, scope="enrolments")
        self.fetcher.unread("sequences", what=what, why=why, remedy=remedy, scope="sequences")
        return named

    # Steps --------------------------------------------------------------------------------------------------

    def _skeletons(self, ids: list[str]) -> None:
        todo = [one for one in ids if self.store.row("skeletons", one) is None]

        def ask(one: str) -> Callable[[], Raw | None]:
            return lambda: self.fetcher.ask_one(path_of("sequences", one), {"include_steps": True})

        for number, found in self.fetcher.many([ask(one) for one in todo]):
            self.fetcher.keep_one("skeletons", todo[number], found)
        self.fetcher.watcher.finished("sequences (skeletons)", len(ids))

    def _steps(self, ids: list[str]) -> None:
        todo = [one for one in ids if self.store.note(f"steps:{one}") is None]
        # The first answer says for all whether this server has the endpoint.
        for part in (todo[:1], todo[1:]):
            if self.store.note("no_steps_endpoint"):
                return
            for number, rows in self.fetcher.many([partial(self._ask_steps, one) for one in part]):
                if rows is None:
                    self.store.put_note("no_steps_endpoint", True)
                    continue
                self._keep_steps(part[number], rows)
                self.store.put_note(f"steps:{part[number]}", len(rows))

    def _ask_steps(self, sequence_id: str) -> list[Raw] | None:
        where = path_of("sequences", sequence_id, "steps")
        try:
            payload = self.fetcher.needed("sequences_read", lambda: self.api.get(where).data)
        except NotFound:
            return None
        except Rejected as error:
            if error.problem.status == 405:
                return None
            raise
        refuse_dropped_filters(payload, where)
        rows = payload if isinstance(payload, list) else None
        if isinstance(payload, dict):
            rows = next((payload[key] for key in ("data", "steps") if isinstance(payload.get(key), list)), None)
        if rows is None or not all(isinstance(row, dict) for row in rows):
            why = "the answer holds no list of steps"
            raise Unavailable("Broadcast gave no steps", problem=ApiProblem(200, why), where=where, fix="Run it again.")
        return rows

    def _keep_steps(self, sequence_id: str, rows: list[Raw]) -> None:
        stored = [StoredRow(row_id(row), row) for row in rows]
        page = StoredPage(len(self.store.pages(f"steps/{sequence_id}")), len(rows), "", {})
        self.store.put_page(f"steps/{sequence_id}", page, stored, self.clock.now())

    def _single_steps(self, ids: list[str]) -> None:
        """Each incomplete step is asked for once, unless this server was seen not to know single steps either."""
        todo: list[tuple[str, str]] = []
        for sequence_id in ids:
            done = set(self.store.note(f"single:{sequence_id}") or ())
            for row in collect_steps(self.store, sequence_id):
                step_id = text_id(row.get("id"))
                if step_id and not is_complete(row) and step_id not in done:
                    todo.append((sequence_id, step_id))
        without_list = bool(self.store.note("no_steps_endpoint"))
        for part in (todo[:1], todo[1:]):
            if without_list and self.store.note("no_single_steps"):
                return
            calls = [partial(self._ask_single, *one) for one in part]
            for number, found in self.fetcher.many(calls):
                sequence_id, step_id = part[number]
                if found is None and without_list:
                    self.store.put_note("no_single_steps", True)
                if found is not None:
                    self.fetcher.keep_one(f"single_steps/{sequence_id}", step_id, found)
                asked = self.store.note(f"single:{sequence_id}") or []
                self.store.put_note(f"single:{sequence_id}", [*asked, step_id])

    def _ask_single(self, sequence_id: str, step_id: str) -> Raw | None:
        where = path_of("sequences", sequence_id, "steps", step_id)
        return self.fetcher.needed("sequences_read", lambda: self.fetcher.ask_one(where))

    def _linked_templates(self, ids: list[str]) -> None:
        """Templates that steps follow and that the list did not show."""
        linked: dict[str, None] = {}
        for sequence_id in ids:
            for row in collect_steps(self.store, sequence_id):
                found = template_id_of(row)
                if found and self.store.row("templates", found) is None:
                    linked.setdefault(found)
        todo = [one for one in linked if self.store.row("template_details", one) is None]
        todo = [one for one in todo if not self.store.note(f"no_template:{one}")]

        def ask(one: str) -> Callable[[], Raw | None]:
            def call() -> Raw | None:
                try:
                    return self.fetcher.ask_one(path_of("templates", one))
                except AuthError as error:
                    self.api.require_key(error)
                    return None

            return call

        for number, found_template in self.fetcher.many([ask(one) for one in todo]):
            if found_template is None:
                self.store.put_note(f"no_template:{todo[number]}", True)
            self.fetcher.keep_one("template_details", todo[number], found_template)

    # People in them -----------------------------------------------------------------------------------------

    def _enrolments(self, ids: list[str], known: list[str]) -> None:
        todo = [listings.enrolments(one) for one in ids]
        if not todo:
            return

        def read() -> None:
            for listing in todo[:_TRIES]:
                self.fetcher.first_pages([listing])
                if self.store.pages(listing.collection) or self.store.note(f"walk:{listing.collection}"):
                    break
            else:
                raise NotFound("no such list", problem=ApiProblem(404, "Not found"))
            self.fetcher.first_pages(todo)
            for sequence_id, listing in zip(ids, todo, strict=True):
                try:
                    self.fetcher.walk(listing)
                except NotFound:
                    self.fetcher.unread(
                        f"enrolments {sequence_id}",
                        what=f"The people in sequence {sequence_id}",
                        why="the server does not have this sequence (any more)",
                        remedy="Check the id; a sequence that was deleted needs nothing.",
                        scope=f"sequences/{sequence_id}",
                    )

        told = [whole(row.data.get("subscribers_count")) or 0 for row in self.store.rows("sequences")]
        counted = f" ({sum(told):,} by the sequences' own count)" if any(told) else ""
        self.fetcher.optional(
            "enrolments",
            what=f"The people standing in sequences{counted}",
            permission="sequences_read and subscribers_read",
            read=read,
            scope="enrolments",
        )

    def busy_once_more(self, patience: float) -> None:
        """A busy row says nothing of where the person stands; a little later it does. Asked for at the very end of
        the reading, when most of that time has passed anyway."""
        if self.store.note("busy_read"):
            return
        listings_read = [listings.enrolments(row.source_id) for row in self.store.rows("sequences")]
        listings_read += [listings.enrolments(one) for one in self.wanted.sequences]
        again = {
            (listing.collection, page.address): listing
            for listing in listings_read
            for page in self.store.pages(listing.collection)
            if page.meta.get("marked")
        }
        if again:
            last_seen = max(
                row.fetched_at or self.clock.now()
                for listing in again.values()
                for row in self.store.rows(listing.collection)
            )
            left = patience - (self.clock.now() - last_seen).total_seconds()
            if left > 1:
                self.fetcher.watcher.say(f"Some people are just being moved on; looking again in {left:.0f} seconds.")
            self._wait(min(left, patience))
            for (_, address), listing in again.items():
                self.fetcher.again(listing, address)
        self.store.put_note("busy_read", True)

    def _wait(self, seconds: float) -> None:
        """Shows how much of the wait is over."""
        watcher, name, passed = self.fetcher.watcher, "waiting for busy people (seconds)", 0.0
        watcher.collection(name, max(0, round(seconds)))
        while passed < seconds:
            pause = min(TICK, seconds - passed)
            self.clock.sleep(pause)
            passed += pause
            watcher.progress(name, round(passed))
        watcher.finished(name, max(0, round(seconds)))


def collect_steps(store: PageStore, sequence_id: str) -> list[Raw]:
    """All that any answer told about the steps of a sequence, merged by id."""
    return merge_rows(*answers_about(store, sequence_id))


def answers_about(store: PageStore, sequence_id: str) -> list[list[Raw]]:
    sources: list[list[Raw]] = []
    for collection in ("migrated_sequences", "skeletons"):
        row = store.row(collection, sequence_id)
        inner = row.data.get("steps") if row else None
        sources.append([item for item in inner if isinstance(item, dict)] if isinstance(inner, list) else [])
    sources += [[row.data for row in store.rows(f"{name}/{sequence_id}")] for name in ("steps", "single_steps")]
    return sources
