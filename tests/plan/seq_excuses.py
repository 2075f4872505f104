"""Which difference each finding may explain. Narrow on purpose: a code that is not here explains nothing.

An email that only the target sends is the worst that can happen, so very few codes may explain one, each with a reason.
"""

from __future__ import annotations

from dataclasses import dataclass

DAY = 86_400


@dataclass(frozen=True)
class Excuse:
    missing: bool = False
    """The target does less, at this step and behind it."""
    here: bool = False
    """Only at this very step."""
    extra: bool = False
    """The target does something that the source does not."""
    lane: bool = False
    """People leave this branch by another lane."""
    later: int = 0
    """The target is later by at most so many seconds."""
    earlier: int = 0
    start_missing: bool = False
    """Somebody is not let in (again)."""
    start_later: int = 0
    start_extra: bool = False
    restart: bool = False
    """Somebody who would still be inside begins anew, were the sequence enabled before a person has settled it."""
    elsewhere: str = ""
    """What it may explain in another sequence: extra or missing."""
    of_all: bool = False
    """Missing only where it stands in the filter on who enters or in a rule for leaving."""
    by_call: bool = False
    """Only people whom the application put in."""
    undone: bool = False
    """About leaving: extra only where the reason had gone again before the target's next step, missing only inside
    the step that was the reason."""
    tag_back: bool = False
    """Extra only for somebody who had left with a tag that they have been given back, missing only for somebody who was
    given it and has lost it."""
    blocked: bool = False
    """Only because the plan keeps the sequence from being enabled until a person has settled it."""


HELD = Excuse(missing=True, restart=True)
"""A stand-in: the path ends, what follows is kept behind it."""
NOT_LET_IN = Excuse(start_missing=True)

EXCUSES: dict[str, Excuse] = {
    # What cannot be said ends the path.
    **dict.fromkeys(
        (
            *("content-missing", "email-blocks", "channel-unsupported", "attribute-operation", "attribute-value"),
            *("move-to-itself", "move-unknown", "webhook-url", "webhook-method", "webhook-body"),
            *("webhook-tags", "discount-unsupported", "list-unknown", "segment-unknown", "opened-asked"),
            *("comparison-unsupported", "condition-unsupported", "field-is-event", "wait-event-unsupported"),
            *("branch-wait-unknown", "split-weights", "wait-unlikely", "zone-unknown", "date-unknown", "date-missing"),
            *("date-skip",),
            *("entry-filter-unsupported", "opaque-step", "wait-unknown", "step-incomplete", "time-unknown"),
        ),
        HELD,
    ),
    # Waits.
    "wait-rounded": Excuse(later=59),
    "time-rounded": Excuse(earlier=59, later=7 * DAY),
    "window-cut": Excuse(later=7 * DAY),
    "wait-event-days": Excuse(later=DAY - 1),
    # Branches.
    "opened-as-segment": Excuse(lane=True),
    "opened-as-clicked": Excuse(lane=True),
    "wait-event-before": Excuse(lane=True),
    "engagement-history": Excuse(lane=True, start_missing=True, missing=True, of_all=True),
    "audience-limited": Excuse(extra=True, start_extra=True, blocked=True),
    # Steps.
    "left-out": Excuse(missing=True, here=True, earlier=40 * DAY),
    "leave-other": Excuse(missing=True, restart=True, elsewhere="extra"),
    "move-once": NOT_LET_IN,
    "move-tag-added": Excuse(start_missing=True, elsewhere="missing"),
    "feeder-tag-added": Excuse(start_missing=True, missing=True, extra=True, tag_back=True),
    "recently-mailed-cap": Excuse(extra=True, here=True),
    "recently-mailed-sent": Excuse(extra=True, here=True),
    # Starts.
    "form-start": NOT_LET_IN,
    "attribute-start": Excuse(start_missing=True, start_later=900),
    "segment-baseline": NOT_LET_IN,
    "api-needs-tag": Excuse(missing=True, by_call=True),
    "api-again": Excuse(start_extra=True, by_call=True),
    # Entering and leaving.
    "entry-filter": NOT_LET_IN,
    "re-entry-unknown": NOT_LET_IN,
    "re-entry-delay": NOT_LET_IN,
    "re-entry-always": NOT_LET_IN,
    "exit-not-again": NOT_LET_IN,
    "exit-before-step": Excuse(extra=True, undone=True),
    "exit-guard": Excuse(extra=True, undone=True),
    "exit-unsupported": Excuse(extra=True, start_missing=True, blocked=True),
    "starts-itself": Excuse(start_extra=True, blocked=True),
    "exit-segment-fed": Excuse(extra=True, start_missing=True, blocked=True),
    "exit-several-tags": Excuse(extra=True, start_missing=True, blocked=True),
    "window-night": Excuse(earlier=DAY, extra=True, blocked=True),
}
