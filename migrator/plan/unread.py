"""What the export could not read, as entries of the ledger; and whether people may be written without it.

A do-not-send list that nobody could read may name people who look subscribed. They are not written until somebody who
can know says so: an unknown opt-out must not become a yes.
"""

from __future__ import annotations

from mappings.verdicts import Finding, Verdict
from migrator.bundle import Manifest
from migrator.plan.ledger import Ledger

KIND = "unread"
SETTLES = 'consent.unread_do_not_send_list = "nobody on it looks subscribed"'


def enter_unread(manifest: Manifest, *, accepted: bool, ledger: Ledger) -> tuple[str, ...]:
    """Enters each, and gives the reasons for which a load must wait."""
    ledger.expect(KIND, len(manifest.unread))
    holds = []
    has_people = bool(manifest.counts.get("contacts"))
    for number, item in enumerate(manifest.unread, 1):
        list_unread = has_people and item.scope == "suppressions"
        if list_unread and not accepted:
            holds.append(f"{item.what}: {item.why}")
        ledger.add(
            KIND,
            f"{item.scope or 'account'} {number}",
            item.what,
            (_finding(item.why, item.remedy, list_unread, accepted),),
        )
    if has_people and not accepted and manifest.options.only and "suppressions" not in manifest.options.only:
        holds.append("the do-not-send list: the export was asked for other things only")
    return tuple(holds)


def _finding(why: str, remedy: str, list_unread: bool, accepted: bool) -> Finding:
    if not list_unread:
        return Finding(
            verdict=Verdict.DROPPED, code="not-read", reason=f"It could not be read: {why.rstrip('.')}.", remedy=remedy
        )
    if accepted:
        return Finding(
            verdict=Verdict.CHANGED,
            code="do-not-send-list-vouched-for",
            reason="It could not be read, and you vouched that nobody on it looks subscribed elsewhere.",
            settles=SETTLES,
        )
    return Finding(
        verdict=Verdict.MANUAL,
        code="do-not-send-list-unread",
        reason=f"It could not be read: {why.rstrip('.')}. Somebody on it may look subscribed, so nobody is written "
        "until this is settled.",
        remedy=f"{remedy.rstrip('.')}. Or, if you know the list, vouch for it in mappings.toml.",
        settles=SETTLES,
    )
