"""Segments, templates, broadcasts, forms, servers, endpoints, topics, brand kit: what a migration reads besides."""

from __future__ import annotations

from typing import Any

from migrator.sandbox.broadcast.account import Row, stamp
from migrator.sandbox.broadcast.channel import Channel, unknown_parameter, wrapped
from migrator.sandbox.broadcast.gate import refusal
from migrator.sandbox.broadcast.paging import by_offset, by_page
from migrator.sandbox.web import Request

API = "/api/v1"
_SHORT_BROADCAST = ("id", "name", "subject", "status", "total_recipients", "sent_at", "created_at")
_SHORT_SEGMENT = ("id", "name", "description", "created_at")


class ResourceRoutes:
    def __init__(self, channel: Channel) -> None:
        self.channel, account = channel, channel.account
        routes = channel.routes
        routes.add(f"GET {API}/segments", self.segments, "segments_read")
        routes.add(f"GET {API}/segments/{{id}}", self.segment, "segments_read")
        routes.add(f"GET {API}/opt_in_forms", self.forms, "opt_in_forms_read")
        routes.add(f"GET {API}/opt_in_forms/{{id}}", self._one(account.forms, "Opt in form"), "opt_in_forms_read")
        routes.add(f"PATCH {API}/opt_in_forms/{{id}}", self.update_form, "opt_in_forms_write")
        routes.add(f"GET {API}/opt_in_forms/{{id}}/analytics", self.analytics, "opt_in_forms_read")
        routes.add(f"GET {API}/templates", self.templates, "templates_read")
        routes.add(f"GET {API}/templates/{{id}}", self._one(account.templates, "Template"), "templates_read")
        routes.add(f"GET {API}/broadcasts", self.broadcasts, "broadcasts_read")
        routes.add(f"GET {API}/broadcasts/{{id}}", self._one(account.broadcasts, "Broadcast"), "broadcasts_read")
        routes.add(f"GET {API}/broadcasts/{{id}}/statistics", self.statistics, "broadcasts_read")
        for part in ("timeline", "links"):
            routes.add(f"GET {API}/broadcasts/{{id}}/statistics/{part}", self.no_statistics, "broadcasts_read")
        for name, rows in (("email_servers", account.email_servers), ("webhook_endpoints", account.webhook_endpoints)):
            routes.add(f"GET {API}/{name}", self._offset(rows), f"{name}_read")
            label = name.removesuffix("s").replace("_", " ").capitalize()
            routes.add(f"GET {API}/{name}/{{id}}", self._one(rows, label), f"{name}_read")
        routes.add(f"GET {API}/webhook_endpoints/{{id}}/deliveries", self.deliveries, "webhook_endpoints_read")
        routes.add(f"GET {API}/transactionals/{{id}}", self.transactional, "transactionals_read")
        if channel.profile == "current":
            routes.add(f"GET {API}/topics", self.topics, "subscribers_read")
            routes.add(f"GET {API}/topics/{{id}}", self._one(account.topics, "Topic"), "subscribers_read")
            routes.add(f"GET {API}/channel/design", self.design, "templates_read")
            routes.add(f"GET {API}/channel/settings", self.settings, "templates_read")
            routes.add(f"GET {API}/file_assets", self.file_assets, "file_assets_read")

    def segments(self, request: Request) -> Row:
        if self.channel.profile == "legacy":
            return {"segments": [self._short(row) for row in self.channel.account.segments]}
        return by_page("segments", self.channel.account.segments, self._segment, request, self.channel.switches)

    def segment(self, request: Request, id: str) -> Row:  # noqa: A002 - the route's own word
        segment = _found(self.channel.account.segments, id, "Segment")
        members = self.channel.segments.members(segment, self.channel.account.now)
        paged = by_page("subscribers", members, self.channel.show.member, request, self.channel.switches)
        return {"segment": self._segment(segment), **paged}

    def forms(self, request: Request) -> Row:
        rows = [row for row in self.channel.account.forms if not row["is_variant"]]
        if kind := request.arg("widget_type"):
            rows = [row for row in rows if row["widget_type"] == kind]
        if (enabled := request.arg("enabled")) in ("true", "false"):
            rows = [row for row in rows if row["enabled"] is (enabled == "true")]
        part = (request.arg("filter") or "").lower()
        rows = [row for row in rows if part in row["label"].lower()]
        return by_page("opt_in_forms", rows, self._shown, request, self.channel.switches)

    def update_form(self, request: Request, id: str) -> Row:  # noqa: A002 - the route's own word
        """Settings are taken as they come, in whole groups; what the form does not have is left out with a warning."""
        form, sent = _found(self.channel.account.forms, id, "Opt in form"), wrapped(request, "opt_in_form")
        self.channel.may_change()
        known = {key: value for key, value in sent.items() if key in form and key != "id"}
        form |= {**known, "updated_at": stamp(self.channel.account.now)}
        warnings = [unknown_parameter(f"opt_in_form.{key}") for key in sent if key not in known]
        return {**self._shown(form), "warnings": warnings} if warnings else self._shown(form)

    def analytics(self, _: Request, id: str) -> Row:  # noqa: A002 - the route's own word
        return {
            "opt_in_form_id": _found(self.channel.account.forms, id, "Opt in form")["id"],
            "views": 0,
            "submissions": 0,
        }

    def templates(self, request: Request) -> Any:
        rows = sorted(self.channel.account.templates, key=lambda row: str(row["label"]).casefold())
        return by_offset(rows, self._shown, request, self.channel.switches)

    def broadcasts(self, request: Request) -> Any:
        def short(row: Row) -> Row:
            return self._shown({key: row[key] for key in _SHORT_BROADCAST})

        return by_offset(self.channel.account.broadcasts, short, request, self.channel.switches)

    def statistics(self, _: Request, id: str) -> Row:  # noqa: A002 - the route's own word
        row = _found(self.channel.account.broadcasts, id, "Broadcast")
        sent = row["total_recipients"]
        return {
            "broadcast_id": row["id"],
            "status": row["status"],
            "total_recipients": sent,
            "delivery": {"sent": sent, "failed": 0, "delivery_rate": 100.0 if sent else 0.0},
            "engagement": {"opens": {"count": 0, "rate": 0.0}, "clicks": {"count": 0, "rate": 0.0}},
            "issues": {"bounces": 0, "complaints": 0, "unsubscribes": 0},
        }

    def no_statistics(self, _: Request, id: str) -> Row:  # noqa: A002 - the route's own word
        """Nobody opens the letters of this account, so there is nothing to draw."""
        return {"broadcast_id": _found(self.channel.account.broadcasts, id, "Broadcast")["id"], "data": []}

    def deliveries(self, request: Request, id: str) -> Any:  # noqa: A002 - the route's own word
        _found(self.channel.account.webhook_endpoints, id, "Webhook endpoint")
        return by_offset([], self._shown, request, self.channel.switches)

    def transactional(self, _: Request, id: str) -> Row:  # noqa: A002 - the route's own word; none exist
        raise refusal(404, "Transactional not found")

    def topics(self, request: Request) -> Row:
        return by_page("topics", self.channel.account.topics, self._shown, request, self.channel.switches)

    def design(self, _: Request) -> Row:
        return self.channel.account.design

    def settings(self, _: Request) -> Row:
        return self.channel.account.settings

    def file_assets(self, request: Request) -> Row:
        return by_page("file_assets", self.channel.account.file_assets, self._shown, request, self.channel.switches)

    def _offset(self, rows: list[Row]) -> Any:
        return lambda request: by_offset(rows, self._shown, request, self.channel.switches)

    def _one(self, rows: list[Row], label: str) -> Any:
        def get(_: Request, id: str) -> Row:  # noqa: A002 - the route's own word
            return self._shown(_found(rows, id, label))

        return get

    def _shown(self, row: Row) -> Row:
        return dict(self.channel.show.ids(self.channel.show.content(row)))

    def _short(self, row: Row) -> Row:
        return dict(self.channel.show.ids({key: row[key] for key in _SHORT_SEGMENT}))

    def _segment(self, row: Row) -> Row:
        if self.channel.profile == "legacy":
            kept = {key: value for key, value in row.items() if key != "match_type"}
            return dict(self.channel.show.ids(kept))
        count = self.channel.segments.last_count(row, self.channel.account.now)
        return dict(self.channel.show.ids({**row, "subscribers_count": count}))


def _found(rows: list[Row], number: str, label: str) -> Row:
    found = next((row for row in rows if str(row["id"]) == number), None)
    if found is None:
        raise refusal(404, f"{label} not found")
    return found
