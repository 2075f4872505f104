"""Who is in a segment right now, quickly: a contact who has not changed is not asked again.

Only for segments whose filters look at nothing but the contact; those that look at time, events or mail are always
asked. What a filter means is in segments.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from migrator.sandbox.sequenzy.membership import in_segment
from migrator.sandbox.sequenzy.state import State

_OF_THE_CONTACT = frozenset(
    ("status", "tag", "email", "firstName", "lastName", "emailProvider", "attribute", "phone", "smsStatus")
)
_ENCODER = msgspec.json.Encoder()


def members(state: State, segment_id: str) -> list[str]:
    from migrator.sandbox.sequenzy import segments  # the circle of membership.py, cut in the same way

    root = segments.root_of(state.segments[segment_id])
    if state.late or not _steady(root):
        return [person.id for person in state.subscribers.values() if in_segment(state, person, segment_id)]
    known: dict[tuple[str, str], tuple[bytes, bool]] = vars(state).setdefault("_segment_memo", {})
    rule, found = msgspec.json.encode(root).decode(), []
    for person in state.subscribers.values():
        now = _ENCODER.encode(person)
        before = known.get((rule, person.id))
        if before is None or before[0] != now:
            before = known[rule, person.id] = (now, in_segment(state, person, segment_id))
        if before[1]:
            found.append(person.id)
    return found


def _steady(node: Mapping[str, Any]) -> bool:
    if "children" in node:
        return all(_steady(child) for child in node["children"] or ())
    return node.get("field") in _OF_THE_CONTACT
