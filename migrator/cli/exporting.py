"""What the export commands share: check what is asked for, run the export, tell what was found. One file a source
holds its options."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from migrator.cli.common import Run
from migrator.errors import BundleError, NeedsPerson, UsageError

COLLECTIONS = (
    *("contacts", "enrolments", "suppressions", "campaigns", "lists", "segments", "forms", "other"),
    *("sequences", "templates"),
)
_DELTA = (
    "A delta is for reading: who and what changed, and what is gone, in the last hours before the switch. No command "
    "loads it. To bring the changes over, export the whole account again and plan that."
)


def run_export(
    run: Run,
    *,
    platform: str,
    title: str,
    open_reading: Callable[..., Any],
    only: str | None = None,
    sequences: tuple[str, ...] = (),
    since_bundle: Path | None = None,
    fresh: bool = False,
) -> None:
    """`open_reading` gets the settings and the clock and gives an opened account (or set of files)."""
    from adapters.base import Wanted
    from migrator.bundle import Bundle
    from migrator.cli.settings import Settings
    from migrator.export.overrides import write_gaps
    from migrator.export.progress import Bars, Events, Lines, Silent
    from migrator.export.run import export
    from migrator.export.summary import summarise
    from migrator.transport.clock import SystemClock
    from migrator.transport.stop import StopFlag, stopping_on_signals

    wanted = Wanted(_names(only), tuple(dict.fromkeys(sequences)))
    settings = Settings.load(run.workspace)
    since = Bundle.open(since_bundle) if since_bundle else None
    if since is not None and since.manifest.source.platform != platform:
        raise BundleError(f"The older bundle is not of {title}", where=str(since_bundle), fix="Name another one.")
    folder = run.workspace / ("bundle" if since is None else "delta")
    if since is None:
        _same_source(folder, platform)
    watcher = Events() if run.as_json else Bars() if run.progress else Silent() if run.quiet else Lines()
    with stopping_on_signals(StopFlag()) as stop:
        clock = SystemClock(stop)
        reading = open_reading(settings.values, clock=clock)
        try:
            done = export(reading, folder, clock=clock, watcher=watcher, wanted=wanted, fresh=fresh, since=since)
        finally:
            reading.close()
            watcher.close()
    bundle = Bundle.open(done.folder)
    summary = summarise(bundle)
    form = write_gaps(run.workspace, bundle.sequences())
    run.result({"ok": True, "folder": str(done.folder), "gaps": str(form) if form else None, **summary.facts})
    for line in summary.lines:
        run.say(line)
    if form is not None:
        run.say(f"\nGaps to fill in: {form}")
    if since is None:
        run.onward()
    else:
        run.say(f"\n{_DELTA}")
        run.next(f"export {platform}")
    if summary.findings and not run.as_json:
        raise NeedsPerson("The bundle is complete as far as it could be read", fix="Look at what is named above.")
    if summary.findings:
        raise SystemExit(NeedsPerson.exit_code)


def _same_source(folder: Path, platform: str) -> None:
    """A bundle of another source, with all that was planned and loaded from it, is not replaced by a slip of -C."""
    from migrator.bundle import Bundle

    if not (folder / "manifest.json").exists():
        return
    try:
        there = Bundle.open(folder).manifest
    except BundleError:
        return  # damaged or of another version: a new export mends it
    if there.adapter != platform:
        raise UsageError(
            "The workspace holds a bundle of another source",
            where=str(folder),
            why=f"it was exported from {there.source.account or there.source.host or 'files'} by {there.adapter}",
            fix="Name another workspace with -C, or move that bundle away first.",
        )


def _names(only: str | None) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in (only or "").split(",") if name.strip()))
    unknown = [name for name in names if name not in COLLECTIONS]
    if unknown:
        known = ", ".join(COLLECTIONS)
        raise UsageError(f"No such collection: {', '.join(unknown)}", fix=f"There are {known}.")
    return names
