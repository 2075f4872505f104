"""`POST /_sandbox/activity` plays a person: opens an email or clicks in it. `GET /_sandbox/webhooks`: calls not made.

`{"email", "type": "opened" | "clicked", "sequenceId"?, "nodeId"?, "url"?, "at"?}` is about the latest such email.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from migrator.sandbox.sequenzy import engine, happenings
from migrator.sandbox.sequenzy.bodies import parse_moment, read_object
from migrator.sandbox.sequenzy.refusals import missing, shaped, wrong
from migrator.sandbox.sequenzy.replies import ok, stamp
from migrator.sandbox.sequenzy.step_bodies import Body
from migrator.sandbox.sequenzy.world import World
from migrator.sandbox.web import Request, Response, Router


class Activity(Body, kw_only=True):
    email: str
    type: Literal["opened", "clicked"]
    sequence_id: str | None = None
    node_id: str | None = None
    url: str | None = None
    at: str | None = None


def register(router: Router, world: World) -> None:
    @router.on("POST /_sandbox/activity")
    def activity(request: Request) -> Response:
        given, state = shaped(read_object(request), Activity), world.state
        person = state.by_email(given.email)
        if person is None:
            raise missing("Subscriber")
        moment = parse_moment(given.at) if given.at else state.now
        if moment is None or moment > state.now:
            raise wrong("at", "at is a moment that is not ahead of the clock")
        sends = [
            send
            for send in state.sends_of(person.id)
            if given.sequence_id in (None, send.sequence_id) and given.node_id in (None, send.node_id)
        ]
        if not sends:
            raise missing("Email send")
        send, properties = sends[-1], {}
        if given.type == "opened":
            send.opened_at = [*send.opened_at, moment]
        else:
            properties["url"] = given.url or "https://www.example.com/"
            send.clicks = [*send.clicks, {"url": properties["url"], "at": stamp(moment)}]
        # The platform's built-in events; they start sequences and end waits like any other.
        happenings.on_event(world, person.id, f"email.{given.type}", properties, moment)
        engine.settle(world)
        return ok({"emailSendId": send.id})

    @router.on("GET /_sandbox/webhooks")
    def webhooks(request: Request) -> Response:
        calls: list[Any] = msgspec.to_builtins(world.state.webhook_calls)
        return ok({"webhooks": calls})
