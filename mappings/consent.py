"""Source consent to target status, by one table. The law: nobody ends more reachable than at the source.

How a platform's signals become a ConsentState is its adapter's business; how a person's record looks is people.py's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum

from mappings.verdicts import Finding, Lowered, Verdict
from migrator.model import ConsentState, Reach


class TargetStatus(StrEnum):
    """What Sequenzy can say about a person. `complained` is written by a later update, never by an import."""

    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"

    @property
    def reach(self) -> Reach:
        return Reach.MARKETING if self is TargetStatus.ACTIVE else Reach.NONE

    @property
    def import_status(self) -> str:
        """The status an import may carry: a complaint arrives as an opt-out first."""
        return "unsubscribed" if self is TargetStatus.COMPLAINED else self.value


def _changed(code: str, reason: str, remedy: str) -> tuple[Finding, ...]:
    return (Finding(verdict=Verdict.CHANGED, code=code, reason=reason, remedy=remedy),)


TABLE: dict[ConsentState, Lowered[TargetStatus]] = {
    ConsentState.SUBSCRIBED: Lowered(value=TargetStatus.ACTIVE),
    ConsentState.UNSUBSCRIBED: Lowered(value=TargetStatus.UNSUBSCRIBED),
    ConsentState.BOUNCED: Lowered(value=TargetStatus.BOUNCED),
    ConsentState.COMPLAINED: Lowered(value=TargetStatus.COMPLAINED),
    ConsentState.SUPPRESSED: Lowered(
        value=TargetStatus.UNSUBSCRIBED,
        findings=_changed(
            "suppressed-becomes-unsubscribed",
            "Sequenzy has no list of blocked addresses that can be written to. These people are unsubscribed from all "
            "marketing; transactional mail, which the source blocked too, would still reach them.",
            "Nothing for marketing. Keep these addresses out of your own transactional calls.",
        ),
    ),
    ConsentState.INACTIVE: Lowered(
        value=TargetStatus.UNSUBSCRIBED,
        findings=_changed(
            "inactive-becomes-unsubscribed",
            "Sequenzy has no switched-off state. These people are unsubscribed, so no marketing reaches them; "
            "transactional mail would.",
            "Find them later by the attribute with the former state, and decide for each group.",
        ),
    ),
    ConsentState.PENDING: Lowered(
        value=TargetStatus.UNSUBSCRIBED,
        findings=_changed(
            "pending-stays-unsubscribed",
            "They never answered their confirmation mail. Sequenzy keeps such people as unsubscribed; the link in the "
            "old mail dies with the old account.",
            "If you may ask again, send a new confirmation from Sequenzy to the people with this former state.",
        ),
    ),
    ConsentState.NEVER_SUBSCRIBED: Lowered(
        value=TargetStatus.UNSUBSCRIBED,
        findings=_changed(
            "never-subscribed-becomes-unsubscribed",
            "They are known but never gave marketing consent, which Sequenzy cannot express. They are unsubscribed.",
            "Nothing, unless you hold consent for them that the source does not show.",
        ),
    ),
    ConsentState.UNKNOWN: Lowered(
        value=TargetStatus.UNSUBSCRIBED,
        findings=(
            Finding(
                verdict=Verdict.MANUAL,
                code="consent-unknown",
                reason="The source does not say whether they may be mailed. They are written as unsubscribed.",
                remedy="Decide: unsubscribed, leave_behind or, only then, active, and I can prove their consent.",
                settles='consent.unknown = "unsubscribed"',
            ),
        ),
    ),
    ConsentState.REDACTED: Lowered(
        value=None,
        findings=(
            Finding(
                verdict=Verdict.DROPPED,
                code="redacted-left-behind",
                reason="Their data was erased at the source; what is left is an empty shell.",
                remedy="Nothing.",
            ),
        ),
    ),
}


def lower_consent(state: ConsentState) -> Lowered[TargetStatus]:
    return TABLE[state]


def never_wider(state: ConsentState, status: TargetStatus, attested: Collection[ConsentState] = ()) -> bool:
    """`attested`: states whose people's consent the person running the migration vouches for. Only UNKNOWN, where
    the source is silent, can be one: nobody can vouch against a recorded no."""
    return status.reach <= state.reach or (state is ConsentState.UNKNOWN and state in attested)


def with_policy(policy: Mapping[ConsentState, str]) -> dict[ConsentState, Lowered[TargetStatus]]:
    """The table under the person's wishes: `unsubscribed`, `leave_behind` or, for unknown consent alone, `active`."""
    table = dict(TABLE)
    for state, wish in policy.items():
        if wish == "leave_behind":
            table[state] = _LEFT_BEHIND
        elif wish == "active" and state is ConsentState.UNKNOWN:
            table[state] = _ATTESTED
        elif wish == "unsubscribed" and state is ConsentState.UNKNOWN:
            table[state] = _DECIDED
    return table


_LEFT_BEHIND: Lowered[TargetStatus] = Lowered(
    value=None,
    findings=(
        Finding(
            verdict=Verdict.DROPPED,
            code="consent-left-behind",
            reason="You chose to leave these people behind; they are listed in rejected.csv.",
            remedy="Nothing.",
        ),
    ),
)
_ATTESTED = Lowered(
    value=TargetStatus.ACTIVE,
    findings=_changed(
        "consent-attested",
        "The source does not say whether they may be mailed; you state that you can prove their consent.",
        "Keep the proof.",
    ),
)
_DECIDED = Lowered(
    value=TargetStatus.UNSUBSCRIBED,
    findings=_changed(
        "unknown-becomes-unsubscribed",
        "The source does not say whether they may be mailed. They are unsubscribed, as you decided.",
        "Nothing.",
    ),
)
