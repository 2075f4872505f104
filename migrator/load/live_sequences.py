"""People whom the load brings must not pass for newcomers: a sequence that lets in whoever comes into a segment, or
does nothing for long, looks at the contacts themselves, and no switch of an import keeps it from starting them.

So nobody is written while such a sequence is live, none is enabled before everybody is there, and none before its
segment has counted them.
"""

from __future__ import annotations

from migrator.errors import NeedsPerson
from migrator.load.counts import count
from migrator.load.target_checks import Inventory
from migrator.load.work import Wanted, Work
from migrator.plan.records import BuildSequence

WATCHING = ("segment_entered", "segment_exited", "inactivity")
SETTLES = 120.0
"""Seconds. Attributes of an import reach segments half a minute or longer after its end."""
_KINDS = {"people": "people", "complaints": "people", "memberships": "lists", "tags": "tags"}
"""What brings people into segments, and what `--only` calls it."""
_AGAIN = ("memberships", "tags")
"""What failed of these is tried again by the next load."""


def nobody_is_started(work: Work, inventory: Inventory, wanted: Wanted) -> None:
    """Raises NeedsPerson before anybody is written while a live sequence there could start them."""
    watching = inventory.watching
    if not watching or wanted.live_too:
        return
    counts = count(work.opened, work.checkpoint)
    if not any(counts[kind].open or counts[kind].failed for kind, asked in _KINDS.items() if wanted.has(asked)):
        return
    refuse_while_watched(inventory)


def refuse_while_watched(inventory: Inventory) -> None:
    watching = inventory.watching
    if not watching:
        return
    names = ", ".join(repr(one) for one in watching[:5]) + (" and others" if len(watching) > 5 else "")
    raise NeedsPerson(
        "Nobody is written yet: a live sequence at the target could mail the people whom the load brings",
        where=names,
        why="it starts people who come into a segment, do nothing for long or belong to an audience, and no import can "
        "keep it from that",
        fix="Disable it at Sequenzy until the load is done (who is in its segment when you enable it again is not let "
        "in), or add --live-too if it may start them.",
    )


def still_coming(work: Work, operation: BuildSequence) -> str | None:
    """In words: why it must not be enabled while people are still to be loaded."""
    if work.opened.sequence(operation).graph.final_trigger.get("trigger") not in WATCHING:
        return None
    counts = count(work.opened, work.checkpoint)
    coming = sum(counts[kind].open + counts[kind].failed * (kind in _AGAIN) for kind in _KINDS)
    if not coming:
        return None
    return (
        f"It starts whoever comes into a segment, and {coming:,} people or memberships of the plan are not loaded yet: "
        "loading them would start it for them. Load everything first."
    )


def let_settle(work: Work, operation: BuildSequence) -> None:
    """Waits until what was loaded last has reached the segment whose members are not let in."""
    if work.opened.sequence(operation).graph.final_trigger.get("trigger") not in WATCHING:
        return
    since = work.api.clock.now().timestamp() - work.checkpoint.latest()
    if since < SETTLES:
        work.watcher.say(f"Waiting {SETTLES - since:.0f} s, until its segment has counted everybody who was loaded.")
        work.api.clock.sleep(SETTLES - max(0.0, since))
