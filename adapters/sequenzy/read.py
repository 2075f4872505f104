"""Reading the workspace back: contacts page by page with a cursor, and the collections that come in one answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from adapters.sequenzy.client import Sequenzy
from adapters.sequenzy.intake import queued, takes_in
from adapters.sequenzy.shapes import Contact, Labelled, Named, part, read, strange
from migrator.errors import NotFound
from migrator.transport.hosts import segment

PAGE = 1000
SEED_PAGE = 100
"""The older documents allow no more."""


def contact_total(api: Sequenzy) -> int | None:
    """How many contacts there are in every state; None when the server does not say."""
    answer = api.get("/subscribers", {"limit": 1, "page": 1, "status": "all"})
    total = part(answer.data, "pagination").get("total")
    return total if isinstance(total, int) else None


def contact_pages(
    api: Sequenzy, *, list_id: str | None = None, status: str = "all", page: int = PAGE
) -> Iterator[list[Contact]]:
    """Everybody, in every state unless one is named (an older server may not know that filter). Ends with an error,
    never early, when a page says there is more and names no next."""
    cursor: str | None = None
    asked: dict[str, Any] = {"status": status, "limit": page, **({"listId": list_id} if list_id else {})}
    number = 1
    while True:
        params = asked | ({"cursor": cursor} if cursor else {"page": number} if number > 1 else {})
        data = api.get("/subscribers", params).data
        rows = read(data, "subscribers", list[Contact])
        yield rows
        pages = part(data, "pagination")
        following = pages.get("nextCursor")
        if following:
            if following == cursor:
                raise strange("the listing of contacts names the same page twice")
            cursor = following
            if pages.get("hasMore") is False:
                return
            continue
        if "hasMore" not in pages and "nextCursor" not in pages and number < int(pages.get("totalPages") or 0):
            number += 1
            continue
        if pages.get("hasMore"):
            raise strange("the listing of contacts has more pages and names none")
        return


def contact(api: Sequenzy, email: str) -> Contact | None:
    try:
        return read(api.get(f"/subscribers/{segment(email)}").data, "subscriber", Contact)
    except NotFound:
        return None


def contact_details(api: Sequenzy, email: str) -> dict[str, Any] | None:
    """With lists, enrolments and statistics; as the server sends it."""
    try:
        found = part(api.get(f"/subscribers/{segment(email)}").data, "subscriber")
    except NotFound:
        return None
    return found if isinstance(found, dict) else None


def lists(api: Sequenzy) -> list[Named]:
    return read(api.get("/lists").data, "lists", list[Named])


def segments(api: Sequenzy) -> list[dict[str, Any]]:
    return read(api.get("/segments").data, "segments", list[dict[str, Any]])


def tags(api: Sequenzy) -> list[dict[str, Any]]:
    return read(api.get("/tags").data, "tags", list[dict[str, Any]])


def templates(api: Sequenzy, label: str | None = None) -> list[Labelled]:
    rows: list[Labelled] = []
    while True:
        params = {"limit": 100, "offset": len(rows), **({"label": label} if label else {})}
        data = api.get("/templates", params).data
        found = read(data, "templates", list[Labelled])
        rows += found
        pages = data.get("pagination") or {}
        if not found or not pages.get("hasMore"):
            return [row for row in rows if label is None or not row.labels or row.has_label(label)]


def template(api: Sequenzy, template_id: str) -> dict[str, Any] | None:
    try:
        return dict(part(api.get(f"/templates/{segment(template_id)}").data, "template"))
    except NotFound:
        return None


def sequences(api: Sequenzy, label: str | None = None) -> list[Labelled]:
    """Without a limit the server answers with all of them."""
    data = api.get("/sequences", {"label": label} if label else None).data
    rows = [labelled(row) for row in read(data, "sequences", list[dict[str, Any]])]
    # An older server may not know the filter; the labels in the rows decide.
    return [row for row in rows if label is None or row.has_label(label)]


def labelled(row: dict[str, Any]) -> Labelled:
    """A sequence as a listing or an answer about it alone shows it."""
    found = read({"sequence": row}, "sequence", Labelled)
    return msgspec.structs.replace(found, settings_taking_in=takes_in(row))


def audience_queued(api: Sequenzy, sequence_id: str) -> bool:
    """Whether an audience is still to be enrolled in it. A server without such a call knows no such enrolment."""
    try:
        data = api.get(f"/sequences/{segment(sequence_id)}/audience-enrollments", {"limit": 100}).data
    except NotFound:
        return False
    return queued(part(data, "audienceEnrollments"))


def sequence(api: Sequenzy, sequence_id: str) -> dict[str, Any] | None:
    try:
        return dict(part(api.get(f"/sequences/{segment(sequence_id)}").data, "sequence"))
    except NotFound:
        return None


def enrollments(api: Sequenzy, sequence_id: str) -> Iterator[dict[str, Any]]:
    """Everybody who is or was in it, each enrolment once. Ends with an error where the pages do."""
    seen: set[str] = set()
    params = {"status": "active,waiting,paused,completed,failed,cancelled", "limit": 500}
    offset = 0
    while True:
        data = api.get(f"/sequences/{segment(sequence_id)}/enrollments", {**params, "offset": offset}).data
        rows = read(data, "enrollments", list[dict[str, Any]])
        for row in rows:
            if (made := str(row.get("enrollmentId"))) not in seen:
                seen.add(made)
                yield row
        if not part(data, "pagination").get("hasMore"):
            return
        if not rows:
            raise strange("the listing of enrolments has more pages and shows none")
        offset += len(rows)


def as_body(shape: msgspec.Struct) -> dict[str, Any]:
    """A record as the server wrote it, by wire names."""
    built: dict[str, Any] = msgspec.to_builtins(shape)
    return built
