"""A local MailerLite, written from the vendor's documents and the payloads that its SDKs recorded."""

from __future__ import annotations

from typing import Any

from migrator.sandbox.local_only import fresh_key
from migrator.sandbox.sources.mailerlite_automations import AUTOMATIONS, runs
from migrator.sandbox.sources.people import HOSTILE_NAMES, people
from migrator.sandbox.sources.platform import Page, Platform, Route, Row, Style
from migrator.sandbox.web import Request

KEY = fresh_key("mlt_sandbox_")
"""Of this process alone."""
HOST = "https://connect.mailerlite.com"
STATUSES = ("active", "active", "active", "unsubscribed", "unconfirmed", "bounced", "junk")
MADE = "2024-05-02 09:15:00"


def _cursor_envelope(page: Page) -> Any:
    following = f"c{page.end}" if page.more else None
    link = f"{HOST}{page.path}?cursor={following}" if following else None
    meta = {"path": HOST + page.path, "per_page": page.size, "next_cursor": following, "prev_cursor": None}
    return {"data": page.rows, "links": {"first": None, "last": None, "prev": None, "next": link}, "meta": meta}


def _page_envelope(page: Page) -> Any:
    number, last = page.begin // page.size + 1, max(1, -(-page.total // page.size))
    following = f"{HOST}{page.path}?page={number + 1}" if page.more else None
    meta: Row = {
        "current_page": number,
        "from": page.begin + 1 if page.rows else None,
        "last_page": last,
        "links": [],
        "path": HOST + page.path,
        "per_page": page.size,
        "to": page.end if page.rows else None,
        "total": page.total,
    }
    return {"data": page.rows, "links": {"first": None, "last": None, "prev": None, "next": following}, "meta": meta}


_CURSOR = Style("cursor", "limit", 25, 100, lambda token, size: int(token[1:] or 0), _cursor_envelope)
_PAGES = Style("page", "limit", 25, 250, lambda token, size: (int(token or 1) - 1) * size, _page_envelope)


def _only(rows: list[Row], request: Request, otherwise: str | None) -> list[Row]:
    wanted = request.arg("filter[status]") or otherwise
    return [row for row in rows if wanted is None or str(row["status"]).lower() == wanted]


def platform(count: int = 60) -> Platform:
    tables: dict[str, list[Row]] = {
        "groups": [_group(number, name) for number, name in enumerate(HOSTILE_NAMES)],
        "fields": [_field(number, *field) for number, field in enumerate(FIELDS, 1)],
        "segments": [{"id": "701", "name": "Buyers", "total": count, "created_at": MADE}],
        "automations": [dict(row) for row in AUTOMATIONS],
        "campaigns": [_campaign("801", "draft"), _campaign("802", "ready"), _campaign("803", "sent")],
        "forms": [{"id": "901", "type": "popup", "name": "Sale", "is_active": True, "created_at": MADE}],
    }
    tables["subscribers"] = [_subscriber(made, tables["groups"]) for made in people(count)]
    tables["activity"] = runs(tables["subscribers"])

    def subscribers(request: Request, part: str) -> list[Row]:
        with_groups = request.arg("include") == "groups"
        rows = _only(tables["subscribers"], request, None)
        return [{k: v for k, v in row.items() if k != "groups" or with_groups} for row in rows]

    def table(name: str) -> Any:
        return lambda request, part: tables[name]

    def one(name: str) -> Any:
        return lambda request, part: [row for row in tables[name] if row["id"] == part]

    def listed_campaigns(request: Request, part: str) -> list[Row]:
        rows = _only(tables["campaigns"], request, "ready")
        return [{**row, "emails": [{k: v for k, v in e.items() if k != "content"} for e in row["emails"]]}
                for row in rows]  # fmt: skip

    def activity(request: Request, part: str) -> list[Row]:
        rows = [row for row in tables["activity"] if row["_automation"] == part]
        return [{k: v for k, v in row.items() if k != "_automation"} for row in _only(rows, request, "none")]

    routes = (
        Route("/api/subscribers", subscribers, _CURSOR, literal=_count),
        Route("/api/groups", table("groups"), _PAGES, "groups"),
        Route("/api/fields", table("fields"), _PAGES, "fields"),
        Route("/api/segments", table("segments"), _PAGES, "segments"),
        Route("/api/segments/{}/subscribers", lambda r, part: _only(tables["subscribers"][::2], r, "active"), _CURSOR),
        Route("/api/automations", table("automations"), _PAGES, "automations"),
        Route("/api/automations/{}", one("automations"), None, "automations", wrap=_data),
        Route("/api/automations/{}/activity", activity, _PAGES, "automations"),
        Route("/api/campaigns", listed_campaigns, _PAGES, "campaigns"),
        Route("/api/campaigns/{}", one("campaigns"), None, "campaigns", wrap=_data),
        Route("/api/forms/{}", lambda r, part: [row for row in tables["forms"] if row["type"] == part], _PAGES),
    )
    return Platform(
        "mailerlite",
        routes,
        KEY,
        "Authorization",
        "Bearer ",
        120,
        {
            401: {"message": "Unauthenticated."},
            403: {"message": "This action is unauthorized."},
            404: {"message": "The route could not be found."},
            405: {"message": "The method is not supported for this route."},
            429: {"message": "Too Many Attempts."},
            500: {"message": "Server Error"},
        },
        tables,
        ("MAILERLITE_API_URL", "MAILERLITE_API_KEY"),
        "/api",
    )


