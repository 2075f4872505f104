"""Kit keeps the contract of sources: a made-up account on the local server, read through the real client."""

from __future__ import annotations

from pathlib import Path

from adapters.convertkit.source import ConvertKitSource
from migrator.model import ConsentState
from migrator.sandbox.sources.convertkit import platform
from tests.contracts.source_contract import Case, Contract, Person
from tests.contracts.table_case import case_of

STATES = {
    "active": ConsentState.SUBSCRIBED,
    "cancelled": ConsentState.UNSUBSCRIBED,
    "inactive": ConsentState.PENDING,
    "bounced": ConsentState.BOUNCED,
    "complained": ConsentState.COMPLAINED,
}


class TestKit(Contract):
    def case(self, folder: Path) -> Case:
        local = platform(230)
        people = {
            row["email_address"].lower(): Person(
                STATES[row["state"]], frozenset(tag["name"] for tag in row["tags"]), {"note": row["fields"]["note"]}
            )
            for row in local.tables["subscribers"]
        }
        return case_of(
            ConvertKitSource(),
            local,
            people=people,
            sequences=frozenset(str(row["id"]) for row in local.tables["sequences"]),
            # An entry each; a wait in front of each email but the first, which goes out at once.
            steps={"301": 6, "302": 7, "303": 1},
        )
