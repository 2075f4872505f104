"""What the export could not read, as entries of the ledger; and whether people may be written without it.

A do-not-send list that nobody could read may name people who look subscribed. They are not written until somebody who
can know says so, of each list by its name: an unknown opt-out must not become a yes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from mappings.answer_lines import line
from mappings.verdicts import Finding, Verdict
from mappings.wording import sendable
from migrator.bundle import Manifest
from migrator.plan.answers.schema import UnreadList, unknown_key
from migrator.plan.ledger import Ledger

KIND = "unread"
SETTING = ("consent", "unread_do_not_send_list")
LEFT_OUT = "the do-not-send list"
Vouched = UnreadList | Mapping[str, UnreadList] | None
"""For every list, or for single ones by what the export calls them."""


class _Missing(NamedTuple):
    entry_id: str
    what: str
    why: str
    remedy: str
    is_list: bool

    @property
    def key(self) -> str:
        return " ".join(sendable(self.what).split())


def enter_unread(manifest: Manifest, vouched: Vouched, ledger: Ledger, where: str) -> tuple[str, ...]:
    """Enters each, and gives the reasons for which a load must wait."""
    missing = _missing(manifest)
    lists = [one.key for one in missing if one.is_list]
    for name in vouched if isinstance(vouched, Mapping) else ():
        if name not in lists:
            raise unknown_key((*SETTING, name), lists, where, "no such list is unread")
    ledger.expect(KIND, len(missing))
    holds = []
    for one in missing:
        accepted = one.key in vouched if isinstance(vouched, Mapping) else vouched is not None
        if one.is_list and not accepted:
            holds.append(f"{one.what}: {one.why}")
        ledger.add(KIND, one.entry_id, one.what, (_finding(one, accepted),))
    return tuple(holds)


def _missing(manifest: Manifest) -> list[_Missing]:
    has_people = bool(manifest.counts.get("contacts"))
    found = []
    for number, item in enumerate(manifest.unread, 1):
        scope = item.scope or ""
        is_list = has_people and scope.partition("/")[0] == "suppressions"
        found.append(_Missing(f"{scope or 'account'} {number}", item.what, item.why, item.remedy, is_list))
    if has_people and manifest.options.only and "suppressions" not in manifest.options.only:
        why, remedy = "the export was asked for other things only", "Export again with the do-not-send list."
        found.append(_Missing("suppressions left out", LEFT_OUT, why, remedy, is_list=True))
    return found


def _finding(one: _Missing, accepted: bool) -> Finding:
    why = f"It could not be read: {one.why.rstrip('.')}."
    if not one.is_list:
        return Finding(verdict=Verdict.DROPPED, code="not-read", reason=why, remedy=one.remedy)
    if accepted:
        return Finding(
            verdict=Verdict.CHANGED,
            code="do-not-send-list-vouched-for",
            reason="It could not be read, and you vouched that nobody on it looks subscribed elsewhere.",
        )
    return Finding(
        verdict=Verdict.MANUAL,
        code="do-not-send-list-unread",
        reason=f"{why} Somebody on it may look subscribed, so nobody is written until this is settled.",
        remedy=f"{one.remedy.rstrip('.')}. Or, if you know the list, vouch for it in mappings.toml.",
        settles=line((*SETTING, one.key), UnreadList.VOUCHED_FOR.value),
    )
