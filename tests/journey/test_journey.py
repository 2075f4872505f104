"""Whole journeys of made-up accounts: nobody gets an email twice, misses one unnamed, or is mailed after opting out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from travelling import Travelled, travel

from mappings.addresses import normal_form
from migrator.plan.records import BuildSequence
from migrator.sandbox.broadcast.account import Account
from migrator.sandbox.broadcast.generate import demo_account, generate


def made_up(seed: int, contacts: int = 300) -> Account:
    return generate(contacts=contacts, sequences=16 + seed % 9, seed=seed)


def every_email_is_accounted_for(found: Travelled) -> None:
    boxes = found.outboxes
    assert boxes.same > 20
    # Who and when; these accounts hold words that the report calls changed. test_planted_changes.py compares words.
    assert [what for what in boxes.emails.odd if not what.endswith((" differs", " differ"))] == []
    assert boxes.alone == 0
    known = {finding.code for entry in found.opened.ledger() for finding in entry.findings}
    assert set(boxes.named) <= known
    left_out = boxes.held + boxes.drafts + sum(boxes.named.values()) + boxes.not_switched_off
    assert boxes.source - boxes.same - boxes.emails.apart <= left_out


def nobody_gets_an_email_twice(found: Travelled) -> None:
    """Neither again at the target, nor there after the source had sent it before the move."""
    sent = Counter((one.recipient, one.sequence_id, one.node_id) for one in found.target.state.outbox)
    assert {key: count for key, count in sent.items() if count > 1} == {}


def nobody_is_mailed_who_may_not_be(found: Travelled) -> None:
    mailed = {normal_form(one.recipient) for one in found.target.state.outbox}
    assert mailed & found.off_before == set()
    state = found.target.state
    for send in state.outbox:
        person = state.subscribers[send.subscriber_id or ""]
        assert person.unsubscribed_at is None or send.sent_at <= person.unsubscribed_at


def holds(found: Travelled) -> None:
    every_email_is_accounted_for(found)
    nobody_gets_an_email_twice(found)
    nobody_is_mailed_who_may_not_be(found)


@pytest.mark.slow
def test_a_ring_of_sequences_and_a_first_look_of_segments_are_accounted_for(tmp_path: Path) -> None:
    found = travel(made_up(9, 200), tmp_path)
    holds(found)
    assert found.outboxes.named["move-once"] > 0


@pytest.mark.slow
def test_people_who_are_tagged_lose_tags_and_opt_out_are_accounted_for(tmp_path: Path) -> None:
    found = travel(made_up(2), tmp_path, busy=2)
    holds(found)
    assert found.outboxes.named["exit-not-again"] > 0


def test_nothing_that_hands_people_over_to_a_draft_is_live(tmp_path: Path) -> None:
    found = travel(made_up(9, 60), tmp_path, days=1)
    plans = [found.opened.sequence(one).graph for one in found.opened.operations(BuildSequence)]
    switched_off = {one.key for one in plans if any("switched off" in why for why in one.blocks_enabling)}
    handed = {other for one in plans if one.key in found.cut.enabled for other in one.hands_over_to}
    assert handed
    assert handed - switched_off <= set(found.cut.enabled)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 21))
def test_every_email_of_twenty_accounts_is_accounted_for(seed: int, tmp_path: Path) -> None:
    holds(travel(made_up(seed), tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 21))
def test_every_email_of_twenty_demos_is_accounted_for(seed: int, tmp_path: Path) -> None:
    holds(travel(demo_account(seed), tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 21))
def test_every_email_of_twenty_busy_lives_is_accounted_for(seed: int, tmp_path: Path) -> None:
    holds(travel(made_up(seed), tmp_path, busy=seed))
