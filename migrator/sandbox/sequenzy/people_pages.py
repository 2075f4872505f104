"""`GET /subscribers`: filters, page numbers and cursors.

Without `status` only active contacts come (the platform does not say; whoever wants everybody must say `all`).
Ordered by signup date, newest first, then id; attribute searches by id, with cursors only and no total.
"""

from __future__ import annotations

import base64
import binascii
import heapq

from migrator.sandbox.sequenzy import segments
from migrator.sandbox.sequenzy.bodies import need_moment, query_flag, query_number
from migrator.sandbox.sequenzy.names import normalise_tag
from migrator.sandbox.sequenzy.people_wire import person_shape
from migrator.sandbox.sequenzy.refusals import missing, wrong
from migrator.sandbox.sequenzy.replies import ok
from migrator.sandbox.sequenzy.state import Subscriber
from migrator.sandbox.sequenzy.world import World
from migrator.sandbox.web import Request, Response

STATUSES = ("active", "unsubscribed", "bounced", "all")
ATTRIBUTE_OPERATORS = ("is", "contains", "gt", "gte", "lt", "lte", "is_not_empty")


def page_of(world: World, request: Request) -> Response:
    cap = 100 if world.contract == "seed" else 1000
    limit = query_number(request, "limit", 20, 1, cap)
    cursor, by_attribute = request.arg("cursor"), request.arg("attribute") is not None
    if cursor and request.arg("page"):
        raise wrong("cursor", "cursor cannot be combined with page")
    found = _filtered(world, request)
    key = _attribute_key if by_attribute else _usual_key
    page, total, start = None, None, 0
    if cursor:
        position = _position(cursor, by_attribute)
        found = [person for person in found if key(person) > position]
    elif not by_attribute:
        page = query_number(request, "page", 1, 1, 10**9)
        start = (page - 1) * limit
        total = len(found) if query_flag(request, "includeTotal", True) else None
    # Big accounts are read page by page: only the front of the rest has to be in order.
    shown = heapq.nsmallest(start + limit, found, key=key)[start:]
    more = start + limit < len(found)
    pagination = {
        "page": page,
        "limit": limit,
        "total": total,
        "totalPages": None if total is None else -(-total // limit),
        "nextCursor": _cursor(shown[-1], by_attribute) if more and shown else None,
        "hasMore": more,
        "orderBy": "id" if by_attribute else "createdAt",
    }
    return ok({"subscribers": [person_shape(person) for person in shown], "pagination": pagination})


def _usual_key(person: Subscriber) -> tuple[float, str]:
    return (-person.created_at.timestamp(), person.id)


def _attribute_key(person: Subscriber) -> tuple[float, str]:
    return (0.0, person.id)


def _cursor(person: Subscriber, by_attribute: bool) -> str:
    moment, tie = (_attribute_key if by_attribute else _usual_key)(person)
    return base64.urlsafe_b64encode(f"{'a' if by_attribute else 'c'}|{moment!r}|{tie}".encode()).decode()


def _position(cursor: str, by_attribute: bool) -> tuple[float, str]:
    """The place behind which the next page starts; contacts added or deleted meanwhile do not shift it."""
    try:
        kind, moment, tie = base64.urlsafe_b64decode(cursor.encode()).decode().split("|", 2)
        position = (float(moment), tie)
    except (ValueError, binascii.Error):
        raise wrong("cursor", "Invalid cursor") from None
    if kind != ("a" if by_attribute else "c"):
        raise wrong("cursor", "Cursor belongs to another ordering")
    return position


def _filtered(world: World, request: Request) -> list[Subscriber]:
    state = world.state
    status = request.arg("status") or "active"
    if status not in STATUSES:
        raise wrong("status", "Invalid status", list(STATUSES))
    found = [person for person in state.subscribers.values() if status in ("all", person.status)]
    if needle := (request.arg("query") or "").lower():
        found = [p for p in found if any(needle in text for text in _texts(p))]
    if needle := (request.arg("email") or "").lower():
        found = [p for p in found if needle in (p.email or "")]
    if tags := [normalise_tag(tag) for tag in (request.arg("tags") or "").split(",") if tag.strip()]:
        found = [p for p in found if all(tag in p.tags for tag in tags)]
    list_id = _wanted_list(world, request)
    if list_id:
        found = [p for p in found if p.on_list(list_id)]
    if segment := request.arg("segmentId"):
        if segment not in state.segments:
            raise missing("Segment")
        found = [p for p in found if segments.matches(state, p, segment)]
    if attribute := request.arg("attribute"):
        operator = request.arg("attributeOperator") or "is"
        if operator not in ATTRIBUTE_OPERATORS:
            raise wrong("attributeOperator", "Invalid operator", list(ATTRIBUTE_OPERATORS))
        leaf = {"kind": "filter", "field": "attribute", "operator": operator, "value": attribute}
        found = [p for p in found if segments.matches(state, p, leaf)]
    if since := need_moment(request.arg("unsubscribedAfter"), "unsubscribedAfter"):
        found = [p for p in found if p.unsubscribed_at and p.unsubscribed_at >= since]
    if until := need_moment(request.arg("unsubscribedBefore"), "unsubscribedBefore"):
        found = [p for p in found if p.unsubscribed_at and p.unsubscribed_at <= until]
    return found


def _texts(person: Subscriber) -> list[str]:
    names = (person.email, person.first_name, person.last_name, *person.tags)
    return [name.lower() for name in names if name]


def _wanted_list(world: World, request: Request) -> str | None:
    """`list` is an id first, else an exact name; None when no list was asked for."""
    lists = world.state.lists
    wanted, name = request.arg("listId") or request.arg("list"), request.arg("listName") or request.arg("list")
    if not wanted and not name:
        return None
    if wanted in lists:
        return wanted
    found = next((record.id for record in lists.values() if record.name == name), None)
    if found is None:
        raise missing("List")
    return found
