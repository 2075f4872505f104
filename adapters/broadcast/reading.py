"""The order in which a channel is read, and what happens where a server knows less than the newest one.

Everything goes into the store as it came. People and their opt-outs first: without them nothing else is worth having.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from adapters.base import PageStore, Wanted, Watcher
from adapters.broadcast import listings
from adapters.broadcast.client import Broadcast
from adapters.broadcast.fetch import Fetcher, Listing, path_of
from adapters.broadcast.probe import DOOR_BOTH
from adapters.broadcast.reading_evidence import read_evidence
from adapters.broadcast.reading_sequences import SequenceReading
from adapters.broadcast.segments import leans_on_history, read_segment
from adapters.broadcast.surprises import Surprises
from adapters.broadcast.wire import flag
from migrator.errors import ApiProblem, AuthError, NotFound, Unavailable
from migrator.model import Raw
from migrator.transport.clock import Clock

BUSY_WAIT = 60.0
"""A worker holds a busy enrolment for seconds; one minute later it has moved on."""


def read_everything(
    api: Broadcast,
    store: PageStore,
    wanted: Wanted,
    watcher: Watcher,
    clock: Clock,
    door: str,
    busy_wait: float = BUSY_WAIT,
    check_addresses: bool = False,
) -> None:
    """Reads what is wanted and not in the store yet. `door` is what `probe` found open."""
    fetcher = Fetcher(api, store, watcher, clock)
    try:
        reading = _Reading(fetcher, wanted, clock, busy_wait, admin=door == DOOR_BOTH)
        reading.check_addresses = check_addresses
        reading.run()
    finally:
        fetcher.close()


class _Reading:
    def __init__(self, fetcher: Fetcher, wanted: Wanted, clock: Clock, busy_wait: float, *, admin: bool) -> None:
        self.fetcher, self.store, self.api = fetcher, fetcher.store, fetcher.api
        self.wanted, self.clock, self.admin, self.busy_wait = wanted, clock, admin, busy_wait
        self.watcher, self.check_addresses = fetcher.watcher, False

    def run(self) -> None:
        # Said anew by this run: a permission may have been given since.
        self.store.forget("unread:")
        has = self.wanted.has
        sequences = SequenceReading(self.fetcher, self.wanted, self.clock, admin=self.admin)
        if has("contacts") or has("enrolments"):
            self._subscribers()
        if has("contacts") or has("suppressions"):
            self._suppressions()
        if has("templates") or has("sequences"):
            self._templates()
        if has("segments"):
            self._segments()
        if has("forms") or has("sequences"):
            self._forms()
        if has("campaigns"):
            self._campaigns()
        if has("lists") or has("contacts"):
            self._optional_list(listings.TOPICS, "topics", "subscribers_read", "lists")
        if has("sequences") or has("enrolments"):
            sequences.run()
        if has("other"):
            self._optional_list(listings.EMAIL_SERVERS, "mail servers", "email_servers_read", "other")
            self._optional_list(listings.WEBHOOKS, "webhook endpoints", "webhook_endpoints_read", "other")
            self._optional_list(listings.FILES, "uploaded files", "file_assets_read", "other")
            self._optional(self._design, "the brand kit", "templates_read", None)
            self._optional(self._settings, "the channel's settings", "templates_read", "other")
        if has("enrolments"):
            sequences.busy_once_more(self.busy_wait)
            if self.admin:
                read_evidence(self.fetcher)

    # People -------------------------------------------------------------------------------------------------

    def _subscribers(self) -> None:
        def read() -> int:
            try:
                return self.fetcher.walk(listings.SUBSCRIBERS)
            except NotFound as error:
                raise NotFound(
                    "There is no Broadcast API at this address",
                    problem=error.problem,
                    where=self.api.host,
                    fix="Set BROADCAST_HOST to the address where you log in to Broadcast, such as"
                    " https://mail.example.com.",
                ) from None

        self.fetcher.needed("subscribers_read", read)
        self._look_for_the_lost()

    def _look_for_the_lost(self) -> None:
        """People of the first walk whom the second did not show: each is asked for, so that nobody who was
        deleted meanwhile comes back to life and nobody who was skipped is lost."""
        state = self.store.note("walk:subscribers") or {}
        lost = self.store.unseen("subscribers") if state.get("done") and not state.get("looked") else []
        calls = [_asker(self.api, row.key or "") for row in lost[:200]]
        for number, found in self.fetcher.many(calls):
            if found is None:
                self.store.drop("subscribers", [lost[number].source_id])
        if lost:
            self.store.put_note("walk:subscribers", {**state, "looked": True})

    def _suppressions(self) -> None:
        """Addresses nobody may mail. A key that may not read them would make a wrong export, so that stops it."""
        channel_remedy = "Update the Broadcast server, or export its do-not-send list by hand and load it first."
        channel_read = False
        try:
            self.fetcher.needed("suppressions_read", lambda: self.fetcher.walk(listings.SUPPRESSIONS))
            channel_read = True
        except NotFound:
            pass
        if self.admin and not channel_read:
            channel_read = self._try(listings.MIGRATED_CHANNEL)
        if not channel_read:
            self.fetcher.unread(
                "suppressions",
                what="The channel's do-not-send list",
                why="this server has no interface for it",
                remedy=channel_remedy,
                scope="suppressions",
            )
        if self.admin and self._try(listings.MIGRATED_GLOBAL):
            return
        if self.api.send_channel and self._try(listings.GLOBAL_SUPPRESSIONS):
            return
        if self.check_addresses and self._check_each_address(channel_read=channel_read):
            return
        self.fetcher.unread(
            "global_suppressions",
            what="The installation's global do-not-send list (bounces and complaints)",
            why="it is shown to installation keys only" if not self.api.send_channel else "the server does not show it",
            remedy="Export with an installation key (admin token) and BROADCAST_CHANNEL_ID, or with"
            " --check-suppressions, which asks for each active address (one request each). Bounced people are also"
            " unsubscribed and deactivated in the channel, which was read.",
            scope="suppressions",
        )

    def _try(self, listing: Listing) -> bool:
        try:
            self.fetcher.walk(listing)
        except NotFound:
            return False
        except AuthError as error:
            self.api.require_key(error)
            return False
        return True

    def _check_each_address(self, *, channel_read: bool) -> bool:
        """One question for each person who may be mailed; False when this server cannot be asked."""
        keys: list[str] = []
        for row in self.store.rows("subscribers"):
            mailed = flag(row.data.get("is_active")) and not row.data.get("unsubscribed_at")
            if mailed and row.key and self.store.row("checked_clear", row.key) is None:
                keys.append(row.key)
        name = "suppressions (each address)"
        self.watcher.collection(name, len(keys))
        calls = [partial(_check, self.api, key) for key in keys]
        for done, (number, found) in enumerate(self.fetcher.many(calls), 1):
            if found is None:
                return False
            # An answer without its list counts too; only what the channel's own list told already is left out.
            if flag(found.get("suppressed")) and not (channel_read and found.get("scope") == "channel"):
                kept = {"email": keys[number], "scope": found.get("scope") or "global"}
                self.fetcher.keep_one("checked", keys[number], kept, keys[number])
            self.fetcher.keep_one("checked_clear", keys[number], {})
            self.watcher.progress(name, done)
        self.watcher.finished(name, len(keys))
        return True

    # Content ------------------------------------------------------------------------------------------------

    def _templates(self) -> None:
        if self._optional_list(listings.TEMPLATES, "templates", "templates_read", "templates"):
            self._details("templates", "template_details", lambda row: "body" not in row and "html_body" not in row)

    def _campaigns(self) -> None:
        if self._optional_list(listings.BROADCASTS, "campaigns", "broadcasts_read", "campaigns"):
            self._details("broadcasts", "broadcast_details", lambda row: "body" not in row)

    def _forms(self) -> None:
        if self._optional_list(listings.FORMS, "sign-up forms", "opt_in_forms_read", "forms"):
            self._details("forms", "form_details", lambda row: "automation_settings" not in row, path=("opt_in_forms",))

    def _details(self, collection: str, details: str, short: Callable[[Raw], bool], path: tuple[str, ...] = ()) -> None:
        """List rows of some servers are short: the others are asked for one by one."""
        todo = [row.source_id for row in self.store.rows(collection) if short(row.data)]
        todo = [source_id for source_id in todo if self.store.row(details, source_id) is None]
        where = path or (collection,)
        calls = [partial(self.fetcher.ask_one, path_of(*where, one)) for one in todo]
        for number, found in self.fetcher.many(calls):
            self.fetcher.keep_one(details, todo[number], found)

    def _segments(self) -> None:
        if not self._optional_list(listings.SEGMENTS, "segments", "segments_read", "segments"):
            return
        for row in list(self.store.rows("segments")):
            listing = listings.members(row.source_id)
            data = row.data
            if not isinstance(data.get("segment_groups"), list):
                data = self._segment_detail(row.source_id) or data
            segment = read_segment(data, Surprises())
            if segment is not None and (segment.rule is None or leans_on_history(segment.rule)):
                self._optional(
                    partial(self._walk, listing),
                    f"the members of segment {row.source_id}",
                    "segments_read",
                    f"segments/{row.source_id}",
                )

    def _segment_detail(self, segment_id: str) -> Raw | None:
        known = self.store.row("segment_details", segment_id)
        if known is not None:
            return known.data
        answer = self.fetcher.ask_one(path_of("segments", f"{segment_id}.json"), {"page": 1})
        inner = answer.get("segment") if answer else None
        return self.fetcher.keep_one("segment_details", segment_id, inner if isinstance(inner, dict) else None)

    def _design(self) -> None:
        if self.fetcher.one("design", "brand", path_of("channel", "design")) is None:
            self.store.put_note("no_design", True)

    def _settings(self) -> None:
        """Older servers have none; then each of its subjects is named in the manifest."""
        self.fetcher.one("channel_settings", "channel", path_of("channel", "settings"))

    # What may be missing ------------------------------------------------------------------------------------

    def _optional_list(self, listing: Listing, what: str, permission: str, scope: str) -> bool:
        return self._optional(lambda: self._walk(listing), what, permission, scope)

    def _optional(self, read: Callable[[], None], what: str, permission: str, scope: str | None) -> bool:
        named = what[0].upper() + what[1:]
        return self.fetcher.optional(what, what=named, permission=permission, read=read, scope=scope)

    def _walk(self, listing: Listing) -> None:
        self.fetcher.walk(listing)


def _check(api: Broadcast, email: str) -> Raw:
    found: Raw = api.get("/api/v1/suppressions/check.json", {"email": email}).data
    if flag(found.get("suppressed")) is None:
        raise Unavailable(
            "Broadcast does not say whether an address is suppressed",
            problem=ApiProblem(200, "no 'suppressed' in the answer"),
            fix="Export without --check-suppressions, or with an installation key.",
        )
    return found


def _asker(api: Broadcast, email: str) -> Callable[[], Raw]:
    def ask() -> Raw:
        found: Raw = api.get("/api/v1/subscribers/find.json", {"email": email}).data
        return found

    return ask
