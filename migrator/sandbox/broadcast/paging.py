"""The platform's four ways to hand out a list in pieces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from migrator.sandbox.broadcast.account import Row
from migrator.sandbox.broadcast.switches import Switches
from migrator.sandbox.web import Request

T = TypeVar("T")
MIGRATION_LIMIT = 250


def number(request: Request, name: str) -> int | None:
    """A whole number, or None: what is not a number is ignored, as the platform does."""
    text = request.arg(name)
    return int(text) if text is not None and text.isascii() and text.lstrip("-").isdigit() else None


def by_offset(rows: list[T], show: Callable[[T], Row], request: Request, switches: Switches) -> Any:
    limit, offset = number(request, "limit"), max(number(request, "offset") or 0, 0)
    if limit is None or limit < 0:
        limit = len(rows)
    if switches.limit_cap is not None:
        limit = min(limit, switches.limit_cap)
    data = [show(row) for row in rows[offset : offset + limit]]
    if switches.list_envelope == "array":
        return data
    return {"data": data} if switches.list_envelope == "no_total" else {"data": data, "total": len(rows)}


def by_page(name: str, rows: list[T], show: Callable[[T], Row], request: Request, switches: Switches) -> Row:
    """`count` is the number of rows on this page."""
    page, pages, shown = _page(rows, switches.p1_page_size, request, switches)
    start = (page - 1) * switches.p1_page_size + 1 if shown else 0
    pagination: Row = {"total": len(rows)}
    if switches.p1 != "only_total":
        pagination["count"] = len(shown)
        if switches.p1 == "full":
            pagination |= {"from": start, "to": start + len(shown) - 1 if shown else 0}
        pagination |= {"current": page, "total_pages": pages}
    return {name: [show(row) for row in shown], "pagination": pagination}


def by_enrolment_page(rows: list[T], show: Callable[[T], Row], request: Request, switches: Switches) -> Row:
    """`count` is the number of rows in all."""
    page, pages, shown = _page(rows, switches.p2_page_size, request, switches)
    pagination: Row = {"prev": page - 1 if page > 1 else None, "next": page + 1 if page < pages else None}
    pagination |= {"count": len(rows), "pages": pages, "page": page}
    return {"subscriber_sequences": [show(row) for row in shown], "pagination": pagination}


def for_migration(rows: list[T], show: Callable[[T], Row], request: Request) -> Row:
    asked, offset = number(request, "limit"), max(number(request, "offset") or 0, 0)
    limit = min(max(MIGRATION_LIMIT if asked is None else asked, 1), MIGRATION_LIMIT)
    data = [show(row) for row in rows[offset : offset + limit]]
    more = offset + limit < len(rows)
    return {"data": data, "pagination": {"total": len(rows), "limit": limit, "offset": offset, "has_more": more}}


def _page(rows: list[T], size: int, request: Request, switches: Switches) -> tuple[int, int, list[T]]:
    page, pages = max(number(request, "page") or 1, 1), max(-(-len(rows) // size), 1)
    if page > pages and switches.beyond_end == "repeat_last":
        page = pages
    served = page - 1 if page > 1 and page == switches.repeat_page else page
    return page, pages, rows[(served - 1) * size : served * size]
