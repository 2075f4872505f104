"""What Klaviyo brought to the model, lowered: emails kept from people mailed lately, calendar days, caveats, filters of
emails, random splits. The findings speak of no platform."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from kl_support import trip_in
from seq_life import context_of
from test_klaviyo_behaviour import sequence_of

from mappings.context import LoweringContext, survey
from mappings.findings import FINDINGS
from mappings.verdicts import Verdict
from migrator.bundle import Bundle
from migrator.model import Sequence
from migrator.model.steps import SendEmail
from migrator.plan.graphs.lower_sequence import LoweredSequence, lower_sequence
from migrator.sandbox.klaviyo.generate import generate


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return trip_in(tmp_path_factory.mktemp("lowered"), generate(3, flows=0)).export()


def lowered(bundle: Bundle, flow_id: str) -> tuple[Sequence, LoweredSequence]:
    sequences = list(bundle.sequences())
    context = LoweringContext(
        sequences=survey(sequences),
        lists={one.source_id: f"list:{one.source_id}" for one in bundle.lists()},
        segments={one.source_id: f"segment:{one.source_id}" for one in bundle.segments()},
    )
    sequence = next(one for one in sequences if one.source_id == flow_id)
    return sequence, lower_sequence(sequence, context)


def codes(found: LoweredSequence, step_id: str) -> set[str]:
    return {one.code for entry in found.entries if entry.step_id == step_id for one in entry.findings}


def test_a_sequence_whose_emails_all_spare_people_mailed_lately_obeys_the_cap(bundle: Bundle) -> None:
    sequence, found = lowered(bundle, "FlWelcome")
    (email,) = [s.id for s in sequence.steps if isinstance(s.action, SendEmail) and s.action.live]
    assert found.graph.settings["frequencyCapEnabled"] is True
    assert "recently-mailed-cap" in codes(found, email)


def test_one_email_that_must_leave_switches_the_cap_off_and_says_so() -> None:
    flow = next(row for row in generate(1).flows if row["id"] == "FlRejoin")
    sparing = flow["definition"]["actions"][0]
    sparing["data"]["message"]["smart_sending_enabled"] = True
    sequence = sequence_of(flow)
    found = lower_sequence(sequence, context_of(sequence))
    assert found.graph.settings["frequencyCapEnabled"] is False
    assert "recently-mailed-sent" in codes(found, sparing["id"])


def test_what_a_step_does_besides_is_a_finding_of_its_own(bundle: Bundle) -> None:
    sequence, found = lowered(bundle, "FlOdd")
    (tested,) = [step for step in sequence.steps if any("variations" in one for one in step.caveats)]
    entry = next(one for one in found.entries if one.step_id == tested.id)
    assert entry.verdict is Verdict.CHANGED
    assert any("2 variations" in one.reason for one in entry.findings)


def test_a_filter_of_the_flow_guards_the_door_and_every_email(bundle: Bundle) -> None:
    _, found = lowered(bundle, "FlCart")
    assert found.graph.settings["stopCondition"] == {"type": "event_received", "value": "Placed Order"}
    kinds = {entry.kind: entry for entry in found.entries}
    assert kinds["entry_filter"].verdict is Verdict.CHANGED
    guards = [entry for entry in found.entries if entry.kind == "exit_rule"]
    assert [guard.target for guard in guards] == [("stop",), ("guard",)]


def test_a_filter_of_the_trigger_is_a_filter_of_the_event(bundle: Bundle) -> None:
    _, found = lowered(bundle, "FlCart")
    assert found.graph.final_trigger == {
        "trigger": "event_received",
        "eventName": "Started Checkout",
        "propertyFilters": [{"path": "Source", "operator": "equals", "value": "web"}],
    }
    assert found.graph.trigger == {"trigger": "manual"}


def test_a_random_split_keeps_its_shares(bundle: Bundle) -> None:
    _, found = lowered(bundle, "FlWays")
    (split,) = [node for node in found.graph.nodes if node.random]
    assert [lane.percent for lane in split.lanes] == [30, 70]


def test_what_has_no_equal_never_lets_anybody_through(bundle: Bundle) -> None:
    for sequence in bundle.sequences():
        _, found = lowered(bundle, sequence.source_id)
        by_hand = [one for one in found.entries if one.verdict is Verdict.MANUAL and one.kind in ("step", "trigger")]
        held = [node for node in found.graph.nodes if node.blocks_enabling]
        if any(one.kind == "step" for one in by_hand):
            assert held or found.graph.blocks_enabling, sequence.source_id


def test_findings_name_no_platform() -> None:
    assert not [code for code, kind in FINDINGS.items() if "klaviyo" in f"{code} {kind.reason} {kind.remedy}".lower()]
    mappings = Path(__file__).parents[2] / "mappings"
    named = [path.name for path in mappings.glob("*.py") if "klaviyo" in path.read_text().lower()]
    assert named == []


def test_new_words_of_the_model_survive_the_bundle(bundle: Bundle) -> None:
    for sequence in bundle.sequences():
        assert msgspec.json.decode(msgspec.json.encode(sequence), type=Sequence) == sequence
    caveats = [one for sequence in bundle.sequences() for step in sequence.steps for one in step.caveats]
    assert caveats
    # A finding shows 80 signs of a source's own words: a longer caveat would lose its end.
    assert all(len(one) <= 80 for one in caveats)
