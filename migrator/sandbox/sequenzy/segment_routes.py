"""`/segments`: create, list, change, delete and count. There is no call that reads one segment."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from migrator.sandbox.sequenzy import segments
from migrator.sandbox.sequenzy.bodies import read_object
from migrator.sandbox.sequenzy.refusals import Refused, invalid, issue, missing, shaped, wrong
from migrator.sandbox.sequenzy.replies import explained, ok
from migrator.sandbox.sequenzy.segment_rules import check_filters, check_references, check_root
from migrator.sandbox.sequenzy.state import SegmentRecord
from migrator.sandbox.sequenzy.world import World
from migrator.sandbox.web import Request, Response, Router


class SegmentBody(Struct, rename="camel", kw_only=True):
    name: str | UnsetType = UNSET
    filters: list[Any] | None = None
    filter_join_operator: Literal["and", "or"] = "and"
    root: dict[str, Any] | None = None


def register(router: Router, world: World) -> None:
    state = world.state

    def find(segment_id: str) -> SegmentRecord:
        found = state.segments.get(segment_id)
        if found is None:
            raise missing("Segment")
        return found

    def shape(segment: SegmentRecord) -> dict[str, Any]:
        inside = [p for p in state.subscribers.values() if segments.matches(state, p, segment.id)]
        return {
            "id": segment.id,
            "name": segment.name,
            "format": segment.format,
            "filters": segment.filters,
            "filterJoinOperator": segment.join,
            "root": segment.root,
            "subscriberCount": len(inside),
            "activeSubscriberCount": sum(person.status == "active" for person in inside),
        }

    def check(wish: SegmentBody, own: SegmentRecord | None) -> None:
        """Everything about the body that can be wrong, before anything is written."""
        if wish.name is not UNSET:
            name = str(wish.name).strip()
            if not name:
                raise wrong("name", "name is required")
            if any(kept.name == name and kept is not own for kept in state.segments.values()):
                raise _name_taken(name)
        if wish.filters is not None and wish.root is not None:
            raise invalid(issue("root", "Send either filters or root, not both"))
        if wish.filters is not None:
            check_filters(wish.filters)
            joined = {"kind": "group", "joinOperator": wish.filter_join_operator, "children": wish.filters}
            check_references(state, joined, own.id if own else None)
        elif wish.root is not None:
            check_root(wish.root)
            check_references(state, wish.root, own.id if own else None)

    def fill(segment: SegmentRecord, wish: SegmentBody) -> None:
        if wish.name is not UNSET:
            segment.name = str(wish.name).strip()
        if wish.filters is not None:
            segment.format, segment.filters, segment.root = "v1", wish.filters, None
            segment.join = wish.filter_join_operator
        elif wish.root is not None:
            segment.format, segment.filters, segment.root = "v2", [], wish.root

    @router.on("GET /segments")
    def listing(request: Request) -> Response:
        world.need("segments:read")
        return ok({"segments": [shape(segment) for segment in state.segments.values()]})

    @router.on("POST /segments")
    def create(request: Request) -> Response:
        world.need("segments:write")
        wish = shaped(read_object(request), SegmentBody)
        if wish.name is UNSET:
            raise wrong("name", "name is required")
        check(wish, None)
        if wish.filters is None and wish.root is None:
            raise wrong("filters", "At least one filter is required")
        segment = SegmentRecord(id=state.new_id("seg"), name="", created_at=state.now)
        fill(segment, wish)
        state.segments[segment.id] = segment
        return ok({"segment": shape(segment)})

    @router.on("PATCH /segments/{segment_id}")
    def change(request: Request, segment_id: str) -> Response:
        world.need("segments:write")
        segment = find(segment_id)
        wish = shaped(read_object(request), SegmentBody)
        check(wish, segment)
        fill(segment, wish)
        return ok({"segment": shape(segment)})

    @router.on("DELETE /segments/{segment_id}")
    def delete(request: Request, segment_id: str) -> Response:
        world.need("segments:delete")
        del state.segments[find(segment_id).id]
        return ok()

    @router.on("GET /segments/{segment_id}/count")
    def count(request: Request, segment_id: str) -> Response:
        world.need("segments:read")
        segment = find(segment_id)
        return ok({"segmentId": segment.id, "count": shape(segment)["activeSubscriberCount"]})


def _name_taken(name: str) -> Refused:
    return explained(
        409,
        "Segment name already exists",
        "SEGMENT_NAME_ALREADY_EXISTS",
        title="Segment name already exists",
        description=f"A segment named {name!r} exists.",
        resolution="Choose another name, or change the existing segment.",
    )
