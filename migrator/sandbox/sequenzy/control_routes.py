"""The handles a test or a rehearsal holds: `/_sandbox/...`, without a key and outside the contract.

`POST /_sandbox/clock {"advance":"2d"}` moves virtual time; the others read the outbox, the record of writes and the
state, turn settings, add faults, confirm a double opt-in and mark engagement.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import msgspec

from migrator.sandbox.sequenzy import activity_routes, consent, engine, people
from migrator.sandbox.sequenzy.bodies import parse_moment, read_object
from migrator.sandbox.sequenzy.faults import Fault
from migrator.sandbox.sequenzy.imports import settle_imports
from migrator.sandbox.sequenzy.operations import settle_operations
from migrator.sandbox.sequenzy.refusals import missing, wrong
from migrator.sandbox.sequenzy.replies import ok, stamp
from migrator.sandbox.sequenzy.state import Settings
from migrator.sandbox.sequenzy.work_records import SendMark
from migrator.sandbox.sequenzy.world import World
from migrator.sandbox.web import Request, Response, Router

_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*([wdhms])")
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
OPTIONS = ("manual_trigger", "import_polls", "import_seconds", "import_overlap_503", "unauthorized_shape")
MARKS = ("opened", "clicked", "bounced", "complained")


def read_span(text: str) -> timedelta:
    """`2d`, `90m`, `1d 6h`; ValueError for anything else."""
    parts = _SPAN.findall(text)
    if not parts or _SPAN.sub("", text).strip():
        raise ValueError(f"cannot read {text!r} as a time span: write it like 2d, 3h or 90m")
    return sum((timedelta(**{_UNITS[unit]: float(size)}) for size, unit in parts), timedelta())


def set_option(world: World, name: str, value: Any) -> None:
    """A field of `state.Settings`, or one of OPTIONS. ValueError or ValidationError when it does not fit."""
    if name in OPTIONS:
        setattr(world, name, value)
        return
    if name not in Settings.__struct_fields__:
        known = ", ".join((*Settings.__struct_fields__, *OPTIONS))
        raise ValueError(f"unknown setting {name!r}: choose from {known}")
    merged = msgspec.to_builtins(world.state.settings) | {name: value}
    world.state.settings = msgspec.convert(merged, Settings)


def advance(world: World, moment: datetime) -> None:
    """Lets everything that is due until `moment` happen: imports, operations, then the sequences."""
    settle_imports(world, until=moment)
    settle_operations(world)
    engine.run_until(world, moment)
    world.state.now = max(world.state.now, moment)


def register(router: Router, world: World) -> None:
    activity_routes.register(router, world)

    @router.on("POST /_sandbox/clock")
    def clock(request: Request) -> Response:
        body = read_object(request)
        try:
            span = read_span(str(body["advance"])) if "advance" in body else None
        except ValueError as problem:
            raise wrong("advance", str(problem)) from None
        target = world.state.now + span if span is not None else parse_moment(body.get("to"))
        if target is None or target < world.state.now:
            raise wrong("to", "the clock only moves forward: send advance, or a later moment in to")
        advance(world, target)
        return ok({"now": stamp(world.state.now), "outbox": len(world.state.outbox)})

    @router.on("GET /_sandbox/clock")
    def read_clock(request: Request) -> Response:
        return ok({"now": stamp(world.state.now)})

    @router.on("GET /_sandbox/outbox")
    def outbox(request: Request) -> Response:
        return ok({"outbox": msgspec.to_builtins(world.state.outbox)})

    @router.on("GET /_sandbox/recorded")
    def recorded(request: Request) -> Response:
        return ok({"recorded": world.recorded})

    @router.on("GET /_sandbox/state")
    def state(request: Request) -> Response:
        return ok({"state": msgspec.to_builtins(world.state)})

    @router.on("POST /_sandbox/save")
    def save(request: Request) -> Response:
        saved = world.save()
        return ok({"saved": saved is not None})

    @router.on("POST /_sandbox/settings")
    def settings(request: Request) -> Response:
        for name, value in read_object(request).items():
            try:
                set_option(world, name, value)
            except (ValueError, msgspec.ValidationError) as problem:
                raise wrong(name, str(problem)) from None
        return ok({"settings": msgspec.to_builtins(world.state.settings)})

    @router.on("POST /_sandbox/faults")
    def faults(request: Request) -> Response:
        body = read_object(request)
        if body.get("clear"):
            world.faults.clear()
        try:
            world.faults.extend(Fault.read(entry) for entry in body.get("faults", []))
        except (TypeError, ValueError) as problem:
            raise wrong("faults", str(problem)) from None
        return ok({"faults": len(world.faults)})

    @router.on("POST /_sandbox/confirm")
    def confirm(request: Request) -> Response:
        person = world.state.by_email(str(read_object(request).get("email")))
        if person is None:
            raise missing("Subscriber")
        return ok({"confirmed": people.confirm(world, person)})

    @router.on("POST /_sandbox/engage")
    def engage(request: Request) -> Response:
        return ok({"marked": _mark(world, read_object(request))})


def _mark(world: World, body: dict[str, Any]) -> str:
    """Marks a sent email as opened, clicked, bounced or complained: by `emailSendId`, or the latest to `email`."""
    kind, wanted, email = body.get("kind"), body.get("emailSendId"), str(body.get("email", "")).lower()
    if kind not in MARKS:
        raise wrong("kind", f"choose from {', '.join(MARKS)}", list(MARKS))
    send = next((s for s in reversed(world.state.outbox) if s.id == wanted or s.recipient == email), None)
    if send is None:
        raise missing("Email send")
    now = world.state.now
    if kind == "opened":
        send.opened_at.append(now)
    elif kind == "clicked":
        send.clicks.append({"url": body.get("url", "https://example.com/"), "at": now.isoformat()})
    else:
        mark = world.state.send_marks.setdefault(send.id, SendMark())
        mark.status = kind
        person = world.state.by_email(send.recipient)
        if kind == "bounced":
            mark.bounced_at, mark.bounce_type = now, body.get("bounceType", "Permanent")
            if person and mark.bounce_type == "Permanent":
                consent.bounce(world, person)
        else:
            mark.complained_at = now
            if person:
                consent.complain(world, person)
    return send.id
