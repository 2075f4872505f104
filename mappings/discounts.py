"""Discounts: only what the source says in the target's own words, and all of it. A code that is worth more, lasts
longer or is good for more than was meant costs money, so anything else is a person's to decide.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import msgspec

from mappings.findings import find
from mappings.sequences.fragments import Fragment, Piece
from mappings.target import NodeKind
from mappings.verdicts import Lowered
from mappings.wording import sendable

Positive = Annotated[float, msgspec.Meta(gt=0)]


class _Wanted(msgspec.Struct, forbid_unknown_fields=True, rename="camel", omit_defaults=True):
    provider: Literal["stripe", "shopify"]
    discount_type: Literal["percent", "amount"]
    percent_off: Annotated[float, msgspec.Meta(gt=0, le=100)] | None = None
    amount_off: Positive | None = None
    currency: str | None = None
    duration: Literal["once", "forever", "repeating"] | None = None
    duration_in_months: Positive | None = None
    applies_to_all_plans: bool | None = None
    plan_ids: list[str] | None = None
    code_prefix: str | None = None
    max_redemptions: Positive | None = None
    lock_to_subscriber: bool | None = None
    expires_at: str | None = None
    expires_in_hours: Positive | None = None
    label: str | None = None
    name: str | None = None


def lower_discount(settings: dict[str, Any], settles: str) -> Lowered[Fragment]:
    wanted = {key: sendable(one) if isinstance(one, str) else one for key, one in settings.items() if one is not None}
    what = _unsaid(wanted)
    if what:
        finding = find("discount-unsupported", what=what, settles=settles + ".skip = true")
        return Lowered(value=None, findings=(finding,))
    piece = Piece(NodeKind.DISCOUNT, {"type": "create_discount", "discount": wanted})
    return Lowered(value=Fragment((piece,)), findings=(find("discount-provider", provider=wanted["provider"]),))


def _unsaid(wanted: dict[str, Any]) -> str:
    """What keeps it from being made, in a few words; empty: nothing."""
    if wanted.get("provider") not in ("stripe", "shopify"):
        return "no provider"
    try:
        found = msgspec.convert(wanted, _Wanted)
    except msgspec.ValidationError as error:
        return str(error).replace("`", "").replace("$.", "")
    if any(isinstance(value, float) and not math.isfinite(value) for value in wanted.values()):
        return "an amount without end"
    percent = found.discount_type == "percent"
    if (found.percent_off if percent else found.amount_off) is None:
        return "no kind and amount"
    if (found.amount_off if percent else found.percent_off) is not None:
        return "a percentage and an amount at once"
    if not percent and not found.currency:
        return "an amount without its currency"
    if found.duration == "repeating" and found.duration_in_months is None:
        return "repeating, without saying how long"
    if bool(found.plan_ids) is not (found.applies_to_all_plans is False):
        return "plans that do not agree with whether it is good for all"
    return ""
