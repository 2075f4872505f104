"""Lists, segments and templates: looked for first, created when absent, read back by the look of the next run.

Something of the same name that is not ours is used when it is the same (a list, a segment with the same rules) and
never changed; `existed` in the result keeps undo away from it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from adapters.sequenzy import find, write
from migrator.errors import ApiError, Conflict, NotFound, Rejected, Uncertain
from migrator.load.checkpoint import State, Unit
from migrator.load.work import Missing, Work
from migrator.plan.records import CreateList, CreateSegment, CreateTemplate

T = TypeVar("T")
ABSENT = "The server does not have this call; create it by hand"


def make_list(work: Work, operation: CreateList) -> None:
    unit = work.checkpoint.unit(operation.key) or Unit(operation.key)
    if settled(unit):
        return
    try:
        body = work.filled(operation.body)
        there = find.lists_named(work.api, str(body["name"]))
        # Those that were there when we first looked are not ours; one that came since the request left is.
        before: list[str] = unit.result["before"] if unit.state is State.SENT else there
        ours = [one for one in there if one not in before]
        if ours:
            work.checkpoint.confirm(unit, ours[0], {"existed": False})
        elif before:
            work.checkpoint.confirm(unit, before[0], {"existed": True})
        else:
            work.sending(unit, body, {"before": before})
            made = _once(lambda: write.create_list(work.api, body))
            if made is None:
                found = [one for one in find.lists_named(work.api, str(body["name"])) if one not in before]
                made = found[0] if found else write.create_list(work.api, body)
            work.checkpoint.confirm(unit, made, {"existed": False})
    except (Rejected, Conflict, NotFound, Missing) as error:
        work.checkpoint.reject(unit, reason(error))


def make_segment(work: Work, operation: CreateSegment) -> None:
    unit = work.checkpoint.unit(operation.key) or Unit(operation.key)
    if settled(unit):
        return
    try:
        body = work.filled(operation.body)
        there = find.segment_named(work.api, str(body["name"]))
        if there is not None:
            ours = unit.state is State.SENT
            if not ours and not same_rules(body, there):
                work.checkpoint.reject(unit, "a segment of this name is there with other rules")
                return
            work.checkpoint.confirm(unit, str(there["id"]), {"existed": not ours})
            return
        work.sending(unit, body)
        made = _once(lambda: write.create_segment(work.api, body))
        if made is None:
            there = find.segment_named(work.api, str(body["name"]))
            made = (str(there["id"]), []) if there else write.create_segment(work.api, body)
        work.warn(operation.key, made[1])
        work.checkpoint.confirm(unit, made[0], {"existed": False})
    except (Rejected, Conflict, NotFound, Missing) as error:
        work.checkpoint.reject(unit, reason(error))


def make_template(work: Work, operation: CreateTemplate) -> None:
    unit = work.checkpoint.unit(operation.key) or Unit(operation.key)
    if settled(unit):
        return
    try:
        body = work.filled(operation.body)
        name = str(body["name"])
        # Templates of the plan may share a name: those of other operations are taken.
        taken = {one.target_id for one in work.checkpoint.units(None, State.CONFIRMED)}
        there = [one for one in find.templates_of(work.api, work.marker, name) if one not in taken]
        if there:
            work.checkpoint.confirm(unit, there[0], {"existed": False})
            return
        work.sending(unit, body)
        made = _once(lambda: write.create_template(work.api, body))
        if made is None:
            there = [one for one in find.templates_of(work.api, work.marker, name) if one not in taken]
            made = (there[0], []) if there else write.create_template(work.api, body)
        work.warn(operation.key, made[1])
        work.checkpoint.confirm(unit, made[0], {"existed": False})
    except (Rejected, Conflict, NotFound, Missing) as error:
        work.checkpoint.reject(unit, reason(error))


def settled(unit: Unit) -> bool:
    """Whether nothing is left to try. What was refused is tried again by every run: a person may have settled it."""
    return unit.state is State.CONFIRMED or bool(unit.state is State.REJECTED and unit.result.get("draft"))


def same_rules(planned: dict[str, Any], there: dict[str, Any]) -> bool:
    """The rules as sent, whichever of the two forms; a server may add fields of its own around them."""
    if planned.get("root") is not None:
        return bool(planned["root"] == there.get("root"))
    same = planned.get("filters") == there.get("filters")
    return same and planned.get("filterJoinOperator", "and") == (there.get("filterJoinOperator") or "and")


def reason(error: Exception) -> str:
    if isinstance(error, Missing):
        return f"it needs {error.key}, which is not at the target"
    if isinstance(error, NotFound):
        return ABSENT
    return error.problem.message if isinstance(error, ApiError) else type(error).__name__


def _once(call: Callable[[], T]) -> T | None:
    """None when nobody knows whether it was done: the caller then looks."""
    try:
        return call()
    except Uncertain:
        return None
