"""Whatever is changed at the target after the load, verify names: the sequence, the step, the field, both values."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "journey"))

from travelling import Travelled, travel

from adapters.sequenzy.client import open_target
from migrator.load.checkpoint import Checkpoint
from migrator.sandbox.broadcast.generate import generate
from migrator.sandbox.sequenzy.keys import DEFAULT_KEY
from migrator.sandbox.sequenzy.records import Node, SequenceRecord
from migrator.sandbox.web import mock_transport
from migrator.transport.clock import FakeClock
from migrator.verify.report_files import Counts
from migrator.verify.run import verify

Row = dict[str, str]


class Loaded:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.travelled: Travelled = travel(generate(contacts=40, sequences=17, seed=1), folder, days=0)

    def verify(self) -> Counts:
        clock = FakeClock(self.travelled.target.state.now)
        settings = {"SEQUENZY_API_URL": "https://target.test", "SEQUENZY_API_KEY": DEFAULT_KEY}
        api = open_target(settings, clock=clock, rate=0, http_transport=mock_transport(self.travelled.target))
        with Checkpoint.open(self.folder, clock=clock) as checkpoint:
            opened, bundle = self.travelled.opened, self.travelled.bundle
            counts = verify(opened, api, checkpoint, self.folder, samples=0, bundle=bundle)
        api.close()
        return counts

    def told(self) -> list[Row]:
        with (self.folder / "verify/differing.csv").open(newline="", encoding="utf-8") as file:
            return [row for row in csv.DictReader(file) if row["kind"] == "sequence"]

    def sequence(self, name: str) -> SequenceRecord:
        return next(one for one in self.travelled.target.state.sequences.values() if one.name == name)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return Loaded(tmp_path_factory.mktemp("planted"))


@pytest.fixture
def loaded(account: Loaded) -> Iterator[Loaded]:
    state = account.travelled.target.state
    before = deepcopy(state.sequences)
    yield account
    state.sequences = before


def test_sequences_enabled_by_name_are_live_and_no_difference(loaded: Loaded) -> None:
    counts = loaded.verify()
    assert loaded.told() == []
    assert counts.live.planned == counts.live.equal == len(loaded.travelled.cut.enabled) > 0
    assert counts.drafts.planned == counts.drafts.equal > 0


def node(sequence: SequenceRecord, kind: str) -> Node:
    return next(one for one in sequence.nodes.values() if one.type == kind)


def email(sequence: SequenceRecord, name: str) -> Any:
    return next(one for one in sequence.emails.values() if one.name == name)


def wait_longer(sequence: SequenceRecord, minutes: int) -> None:
    config = node(sequence, "logic_delay").config
    config["delayMinutes"] = (config.get("delayMinutes") or 0) + minutes


def html(sequence: SequenceRecord, name: str, change: Callable[[str], str]) -> None:
    block = email(sequence, name).blocks[0]
    changed = change(block["content"])
    assert changed != block["content"]
    block["content"] = changed


def swap_lanes(sequence: SequenceRecord) -> None:
    split = next(
        one for one in sequence.nodes.values() if "resume" not in str(one.config) and one.type == "logic_branch"
    )
    ways = [edge for edge in sequence.edges if edge.source == split.id]
    ways[0].target, ways[1].target = ways[1].target, ways[0].target


def swap_emails(sequence: SequenceRecord) -> None:
    first, second = list(sequence.emails.values())[:2]
    first.subject, second.subject = second.subject, first.subject
    first.blocks, second.blocks = second.blocks, first.blocks


def lane_value(sequence: SequenceRecord) -> None:
    split = next(
        one for one in sequence.nodes.values() if one.type == "logic_branch" and "in_segment" in str(one.config)
    )
    split.config["branches"][0]["segmentId"] = "segment_of_somebody"


PLANTED: dict[str, tuple[str, Callable[[SequenceRecord], Any], str]] = {
    "a wait is a day longer": ("Six lessons", lambda one: wait_longer(one, 1440), "wait"),
    "a wait is three minutes longer": ("Six lessons", lambda one: wait_longer(one, 3), "wait"),
    "a subject": ("Welcome", lambda one: setattr(email(one, "Hello"), "subject", "Wrong"), "subject"),
    "a preview text": ("Welcome", lambda one: setattr(email(one, "Hello"), "preview_text", "Wrong"), "previewText"),
    "a link": (
        "Welcome",
        lambda one: html(one, "Digest", lambda text: text.replace("acme.test/?", "evil.test/?")),
        "link",
    ),
    "no way out": (
        "Welcome",
        lambda one: html(one, "Digest", lambda text: text.replace("{{unsubscribeUrl}}", "#")),
        "unsubscribe link",
    ),
    "a tag": ("Trial", lambda one: node(one, "action_add_tag").config.update(tagName="wrong"), "tagName"),
    "a webhook's body": ("Win back", lambda one: node(one, "action_webhook").config.update(body="{}"), "body"),
    "the lanes of a branch": ("Launch", swap_lanes, ""),
    "a condition": ("Trial", lane_value, "segmentId"),
    "two emails": ("Welcome", swap_emails, "content"),
    "the stop condition": ("Trial", lambda one: setattr(one, "stop_condition", {"type": "none"}), "stop condition"),
    "the sender": ("Welcome", lambda one: one.settings.update(fromName="Somebody"), "fromName"),
    "an email's sender": ("Welcome", lambda one: email(one, "Hello").extra.update(fromName="Somebody"), "fromName"),
    "the sending window": (
        "Welcome",
        lambda one: setattr(one, "sending_window", {"enabled": True, "startTime": "09:00", "endTime": "10:00"}),
        "sending window",
    ),
    "what starts it": ("Welcome", lambda one: one.trigger_config.update(tagName="other"), "start"),
    "a pause": ("Welcome", lambda one: setattr(one, "status", "paused"), "status"),
}


@pytest.mark.parametrize("what", PLANTED)
def test_whatever_is_changed_after_the_load_is_named(loaded: Loaded, what: str) -> None:
    name, change, field = PLANTED[what]
    change(loaded.sequence(name))
    counts = loaded.verify()
    assert not counts.equal
    rows = loaded.told()
    assert {row["name"] for row in rows} == {name}
    assert any(field in row["field"] for row in rows), rows
    assert all(row["planned"] != row["found"] for row in rows)


def test_a_draft_that_somebody_else_switched_on_is_a_difference(loaded: Loaded) -> None:
    drafts = [one for one in loaded.travelled.target.state.sequences.values() if one.status == "draft"]
    drafts[0].status = "active"
    loaded.verify()
    assert [(drafts[0].name, "status", "draft")] == [
        (row["name"], row["field"], row["planned"]) for row in loaded.told()
    ]


@pytest.mark.parametrize(
    "what",
    ["a wait is a day longer", "a wait is three minutes longer", "a subject", "a preview text", "no way out", "a tag"],
)
def test_a_plan_that_is_wrong_itself_is_seen_beside_the_source(
    loaded: Loaded, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the plan held the same fault as the target: nothing of it differs from the target."""
    monkeypatch.setattr("migrator.verify.sequences._all", lambda *_, **__: [])
    name, change, field = PLANTED[what]
    change(loaded.sequence(name))
    assert not loaded.verify().equal
    rows = loaded.told()
    assert [row["name"] for row in rows] == [name]
    assert field.removesuffix("Name") in rows[0]["field"]
    assert rows[0]["field"].startswith("step ")
