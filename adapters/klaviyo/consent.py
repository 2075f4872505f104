"""How reachable a profile is: suppression first, then the person's own consent. What is not said is `unknown`.

`can_receive_email_marketing` is no consent: it is true for everybody whom nothing suppresses. Its `false` counts.
"""

from __future__ import annotations

from datetime import datetime

from adapters.kit.wire import filled, instant, part, rows
from migrator.model import Consent, ConsentState, Raw

_REASONS = {
    "UNSUBSCRIBE": ConsentState.UNSUBSCRIBED,
    "HARD_BOUNCE": ConsentState.BOUNCED,
    "INVALID_EMAIL": ConsentState.BOUNCED,
    "SPAM_COMPLAINT": ConsentState.COMPLAINED,
    "USER_SUPPRESSED": ConsentState.SUPPRESSED,
}
_CONSENT = {
    "SUBSCRIBED": ConsentState.SUBSCRIBED,
    "UNSUBSCRIBED": ConsentState.UNSUBSCRIBED,
    "NEVER_SUBSCRIBED": ConsentState.NEVER_SUBSCRIBED,
}
_SAY_NO = frozenset({"UNSUBSCRIBED", "NEVER_SUBSCRIBED"})
Sign = tuple[ConsentState, datetime | None, str]


def reason_state(reason: str | None) -> ConsentState:
    """A reason we do not know still forbids sending."""
    return _REASONS.get((reason or "").upper(), ConsentState.SUPPRESSED)


def email_marketing(attributes: Raw) -> Raw | None:
    """None: the profile was read without its subscriptions, which says nothing about consent."""
    marketing = part(part(attributes.get("subscriptions")).get("email")).get("marketing")
    return marketing if isinstance(marketing, dict) else None


def suppressions_of(marketing: Raw) -> list[Raw]:
    return rows(marketing.get("suppression"))


def read_consent(attributes: Raw) -> Consent:
    marketing = email_marketing(attributes)
    if marketing is None:
        return Consent(state=ConsentState.UNKNOWN, evidence=("subscriptions not told",))
    said = (filled(marketing.get("consent")) or "").upper()
    since = instant(marketing.get("consent_timestamp")) or instant(marketing.get("last_updated"))
    signs: list[Sign] = [
        (
            reason_state(filled(item.get("reason"))),
            instant(item.get("timestamp")),
            f"suppression:{item.get('reason') or 'no reason'}",
        )
        for item in suppressions_of(marketing)
    ]
    if marketing.get("suppression") and not signs:
        signs.append((ConsentState.SUPPRESSED, None, "suppression of an unknown kind"))
    if said == "UNSUBSCRIBED" and filled(marketing.get("method")) == "SPAM_COMPLAINT":
        signs.append((ConsentState.COMPLAINED, since, "method:SPAM_COMPLAINT"))
    if marketing.get("can_receive_email_marketing") is False and said not in _SAY_NO and not signs:
        # Also where the consent is not told: then nobody may vouch for it later.
        signs.append((ConsentState.SUPPRESSED, None, "can_receive_email_marketing=false"))
    signs.append((_CONSENT.get(said, ConsentState.UNKNOWN), since, f"consent:{said or 'not told'}"))
    state, moment, _ = min(signs, key=lambda sign: sign[0].rank)
    confirmed = since if state is ConsentState.SUBSCRIBED and marketing.get("double_optin") is True else None
    ordered = sorted(signs, key=lambda sign: sign[0].rank)
    evidence = [sign for _, _, sign in ordered]
    method = filled(marketing.get("method"))
    if method and len(evidence) < 6:
        evidence.append(f"method:{method}")
    return Consent(state=state, since=moment, confirmed_at=confirmed, evidence=tuple(dict.fromkeys(evidence)))


def read_sms_consent(attributes: Raw) -> Consent | None:
    marketing = part(part(part(attributes.get("subscriptions")).get("sms")).get("marketing"))
    said = (filled(marketing.get("consent")) or "").upper()
    if not said:
        return None
    state = _CONSENT.get(said, ConsentState.UNKNOWN)
    evidence = [f"consent:{said}"]
    if marketing.get("can_receive_sms_marketing") is not True and state is ConsentState.SUBSCRIBED:
        state = ConsentState.SUPPRESSED
        evidence.append("can_receive_sms_marketing is not true")
    return Consent(state=state, since=instant(marketing.get("consent_timestamp")), evidence=tuple(evidence))


def left_lists(attributes: Raw) -> dict[str, datetime | None]:
    """Lists this person opted out of, one by one, with the moment."""
    found = rows((email_marketing(attributes) or {}).get("list_suppressions"))
    return {list_id: instant(item.get("timestamp")) for item in found if (list_id := filled(item.get("list_id")))}
