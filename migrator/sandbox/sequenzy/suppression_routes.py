"""`/suppressions`: read and remove only. A complaint gets in through `PATCH status:"complained"`, nothing else."""

from __future__ import annotations

from typing import Any

from migrator.sandbox.sequenzy import consent
from migrator.sandbox.sequenzy.bodies import query_number
from migrator.sandbox.sequenzy.refusals import missing, wrong
from migrator.sandbox.sequenzy.replies import ok, stamp
from migrator.sandbox.sequenzy.work_records import SuppressionRecord
from migrator.sandbox.sequenzy.world import World
from migrator.sandbox.web import Request, Response, Router

REMOVABLE = "soft_bounce_escalation"
SORTS = ("suppressedAt", "email", "status")


def register(router: Router, world: World) -> None:
    state = world.state

    @router.on("GET /suppressions")
    def listing(request: Request) -> Response:
        world.need("subscribers:read")
        page = query_number(request, "page", 1, 1, 10**9)
        limit = query_number(request, "limit", 50, 1, 100)
        sort, order = request.arg("sort") or "suppressedAt", request.arg("order") or "desc"
        if sort not in SORTS or order not in ("asc", "desc"):
            raise wrong("sort", "Invalid sort", list(SORTS))
        needle = (request.arg("search") or "").lower()
        found = [record for record in state.suppressions.values() if needle in record.email]

        def key(record: SuppressionRecord) -> tuple[str, str]:
            first = {"suppressedAt": stamp(record.suppressed_at), "email": record.email}.get(sort)
            return (first or record.suppression_type, record.email)

        found.sort(key=key, reverse=order == "desc")
        start = (page - 1) * limit
        return ok(
            {
                "suppressions": [_shape(record) for record in found[start : start + limit]],
                "page": page,
                "limit": limit,
                "total": len(found),
                "hasMore": start + limit < len(found),
                "sortBy": sort,
                "sortOrder": order,
            }
        )

    @router.on("GET /suppressions/{email}")
    def one(request: Request, email: str) -> Response:
        world.need("subscribers:read")
        email = email.strip().lower()
        record = state.suppressions.get(email)
        local = {
            "suppressed": record is not None,
            "scope": record.scope if record else None,
            "suppressionType": record.suppression_type if record else None,
            "reason": record.reason if record else None,
            "source": record.source if record else None,
            "suppressionId": record.id if record else None,
            "delistable": bool(record) and _removable(record),
        }
        suppression = {
            "email": email,
            "suppressed": record is not None,
            "knownRecipient": state.by_email(email) is not None,
            "local": local,
            "ses": {"entries": [], "regionsChecked": []},
        }
        return ok({"suppression": suppression})

    @router.on("DELETE /suppressions/{email}")
    def remove(request: Request, email: str) -> Response:
        world.need("subscribers:write")
        email = email.strip().lower()
        record = state.suppressions.get(email)
        if record is None:
            raise missing("Suppression")
        if not _removable(record):
            raise wrong("email", "Only a company soft bounce escalation can be removed")
        del state.suppressions[email]
        person, back = state.by_email(email), []
        if person is not None and person.status == "bounced":
            consent.reactivate(world, person)
            back.append(person.id)
        return ok(
            {
                "email": email,
                "removed": True,
                "removedLocalBounce": True,
                "reactivatedSubscriberIds": back,
                "removedSesRegions": [],
                "remainingSuppression": None,
            }
        )


def _removable(record: SuppressionRecord | None) -> bool:
    return record is not None and record.suppression_type == REMOVABLE and record.scope == "company"


def _shape(record: SuppressionRecord) -> dict[str, Any]:
    return {
        "email": record.email,
        "suppressionType": record.suppression_type,
        "reason": record.reason,
        "scope": record.scope,
        "source": record.source,
        "bounceType": record.bounce_type,
        "bounceSubType": record.bounce_sub_type,
        "bounceCount": record.bounce_count,
        "suppressedAt": stamp(record.suppressed_at),
        "delistable": _removable(record),
    }
