"""A local Kit (formerly ConvertKit), API v4, written from the vendor's documents."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from migrator.sandbox.local_only import fresh_key
from migrator.sandbox.sources.people import HOSTILE_NAMES, people
from migrator.sandbox.sources.platform import Page, Platform, Route, Row, Style
from migrator.sandbox.web import Request

KEY = fresh_key("kit_sandbox_")
"""Of this process alone."""
STATES = ("active", "active", "active", "cancelled", "inactive", "bounced", "complained")
MADE = "2023-02-01T08:00:00Z"
WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def _cursor(place: int) -> str:
    return base64.b64encode(f"[{place}]".encode()).decode()


def _begin(token: str, size: int) -> int:
    return int(base64.b64decode(token).decode().strip("[]")) if token else 0


def _style(name: str) -> Style:
    def envelope(page: Page) -> Any:
        ends = {"start_cursor": _cursor(page.begin), "end_cursor": _cursor(page.end)} if page.rows else {}
        told = {"has_previous_page": page.begin > 0, "has_next_page": page.more, "per_page": page.size, **ends}
        return {name: page.rows, "pagination": told}

    return Style("after", "per_page", 500, 1000, _begin, envelope)


def platform(count: int = 60) -> Platform:
    tables: dict[str, list[Row]] = {
        "tags": [{"id": 51 + place, "name": name, "created_at": MADE} for place, name in enumerate(HOSTILE_NAMES)],
        "custom_fields": [
            {"id": place, "name": f"ck_field_{place}_{key}", "key": key, "label": key.title()}
            for place, key in enumerate(("last_name", "note", "company"), 1)
        ],
        "segments": [{"id": 401, "name": "Buyers", "created_at": MADE}],
        "forms": [{"id": 701, "name": "Footer", "type": "embed", "archived": False, "created_at": MADE}],
        "snippets": [{"id": 801, "name": "Offer", "key": "offer", "snippet_type": "inline", "archived": False}],
        "broadcasts": [
            {"id": 901, "subject": "News", "content": "<p>Hi {{ subscriber.first_name }}</p>", "status": "completed",
             "email_address": "ana@example.com", "send_at": MADE, "preview_text": None}
        ],
        "sequences": [dict(row) for row in SEQUENCES],
        "emails": [dict(row) for row in EMAILS],
    }  # fmt: skip
    tables["subscribers"] = [_subscriber(made, tables["tags"]) for made in people(count)]

    def table(name: str) -> Route:
        return Route(f"/v4/{name}", lambda request, part: tables[name], _style(name), name)

    def by_state(otherwise: str) -> Callable[[Request, str], list[Row]]:
        def rows(request: Request, part: str) -> list[Row]:
            state, more = request.arg("status") or otherwise, (request.arg("include") or "").split(",")
            hidden = {"tags", "canceled_at"} - set(more)
            found = [row for row in tables["subscribers"] if state in ("all", row["state"])]
            return [{key: value for key, value in row.items() if key not in hidden} for row in found]

        return rows

    def added(request: Request, part: str) -> list[Row]:
        return [{**row, "added_at": MADE} for row in by_state("active")(request, part)[:9]] if part == "301" else []

    def emails(request: Request, part: str) -> list[Row]:
        return [row for row in tables["emails"] if str(row["sequence_id"]) == part]

    def broadcasts(request: Request, part: str) -> list[Row]:
        return [row for row in tables["broadcasts"] if request.arg("status") in (None, row["status"])]

    account = {
        "id": 1,
        "name": "Example Shop",
        "plan_type": "creator",
        "timezone": {"name": "Europe/London"},
        "sending_addresses": [{"email_address": "ana@example.com", "from_name": "Ana", "is_default": True}],
    }
    errors = {401: "The API key is invalid", 403: "Not allowed", 404: "Not Found", 405: "Not allowed", 429: "Slow down",
              500: "Server error"}  # fmt: skip
    routes = (
        Route("/v4/account", lambda request, part: [account], wrap=lambda row: {"user": None, "account": row}),
        Route("/v4/subscribers", by_state("active"), _style("subscribers"), literal=_total),
        *(table(name) for name in ("tags", "custom_fields", "segments", "forms", "snippets", "sequences")),
        Route("/v4/broadcasts", broadcasts, _style("broadcasts"), "broadcasts"),
        Route("/v4/sequences/{}/emails", emails, _style("emails"), "sequences"),
        Route("/v4/sequences/{}/subscribers", added, _style("subscribers"), "sequences"),
    )
    refusals = {status: {"errors": [words]} for status, words in errors.items()}
    settings = ("KIT_API_URL", "KIT_API_KEY")
    return Platform("kit", routes, KEY, "X-Kit-Api-Key", "", 120, refusals, tables, settings, "/v4")


def _total(request: Request, rows: list[Row]) -> Any | None:
    if request.arg("include_total_count") != "true":
        return None
    page = {"has_previous_page": False, "has_next_page": len(rows) > 1, "per_page": 1, "total_count": len(rows)}
    return {"subscribers": rows[:1], "pagination": page}


def _subscriber(made: Any, tags: list[Row]) -> Row:
    state = STATES[made.number % len(STATES)]
    return {
        "id": 900001 + made.number,
        "first_name": made.first_name,
        "email_address": made.email,
        "state": state,
        "created_at": MADE,
        "fields": {"last_name": "Vale", "note": made.value, "company": None},
        "tags": [{"id": tag["id"], "name": tag["name"]} for tag in tags if tag["name"] == made.name],
        "canceled_at": "2024-06-01T10:00:00Z" if state == "cancelled" else None,
    }


def _sequence(sequence_id: int, name: str, **more: Any) -> Row:
    return {"id": sequence_id, "name": name, "hold": False, "repeat": False, "created_at": MADE, "updated_at": MADE,
            "send_days": WEEK[:5], "send_hour": 9, "time_zone": "Europe/London", "active": True,
            "exclude_subscriber_sources": [], **more}  # fmt: skip


def _email(email_id: int, sequence_id: int, position: int, value: int, unit: str, **more: Any) -> Row:
    return {"id": email_id, "sequence_id": sequence_id, "subject": f"Email {position + 1}", "preview_text": None,
            "email_address": "ana@example.com", "email_template_id": None, "published": True, "position": position,
            "delay_value": value, "delay_unit": unit, "send_days": None,
            "content": "<p>Hi {{ subscriber.first_name | default: \"there\" }}</p>", **more}  # fmt: skip


SEQUENCES: tuple[Row, ...] = (
    _sequence(301, "Welcome", exclude_subscriber_sources=[{"type": "tag", "ids": [51]}]),
    _sequence(302, "Odd things", hold=True, repeat=True, active=False, send_hour=None),
    _sequence(303, "Nothing yet"),
)
EMAILS: tuple[Row, ...] = (
    _email(6002, 301, 1, 2, "days", send_days=["monday", "tuesday"]),
    _email(6001, 301, 0, 0, "days"),
    _email(6003, 301, 2, 6, "hours", published=False),
    _email(6004, 302, 0, 1, "days"),
    _email(6005, 302, 1, 3, "fortnights", content=""),
    _email(6006, 302, 2, 0, "days", send_days=["someday"]),
)