def _data(row: Row) -> Any:
    return {"data": row}


def _count(request: Request, rows: list[Row]) -> Any | None:
    return {"total": len(rows)} if request.arg("limit") == "0" else None


FIELDS = (("Name", "name", "text"), ("Last name", "last_name", "text"), ("Country", "country", "text"),
          ("Note", "note", "text"), ("Seats", "seats", "number"), ("Renewal", "renewal", "date"))  # fmt: skip


def _field(number: int, name: str, key: str, kind: str) -> Row:
    return {"id": str(number), "name": name, "key": key, "type": kind, "is_default": number < 4}


def _group(number: int, name: str) -> Row:
    rate = {"float": 0, "string": "0%"}
    return {"id": str(99001 + number), "name": name, "active_count": 10, "sent_count": 0, "open_rate": rate,
            "click_rate": rate, "unsubscribed_count": 0, "created_at": "2024-01-01 08:00:00"}  # fmt: skip


def _subscriber(made: Any, groups: list[Row]) -> Row:
    status = STATUSES[made.number % len(STATUSES)]
    return {
        "id": f"1300112233445{made.number:05}",
        "email": made.email,
        "status": status,
        "source": "api",
        "sent": 12,
        "opens_count": 5,
        "ip_address": None,
        "subscribed_at": MADE,
        "unsubscribed_at": "2024-06-01 10:00:00" if status == "unsubscribed" else None,
        "created_at": MADE,
        "updated_at": MADE,
        "fields": {"name": made.first_name, "last_name": "Ruiz", "country": None, "note": made.value, "seats": 3,
                   "renewal": "2025-01-31"},
        "groups": [group for group in groups if group["name"] == made.name],
        "opted_in_at": "2024-05-02 09:16:10" if made.number % 2 else None,
        "optin_ip": "203.0.113.7",
    }  # fmt: skip


def _campaign(campaign_id: str, status: str) -> Row:
    email = {
        "id": f"5{campaign_id}",
        "subject": "Hi {$name|default('there')}",
        "preheader": "News",
        "from_name": "Shop",
        "from": "news@example.com",
        "plain_text": "Hello",
        "content": '<html><body><p>Hi {$name}</p><a href="{$unsubscribe}">Stop</a></body></html>',
    }
    sent = {"finished_at": MADE if status == "sent" else None}
    return {"id": campaign_id, "name": f"Campaign {campaign_id}", "status": status, "emails": [email], **sent}
