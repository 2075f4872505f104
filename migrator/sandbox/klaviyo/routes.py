"""Every path of the local Klaviyo, with the class of its limit and the scopes it needs, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from migrator.sandbox.klaviyo.account import Account, Message, Profile, Row, resource
from migrator.sandbox.klaviyo.filters import one_equals, suppressed_for
from migrator.sandbox.klaviyo.gate import refusal
from migrator.sandbox.klaviyo.paging import page_of
from migrator.sandbox.klaviyo.switches import Switches
from migrator.sandbox.web import Request


@dataclass(frozen=True)
class Endpoint:
    path: str
    limit: str
    scopes: tuple[str, ...]
    answer: str
    """The method of `Routes`."""


ENDPOINTS = (
    Endpoint("/api/accounts", "XS", ("accounts:read",), "accounts"),
    Endpoint("/api/profiles", "L", ("profiles:read",), "profiles"),
    Endpoint("/api/lists", "L", ("lists:read",), "lists"),
    Endpoint("/api/lists/{id}/profiles", "L", ("lists:read", "profiles:read"), "list_profiles"),
    Endpoint("/api/segments", "L", ("segments:read",), "segments"),
    Endpoint("/api/segments/{id}/profiles", "L", ("segments:read", "profiles:read"), "segment_profiles"),
    Endpoint("/api/metrics", "M", ("metrics:read",), "metrics"),
    Endpoint("/api/flows", "S", ("flows:read",), "flows"),
    Endpoint("/api/flows/{id}", "S", ("flows:read",), "flow"),
    Endpoint("/api/flow-messages/{id}/template", "S", ("flows:read", "templates:read"), "flow_template"),
    Endpoint("/api/templates", "L", ("templates:read",), "templates"),
    Endpoint("/api/templates/{id}", "L", ("templates:read",), "template"),
    Endpoint("/api/template-universal-content", "L", ("templates:read",), "universal"),
    Endpoint("/api/campaigns", "M", ("campaigns:read",), "campaigns"),
    Endpoint("/api/campaigns/{id}/campaign-messages", "M", ("campaigns:read", "templates:read"), "campaign_messages"),
    Endpoint("/api/tags", "S", ("tags:read",), "tags"),
)


class Routes:
    def __init__(self, account: Account, switches: Switches) -> None:
        self.account, self.switches = account, switches

    # People -------------------------------------------------------------------------------------------------

    def accounts(self, _: Request) -> Row:
        return {"data": [resource("account", self.account.id, self.account.attributes)], "links": {"next": None}}

    def profiles(self, request: Request) -> Row:
        people = self.account.profiles
        if (wanted := request.arg("filter")) is not None:
            field, value = one_equals(wanted)
            if field != "subscriptions.email.marketing.suppression.reason":
                raise refusal(400, "invalid", "Invalid input.", "This filter is not supported here.", "filter")
            people = [one for one in people if suppressed_for(one.subscriptions, value)]
        if request.arg("sort") == "id":
            people = sorted(people, key=lambda one: one.id)
        return self._page([self._person(one, request) for one in people], request, 20, 100)

    def _person(self, profile: Profile, request: Request, **more: Any) -> Row:
        asked = [part for text in request.args("additional-fields[profile]") for part in text.split(",")]
        unknown = set(asked) - {"subscriptions", "predictive_analytics"}
        if unknown:
            raise refusal(400, "invalid", "Invalid input.", "Unknown field.", "additional-fields[profile]")
        attributes = {**profile.attributes, **more}
        if "subscriptions" in asked:
            if "subscriptions:read" not in self.switches.scopes:
                raise refusal(403, "permission_denied", "No.", "The API key specified is missing required scopes: "
                              "subscriptions:read")  # fmt: skip
            attributes["subscriptions"] = profile.subscriptions
        return resource("profile", profile.id, attributes)

    def lists(self, request: Request) -> Row:
        return self._page([self._plain("list", row) for row in self.account.lists], request, 10, 10)

    def list_profiles(self, request: Request, list_id: str) -> Row:
        self._known(self.account.lists, list_id)
        members = sorted((one for one in self.account.profiles if list_id in one.lists), key=lambda one: one.id)
        rows = [self._person(one, request, joined_group_at=one.lists[list_id]) for one in members]
        return self._page(rows, request, 20, 100)

    def segments(self, request: Request) -> Row:
        return self._page([self._plain("segment", row) for row in self.account.segments], request, 10, 10)

    def segment_profiles(self, request: Request, segment_id: str) -> Row:
        self._known(self.account.segments, segment_id)
        members = sorted((one for one in self.account.profiles if segment_id in one.segments), key=lambda one: one.id)
        return self._page([self._person(one, request) for one in members], request, 20, 100)

    # Flows --------------------------------------------------------------------------------------------------

    def metrics(self, request: Request) -> Row:
        return self._page([self._plain("metric", row) for row in self.account.metrics], request, 200, 200)

    def flows(self, request: Request) -> Row:
        rows = [self._plain("flow", row, without=("definition",)) for row in self.account.flows]
        return self._page(rows, request, 50, 50)

    def flow(self, request: Request, flow_id: str) -> Row:
        row = self._known(self.account.flows, flow_id)
        asked = request.arg("additional-fields[flow]")
        if asked == "definition":
            if request.headers["revision"] < "2025-01-15":
                raise refusal(400, "invalid", "Invalid input.", "'definition' is no field.", "additional-fields[flow]")
            shown = self._plain("flow", row)
            if self.switches.absent_keys:
                shown["attributes"]["definition"] = _without_nulls(
                    {key: value for key, value in row["definition"].items() if key != "entry_action_id"}
                )
            return {"data": shown, "links": {}}
        if asked is not None:
            raise refusal(400, "invalid", "Invalid input.", "Unknown field.", "additional-fields[flow]")
        return {"data": self._plain("flow", row, without=("definition",)), "links": {}}

    def flow_template(self, _: Request, message_id: str) -> Row:
        message = self.account.flow_messages.get(message_id)
        if message is None or message.template is None:
            raise refusal(404, "not_found", "Not found.", "A template for this message does not exist.")
        return {"data": self._plain("template", message.template), "links": {}}

    # Content ------------------------------------------------------------------------------------------------

    def templates(self, request: Request) -> Row:
        return self._page([self._plain("template", row) for row in self.account.templates], request, 10, 10)

    def template(self, _: Request, template_id: str) -> Row:
        return {"data": self._plain("template", self._known(self.account.templates, template_id)), "links": {}}

    def universal(self, request: Request) -> Row:
        rows = [self._plain("template-universal-content", row) for row in self.account.universal]
        return self._page(rows, request, 20, 100)

    def campaigns(self, request: Request) -> Row:
        field, value = one_equals(request.arg("filter") or "")
        if field != "messages.channel":
            raise refusal(400, "invalid", "Invalid input.", "A filter on messages.channel is required.", "filter")
        if request.arg("page[size]") is not None:
            raise refusal(400, "invalid", "Invalid input.", "page[size] is not supported.", "page[size]")
        rows = [row for row in self.account.campaigns if row["channel"] == value]
        return self._page([self._plain("campaign", row, without=("channel",)) for row in rows], request, 100, 100)

    def campaign_messages(self, request: Request, campaign_id: str) -> Row:
        self._known(self.account.campaigns, campaign_id)
        messages = self.account.campaign_messages.get(campaign_id, [])
        included = [self._plain("template", one.template) for one in messages if one.template]
        answer: Row = {"data": [_message(one) for one in messages], "links": {"next": None}}
        if request.arg("include") == "template":
            answer["included"] = included
        return answer

    def tags(self, request: Request) -> Row:
        return self._page([self._plain("tag", row) for row in self.account.tags], request, 50, 50)

    # ---------------------------------------------------------------------------------------------------------

    def _page(self, rows: list[Row], request: Request, default: int, most: int) -> Row:
        return page_of(rows, request, default=default, most=most, cap=self.switches.page_size)

    def _plain(self, kind: str, row: Row, without: tuple[str, ...] = ()) -> Row:
        return resource(kind, row["id"], {key: value for key, value in row.items() if key not in ("id", *without)})

    def _known(self, rows: list[Row], row_id: str) -> Row:
        for row in rows:
            if row["id"] == row_id:
                return row
        raise refusal(404, "not_found", "Not found.", "The requested resource could not be found.")


def _message(message: Message) -> Row:
    related = {"template": {"data": {"type": "template", "id": message.template["id"]} if message.template else None}}
    return resource("campaign-message", message.id, {"definition": message.definition}, relationships=related)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value
