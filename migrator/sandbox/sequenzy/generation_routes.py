"""`/generate/...`: fixed words where the platform writes text. Only the sequence call leaves something: a draft."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from migrator.sandbox.sequenzy import sequence_changes, sequence_views
from migrator.sandbox.sequenzy.bodies import read_object
from migrator.sandbox.sequenzy.refusals import shaped, wrong
from migrator.sandbox.sequenzy.replies import ok
from migrator.sandbox.sequenzy.world import World
from migrator.sandbox.web import Request, Response, Router

NAME_LENGTH = 80


class EmailWish(Struct, rename="camel", kw_only=True):
    prompt: str
    email_type: Literal["marketing", "transactional"] = "marketing"


class SubjectsWish(Struct, kw_only=True):
    topic: str
    count: int = 5


class SequenceWish(Struct, rename="camel", kw_only=True):
    goal: str
    name: str | None = None
    email_count: int = 5
    duration_days: int = 14
    list_id: str | None = None


def register(router: Router, world: World) -> None:
    @router.on("POST /generate/email")
    def email(request: Request) -> Response:
        wish = shaped(read_object(request), EmailWish)
        prompt = _need("prompt", wish.prompt)
        block = {"id": "block-1", "type": "text", "variant": "paragraph", "content": f"<p>{prompt}</p>"}
        return ok({"subject": prompt[:NAME_LENGTH], "previewText": prompt[:NAME_LENGTH], "blocks": [block]})

    @router.on("POST /generate/subjects")
    def subjects(request: Request) -> Response:
        wish = shaped(read_object(request), SubjectsWish)
        topic = _need("topic", wish.topic)
        return ok({"topic": topic, "subjects": [f"{topic} ({number + 1})" for number in range(wish.count)]})

    @router.on("POST /generate/sequence")
    def sequence(request: Request) -> Response:
        world.need("sequences:write")
        wish = shaped(read_object(request), SequenceWish)
        goal = _need("goal", wish.goal)
        body: dict[str, Any] = {
            "name": wish.name or goal[:NAME_LENGTH],
            "trigger": "contact_added",
            "goal": goal,
            "emailCount": wish.email_count,
        }
        if wish.list_id:
            body["listId"] = wish.list_id
        made, _ = sequence_changes.create(world, body)
        return ok({"message": "Draft sequence created", "sequence": sequence_views.created(made)})


def _need(name: str, text: str) -> str:
    if not text.strip():
        raise wrong(name, f"{name} is required")
    return text.strip()
