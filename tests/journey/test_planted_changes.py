"""A product that sends something else is noticed by the comparison of both platforms, and by its right name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from travelling import Travelled, travel

from migrator.demo.account import believable_account
from migrator.demo.life import NEW_TAG
from migrator.demo.outboxes import lived
from migrator.sandbox.broadcast.account import Account
from migrator.sandbox.sequenzy import actions
from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.records import Email, Node

Plant = Callable[[SequenzySandbox], object]


def few() -> Account:
    """Every newcomer starts three sequences at once, so that a few people meet every sort of step."""
    account = believable_account(60)
    for sequence in account.sequences:
        if sequence.label in ("Trial", "New customer"):
            sequence.init_tag = NEW_TAG
    return account


def nodes(target: SequenzySandbox, kind: str, name: str) -> Iterator[Node]:
    for sequence in target.state.sequences.values():
        if name in sequence.name:
            yield from (node for node in sequence.nodes.values() if node.type == kind)


def emails(target: SequenzySandbox, name: str = "") -> Iterator[Email]:
    for sequence in target.state.sequences.values():
        if name in sequence.name:
            yield from sequence.emails.values()


def longer(name: str, unit: str, by: int) -> Plant:
    def plant(target: SequenzySandbox) -> None:
        for node in nodes(target, "logic_delay", name):
            if node.config.get("mode", "duration") == "duration":
                node.config = {**node.config, unit: int(node.config.get(unit) or 0) + by}

    return plant


def other_words(field: str) -> Plant:
    def plant(target: SequenzySandbox) -> None:
        for email in emails(target):
            setattr(email, field, "Something else")

    return plant


def instead(old: str, new: str) -> Plant:
    def plant(target: SequenzySandbox) -> None:
        for email in emails(target):
            email.blocks = [
                {**block, "content": str(block.get("content") or "").replace(old, new)} for block in email.blocks
            ]

    return plant


def other_setting(kind: str, **settings: Any) -> Plant:
    def plant(target: SequenzySandbox) -> None:
        for node in nodes(target, kind, ""):
            node.config = {**node.config, **settings}

    return plant


def opted_out_made_active(target: SequenzySandbox) -> None:
    person = next(one for one in target.state.subscribers.values() if one.status == "unsubscribed")
    person.status, person.unsubscribed_at = "active", None


PLANTED: dict[str, tuple[Plant, str]] = {
    "a wait is a day longer": (longer("Welcome", "delayDays", 1), "1 day, 0:00:00 later at Sequenzy"),
    "a wait is three minutes longer": (longer("Welcome", "delayMinutes", 3), "0:03:00 later at Sequenzy"),
    "every subject is wrong": (other_words("subject"), "the subject differs"),
    "every preview is wrong": (other_words("preview_text"), "the preview differs"),
    "the text has another word": (instead("Acme", "Emca"), "the text differs"),
    "a link leads elsewhere": (instead("app.acme.test", "app.other.test"), "the links differ"),
    "no email has an unsubscribe link": (instead("{{unsubscribeUrl}}", "#"), "the unsubscribe link is missing"),
    "every tag is wrong": (other_setting("action_add_tag", tagName="wrong"), "tag wrong: on a person at Sequenzy"),
    "a webhook has another body": (other_setting("action_webhook", body='{"id": 1}'), "the body differs"),
    "a webhook has another method": (other_setting("action_webhook", method="PUT"), "the method differs"),
    "a person who opted out is active": (opted_out_made_active, "opted out or was switched off at Broadcast may be"),
}


def test_nothing_is_told_where_nothing_was_planted(tmp_path: Path) -> None:
    found = travel(few(), tmp_path).outboxes
    assert found.unexplained == []
    assert found.same > 50
    assert found.calls.same > 5
    assert found.emails.unread < 5
    for tally in (found.emails, found.calls):
        assert tally.source == tally.same + tally.source_alone.total()
        assert tally.target == tally.same + tally.target_alone.total()


@pytest.mark.slow
@pytest.mark.parametrize("what", PLANTED)
def test_each_planted_change_is_noticed_and_named(what: str, tmp_path: Path) -> None:
    plant, named = PLANTED[what]
    found = travel(few(), tmp_path, plant=plant)
    assert not found.outboxes.agree
    assert named in told(found)


def test_planted_changes_are_named_side_by_side(tmp_path: Path) -> None:
    apart = [what for what in PLANTED if "wait" not in what]

    def plant(target: SequenzySandbox) -> None:
        longer("Welcome", "delayMinutes", 3)(target)
        for what in apart:
            PLANTED[what][0](target)

    found = travel(few(), tmp_path, plant=plant)
    assert "0:03:00 later at Sequenzy" in told(found)
    assert [what for what in apart if PLANTED[what][1] not in told(found)] == []


@pytest.mark.parametrize(
    ("times", "named"), [(2, "sent twice by Sequenzy (1)"), (0, "sent by Broadcast alone (1)")], ids=["twice", "never"]
)
def test_one_email_sent_twice_or_never_is_counted_as_that(
    times: int, named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really, left = actions.send_email, [times]

    def send(*given: Any) -> None:
        for _ in range(left.pop() if left and given[3].tags.count(NEW_TAG) else 1):
            really(*given)

    monkeypatch.setattr(actions, "send_email", send)
    found = travel(few(), tmp_path).outboxes
    assert [line.partition(": ")[2] for line in found.unexplained] == [named]
    alone = found.emails.target_alone if times else found.emails.source_alone
    assert alone[""] == 1
    assert any("for no reason that the report names" in line for line in lived(found))


def told(found: Travelled) -> str:
    return "\n".join(found.outboxes.unexplained)
