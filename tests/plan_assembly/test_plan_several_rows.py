"""Several rows of one mailbox: what the person keeps of each, and what becomes of everything that names one of the rows."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pa_accounts import written

from migrator.model import Consent, ConsentState, Contact
from migrator.plan.make import make_plan
from migrator.plan.reading import OpenPlan

S = ConsentState


def row(number: int, state: ConsentState = S.SUBSCRIBED, email: str = "ann@example.com", **fields: Any) -> Contact:
    return Contact(source_id=str(number), email=email, consent=Consent(state=state), **fields)


def people(place: Path, contacts: list[Contact], **mappings: Any) -> dict[str, dict[str, Any]]:
    make_plan(written(place / "bundle", contacts=contacts), mappings, place / "plan")
    opened = OpenPlan.open(place / "plan")
    lines = [line for name in ("actives", "opt_outs") for line in opened.lines(f"people/{name}.jsonl")]
    assert len({line["email"] for line in lines}) == len(lines), "somebody is written twice"
    return {line["email"]: line for line in lines}


def test_an_empty_field_of_a_newer_row_hides_no_value_of_an_older_one(tmp_path: Path) -> None:
    rows = [
        row(1, attributes={"plan": "pro", "org": {"name": "Acme", "seats": 3}, "city": "Ghent", "old": {"a": 1}}),
        row(2, attributes={"plan": None, "org": {"seats": 4, "name": None}, "city": "", "old": {}}),
    ]
    known = people(tmp_path, rows)["ann@example.com"]["customAttributes"]
    assert known == {"plan": "pro", "org_name": "Acme", "org_seats": 4, "city": "", "old_a": 1}


def test_the_signup_date_of_a_person_is_the_oldest_of_what_each_row_would_have_alone(tmp_path: Path) -> None:
    def day(year: int) -> datetime:
        return datetime(year, 5, 4, tzinfo=UTC)

    rows = [
        row(1, created_at=day(2019)),
        row(2, subscribed_at=day(2022), created_at=day(2021)),
        row(3, email="bob@example.com", subscribed_at=day(1970)),
        row(4, email="bob@example.com", subscribed_at=day(2023)),
    ]
    found = people(tmp_path, rows)
    assert found["ann@example.com"]["createdAt"] == "2019-05-04T00:00:00Z"
    assert found["bob@example.com"]["createdAt"] == "2023-05-04T00:00:00Z"
