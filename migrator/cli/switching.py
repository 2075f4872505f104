"""What `cutover` and `back` share: the workspace opened with both platforms, and the names a person types."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

import click

from migrator.cli.common import Run
from migrator.errors import NeedsPerson, UsageError

if TYPE_CHECKING:
    from adapters.base import SourceSwitch
    from migrator.cutover.desk import Desk
    from migrator.transport.clock import Clock

sequence_option = click.option(
    "--sequence", "sequences", metavar="ID", multiple=True, help="Source id; may be repeated. Otherwise all of them."
)
mean_option = click.option(
    "--yes-i-mean", "names", metavar="NAME", multiple=True, help="A sequence's name, instead of typing it."
)


@contextlib.contextmanager
def desk_of(run: Run, rate: int | None, *, writes: bool) -> Iterator[Desk]:
    """`writes`: keeps other runs out, here and at the target, while the block runs."""
    from adapters.sequenzy.client import open_target
    from migrator.bundle import Bundle
    from migrator.cli.progress import watcher_for
    from migrator.cli.settings import Settings
    from migrator.cutover.desk import Desk
    from migrator.cutover.journal import Journal
    from migrator.load.belonging import belongs
    from migrator.load.checkpoint import Checkpoint
    from migrator.load.run import preflight
    from migrator.load.target_lock import TargetLock
    from migrator.load.work import Work
    from migrator.plan.open_plan import open_fresh
    from migrator.transport.clock import SystemClock
    from migrator.transport.stop import StopFlag, stopping_on_signals

    opened = open_fresh(run.workspace)
    platform = str(Bundle.open(run.workspace / "bundle").manifest.source.platform)
    stop = StopFlag()
    clock = SystemClock(stop)
    with contextlib.ExitStack() as stack:
        settings = Settings.load(run.workspace).values
        api = open_target(settings, clock=clock, rate=rate)
        stack.callback(api.close)
        source = source_switch(platform, settings, clock, rate)
        if source is not None:
            stack.callback(source.close)
        checkpoint = stack.enter_context(Checkpoint.open(run.workspace, clock=clock))
        journal = stack.enter_context(Journal.open(run.workspace, clock=clock))
        watcher = stack.enter_context(watcher_for(run))
        target = preflight(opened, api, None)
        belongs(opened, checkpoint, target.identity, adopt=False)
        work = Work(opened, api, checkpoint, watcher=watcher, contract=target.contract)
        work.contacts_there = target.inventory.contacts or 0
        stack.enter_context(stopping_on_signals(stop))
        if writes:
            stack.enter_context(TargetLock(work, target.inventory.sequences))
        yield Desk(run.workspace, work, journal, source, platform)


def source_switch(platform: str, settings: Mapping[str, str], clock: Clock, rate: int | None) -> SourceSwitch | None:
    """None where nothing can be switched by calls."""
    import importlib

    from adapters import SOURCES
    from adapters.base import Switchable

    if platform not in SOURCES:
        return None
    module, _, name = SOURCES[platform].partition(":")
    source = getattr(importlib.import_module(module), name)()
    return source.open_switch(settings, clock=clock, rate=rate) if isinstance(source, Switchable) else None


def confirm_names(run: Run, wanted: dict[str, str], names: Collection[str], what: str) -> None:
    """`wanted`: source id to name. Each is typed, or given by --yes-i-mean. Raises before anything is done."""
    given = {name.strip() for name in names}
    if given and (missing := [name for name in wanted.values() if name.strip() not in given]):
        raise UsageError("A sequence is not named", where=missing[0], fix="Give --yes-i-mean for each of them.")
    if not given and run.as_json:
        raise NeedsPerson("With --json nobody can be asked", fix="Add --yes-i-mean NAME for each sequence.")
    for source_id, name in wanted.items():
        typed = name if given else str(click.prompt(f"Type the name of sequence {source_id} to {what}"))
        if typed.strip() != name.strip():
            raise UsageError("That is not the sequence's name", where=source_id, fix="Type it exactly as shown.")
