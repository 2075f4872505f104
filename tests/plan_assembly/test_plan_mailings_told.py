"""What the plan says of one-off mailings and forms, which people must carry over by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pa_accounts import written

from mappings.verdicts import Verdict
from migrator.model import Campaign, CampaignStatus, EmailContent, Form, Segment, Template
from migrator.model.rules import OpaqueRule, TagRule
from migrator.plan.ledger import Ledger
from migrator.plan.make import make_plan
from migrator.plan.templates_and_campaigns import _campaign, name_forms

CONTENT = EmailContent(subject="Hi", body="<p>Hi</p>")
WHEN = datetime(2026, 5, 1, 9, tzinfo=UTC)


def said_of(status: CampaignStatus, **more: Any) -> str:
    return _campaign(Campaign(source_id="1", name="Letter", status=status, content=CONTENT, **more)).reason


@pytest.mark.parametrize("status", [CampaignStatus.FAILED, CampaignStatus.UNKNOWN])
def test_a_mailing_that_failed_half_way_is_never_called_unsent(status: CampaignStatus) -> None:
    found = _campaign(Campaign(source_id="1", name="Letter", status=status, content=CONTENT))
    assert "never sent" not in found.reason
    assert (found.verdict, found.code) == (Verdict.CHANGED, "campaign-perhaps-sent")
    assert "who has it" in found.remedy


@pytest.mark.parametrize("status", [CampaignStatus.DRAFT, CampaignStatus.SCHEDULED, CampaignStatus.SENDING])
def test_the_audience_of_a_mailing_that_is_still_to_be_sent_is_told(status: CampaignStatus) -> None:
    reason = said_of(
        status,
        segment_ids=("3", "5"),
        list_ids=("news",),
        recipient_count=1200,
        caveats=("Something else decides who gets it (topic id: 1).",),
    )
    assert "It goes to the segment 3, the segment 5, the list news. That is 1,200 people." in reason
    assert reason.endswith("Something else decides who gets it (topic id: 1).")


def test_a_scheduled_mailing_says_when() -> None:
    assert "2026-05-01 09:00 UTC" in said_of(CampaignStatus.SCHEDULED, scheduled_at=WHEN)


def test_a_form_says_all_that_it_does() -> None:
    ledger = Ledger()
    form = Form(
        source_id="61",
        name="Footer",
        enabled=True,
        double_opt_in=True,
        adds_tags=("lead",),
        adds_to_lists=("news",),
        starts_sequences=("7",),
        caveats=("It sends template 31 as a welcome.",),
    )
    name_forms([form], ledger)
    reason = ledger.entries[0].findings[0].reason
    for word in ("the tag lead", "the list news", "the sequence 7", "confirmation by mail", "template 31 as a welcome"):
        assert word in reason


def test_where_the_members_of_a_segment_stand_and_what_a_template_was_for_is_told(tmp_path: Path) -> None:
    with_rule, without = (
        Segment(source_id=key, name=key, rule=rule, members_file=f"members/{key}.jsonl")
        for key, rule in (("s1", TagRule(tag="vip")), ("s2", OpaqueRule(description="odd")))
    )
    asks = Template(source_id="t1", name="Confirm", content=CONTENT, purpose="confirmation")
    bundle = written(tmp_path / "bundle", segments=[with_rule, without], templates=[asks])
    entries = {one.id: one for one in make_plan(bundle, {}, tmp_path / "plan").ledger.entries}
    for key in ("s1", "s2"):
        assert any(f"members/{key}.jsonl" in one.reason for one in entries[key].findings)
    assert [one.code for one in entries["t1"].findings if one.code == "template-purpose"]
