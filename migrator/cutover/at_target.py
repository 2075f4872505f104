"""What a switch reads and writes at the target, always for many people in one call: marks, states, enrolments."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from adapters.sequenzy import read, write
from adapters.sequenzy.client import encode
from adapters.sequenzy.shapes import Contact
from adapters.sequenzy.write import QUIET
from mappings.addresses import normal_form
from migrator.cutover.journal import Person
from migrator.errors import ApiProblem, Rejected, Unavailable
from migrator.load.work import Work

BATCH = 5000
FEW = 20
"""So many people are read one by one; more of them by paging through everybody."""
FIRST_LOOK, LONGEST_LOOK, LONGEST_IMPORT = 1.0, 15.0, 3600.0
SETTLES = 60.0
"""Seconds. Attributes of an import may be seen late by what branches on them."""
SKEW = timedelta(minutes=15)
"""So far apart the clocks of both platforms and of this machine may be."""
LIVE = ("active", "live", "enrollment_paused")
"""A sequence that runs; while its enrolments are paused it takes nobody in."""
_NAMES = frozenset(["id", "label", "name", "branchId"])
OPEN = ("active", "waiting", "paused")


def contacts(work: Work, emails: Collection[str]) -> dict[str, Contact]:
    """Those of them that the target has, by address."""
    wanted = {normal_form(email) for email in emails}
    if len(wanted) <= FEW:
        rows: Iterable[Contact | None] = (read.contact(work.api, email) for email in sorted(wanted))
    else:
        rows = (row for page in read.contact_pages(work.api) for row in page)
    return {email: row for row in rows if row is not None and (email := normal_form(row.email or "")) in wanted}


def write_marks(work: Work, marks: Mapping[str, Mapping[str, Any]], key: str) -> None:
    """Whom the target does not have is left out: an import would create them. Their state goes along as it is, so that
    no import can widen it. `key`: the same for a repeat, another one for another round."""
    there = contacts(work, marks.keys())
    wanted = {email: marks[email] for email in sorted(marks) if email in there}
    open_ones = {email: attributes for email, attributes in wanted.items() if not marked(there[email], attributes)}
    started = []
    for strategy, records in _records(work, open_ones, there).items():
        for at in range(0, len(records), BATCH):
            body = {
                "fileName": f"{work.marker}-positions",
                "duplicateStrategy": strategy,
                **QUIET,
                "listIds": [],
                "subscribers": records[at : at + BATCH],
            }
            digest = hashlib.sha256(encode(body)).hexdigest()[:32]
            body["idempotencyKey"] = f"{work.key_prefix}-{key}-{digest}"[-255:]
            started.append(write.start_import(work.api, encode(body)))
    for one in started:
        _wait(work, one.id)
    if open_ones:
        work.api.clock.sleep(SETTLES)


def _records(
    work: Work, marks: Mapping[str, Mapping[str, Any]], there: Mapping[str, Contact]
) -> dict[str, list[dict[str, Any]]]:
    """`merge` fills what is empty and touches nothing else. A former mark has to be overwritten: every attribute goes
    along then, in case the others would be dropped. What no import can carry is set by a call."""
    found: dict[str, list[dict[str, Any]]] = {"merge": [], "overwrite": []}
    for email, attributes in marks.items():
        held = there[email].custom_attributes
        record = {"email": email, "status": _state(there[email])}
        if all(held.get(name) in (None, "") for name in attributes):
            filled = {name: value for name, value in attributes.items() if value is not None}
            found["merge"].append({**record, "customAttributes": filled})
        elif any(
            isinstance(one, dict) for value in held.values() for one in (value if isinstance(value, list) else [value])
        ):
            body = {"customAttributes": dict(attributes), "customAttributesStrategy": "merge"}
            write.update_contact(work.api, email, body)
        else:
            found["overwrite"].append({**record, "customAttributes": {**held, **attributes}})
    return found


def marked(contact: Contact, attributes: Mapping[str, Any]) -> bool:
    return all(contact.custom_attributes.get(name) == value for name, value in attributes.items())


def unmarked(work: Work, marks: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Read back: whom the target does not have with these marks, or must not mail, and why."""
    there = contacts(work, marks.keys())
    found = {}
    for email, attributes in marks.items():
        contact = there.get(email)
        if contact is None:
            found[email] = "not at Sequenzy"
        elif contact.status != "active":
            found[email] = f"{contact.status} at Sequenzy"
        elif not marked(contact, attributes):
            found[email] = "Sequenzy did not take the mark of their step"
    return found


def lanes_of(work: Work, target_id: str) -> set[str]:
    return texts_of(read.sequence(work.api, target_id) or {})


def texts_of(there: Mapping[str, Any]) -> set[str]:
    """Every value in a sequence as the target shows it: a way in is there when a condition asks for its name. How it
    shows conditions is published nowhere; what only names them is left out."""
    found: set[str] = set()
    waiting: list[Any] = [dict(there)]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            found.add(value)
        else:
            inner = [one for name, one in value.items() if name not in _NAMES] if isinstance(value, dict) else value
            waiting += inner if isinstance(inner, list) else ()
    return found


def enrolled(work: Work, target_id: str, people: Iterable[Person]) -> dict[str, dict[str, Any]]:
    """By address: the enrolment of those of them who are in it, or went through it since they were sent there."""
    wanted = {person.email: person for person in people}
    found: dict[str, dict[str, Any]] = {}
    for row in read.enrollments(work.api, target_id):
        email = normal_form(str(row.get("email") or ""))
        person = wanted.get(email)
        if person is None:
            continue
        if row.get("status") in OPEN or (row.get("status") != "cancelled" and _since(row, person)):
            found[email] = row
    return found


def _since(row: Mapping[str, Any], person: Person) -> bool:
    started = instant(row.get("enrollmentStartedAt"))
    return started is None or started.timestamp() >= person.since - SKEW.total_seconds()


def instant(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value)) if value else None
    except ValueError:
        return None


def _state(contact: Contact) -> str:
    return contact.status if contact.status in ("active", "bounced") else "unsubscribed"


def _wait(work: Work, import_id: str) -> None:
    look, waited = FIRST_LOOK, 0.0
    while not (found := write.read_import(work.api, import_id)).ended:
        if waited > LONGEST_IMPORT:
            raise Unavailable(
                "An import does not come to its end at the target",
                problem=ApiProblem(None, f"it has been running for {round(waited / 60)} minutes"),
                fix="Look at the import history there, then run the same command again.",
            )
        work.api.clock.sleep(look)
        waited, look = waited + look, min(LONGEST_LOOK, look * 2)
    if found.failed_count and found.failed_count == found.total_rows:
        raise Rejected(
            "The target took none of the marks of where people continue",
            problem=ApiProblem(200, "; ".join(found.failed_reasons) or "it gives no reason"),
            fix="Nobody was moved. Settle the reason, then run the same command again.",
        )
