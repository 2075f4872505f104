"""`migrate back`: takes a switch back as far as it can be taken back, and names whom it cannot put back."""

from __future__ import annotations

import click

from migrator.cli.alone import working
from migrator.cli.common import Run, common_options, rate_option
from migrator.cli.switching import confirm_names, desk_of, mean_option, sequence_option
from migrator.errors import EXIT_FINDINGS


@click.command()
@sequence_option
@mean_option
@rate_option
@common_options
@working(alone=True)
def command(run: Run, *, sequences: tuple[str, ...], names: tuple[str, ...], rate: int | None) -> None:
    """Take a switch back: sequences off at Sequenzy, entrances open at the source, our enrolments cancelled.

    Nobody can be put back at their step at the source. Who was taken out there is named before you confirm, and
    written to not_put_back.csv.

    Exit code 3: somebody is in neither sequence now, or an entrance has to be opened by hand.

    \b
    Example:
      migrate -C acme back --sequence 7
    """
    from migrator.cutover.back import back, begun, lost, write_lost
    from migrator.cutover.desk import groups

    with desk_of(run, rate, writes=True) as desk:
        chosen = groups(desk.work, sequences)
        known = {one.id: one for group in chosen for one in begun(desk, group.members)}
        if not known:
            run.result({"ok": True, "reopened": []})
            run.say("No switch was begun: there is nothing to take back.")
            return
        wanted = {}
        for group in chosen:
            for member in group.members:
                if member in known:
                    wanted[member] = group.operation(member).name
                    people = lost(desk, member)
                    run.say(f"{wanted[member]} (sequence {member}): {len(people):,} people cannot be put back.")
                    for person in people[:20]:
                        run.say(
                            f"  {person.email}: was at {person.lane or 'an unknown step'}, due {person.moment or '?'}"
                        )
        confirm_names(run, wanted, names, "take its switch back")
        done = back(desk, chosen)
    run.result(done.facts())
    run.say(f"Taken back: {', '.join(done.reopened)}. {done.cancelled:,} enrolments cancelled at Sequenzy.")
    for text in done.kept:
        run.say(f"! {text}.")
    for member in done.by_hand:
        run.say(f"! Open the entrances of sequence {member} by hand: they were closed by hand.")
    if done.not_put_back:
        path = write_lost(run.workspace, done.not_put_back)
        run.say(f"! {len(done.not_put_back):,} people are in neither sequence now: {path.name} names them.")
    run.onward()
    if done.not_put_back or done.kept or done.by_hand:
        raise SystemExit(EXIT_FINDINGS)
