"""Files keep the contract of sources: an audience in three files, a do-not-send list, emails and a sequence."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from adapters.csvfile.options import Options
from adapters.csvfile.source import FilesSource
from migrator.model import ConsentState
from tests.contracts.source_contract import HOSTILE_TAGS, HOSTILE_VALUES, Case, Contract, Cut, CutClock, Person

HEADER = ("Email Address", "First Name", "Plan", "OPTIN_TIME", "UNSUB_TIME", "LEID", "EUID", "TAGS")
OUT = "2024-05-01 08:00:00"


class TestFiles(Contract):
    def case(self, folder: Path) -> Case:
        people: dict[str, Person] = {}
        subscribed, left = [], []
        for number in range(700):
            email = f"Person{number}@example.com"
            tag, value = HOSTILE_TAGS[number % len(HOSTILE_TAGS)], HOSTILE_VALUES[number % len(HOSTILE_VALUES)]
            subscribed.append((email, "Ada", value, "2023-02-01 08:00:00", "", number, "e", f'"{tag}","all, of us"'))
            state = ConsentState.SUBSCRIBED
            if number % 7 == 0:  # also in the file of those who left: the narrower one counts
                left.append((email.upper(), "Ada", value, "2023-02-01 08:00:00", OUT, number, "e", ""))
                state = ConsentState.UNSUBSCRIBED
            if number % 50 == 1:
                state = ConsentState.BOUNCED
            people[email.lower()] = Person(state, frozenset({tag, "all, of us"}), {"Plan": value})
        subscribed += [("no address", "", "", "", "", 1, "e", ""), ("", "Bob", "", "", "", 2, "e", "")]
        _write(folder / "subscribed_email_audience_export_0a.csv", HEADER, subscribed)
        _write(folder / "unsubscribed_email_audience_export_0a.csv", HEADER, left)
        bounces = [(email, "hard bounce") for email, one in people.items() if one.state is ConsentState.BOUNCED]
        _write(folder / "bounces.csv", ("email", "reason"), bounces)
        (folder / "emails").mkdir()
        (folder / "emails" / "welcome.html").write_text("<html><body>Hi {{ first_name }}</body></html>")
        (folder / "sequences.toml").write_text(SEQUENCE)
        options = Options(
            files=tuple(sorted(folder.glob("*.csv"))),
            emails=(folder / "emails",),
            sequences=folder / "sequences.toml",
            language="liquid",
        )

        def opened(cut: Cut) -> Any:
            return FilesSource().open({}, clock=CutClock(cut), options=options)

        return Case(
            source=FilesSource(),
            open=opened,
            people=people,
            sequences=frozenset({"welcome"}),
            templates=frozenset({"welcome.html"}),
            steps={"welcome": 3},
            rejected=2,
            fetches=False,
        )


SEQUENCE = """
version = 1
[emails."welcome.html"]
subject = "Welcome"
[[sequence]]
id = "welcome"
starts_when = { tag_added = "new" }
[[sequence.step]]
email = "welcome.html"
[[sequence.step]]
wait = "3 days"
[[sequence.step]]
add_tags = "welcomed"
"""


def _write(path: Path, header: tuple[str, ...], rows: list[Any]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(header)
        out.writerows(rows)
