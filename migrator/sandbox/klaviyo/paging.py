"""Cursors: `page[size]` up to a maximum that is refused beyond, `page[cursor]`, and `links.next` to follow."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import urlencode

from migrator.sandbox.klaviyo.account import Row
from migrator.sandbox.klaviyo.gate import refusal
from migrator.sandbox.web import Request


def page_of(rows: list[Row], request: Request, *, default: int, most: int, cap: int | None = None) -> Row:
    """The rows are in the order of their ids or of creation; a cursor names the last one shown."""
    size = _size(request, default, most)
    size = min(size, cap) if cap else size
    start = _start(rows, request)
    shown = rows[start : start + size]
    following = None
    if start + size < len(rows):
        following = _url(request, shown[-1]["id"])
    before = _url(request, None) if start else None
    return {
        "data": shown,
        "links": {"self": _url(request, request.arg("page[cursor]")), "next": following, "prev": before},
    }


def _size(request: Request, default: int, most: int) -> int:
    text = request.arg("page[size]")
    if text is None:
        return default
    if not text.isdigit() or not 1 <= int(text) <= most:
        raise refusal(400, "invalid", "Invalid input.", f"page[size] must be between 1 and {most}.", "page[size]")
    return int(text)


def _start(rows: list[Row], request: Request) -> int:
    cursor = request.arg("page[cursor]")
    if cursor is None:
        return 0
    try:
        last = base64.urlsafe_b64decode(cursor.encode()).decode().removeprefix("after:")
    except ValueError:
        raise refusal(400, "invalid", "Invalid input.", "Invalid cursor.", "page[cursor]") from None
    places = {row["id"]: place for place, row in enumerate(rows)}
    if last in places:
        return places[last] + 1
    return sum(row["id"] <= last for row in rows)


def _url(request: Request, last: Any) -> str:
    query = [(key, value) for key, value in request.query if key != "page[cursor]"]
    if last is not None:
        cursor = last if last == request.arg("page[cursor]") else _cursor(last)
        query.append(("page[cursor]", cursor))
    host = request.headers.get("host", "a.klaviyo.com")
    scheme = "http" if host.startswith(("127.", "localhost")) else "https"
    return f"{scheme}://{host}{request.path}" + (f"?{urlencode(query)}" if query else "")


def _cursor(last: str) -> str:
    return base64.urlsafe_b64encode(f"after:{last}".encode()).decode()
