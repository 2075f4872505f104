"""`migrate cutover`: the switch of live sequences from the source to Sequenzy, shown first, then done step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from migrator.cli.alone import working
from migrator.cli.common import Run, common_options, rate_option
from migrator.cli.switching import confirm_names, desk_of, mean_option, sequence_option
from migrator.errors import EXIT_FINDINGS

if TYPE_CHECKING:
    from migrator.cutover.desk import Desk, Group
    from migrator.cutover.journal import Way
    from migrator.cutover.switch import Outcome
    from migrator.cutover.switch_plan import Planned

OLD_HOURS = 3.0
WAYS = ("move", "mixed", "drain", "stop")


@click.command()
@click.option("--dry-run", is_flag=True, help="Show what would be done, and change nothing.")
@sequence_option
@click.option(
    "--way",
    type=click.Choice(WAYS),
    help="mixed (usual): who is certain continues at Sequenzy, the others finish at the source. "
    "move: only if everybody can continue. drain: everybody finishes at the source. stop: it ends for everybody.",
)
@click.option(
    "--pilot", metavar="N", type=click.IntRange(min=1), help="Move so many people of each sequence, and stop."
)
@click.option("--closed-by", "by_hand", metavar="YOUR NAME", default="", help="You closed the entrances yourself.")
@mean_option
@rate_option
@common_options
@working(alone=True)
def command(
    run: Run,
    *,
    dry_run: bool,
    sequences: tuple[str, ...],
    way: str | None,
    pilot: int | None,
    by_hand: str,
    names: tuple[str, ...],
    rate: int | None,
) -> None:
    """Switch sequences from the source to Sequenzy. Shows the plan first, then asks for each sequence's name.

    Closes the ways in at the source, checks that nobody fell out, enables the sequence at Sequenzy, and moves the
    people inside to the step where they are. The sequence stays on at the source for those who finish there. Run the
    same command again after any stop: it goes on where it was.

    Exit code 3: something needs a person. `migrate stop` switches everything off; `migrate back` takes it back.

    \b
    Example:
      migrate -C acme cutover --dry-run
      migrate -C acme cutover --sequence 7 --pilot 5
    """
    from migrator.cutover.desk import groups
    from migrator.cutover.journal import Way
    from migrator.cutover.switch import Switch
    from migrator.cutover.switch_plan import plan_switch

    with desk_of(run, rate, writes=not dry_run) as desk:
        chosen = groups(desk.work, sequences)
        usual = Way.MIXED if desk.source is not None else Way.DRAIN
        ways = _ways(desk, chosen, Way(way) if way else None, usual)
        planned = plan_switch(desk, chosen, ways, pilot)
        _show(run, desk, planned, by_hand)
        ready = _ready(desk, chosen, planned, named=bool(sequences))
        blocked = [one for one in planned if one.blocked]
        if dry_run:
            run.result({"ok": True, "dry_run": True, "plan": [one.facts() for one in planned]})
            _end(run, bool(blocked))
            return
        open_ids = {one.id for one in planned if one.open}
        ready = [group for group in ready if open_ids & set(group.members)]
        open_ones = [one for one in planned if one.open and any(one.id in group.members for group in ready)]
        if open_ones:
            _may_write(desk, by_hand)
            confirm_names(run, {one.id: one.name for one in open_ones}, names, f"switch it ({open_ones[0].way})")
        outcome = Switch(desk, ways, pilot=pilot, by_hand=by_hand).run(ready)
        left = _tell(run, desk, planned, outcome)
    _end(run, bool(blocked) or left)


def _ways(desk: Desk, chosen: list[Group], asked: Way | None, usual: Way) -> dict[str, Way]:
    """A switch that was begun goes on in its own way."""
    from migrator.cutover.journal import Phase, Way
    from migrator.errors import UsageError

    found: dict[str, Way] = {}
    for group in chosen:
        for member in group.members:
            known = desk.journal.sequence(member)
            begun = known is not None and known.phase is not Phase.REOPENED
            if known is not None and begun and asked is not None and known.way is not asked:
                raise UsageError(
                    "This sequence is being switched in another way",
                    where=member,
                    why=f"it was begun with {known.way}",
                    fix=f"Take --way {known.way}, or take it back first (migrate back).",
                )
            found[member] = known.way if known is not None and begun else asked or usual
    if desk.source is None and (bad := [way for way in found.values() if way in (Way.MOVE, Way.MIXED)]):
        raise UsageError(
            f"--way {bad[0]} needs a source that can be switched by calls",
            why="nothing here can take people out there",
            fix="Take --way drain (everybody finishes there) or --way stop.",
        )
    return found


def _may_write(desk: Desk, by_hand: str) -> None:
    from migrator.errors import NeedsPerson

    lacks = desk.source.lacks() if desk.source is not None else ("it has no calls for this",)
    if lacks and not by_hand:
        raise NeedsPerson(
            "The source cannot be switched with this key",
            why="; ".join(lacks),
            fix="Give the key these permissions. Or do by hand what is shown above, then add --closed-by 'Your name'.",
        )


def _ready(desk: Desk, chosen: list[Group], planned: list[Planned], *, named: bool) -> list[Group]:
    """Groups in which nothing is blocked. One that was named and is blocked is an error; others wait."""
    from migrator.errors import NeedsPerson

    blocked = {one.id: one for one in planned if one.blocked}
    if named and blocked:
        first = next(iter(blocked.values()))
        raise NeedsPerson(
            "This sequence must not be switched yet",
            where=first.name,
            why="; ".join(first.blocked),
            fix="Settle what is named, at Sequenzy or in mappings.toml, then try again.",
        )
    return [group for group in chosen if not blocked.keys() & set(group.members)]


def _show(run: Run, desk: Desk, planned: list[Planned], by_hand: str) -> None:
    from migrator.cutover.by_hand import guide

    if age := _age(run, desk):
        run.say(age)
    for one in planned:
        state = f", begun: {one.phase}" if one.phase else ""
        run.say(f"{one.name} (sequence {one.id}), way {one.way}{state}")
        run.say(
            f"  {one.inside:,} inside = {one.continues:,} continue at Sequenzy + {one.finishes:,} finish at the source "
            f"+ {one.ends:,} end + {one.listed:,} need you"
            + (f" + {one.after_pilot:,} after the pilot" if one.after_pilot else "")
        )
        for step, count in sorted(one.where.items()):
            run.say(f"    {count:,} continue at step {step}")
        for reason, count in sorted(one.reasons.items(), key=lambda item: -item[1]):
            run.say(f"    {count:,}: {reason}")
        run.say("  Newcomers: at Sequenzy from now on.")
        for text in one.entrances:
            run.say(f"    closes {text}")
        for text in one.unseen:
            run.say(f"    ! {text}")
        if one.finishes:
            last = f"{one.last_leaves:%Y-%m-%d %H:%M} UTC at the latest" if one.last_leaves else "nobody can tell when"
            run.say(f"  The last one leaves the source: {last}. Keep the old account until then.")
        if one.group:
            run.say(f"  Goes together with {', '.join(each for each in one.group if each != one.id)}.")
        run.say(
            f"  {one.source_requests:,} requests to the source, {one.target_requests:,} to Sequenzy, about "
            f"{one.minutes:,} min"
        )
        for text in one.warnings:
            run.say(f"  ! {text}")
        for text in one.blocked:
            run.say(f"  blocked: {text}")
        if desk.source is None or by_hand or desk.source.lacks():
            for text in guide(desk.platform, one.way, one.name):
                run.say(f"  by hand: {text}")
    if any(one.continues for one in planned):
        run.say("Until the first person is taken out at the source, `migrate back` undoes everything. After that it")
        run.say("cannot put those people back at their step: it names them.")


def _age(run: Run, desk: Desk) -> str:
    """In words, when the account was read too long ago for many people to be where it says."""
    from migrator.bundle import Bundle

    hours = (desk.now() - Bundle.open(run.workspace / "bundle").manifest.exported_at).total_seconds() / 3600
    if hours < OLD_HOURS:
        return ""
    return (
        f"! The account was read {hours:,.0f} hours ago. People who moved on since finish at the source. "
        "Export, plan and load again first, and more people continue."
    )


def _tell(run: Run, desk: Desk, planned: list[Planned], outcome: Outcome) -> bool:
    """True when somebody needs a person."""
    from migrator.cutover.journal import MOVING, Fate

    run.result({"ok": True, **outcome.facts(), "plan": [one.facts() for one in planned]})
    for one in planned:
        if tally := outcome.tally.get(one.id):
            run.say(f"{one.name}: {', '.join(f'{count:,} {fate}' for fate, count in sorted(tally.items()))}")
    listed = desk.journal.people(None, Fate.LISTED, *MOVING)
    for reason in sorted({person.reason or "They are on their way: run the same command again." for person in listed}):
        run.say(f"! {sum((person.reason or reason) == reason for person in listed):,} people: {reason}")
    return bool(listed) or any(outcome.waiting.values())


def _end(run: Run, needs_person: bool) -> None:
    run.onward()
    if needs_person:
        raise SystemExit(EXIT_FINDINGS)
