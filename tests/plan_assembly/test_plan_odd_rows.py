"""Rows that stand for one person or claim one id, with odd dates and erased data: what is planned of them."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pa_accounts import READ_AT, written

from migrator.model import Consent, ConsentState, Contact, Suppression
from migrator.plan.make import make_plan
from migrator.plan.open_plan import OpenPlan

S = ConsentState


def person(number: int, state: ConsentState = S.SUBSCRIBED, **fields: Any) -> Contact:
    return Contact(
        source_id=str(number),
        email=fields.pop("email", f"p{number}@example.com"),
        consent=Consent(state=state),
        **fields,
    )


def records(place: Path, contacts: list[Contact], **parts: Any) -> dict[str, dict[str, Any]]:
    make_plan(written(place / "bundle", contacts=contacts, **parts), {}, place / "plan")
    opened = OpenPlan.open(place / "plan")
    lines = [line for name in ("actives", "opt_outs") for line in opened.lines(f"people/{name}.jsonl")]
    return {line["email"]: line for line in lines}


def test_an_id_of_somebody_left_behind_is_free_for_the_next(tmp_path: Path) -> None:
    found = records(tmp_path, [person(1, S.REDACTED, external_id="u1"), person(2, external_id="u1")])
    assert found["p2@example.com"]["externalId"] == "u1"


def test_the_first_who_is_carried_over_keeps_an_id_that_two_people_have(tmp_path: Path) -> None:
    found = records(tmp_path, [person(number, external_id="u1") for number in (1, 2, 3)])
    assert [line.get("externalId") for line in found.values()] == ["u1", None, None]


def test_an_id_that_no_call_takes_costs_nobody_their_row(tmp_path: Path) -> None:
    rows = [
        person(1, S.UNSUBSCRIBED, external_id="x" * 256),
        person(2, external_id=" \t"),
        person(3, external_id=" u3 "),
    ]
    found = records(tmp_path, rows)
    assert [found[f"p{number}@example.com"].get("externalId") for number in (1, 2, 3)] == [None, None, "u3"]
    ledger = json.loads((tmp_path / "plan" / "ledger.json").read_bytes())
    assert [entry.get("count", 1) for entry in ledger if entry["id"] == "external-id-long"] == [1]


def test_a_signup_date_in_the_future_does_not_hide_the_good_one(tmp_path: Path) -> None:
    joined = datetime(2025, 5, 4, 3, 2, 1, tzinfo=UTC)
    found = records(tmp_path, [person(1, subscribed_at=READ_AT + timedelta(days=9), created_at=joined)])
    assert found["p1@example.com"]["createdAt"] == "2025-05-04T03:02:01Z"


def test_rows_of_one_person_with_and_without_a_zone_in_their_dates_are_united(tmp_path: Path) -> None:
    joined = datetime(2025, 5, 4, tzinfo=UTC)
    rows = [
        person(1, email="p@example.com", created_at=datetime(2024, 1, 1)),  # noqa: DTZ001 - what a foreign bundle may hold
        person(2, email="P@example.com", created_at=joined),
    ]
    assert records(tmp_path, rows)["p@example.com"]["createdAt"] == "2025-05-04T00:00:00Z"


def test_of_an_erased_person_only_the_opt_out_is_carried_over(tmp_path: Path) -> None:
    known = {"first_name": "Ann", "tags": ("vip",), "attributes": {"plan": "pro"}, "phone": "+14155550100"}
    contacts = [
        person(1, S.REDACTED, **known),
        person(2, S.REDACTED, email="ann@example.com", **known),
        person(3, S.UNSUBSCRIBED, email="Ann@example.com", **known),
    ]
    found = records(tmp_path, contacts, suppressions=[Suppression(email="p1@example.com", state=S.COMPLAINED)])
    assert found == {
        "p1@example.com": {
            "email": "p1@example.com",
            "status": "unsubscribed",
            "customAttributes": {"mig_source_state": "complained"},
        },
        "ann@example.com": {
            "email": "ann@example.com",
            "status": "unsubscribed",
            "customAttributes": {"mig_source_state": "unsubscribed"},
        },
    }


def test_only_the_moment_of_an_opt_out_is_written_as_one(tmp_path: Path) -> None:
    """Not when somebody subscribed whom a list names, nor when somebody who never did was last seen."""
    since = datetime(2025, 5, 4, tzinfo=UTC)
    states = (S.UNSUBSCRIBED, S.BOUNCED, S.NEVER_SUBSCRIBED, S.PENDING, S.SUBSCRIBED, S.UNSUBSCRIBED)
    rows = [
        Contact(source_id=str(number), email=f"p{number}@example.com", consent=Consent(state=state, since=since))
        for number, state in enumerate(states)
    ]
    listed = [Suppression(email=f"p{number}@example.com", state=S.COMPLAINED) for number in (4, 5)]
    found = records(tmp_path, rows, suppressions=listed)
    dated = [
        number for number in range(6) if "mig_unsubscribed_at" in found[f"p{number}@example.com"]["customAttributes"]
    ]
    assert dated == [0, 1, 5]


def test_the_moment_of_an_opt_out_is_kept_wherever_it_is_told(tmp_path: Path) -> None:
    def day(year: int) -> datetime:
        return datetime(year, 5, 4, tzinfo=UTC)

    def no(number: int, email: str, since: datetime | None) -> Contact:
        return Contact(source_id=str(number), email=email, consent=Consent(state=S.UNSUBSCRIBED, since=since))

    rows = [
        person(1),
        no(2, "p2@example.com", None),
        no(3, "p2@example.com", day(2024)),
        no(4, "P2@example.com", day(2022)),
        no(5, "p5@example.com", datetime(2021, 5, 4)),  # noqa: DTZ001 - what a foreign bundle may hold
    ]
    listed = [
        Suppression(email="p1@example.com", since=day(2023)),
        Suppression(email="P1@example.com", since=day(2020)),
        Suppression(email="p1@example.com", state=S.BOUNCED, since=day(2025)),
        Suppression(email="p1@example.com", state=S.BOUNCED),
    ]
    found = records(tmp_path, rows, suppressions=listed)
    told = {email[:2]: line["customAttributes"]["mig_unsubscribed_at"][:13] for email, line in found.items()}
    assert told == {"p1": "2025-05-04T00", "p2": "2022-05-04T00", "p5": "2021-05-04T00"}


def test_an_entry_of_a_list_that_is_no_address_is_named(tmp_path: Path) -> None:
    records(tmp_path, [person(1)], suppressions=[Suppression(email="@example.com"), Suppression(email="nobody")])
    with (tmp_path / "plan" / "rejected.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["email"] for row in rows] == ["'@example.com", "nobody"]
    assert all(row["reason"].startswith("on a do-not-send list: ") for row in rows)
    header = json.loads((tmp_path / "plan" / "plan.json").read_bytes())
    assert header["people"]["rejected"] == 0
