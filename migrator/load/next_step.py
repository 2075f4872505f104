"""The stage of a migration and the one next command, decided from facts alone: no file and no clock is read here.

A command may only be named where it brings the migration further, so following the names never leads in a circle.
Where a person must do something first, the act says what; where only a person can go on, no command is named.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    EXPORT = "export"
    PLAN = "plan"
    DRAFTS = "drafts"
    VERIFIED = "verified"
    SWITCHED = "switched"
    """Some sequences are live at Sequenzy, others are not."""
    LIVE = "live"
    CLOSED = "closed"


@dataclass(frozen=True)
class OnDisk:
    """What the folder of a migration tells."""

    bundle: bool = False
    plan: bool = False
    stale: bool = False
    """The bundle or mappings.toml changed since the plan."""
    held: bool = False
    """A suppression list could not be read, so nobody is loaded."""
    reported: bool = False
    """There is a report of this plan, with the proof if there is one."""
    dry_run: bool = False
    """A dry run of this plan has just ended."""
    begun: bool = False
    """Something was written at Sequenzy."""
    other_plan: bool = False
    """What was written is of another plan."""
    undoing: bool = False
    open: bool = False
    """Something of the plan is not written yet."""
    verified: bool = False
    """Everything was read back since the last write."""
    proven: bool = False
    """And nothing differed."""
    live: int = 0
    ready: tuple[tuple[str, ...], ...] = ()
    """Sequences that may be enabled, each with those that must go live with it."""
    waiting: int = 0
    """Drafts that need a person before they may be enabled."""
    switching: tuple[str, ...] = ()
    """Source ids of sequences whose switch was begun and is not finished."""


@dataclass(frozen=True)
class Step:
    stage: Stage
    next: str = ""
    act: str = ""
    """What a person does before that command, or instead of one."""


def next_step(facts: OnDisk) -> Step:
    stage = stage_of(facts)
    if facts.undoing:
        return Step(stage, "undo")
    if facts.switching and not facts.stale and not facts.other_plan:
        return Step(stage, f"cutover {_names(facts.switching)}", "A switch was begun: finish it first.")
    if not facts.bundle and not facts.plan:
        return Step(stage, "sources")
    if not facts.plan or facts.stale:
        return Step(stage, "plan")
    if facts.held and (facts.other_plan or (not facts.live and (facts.open or not facts.begun))):
        return Step(stage, "plan", "Answer the question about the suppression list in mappings.toml.")
    if facts.other_plan:
        return Step(stage, "load", "Sequenzy holds what an earlier plan says; loading writes only what changed.")
    if not facts.begun:
        return Step(stage, _towards_load(facts))
    if facts.open:
        return Step(stage, "load")
    if facts.live == 0 and not facts.verified:
        return Step(stage, "verify")
    if facts.live == 0 and not facts.proven:
        return Step(stage, "verify", "Look at the differences in verify/ and correct them at Sequenzy.")
    return _towards_live(facts, stage)


def stage_of(facts: OnDisk) -> Stage:
    if facts.live or facts.switching:
        return (
            Stage.SWITCHED
            if facts.switching or facts.ready or facts.waiting or facts.open or facts.other_plan
            else Stage.LIVE
        )
    if facts.begun or facts.undoing or facts.other_plan:
        proven = facts.proven and facts.verified and not (facts.open or facts.undoing or facts.other_plan)
        return Stage.VERIFIED if proven else Stage.DRAFTS
    return Stage.PLAN if facts.bundle or facts.plan else Stage.EXPORT


def _towards_load(facts: OnDisk) -> str:
    if facts.dry_run:
        return "load"
    return "load --dry-run" if facts.reported else "report"


def _towards_live(facts: OnDisk, stage: Stage) -> Step:
    if facts.live == 0 and not facts.reported:
        return Step(stage, "report")
    if facts.ready:
        return Step(stage, "cutover", "The switch shows first what it will do, and asks for each name.")
    if facts.waiting:
        drafts = "1 draft needs you" if facts.waiting == 1 else f"{facts.waiting:,} drafts need you"
        return Step(stage, act=f"{drafts}: the report's to-do list says why. Finish them at Sequenzy.")
    if facts.live:
        return Step(stage, act="Keep the old account running until nobody is left in its sequences.")
    return Step(stage, act="Everything is at Sequenzy. There is no sequence to enable.")


def _names(sequences: tuple[str, ...]) -> str:
    return " ".join(f"--sequence {shlex.quote(one)}" for one in sequences)
