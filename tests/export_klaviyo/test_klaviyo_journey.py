"""The whole way: a made-up Klaviyo is exported, planned, loaded into the local Sequenzy and proved equal. Nothing of it
names the platform behind the export."""

from __future__ import annotations

from pathlib import Path

import pytest
from kl_support import trip_in
from plans import Bench, quiet

from mappings.verdicts import Verdict
from migrator.bundle import Bundle
from migrator.model import ConsentState
from migrator.plan.make import Made, make_plan
from migrator.sandbox.klaviyo.account import Account
from migrator.sandbox.klaviyo.generate import generate
from migrator.verify.report_files import Counts

ROOT = Path(__file__).parents[2]


class Journey:
    def __init__(self, folder: Path) -> None:
        self.account: Account = generate(60, flows=5)
        self.bundle: Bundle = trip_in(folder, self.account, KLAVIYO_TAG_PROPERTIES="Shop Tags").export()
        self.made: Made = make_plan(self.bundle, {}, folder / "plan")
        self.bench = Bench(folder)
        self.summary = self.bench.load()
        self.proof: Counts = self.bench.verify()


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Journey:
    return Journey(tmp_path_factory.mktemp("journey"))


def test_the_target_equals_the_plan(journey: Journey) -> None:
    assert journey.summary.complete
    for kind, count in journey.proof.kinds.items():
        assert (count.missing, count.differing, count.unexpected) == (0, 0, 0), kind


def test_nothing_was_sent_enabled_or_started(journey: Journey) -> None:
    assert quiet(journey.bench.sandbox)


def test_every_construct_has_one_verdict(journey: Journey) -> None:
    found = journey.made.ledger.entries
    assert len({(one.kind, one.id) for one in found}) == len(found)
    flows = {one.id for one in found if one.kind == "sequence"}
    assert flows == {flow["id"] for flow in journey.account.flows}
    actions = sum(len(flow["definition"]["actions"]) for flow in journey.account.flows)
    assert sum(one.kind == "step" for one in found) >= actions


def test_nobody_can_be_mailed_whom_klaviyo_would_not_mail(journey: Journey) -> None:
    assert journey.proof.consent_wider == 0
    said_yes = {
        (contact.email or "").lower()
        for contact in journey.bundle.contacts()
        if contact.consent.state is ConsentState.SUBSCRIBED
    }
    active = {one.email for one in journey.bench.sandbox.state.subscribers.values() if one.status == "active"}
    assert active
    assert active <= said_yes


def test_whoever_left_one_list_is_not_on_it(journey: Journey) -> None:
    state = journey.bench.sandbox.state
    names = {row["id"]: row["name"] for row in journey.account.lists}
    ids = {one.name: one.id for one in state.lists.values()}
    left = [
        (person.attributes["email"].lower(), names[item["list_id"]])
        for person in journey.account.profiles
        if person.attributes["email"]
        for item in person.subscriptions["email"]["marketing"]["list_suppressions"]
    ]
    assert left
    for email, name in left:
        person = journey.bench.contact(email)
        assert person is not None
        assert ids[name] not in person.lists


def test_flows_without_a_stand_in_are_built_whole(journey: Journey) -> None:
    ledger = journey.made.ledger.entries
    by_hand = {one.sequence_id for one in ledger if one.verdict is Verdict.MANUAL and one.sequence_id}
    built = {one.name for one in journey.bench.sandbox.state.sequences.values()}
    assert {flow["name"] for flow in journey.account.flows} <= built
    assert by_hand, "an account of every construct holds something for a person"


def test_no_stage_behind_the_export_names_the_platform() -> None:
    for folder in ("plan", "load", "report", "verify"):
        for path in (ROOT / "migrator" / folder).rglob("*.py"):
            assert "klaviyo" not in path.read_text().lower(), path
