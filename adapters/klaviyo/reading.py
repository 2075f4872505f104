"""The order in which an account is read. Lists before people: who is on a list is then also among the profiles.

Everything goes into the store as it came, except that members of lists and segments are kept by their ids alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from adapters.base import PageStore, Wanted, Watcher
from adapters.kit.wire import attributes_of, filled, identity, part, rows
from adapters.klaviyo import client as api_of
from adapters.klaviyo.client import CHANNEL, Klaviyo
from adapters.klaviyo.conditions import leans_on_history, read_filter
from adapters.klaviyo.fetch import Fetcher
from adapters.klaviyo.names import names_in
from migrator.errors import AuthError
from migrator.model import Raw
from migrator.transport.clock import Clock


def read_everything(api: Klaviyo, store: PageStore, wanted: Wanted, watcher: Watcher, clock: Clock) -> None:
    _Reading(Fetcher(api, store, watcher, clock), wanted).run()


class _Reading:
    def __init__(self, fetcher: Fetcher, wanted: Wanted) -> None:
        self.fetcher, self.store, self.wanted = fetcher, fetcher.store, wanted
        self.may_read_html = True
        """False once Klaviyo refused it: the answer would be the same for every email."""

    def run(self) -> None:
        # Said anew by this run: a permission may have been given since.
        self.store.forget("unread:")
        has = self.wanted.has
        people = has("contacts")
        if any(has(one) for one in ("sequences", "segments", "other")):
            self._optional(api_of.METRICS, "metrics", "The names of events", None)
        if any(has(one) for one in ("contacts", "lists", "sequences", "segments", "campaigns")):
            self._optional(api_of.LISTS, "lists", "Lists", "lists")
        if any(has(one) for one in ("segments", "sequences", "campaigns")):
            self._optional(api_of.SEGMENTS, "segments", "Segments", "segments")
        if has("sequences"):
            self._flows()
        if has("templates"):
            self._optional(api_of.TEMPLATES, "templates", "Templates", "templates")
        if has("campaigns"):
            self._campaigns()
        if has("other"):
            self._optional(api_of.UNIVERSAL, "universal", "Saved blocks", "other")
            self._optional(api_of.LABELS, "labels", "Labels of flows and campaigns", "other")
        if people:
            self._members()
        if people or has("suppressions"):
            self._profiles()
        self._in_flight()

    # People -------------------------------------------------------------------------------------------------

    def _members(self) -> None:
        for row in list(self.store.rows("lists")):
            walk = partial(self._walk_members, row.source_id)
            name = f"The members of list {row.source_id}"
            self.fetcher.optional(api_of.LIST_PROFILES, name, f"members/{row.source_id}", walk)
        if not self.wanted.has("segments"):
            return
        names = names_in(self.store)
        for row in list(self.store.rows("segments")):
            rule = read_filter(attributes_of(row.data).get("definition"), names)
            if rule is None or leans_on_history(rule):
                walk = partial(self._walk_segment, row.source_id)
                name = f"The members of segment {row.source_id}"
                self.fetcher.optional(api_of.SEGMENT_PROFILES, name, f"members/{row.source_id}", walk)

    def _walk_members(self, list_id: str) -> None:
        self.fetcher.walk(
            "memberships",
            api_of.LIST_PROFILES,
            list_id,
            shorten=lambda row: {"list": list_id, "joined": attributes_of(row).get("joined_group_at")},
            id_of=lambda row_id: f"{list_id}/{row_id}",
            key_of=lambda row: identity(row.get("id")),
            label=f"members of list {list_id}",
            name=f"memberships/{list_id}",
        )

    def _walk_segment(self, segment_id: str) -> None:
        self.fetcher.walk(
            f"members/{segment_id}",
            api_of.SEGMENT_PROFILES,
            segment_id,
            shorten=lambda row: {},
            label=f"members of segment {segment_id}",
        )

    def _profiles(self) -> None:
        """Without the extra field there is no consent in the answer, and without consent no export."""
        params = {"additional-fields[profile]": "subscriptions", "sort": "id"}
        try:
            self.fetcher.walk("profiles", api_of.PROFILES, params=params, label="contacts")
        except AuthError as error:
            if error.problem.status == 401:
                raise
            raise AuthError(
                "The Klaviyo key may not read people",
                problem=error.problem,
                where=error.where,
                fix=f"Give the key {api_of.PROFILES.scope}, then run the same command again: it goes on from here.",
            ) from None

    # Content ------------------------------------------------------------------------------------------------

    def _flows(self) -> None:
        if not self._optional(api_of.FLOWS, "flows", "Flows", "sequences"):
            return
        there = [row.source_id for row in self.store.rows("flows")]
        for missing in [one for one in self.wanted.sequences if one not in there]:
            self.fetcher.unread(
                f"flow/{missing}",
                what=f"Flow {missing}",
                why="the account has no flow with this id",
                remedy="Check the id: it stands in the address bar, /flow/ID.",
                scope=f"sequences/{missing}",
            )
        ids = [one for one in there if self.wanted.sequence(one)]
        self.fetcher.watcher.collection("flow definitions", len(ids))
        for number, flow_id in enumerate(ids, 1):
            found = self.fetcher.one("flow_details", flow_id, api_of.FLOW, {"additional-fields[flow]": "definition"})
            if found is not None:
                self._emails(found)
            self.fetcher.watcher.progress("flow definitions", number)
        self.fetcher.watcher.finished("flow definitions", len(ids))

    def _emails(self, flow: Raw) -> None:
        """The HTML of each email: the message's own copy first, then the template that it names."""
        for message in messages_of(flow):
            message_id, template_id = identity(message.get("id")), identity(message.get("template_id"))
            if message_id is None or not self.may_read_html:
                continue

            def read(message_id: str = message_id, template_id: str | None = template_id) -> None:
                # Asked for also where no template is named: an email is only called undesigned if Klaviyo says so.
                found = self.fetcher.one("flow_templates", message_id, api_of.FLOW_TEMPLATE)
                if found is None and template_id is not None:
                    self.fetcher.one("template_details", template_id, api_of.TEMPLATE)

            what = "The HTML of emails in flows"
            self.may_read_html &= self.fetcher.optional(api_of.FLOW_TEMPLATE, what, "templates", read)

    def _campaigns(self) -> None:
        params = {"filter": CHANNEL}
        if not self._optional(api_of.CAMPAIGNS, "campaigns", "Campaigns", "campaigns", params):
            return
        for row in list(self.store.rows("campaigns")):

            def read(campaign_id: str = row.source_id) -> None:
                self.fetcher.one("campaign_messages", campaign_id, api_of.CAMPAIGN_MESSAGES, {"include": "template"})

            if not self.fetcher.optional(api_of.CAMPAIGN_MESSAGES, "The content of campaigns", "campaigns", read):
                return  # a refusal holds for all of them

    def _in_flight(self) -> None:
        if self.wanted.has("enrolments") or self.wanted.has("sequences"):
            self.fetcher.unread(
                "enrolments",
                what="Who is waiting in which flow, and where",
                why="no interface of Klaviyo tells it; nobody is placed into the middle of a sequence, and nobody is "
                "started again",
                remedy="Before the switch, stop new people from entering the flows and let those inside run to the "
                "end; each flow's page shows how many still wait at which step.",
                scope="enrolments",
            )

    def _optional(
        self,
        endpoint: api_of.Endpoint,
        collection: str,
        what: str,
        scope: str | None,
        params: dict[str, str] | None = None,
    ) -> bool:
        walk = partial(self.fetcher.walk, collection, endpoint, params=params)
        return self.fetcher.optional(endpoint, what, scope, walk)


def messages_of(flow: Raw) -> Iterator[Raw]:
    """Every email message inside a flow's definition, the main one of an experiment too."""
    definition = part(attributes_of(part(flow.get("data"))).get("definition"))
    for action in rows(definition.get("actions")):
        data = part(action.get("data"))
        inner = part(data.get("main_action"))
        for one in (action, inner):
            if filled(one.get("type")) == "send-email":
                yield part(part(one.get("data")).get("message"))
