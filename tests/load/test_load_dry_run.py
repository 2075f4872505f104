"""`migrate load --dry-run` of a plan that holds people back: it says so, in words and as JSON, and writes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from migrator.bundle import BundleWriter, Manifest, Source, Unread
from migrator.cli.main import main
from migrator.model import Consent, ConsentState, Contact
from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.keys import DEFAULT_KEY
from migrator.sandbox.server import serving

pytestmark = pytest.mark.slow  # whole command lines against a local server

GLOBAL = Unread(what="The global list", why="only for admins.", remedy="Use an admin key.", scope="suppressions")
TOPICS = Unread(what="Topics", why="404", remedy="Update.", scope="lists")
VOUCHED = '[consent]\nunread_do_not_send_list = "nobody on it looks subscribed"\n'
SENTENCE = "No person is loaded before this is settled: The global list: only for admins."


class Desk:
    def __init__(self, folder: Path, sandbox: SequenzySandbox, url: str) -> None:
        self.folder, self.sandbox, self.url = folder, sandbox, url

    def plan(self, unread: Unread, mappings: str = "") -> None:
        with BundleWriter(self.folder / "bundle") as writer:
            ada = Contact(source_id="1", email="ada@example.com", consent=Consent(state=ConsentState.SUBSCRIBED))
            writer.contacts().extend([ada])
            writer.finish(
                Manifest(
                    source=Source(platform="broadcast", host="mail.acme.test", account="Acme"),
                    adapter="broadcast",
                    adapter_version="1",
                    door="migration-api",
                    exported_at=datetime(2026, 3, 2, 10, tzinfo=UTC),
                    unread=(unread,),
                )
            )
        self.replan(mappings)

    def replan(self, mappings: str) -> None:
        (self.folder / "mappings.toml").write_text(mappings)
        planned = CliRunner().invoke(main, ["-C", str(self.folder), "plan"])
        assert planned.exit_code in (0, 3), planned.output

    def run(self, *arguments: str) -> Result:
        environment = {"SEQUENZY_API_KEY": DEFAULT_KEY, "SEQUENZY_API_URL": self.url}
        result = CliRunner().invoke(main, ["-C", str(self.folder), "load", "--rate", "0", *arguments], env=environment)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    sandbox = SequenzySandbox(limits=None, import_polls=0)
    with serving(sandbox) as url:
        yield Desk(tmp_path, sandbox, url)


def test_a_dry_run_says_in_words_what_holds_people_back(desk: Desk) -> None:
    desk.plan(GLOBAL)
    told = desk.run("--dry-run")
    assert f"- {SENTENCE}\n" in told.stdout
    assert [] == desk.sandbox.recorded


def test_a_dry_run_says_as_json_what_holds_people_back(desk: Desk) -> None:
    desk.plan(GLOBAL)
    facts = json.loads(desk.run("--dry-run", "--json").stdout)
    assert ["The global list: only for admins."] == facts["holds"]
    assert SENTENCE in facts["findings"]
    assert [] == desk.sandbox.recorded


def test_a_dry_run_that_finds_people_held_back_needs_a_person(desk: Desk) -> None:
    desk.plan(GLOBAL)
    assert 3 == desk.run("--dry-run").exit_code
    assert 3 == desk.run("--dry-run", "--json").exit_code
    assert 0 == desk.run("--dry-run", "--only", "lists,sequences").exit_code


@pytest.mark.parametrize("settled", ["vouched", "other thing", "without people"])
def test_a_dry_run_of_what_holds_nobody_back_does_not_say_so(desk: Desk, settled: str) -> None:
    desk.plan(TOPICS if settled == "other thing" else GLOBAL, VOUCHED if settled == "vouched" else "")
    more = ("--only", "lists,sequences") if settled == "without people" else ()
    told = desk.run("--dry-run", *more)
    assert 0 == told.exit_code
    assert "No person is loaded" not in told.output
    assert [] == json.loads(desk.run("--dry-run", "--json", *more).stdout)["holds"]


def test_status_names_what_holds_people_back_and_the_plan_as_the_next_command(desk: Desk) -> None:
    desk.plan(GLOBAL)
    told = CliRunner().invoke(main, ["-C", str(desk.folder), "status"])
    assert SENTENCE in told.stdout
    assert told.stdout.rstrip().endswith(" plan")
    desk.replan(VOUCHED)
    told = CliRunner().invoke(main, ["-C", str(desk.folder), "status"])
    assert "No person" not in told.stdout
    assert told.stdout.rstrip().endswith(" load")


def test_the_load_itself_refuses_for_the_same_reason_and_writes_nothing(desk: Desk) -> None:
    desk.plan(GLOBAL)
    refused = desk.run()
    assert 3 == refused.exit_code
    assert "only for admins" in refused.stderr
    assert [] == desk.sandbox.recorded
    desk.replan(VOUCHED)
    assert 0 == desk.run().exit_code
    assert ["ada@example.com"] == [one.email for one in desk.sandbox.state.subscribers.values()]
