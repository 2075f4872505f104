"""How long the way to a step can take: from the email before it, and from the beginning. For windows in conditions."""

from __future__ import annotations

from dataclasses import dataclass

from migrator.model.sequences import SendingWindow
from migrator.model.steps import Branch, ClockReading, SendEmail, Step, Wait, WaitForEvent, WaitUntilDate, WaitUntilTime
from migrator.plan.graphs.source_graph import SoundGraph

DAY = 86_400
OPEN = float("inf")
Span = float | None
"""Seconds; infinite when a wait has no known end; None when no email was sent on any way here."""


@dataclass(frozen=True)
class Spans:
    before: dict[str, tuple[int | None, int | None]]
    """Step to the longest time since the email before it and since the beginning, its own waiting included."""
    mailed: frozenset[str]
    """Steps in front of which an email may have been sent."""

    @classmethod
    def of(cls, sound: SoundGraph, held: float = 0.0) -> Spans:
        """`held`: how long the sending window may hold an email, and whoever waits behind it."""
        reached: dict[str, tuple[Span, float]] = {}
        found: dict[str, tuple[int | None, int | None]] = {}
        for step_id in sound.order:
            step = sound.steps[step_id]
            email, start = reached.get(step_id, (None, 0.0))
            own = waited(step)
            email = None if email is None else email + own
            start += own
            found[step_id] = (_whole(email), _whole(start))
            after = email
            if isinstance(step.action, SendEmail) and step.action.live:
                after, start = 0.0, start + held
            for target in set(sound.forks.get(step_id, ())) | set(sound.ways[step_id].values()):
                if target is not None:
                    known = reached.get(target, (None, 0.0))
                    longest = after if known[0] is None else known[0] if after is None else max(known[0], after)
                    reached[target] = (longest, max(known[1], start))
        mailed = frozenset(step_id for step_id, (email, _) in reached.items() if email is not None)
        return cls(found, mailed)


def longest_hold(window: SendingWindow | None) -> float:
    """Until the window opens again: tomorrow, or on one of its days within a week."""
    return 0.0 if window is None else float((7 if window.days else 1) * DAY)


def waited(step: Step) -> float:
    match step.action:
        case Wait(seconds=seconds) | Branch(evaluate_after_seconds=seconds):
            return OPEN if seconds is None or seconds < 0 else float(seconds)
        case WaitForEvent(timeout_seconds=seconds):
            # The target waits for events by whole days.
            return OPEN if seconds is None or seconds < 0 else float(-(-seconds // DAY) * DAY)
        case WaitUntilTime(days=days, minimum_seconds=minimum, reading=reading):
            most = 7 if days else 1 if reading is ClockReading.NEXT_OCCURRENCE else 2
            return most * DAY + max(0, minimum)
        case WaitUntilDate():
            return OPEN
    return 0.0


def _whole(span: Span) -> int | None:
    return None if span is None or span == OPEN else int(span)
