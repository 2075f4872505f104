"""`migrate enable`: switches finished drafts on, one by one, each confirmed by its name. The only verb that can."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from migrator.cli.alone import working
from migrator.cli.common import Run, common_options, rate_option
from migrator.errors import EXIT_FINDINGS
from migrator.visible import visible

if TYPE_CHECKING:
    from migrator.cutover.enable import Enabled, Readiness
    from migrator.cutover.mark_positions import People
    from migrator.load.work import Work
    from migrator.plan.records import BuildSequence


@click.command()
@click.option("--sequence", "sequences", metavar="ID", multiple=True, required=True, help="Source id; may be repeated.")
@click.option("--confirm-name", "names", metavar="NAME", multiple=True, help="The name, instead of typing it.")
@rate_option
@common_options
@working(alone=False)
def command(run: Run, *, sequences: tuple[str, ...], names: tuple[str, ...], rate: int | None) -> None:
    """Enable sequences of this plan. Shows what will start each one, then asks for its name.

    Nobody is enrolled. People who stand or stood in a sequence at the source are marked first, so that nothing starts
    it anew for them; putting in those in the middle is the cut-over's business. Who is handed over to another sequence
    must find it enabled: name both, and they are enabled in the right order.

    Exit code 3: something blocks it, people in the middle wait to be put in or are not known, or a small sequence
    through which people get in is still a draft.

    \b
    Example:
      migrate -C acme enable --sequence 7
    """
    from adapters.sequenzy.client import open_target
    from migrator.cli.progress import watcher_for
    from migrator.cli.settings import Settings
    from migrator.cutover.enable import confirm, enable, feeders_off, in_order, operation_of, people_behind, readiness
    from migrator.cutover.mark_positions import mark, people_in
    from migrator.errors import MigrateError, UsageError
    from migrator.load.belonging import belongs
    from migrator.load.checkpoint import Checkpoint
    from migrator.load.refused_people import write_left_out
    from migrator.load.run import preflight
    from migrator.load.target_lock import TargetLock
    from migrator.load.work import Work
    from migrator.plan.open_plan import open_fresh
    from migrator.transport.clock import SystemClock
    from migrator.transport.stop import StopFlag, stopping_on_signals

    if names and len(names) != len(sequences):
        raise UsageError("Each --sequence needs its own --confirm-name", fix="Give both in the same order.")
    if run.as_json and not names:
        raise UsageError("With --json nobody can be asked", fix="Add --confirm-name for each sequence.")
    opened = open_fresh(run.workspace)
    stop = StopFlag()
    clock = SystemClock(stop)
    api = open_target(Settings.load(run.workspace).values, clock=clock, rate=rate)
    done: list[Enabled] = []
    absent = 0
    try:
        with Checkpoint.open(run.workspace, clock=clock) as checkpoint, watcher_for(run) as watcher:
            target = preflight(opened, api, None)
            belongs(opened, checkpoint, target.identity, adopt=False)
            work = Work(opened, api, checkpoint, watcher=watcher, contract=target.contract)
            work.contacts_there = target.inventory.contacts or 0
            # Looking and enabling are one: of two runs at once, neither would see what the other is about to enable.
            with TargetLock(work, target.inventory.sequences):
                named = {operation_of(work, wanted).key: number for number, wanted in enumerate(sequences)}
                operations = [operation_of(work, wanted) for wanted in sequences]
                ready = [(one, readiness(work, one, named)) for one in in_order(work, operations)]
                people = {found.key: people_in(work, found.key) for _, found in ready}
                for _, found in ready:
                    _show(run, found, people[found.key])
                if any(not found.live for _, found in ready):
                    run.say("While one of them runs at the source as well, whoever starts it gets its emails from both")
                    run.say("sides: stop it there first.")
                if behind := people_behind(work):
                    run.warn(f"! {behind}")
                if unknown := _positions_unread(run):
                    run.warn(f"! {unknown}")
                # What cannot be enabled, or is not meant, stops the run before the first of them is live.
                confirmed = []
                for operation, found in sorted(ready, key=lambda one: not one[1].blocked):
                    name = "" if found.blocked else names[named[operation.key]] if names else _asked(found)
                    confirm(found, name)
                    confirmed.append((found, name))
                with stopping_on_signals(stop):
                    # Before any is live: no trigger may meet a person without the mark of where they stand.
                    for found, _ in confirmed:
                        if (marked := people[found.key]) and not found.live:
                            absent += mark(work, marked)
                            write_left_out(work, run.workspace)
                    for found, name in confirmed:
                        try:
                            done.append(enable(work, found, name))
                        except MigrateError:
                            _show_stranded(work, [one.key for one in done])
                            raise
                        run.say(f"Enabled: {visible(found.name)}")
                # Without its feeders a sequence misses whoever comes by its other triggers.
                off = {one.key: one for each in done for one in feeders_off(work, each.key)}
    finally:
        api.close()
    _tell(run, done, list(off.values()), [one for each in done if (one := people[each.key])], absent, unknown)


def _positions_unread(run: Run) -> str:
    """In words, when the export does not know everybody who stands or stood in a sequence; empty when it does."""
    from migrator.bundle import Bundle

    manifest = Bundle.open(run.workspace / "bundle").manifest
    unread = [f"{one.what}: {one.why.rstrip('.')}" for one in manifest.unread if one.scope == "enrolments"]
    if manifest.options.only and "enrolments" not in manifest.options.only:
        unread.append("it was asked for other things only")
    if not unread:
        return ""
    return (
        f"The export does not tell everybody who stands or stood in a sequence ({'; '.join(unread)}). Whoever it does "
        "not tell is not marked, and gets the sequence from its beginning when something starts them again: let them "
        "finish at the source, and see to it that nothing starts them here."
    )


def _tell(
    run: Run, done: list[Enabled], off: list[BuildSequence], people: list[People], absent: int, unknown: str
) -> None:
    """What was enabled, and what is left to a person: feeders that are off, and people who are not put in."""
    inside = [one for one in people if one.waiting or one.held]
    run.result(
        {
            "ok": True,
            "enabled": [{"key": one.key, "name": one.name, "warnings": one.warnings} for one in done],
            "not_enabled": [{"key": one.key, "name": one.name} for one in off],
            "waiting": {one.key: one.waiting for one in inside if one.waiting},
            "held": {one.key: one.held for one in inside if one.held},
            "not_there": absent,
            "positions_unread": unknown,
        }
    )
    if absent:
        run.say(f"! {absent:,} people could not be marked: they are not at the target, and start anew if added.")
    for one in inside:
        run.say(
            f"! In the middle of {one.key}, marked and not put in: {one.waiting:,} people whose place is known, "
            f"{one.held:,} held (plan/{one.file})."
        )
    more = " ".join(f"--sequence {one.key.removeprefix('sequence:')}" for one in off)
    if more:
        run.next(f"enable {more}")
    else:
        run.onward()
    if off or inside or absent or unknown:
        raise SystemExit(EXIT_FINDINGS)


def _asked(found: Readiness) -> str:
    # The name to type stands in the question: what is asked for is a look at it, not a memory of it.
    return str(click.prompt(f"Type the sequence's name, {visible(found.name)}, to enable it"))


def _show_stranded(work: Work, done: list[str]) -> None:
    """Must not hide the error itself: the target may be out of reach."""
    from migrator.cutover.enable import stranded
    from migrator.errors import MigrateError

    try:
        sentences = stranded(work, done)
    except MigrateError:
        sentences = [f"Enabled before that: {', '.join(done)}."] if done else []
    for text in sentences:
        click.echo(visible(f"! {text} Run the same command again at once, or pause it at Sequenzy."), err=True)


def _show(run: Run, found: Readiness, people: People | None) -> None:
    run.say(
        f"{visible(found.name)} ({found.key}): {found.emails} emails, now {found.status}, {found.inside} people inside"
    )
    trigger = ", ".join(f"{name} {value}" for name, value in found.trigger.items()) or "only a call or a person"
    run.say(f"  will be started by: {trigger}")
    if people is not None and not found.live and not people.written:
        run.say(f"  first marks {people.marks:,} people who stand or stood in it, a call each: nothing starts it anew")
        run.say(f"  for them. {people.waiting:,} wait at a known place, {people.held:,} are held; nobody is put in.")
    for text in found.differences:
        run.say(f"  ! differs from the plan: {text}")
    for text in found.warnings:
        run.say(f"  ! {text}")
    for text in found.blocked:
        run.say(f"  blocked: {text}")
