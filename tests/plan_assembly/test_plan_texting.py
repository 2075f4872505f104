"""Agreeing to text messages is not carried over, and that is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from pa_accounts import written

from migrator.model import Consent, ConsentState, Contact
from migrator.plan.make import make_plan


@pytest.mark.parametrize("name", ["Ada", "half \ud83d", "İi"])
def test_who_agreed_to_text_messages_is_counted(name: str, tmp_path: Path) -> None:
    def person(number: int, state: ConsentState | None, email: str | None = None) -> Contact:
        sms = None if state is None else Consent(state=state, evidence=("subscribed", name))
        return Contact(
            source_id=str(number),
            email=email or f"p{number}@example.com",
            first_name=name,
            phone=f"+491511234567{number}",
            consent=Consent(state=ConsentState.SUBSCRIBED),
            sms_consent=sms,
        )

    people = [person(1, None), person(2, ConsentState.UNSUBSCRIBED), person(3, ConsentState.SUBSCRIBED)]
    people += [person(4, None, "twice@example.com"), person(5, ConsentState.SUBSCRIBED, "Twice@example.com")]
    bundle = written(tmp_path / "bundle", contacts=people)
    entries = {one.id: one.count for one in make_plan(bundle, {}, tmp_path / "plan").ledger.entries}
    assert entries["sms-consent"] == 2
