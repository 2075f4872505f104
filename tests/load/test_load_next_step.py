"""The stage and the one next command, from facts alone: no circle, and never done while nothing is live."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from migrator.load.next_step import OnDisk, Stage, Step, next_step

PLANNED = OnDisk(bundle=True, plan=True, reported=True, open=True)
LOADED = replace(PLANNED, begun=True, open=False, ready=(("7",),))
PROVEN = replace(LOADED, verified=True, proven=True)

TABLE = [
    (OnDisk(), Stage.EXPORT, "sources"),
    (OnDisk(bundle=True), Stage.PLAN, "plan"),
    (replace(PLANNED, reported=False), Stage.PLAN, "report"),
    (PLANNED, Stage.PLAN, "load --dry-run"),
    (replace(PLANNED, dry_run=True), Stage.PLAN, "load"),
    (replace(PLANNED, stale=True), Stage.PLAN, "plan"),
    (replace(PLANNED, held=True), Stage.PLAN, "plan"),
    (replace(PLANNED, begun=True), Stage.DRAFTS, "load"),
    (LOADED, Stage.DRAFTS, "verify"),
    (replace(LOADED, undoing=True), Stage.DRAFTS, "undo"),
    (replace(LOADED, other_plan=True), Stage.DRAFTS, "load"),
    (replace(LOADED, verified=True), Stage.DRAFTS, "verify"),
    (replace(PROVEN, reported=False), Stage.VERIFIED, "report"),
    (PROVEN, Stage.VERIFIED, "cutover"),
    (replace(PROVEN, switching=("a b", "8")), Stage.SWITCHED, "cutover --sequence 'a b' --sequence 8"),
    (replace(PROVEN, switching=("8",), stale=True), Stage.SWITCHED, "plan"),
    (replace(PROVEN, ready=(), waiting=2), Stage.VERIFIED, ""),
    (replace(PROVEN, live=1), Stage.SWITCHED, "cutover"),
    (replace(PROVEN, live=1, ready=(), waiting=1), Stage.SWITCHED, ""),
    (replace(PROVEN, live=1, other_plan=True), Stage.SWITCHED, "load"),
    (replace(PROVEN, live=1, stale=True), Stage.SWITCHED, "plan"),
    (replace(PROVEN, live=1, ready=()), Stage.LIVE, ""),
]


@pytest.mark.parametrize(("facts", "stage", "command"), TABLE)
def test_each_stage_names_its_next_command(facts: OnDisk, stage: Stage, command: str) -> None:
    step = next_step(facts)
    assert (step.stage, step.next) == (stage, command)


def after(facts: OnDisk, step: Step) -> OnDisk:
    """What the folder tells once that command has done its work."""
    verb = step.next.split()[0]
    if step.next == "load --dry-run":
        return replace(facts, dry_run=True)
    facts = replace(facts, dry_run=False)
    match verb:
        case "sources":
            return replace(facts, bundle=True)
        case "plan":
            return replace(facts, plan=True, stale=False, held=False, reported=False, other_plan=facts.begun)
        case "report":
            return replace(facts, reported=True)
        case "load":
            return replace(facts, begun=True, open=False, other_plan=False, verified=False, proven=False)
        case "verify":
            return replace(facts, verified=True, proven=True, reported=False)
        case "undo":
            return replace(facts, begun=False, open=True, undoing=False, other_plan=False, verified=False, proven=False)
        case "cutover":
            return replace(facts, live=facts.live + len(facts.ready[0]), ready=facts.ready[1:])
    raise AssertionError(f"nobody knows {step.next}")


def every_folder() -> list[OnDisk]:
    names = ("bundle", "plan", "stale", "held", "reported", "begun", "other_plan", "undoing", "open", "verified")
    found = []
    for values in product((False, True), repeat=len(names)):
        facts = OnDisk(**dict(zip(names, values, strict=True)), ready=(("7",), ("8", "9")))
        found += [facts, replace(facts, proven=facts.verified, waiting=1), replace(facts, live=1)]
    return found


def test_following_the_names_never_leads_in_a_circle() -> None:
    for start in every_folder():
        facts, seen = start, set()
        while (step := next_step(facts)).next:
            assert facts not in seen, (start, step)
            seen.add(facts)
            facts = after(facts, step)
        assert step.act, start


def test_nothing_is_called_live_or_switched_while_nothing_is_live() -> None:
    for facts in every_folder():
        stage = next_step(facts).stage
        assert (stage in (Stage.SWITCHED, Stage.LIVE, Stage.CLOSED)) == bool(facts.live)
        assert stage is not Stage.VERIFIED or (facts.verified and not facts.open)


def test_no_command_that_ends_in_a_refusal_is_named() -> None:
    """A stale plan is refused by all but plan and undo; live sequences are refused by undo."""
    for facts in every_folder():
        verb = next_step(facts).next.partition(" ")[0]
        if facts.plan and facts.stale:
            assert verb in ("plan", "undo", "")
        if facts.live and not facts.undoing:
            assert verb != "undo"
