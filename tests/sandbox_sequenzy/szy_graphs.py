"""What the sequence tests of the local Sequenzy share: small sequences, their steps by subject, and the clock."""

from __future__ import annotations

from typing import Any

from szy_support import Api

HTML = "<p>Hello {{FIRST_NAME|friend}}</p>"


def mail(subject: str, **more: Any) -> dict[str, Any]:
    return {"subject": subject, "html": HTML, **more}


def three_emails(api: Api, **settings: Any) -> dict[str, Any]:
    """Mail 1 at once, mail 2 after two days, mail 3 after one more; started by hand."""
    steps = [mail("Mail 1"), mail("Mail 2", delay={"days": 2}), mail("Mail 3", delay={"days": 1})]
    body = {"name": "Welcome", "trigger": "manual", "steps": steps, **settings}
    return read(api, api.post("/sequences", **body)["sequence"]["id"])


def read(api: Api, sequence_id: str) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/sequences/{sequence_id}")["sequence"]
    return found


def node(sequence: dict[str, Any], subject: str) -> str:
    return str(next(email["nodeId"] for email in sequence["emails"] if email["subject"] == subject))


def delay(sequence: dict[str, Any], subject: str) -> str:
    return str(next(email["delayNodeId"] for email in sequence["emails"] if email["subject"] == subject))


def first(sequence: dict[str, Any]) -> str:
    """The trigger: the node that nothing leads to."""
    targets = {edge["targetNodeId"] for edge in sequence["edges"]}
    return str(next(entry["id"] for entry in sequence["nodes"] if entry["id"] not in targets))


def last(sequence: dict[str, Any]) -> str:
    sources = {edge["sourceNodeId"] for edge in sequence["edges"]}
    return str(next(entry["id"] for entry in sequence["nodes"] if entry["id"] not in sources))


def person(api: Api, email: str = "ada@example.com", **fields: Any) -> str:
    body = {"email": email, "enrollInSequences": False, "optInMode": "confirmed", "lists": [], **fields}
    return str(api.post("/subscribers", **body)["subscriber"]["id"])


def enable(api: Api, sequence: dict[str, Any]) -> None:
    api.post(f"/sequences/{sequence['id']}/enable")


def enroll(api: Api, sequence: dict[str, Any], *emails: str, target: str | None = None) -> dict[str, Any]:
    more = {"targetNodeId": target} if target else {}
    found: dict[str, Any] = api.post(f"/sequences/{sequence['id']}/enroll", emails=list(emails), **more)
    return found


def advance(api: Api, span: str) -> None:
    api.control("clock", advance=span)


def subjects(api: Api, email: str = "ada@example.com") -> list[str]:
    """What left for this address, oldest first."""
    return [send.subject for send in api.sandbox.state.outbox if send.recipient == email]


def runs(api: Api, sequence: dict[str, Any], status: str = "active,waiting,paused") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(f"/sequences/{sequence['id']}/enrollments", status=status)["enrollments"]
    return found
