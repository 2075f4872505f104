"""`migrate plan`: the bundle and mappings.toml compiled into a plan, offline. What it prints fits on one screen."""

from __future__ import annotations

import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from migrator.cli.alone import working
from migrator.cli.common import Run, common_options
from migrator.errors import EXIT_FINDINGS, PlanError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.plan.answers.questions import Question
    from migrator.plan.answers.risk import Risks
    from migrator.plan.diff import Standing
    from migrator.plan.make import Made

_MOST = 8
_PLURAL = {
    "entry_filter": "entry filters",
    "exit_rule": "exit rules",
    "email_filter": "rules about who gets the emails",
    "re_entry": "re-entry rules",
    "sending_window": "sending windows",
    "consent_state": "people",
    "profile": "profile fields",
    "enrolment": "positions",
    "other": "other things",
    "unread": "unread things",
}


@click.command(
    epilog="Example:\n\n  migrate -C acme plan\n\nExit codes: 0 nothing is open, 3 a person must decide something.",
    short_help="Compile bundle and mappings into a plan, offline.",
)
@click.option(
    "--diff",
    "older",
    metavar="OLD",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Say in words what differs from the plan in the folder OLD.",
)
@common_options
@working(alone=True)
def command(run: Run, *, older: Path | None) -> None:
    """Compile the workspace's bundle and mappings.toml into a plan. Touches no platform.

    The first plan writes every open question into mappings.toml, with the default that holds until you answer.
    """
    import msgspec

    from migrator.bundle import Bundle
    from migrator.load.newer.before_planning import keep_loaded
    from migrator.plan.answers.mappings_file import NAME, load
    from migrator.plan.answers.questions import add_questions, open_questions
    from migrator.plan.diff import Standing, differences
    from migrator.plan.emails.ahead import usable_cores
    from migrator.plan.make import make_plan
    from migrator.plan.open_plan import OpenPlan
    from migrator.transport.clock import SystemClock

    bundle = Bundle.open(run.workspace / "bundle")
    mappings, folder = run.workspace / NAME, run.workspace / "plan"
    settings = load(mappings)
    before = Standing.of(OpenPlan.open(_plan_in(older))) if older else _former(folder)
    tell = _tell if run.progress else None
    marker = keep_loaded(run.workspace, msgspec.to_builtins(bundle.manifest.source), clock=SystemClock())
    made = make_plan(bundle, settings, folder, where=str(mappings), tell=tell, processes=usable_cores(), marker=marker)
    opened = OpenPlan.open(folder, check=False)
    asked = add_questions(mappings, open_questions(made.ledger.entries))
    changes = differences(before, Standing.of(opened)) if before else []
    run.result(_facts(run, made, opened.hash, asked, changes))
    if older:
        _print_changes(run, changes, len(changes))
    else:
        _print_plan(run, made, asked)
        if before:
            _print_changes(run, changes, _MOST)
    if made.ledger.questions:
        run.say("Answer what you can in mappings.toml and plan again; what stays open is marked in the report.")
    run.onward()
    if made.ledger.questions:
        raise SystemExit(EXIT_FINDINGS)


def _plan_in(place: Path) -> Path:
    """A folder with a plan, or a workspace with one."""
    inner = place / "plan"
    return inner if (inner / "plan.json").is_file() and not (place / "plan.json").is_file() else place


def _former(folder: Path) -> Standing | None:
    """The plan that is about to be replaced; a damaged or older one is no reason not to make a new one."""
    from migrator.plan.diff import Standing
    from migrator.plan.open_plan import OpenPlan

    try:
        return Standing.of(OpenPlan.open(folder, check=False))
    except PlanError:
        return None


