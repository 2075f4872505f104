"""What a person does at a source that cannot be switched by calls, in that platform's own words."""

from __future__ import annotations

from migrator.cutover.journal import Way

_CLOSE = {
    "broadcast": (
        "In Broadcast, open Sequences, then {name}, then its settings: clear the tag and the segment that start it.",
        "Open Forms: take {name} out of the sequences of each form.",
    ),
    "klaviyo": (
        "In Klaviyo, open Flows, then {name}. Stop what adds people to the list or segment that starts it.",
        "Where a metric starts it, add a trigger filter that nobody meets. Leave its messages Live.",
    ),
}
_END = {
    "broadcast": ("In Broadcast, switch the sequence {name} off.",),
    "klaviyo": ("In Klaviyo, set the flow {name} to Draft.",),
}
_ANY_CLOSE = ("Where {name} runs now, switch off whatever lets new people in. Leave it running for those inside.",)
_ANY_END = ("Where {name} runs now, switch it off.",)


def guide(platform: str, way: Way, name: str) -> tuple[str, ...]:
    """Sentences for one sequence."""
    closing = _CLOSE.get(platform, _ANY_CLOSE)
    ending = _END.get(platform, _ANY_END) if way is Way.STOP else ()
    return tuple(text.format(name=name) for text in (*closing, *ending))
