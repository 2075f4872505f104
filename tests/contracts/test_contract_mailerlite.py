"""MailerLite keeps the contract of sources: a made-up account on the local server, read through the real client."""

from __future__ import annotations

from pathlib import Path

from adapters.mailerlite.source import MailerLiteSource
from migrator.model import ConsentState
from migrator.sandbox.sources.mailerlite import platform
from tests.contracts.source_contract import Case, Contract, Person
from tests.contracts.table_case import case_of

STATES = {
    "active": ConsentState.SUBSCRIBED,
    "unsubscribed": ConsentState.UNSUBSCRIBED,
    "unconfirmed": ConsentState.PENDING,
    "bounced": ConsentState.BOUNCED,
    "junk": ConsentState.COMPLAINED,
}


class TestMailerLite(Contract):
    def case(self, folder: Path) -> Case:
        local = platform(230)
        people = {
            row["email"].lower(): Person(STATES[row["status"]], attributes={"note": row["fields"]["note"]})
            for row in local.tables["subscribers"]
        }
        return case_of(
            MailerLiteSource(),
            local,
            people=people,
            sequences=frozenset(row["id"] for row in local.tables["automations"]),
            # An entry each, where it is known; moving between groups is two steps.
            steps={"7001": 7, "7002": 5, "7003": 8},
            lists=frozenset(row["name"] for row in local.tables["groups"]),
        )