def _print_plan(run: Run, made: Made, asked: list[Question]) -> None:
    from migrator.plan.size import RATE, size_of

    plan = made.plan
    run.say(f"Planned {plan.source.get('account') or plan.source.get('platform')}, marked {plan.marker}.\n")
    run.say(f"{'':<17}{'found':>9}{'exact':>9}{'changed':>9}{'by hand':>9}{'dropped':>9}")
    for kind, verdicts in plan.verdicts.items():
        exact, changed, manual, dropped = (verdicts[name] for name in ("exact", "changed", "manual", "dropped"))
        cells = "".join(f"{count or '-':>9,}" if count else f"{'-':>9}" for count in (exact, changed, manual, dropped))
        name = _PLURAL.get(kind, kind.replace("_", " ") + "s").capitalize()
        run.say(f"{name:<17}{sum(verdicts.values()):>9,}{cells}")
    people = plan.people
    run.say(
        f"\nPeople: {people.read:,} read = {people.planned:,} planned + {people.rejected:,} rejected"
        f" + {people.merged:,} merged with another row of theirs"
    )
    for state, flow in people.flow.items():
        said = ", ".join(f"{count:,} {status}" for status, count in sorted(flow.items()))
        run.say(f"  {state.replace('_', ' ')}: {said}")
    if people.from_suppressions:
        run.say(f"  only on a do-not-send list: {people.from_suppressions:,} unsubscribed")
    for line in _people_inside(made):
        run.say(line)
    size = size_of(plan)
    run.say(
        f"\nLoading it takes about {size.calls:,} calls, {size.minutes:,} min at {RATE} a minute;"
        f" {size.bytes / 1e6:,.1f} MB on disk."
    )
    for hold in made.plan.holds:
        run.say(textwrap.fill(f"Nobody is loaded before this is settled: {hold}.", 118, subsequent_indent="  "))
    _print_questions(run, made, asked)


def _people_inside(made: Made) -> Iterator[str]:
    from migrator.plan.people_inside import people_inside, together
    from migrator.report.terminal import inside_table
    from migrator.report.words import plural, title

    inside = {key: one for key, one in people_inside(made.ledger.entries).items() if one.people}
    if not inside:
        return
    names = {one.sequence_id: one.label for one in made.ledger.entries if one.kind == "sequence"}
    whole = together(inside.values())
    platform = title(str(made.plan.source.get("platform") or "the source"))
    yield f"\n{plural(whole.people, 'person')} in sequences now: {whole.words(platform)}."
    rows = [(names.get(key) or key, one.continues, one.finishes, one.needs_you) for key, one in inside.items()]
    yield from inside_table(rows)


def _print_questions(run: Run, made: Made, asked: list[Question]) -> None:
    first = made.ledger.questions
    if not first:
        run.say("\nNothing is open: no construct needs a person.")
        return
    run.say(f"\nA person is needed for {len(first):,} entries, the first of them:")
    for entry in first[:_MOST]:
        finding = next(one for one in entry.findings if one.verdict.value == "manual")
        text = f"  - {entry.kind.replace('_', ' ')} {entry.label}: {finding.reason}"
        run.say(text if len(text) <= 118 else f"{text[:117]}…")
    if asked:
        were = "question was" if len(asked) == 1 else "questions were"
        run.say(f"{len(asked):,} {were} added to mappings.toml, each with its default.")


def _print_changes(run: Run, changes: list[str], most: int) -> None:
    if not changes:
        run.say("\nNo difference to the plan before.")
        return
    run.say(f"\nDifferent from the plan before ({len(changes):,}):")
    for sentence in changes[:most]:
        run.say(f"  - {sentence}")
    if len(changes) > most:
        run.say(f"  ... and {len(changes) - most:,} more: migrate plan --diff with a copy of the old plan")


def _facts(run: Run, made: Made, plan_hash: str, asked: list[Question], changes: list[str]) -> dict[str, object]:
    import msgspec

    from migrator.plan.answers.risk import Risks
    from migrator.plan.people_inside import people_inside
    from migrator.plan.size import size_of

    size, risks = size_of(made.plan), Risks(made.ledger.entries)
    return {
        "ok": True,
        "folder": str(run.workspace / "plan"),
        "plan": plan_hash,
        "bundle": made.plan.bundle_hash,
        "mappings": made.plan.mappings_hash,
        "marker": made.plan.marker,
        "verdicts": made.plan.verdicts,
        "people": msgspec.to_builtins(made.plan.people),
        "inside": {key: asdict(one) for key, one in people_inside(made.ledger.entries).items()},
        "rejected": made.rejected,
        "calls": size.calls,
        "minutes": size.minutes,
        "bytes": size.bytes,
        "needs_person": len(made.ledger.questions),
        "questions_added": [_question(one, risks) for one in asked],
        "changes": changes,
    }


def _question(question: Question, risks: Risks) -> dict[str, str]:
    """The whole line only where copying it can mail nobody."""
    from migrator.plan.answers.risk import setting_of

    risk = risks.of(question.line)
    facts = {"setting": setting_of(question.line), "risk": risk.value}
    return facts | ({"line": question.line} if risk.copied else {})


def _tell(what: str) -> None:
    click.echo(f"{what} ...", err=True)
