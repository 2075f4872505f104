"""The older, smaller contract of the platform's introductory documents, as a table.

Chosen behaviour, since those documents list what exists and not how the rest is refused: a route outside the table is
a 404; a body field outside it is a 422 (the sign for a client to fall back); every error has the one documented shape
`{"success":false,"error":"text"}`. Answers keep their fields: more than documented was never promised to be absent.
"""

from __future__ import annotations

import json
import re
from typing import Any

from migrator.sandbox.sequenzy.replies import plain
from migrator.sandbox.web import Request, Response

_PERSON = "email externalId firstName lastName customAttributes"
_DISCOUNT = (
    "label provider discountType percentOff amountOff currency duration durationInMonths appliesToAllPlans planIds "
    "codePrefix maxRedemptions lockToSubscriber expiresAt expiresInHours name"
)
_SEQUENCE = (
    "name trigger listId tagName segmentId eventName inactiveDays minCount timeWindowDays enrollmentMode "
    "enrollmentFieldPath stopCondition goal emailCount steps"
)

# Route: the fields its body may have. None: the documents do not describe the body, so it is not looked at.
ROUTES: dict[str, str | None] = {
    "POST /subscribers": f"{_PERSON} status optInMode tags lists enrollInSequences duplicateStrategy",
    "GET /subscribers": "",
    "GET /subscribers/{email}": "",
    "PATCH /subscribers/{email}": None,
    "DELETE /subscribers/{email}": "",
    "POST /subscribers/tags": f"{_PERSON} tag",
    "POST /subscribers/tags/bulk": f"{_PERSON} tags",
    "POST /subscribers/events": f"{_PERSON} event properties",
    "POST /subscribers/events/bulk": f"{_PERSON} events",
    "GET /sequences": "",
    "POST /sequences": _SEQUENCE,
    "GET /sequences/{id}": "",
    "PUT /sequences/{id}": None,
    "POST /sequences/{id}/enable": "",
    "POST /sequences/{id}/disable": "",
    "DELETE /sequences/{id}": "",
    "POST /generate/email": None,
    "POST /generate/sequence": None,
    "POST /generate/subjects": None,
    "POST /transactional/send": (
        "to slug subject body preview variables subscriberExternalId from replyTo attachments"
    ),
    "GET /transactional": "",
    "GET /transactional/{slug}": "",
}
EVENT_FIELDS = "name properties"
STEP_FIELDS = "type subject previewText blocks html delay name discount"
STEP_TYPES = ("email", "create_discount")
DELAY_FIELDS = "days hours minutes"
TRIGGERS = ("contact_added", "tag_added", "segment_entered", "event_received", "inactivity", "frequency")
STOPS = ("has_tag", "does_not_have_tag", "event_received", "added_to_list", "removed_from_list", "none")

# Second segments of /subscribers that are routes of the newer contract, and no addresses.
_NEWER = ("external", "me", "attributes", "imports", "operations", "notes", "bulk", "tags", "events")
_PATTERNS = {route: re.compile("^" + re.sub(r"\{\w+\}", "[^/]+", route) + "$") for route in ROUTES}


def refuse(request: Request, path: str) -> Response | None:
    """The refusal of what the documents do not have, or None."""
    asked = f"{request.method} {path}"
    route = next((name for name, pattern in _PATTERNS.items() if pattern.match(asked)), None)
    if route is None or (route.endswith("{email}") and path.rpartition("/")[2] in _NEWER):
        return plain(404, "Not found")
    allowed = ROUTES[route]
    try:
        body = request.json()
    except ValueError:
        return None
    if allowed is None or not isinstance(body, dict):
        return None
    unknown = [name for name in body if name not in allowed.split()]
    if route == "POST /subscribers/events/bulk":
        entries = body.get("events")
        for entry in entries if isinstance(entries, list) else ():
            unknown += [f"events[].{name}" for name in entry if name not in EVENT_FIELDS.split()]
    if route == "POST /sequences":
        unknown += _newer_in_sequence(body)
    if unknown:
        return plain(422, f"Unknown field: {', '.join(unknown[:3])}")
    return None


def _newer_in_sequence(body: dict[str, Any]) -> list[str]:
    found = []
    if body.get("trigger") not in (None, *TRIGGERS):
        found.append(f"trigger {body['trigger']}")
    stop = body.get("stopCondition")
    if isinstance(stop, dict) and stop.get("type") not in (None, *STOPS):
        found.append(f"stopCondition.type {stop['type']}")
    steps = body.get("steps")
    for index, step in enumerate(steps if isinstance(steps, list) else ()):
        if not isinstance(step, dict):
            continue
        found += [f"steps[{index}].{name}" for name in step if name not in STEP_FIELDS.split()]
        if step.get("type", "email") not in STEP_TYPES:
            found.append(f"steps[{index}].type {step['type']}")
        for part, allowed in (("delay", DELAY_FIELDS), ("discount", _DISCOUNT)):
            inner = step.get(part)
            if isinstance(inner, dict):
                found += [f"steps[{index}].{part}.{name}" for name in inner if name not in allowed.split()]
    return found


def as_documented(reply: Response) -> Response:
    """Errors in the one documented shape."""
    if reply.status < 400:
        return reply
    body = json.loads(reply.body)
    error = body.get("error")
    text = error.get("message") if isinstance(error, dict) else error or body.get("message")
    flat = plain(reply.status, str(text))
    flat.headers |= {name: value for name, value in reply.headers.items() if name == "retry-after"}
    return flat
