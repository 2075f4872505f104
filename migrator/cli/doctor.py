"""`migrate doctor`: looks at every platform whose settings are present, before anything moves. Reads only."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from migrator.cli.common import Run, common_options, rate_option
from migrator.errors import EXIT_ERROR, EXIT_FINDINGS, MigrateError

if TYPE_CHECKING:
    from migrator.transport.retry import Patience

TARGET = "sequenzy"


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@rate_option
@common_options
def command(run: Run, *, names: tuple[str, ...], rate: int | None) -> None:
    """Check keys, permissions, limits and settings. Reads only.

    Looks at each source whose settings are present, and at Sequenzy; with NAMEs only at these.

    \b
    Exit code 0: all is well; 3: something needs a person; 1: a setting is missing or a platform cannot be used.

    \b
    Examples:
      migrate doctor
      migrate doctor broadcast sequenzy
      migrate doctor klaviyo
    """
    from adapters import all_sources, load_source
    from migrator.cli.settings import ENV, Settings, readable_by_others
    from migrator.errors import UsageError
    from migrator.transport.redact import redact

    known = all_sources()
    unknown = [name for name in names if name not in known and name != TARGET]
    if unknown:
        raise UsageError(f"There is nothing called {unknown[0]}", fix=f"Known: {', '.join([*known, TARGET])}.")
    settings = Settings.load(run.workspace).values
    checks: dict[str, Callable[[], dict[str, Any]]] = {}
    for name in known:
        source = load_source(name)
        if name in names or (not names and _present(source, settings)):
            checks[name] = lambda source=source: _source(source, settings, rate)  # type: ignore[misc]
    if TARGET in names or not names:
        checks[TARGET] = lambda: _target(settings, rate)
    missing = [] if names or set(checks) - {TARGET} else _nothing_set(settings)
    report: dict[str, Any] = {}
    for name, check in checks.items():
        try:
            report[name] = check()
        except MigrateError as error:
            report[name] = {"ok": False, **error.as_dict(), "sentence": redact(str(error))}
    for name, sentence in missing:
        report[name] = {"ok": False, "sentence": sentence}
    _print(run, report)
    exposed = readable_by_others(run.workspace / ENV)
    if exposed:
        run.say(f"! {exposed}")
    bad = any(not one["ok"] for one in report.values())
    warned = any(one.get("findings") for one in report.values())
    code = EXIT_ERROR if bad else EXIT_FINDINGS if warned else 0
    run.result({"ok": not bad, "exit": code, "platforms": report, "notes": [exposed] if exposed else []})
    if not bad:
        looked_at = [name for name in report if name != TARGET]
        if (run.workspace / "bundle" / "manifest.json").exists():
            run.onward()
        else:
            run.next(f"export {looked_at[0]}" if looked_at else "sources")
    if code:
        raise SystemExit(code)


def _present(source: Any, settings: Mapping[str, str]) -> bool:
    return any(settings.get(setting.variable, "").strip() for setting in source.settings)


def _nothing_set(settings: Mapping[str, str]) -> list[tuple[str, str]]:
    """With nothing set at all, each variable that a first run needs gets its sentence."""
    from adapters import all_sources, load_source
    from adapters.sequenzy.client import KEY

    if settings.get(KEY, "").strip():
        return []
    found = []
    for name in all_sources():
        source = load_source(name)
        for setting in source.settings:
            if setting.required:
                fix = f"Set it in the environment, or write {setting.variable}=... into .env in the workspace."
                why = f"Only a move from {source.title} needs it, as {setting.meaning}."
                text = f"{setting.variable} is not set. {why} {fix}"
                found.append((f"{name}: {setting.variable}", text))
    return found


def _source(source: Any, settings: Mapping[str, str], rate: int | None) -> dict[str, Any]:
    from migrator.transport.clock import SystemClock

    if not source.settings:
        return {"ok": True, "facts": {"key": "none: it reads files"}, "findings": [], "notes": []}
    reading = source.open(settings, clock=SystemClock(), rate=rate, patience=_patience())
    try:
        probe = reading.probe()
        # A platform that tells what the key may do has said it in the probe.
        ask = getattr(reading, "permissions", None)
        lacking = ask() if ask is not None else []
    finally:
        reading.close()
    facts = dict(probe.facts)
    if ask is not None and not lacking:
        facts["permissions"] = "all that an export reads"
    if probe.requests_per_minute:
        facts["limit"] = f"{probe.requests_per_minute} requests a minute"
    return {"ok": True, "facts": facts, "findings": [*probe.warnings, *lacking], "notes": []}


def _patience() -> Patience:
    """A person waits in front of the screen: two tries tell enough."""
    from migrator.transport.retry import Patience

    return Patience(attempts=2, limit_total=90.0)


def _target(settings: Mapping[str, str], rate: int | None) -> dict[str, Any]:
    from adapters.sequenzy.client import PER_MINUTE, PER_SECOND, open_target
    from migrator.load.target_checks import inspect_target
    from migrator.transport.clock import SystemClock

    api = open_target(settings, clock=SystemClock(), rate=rate, patience=_patience())
    try:
        facts = inspect_target(api)
    finally:
        api.close()
    shown = dict(facts.facts) | {"limit": f"{PER_MINUTE} requests a minute, {PER_SECOND} a second (documented)"}
    rows = [(finding.level, f"{finding.what} {finding.fix}".rstrip()) for finding in facts.findings]
    return {
        "ok": True,
        "facts": shown,
        "findings": [text for level, text in rows if level != "note"],
        "notes": [text for level, text in rows if level == "note"],
        "missing_scopes": facts.missing_scopes,
        "inventory": dataclasses.asdict(facts.inventory),
    }


def _print(run: Run, report: Mapping[str, Mapping[str, Any]]) -> None:
    for name, found in report.items():
        if not found["ok"]:
            if not run.as_json:
                run.warn(f"migrate: {found['sentence']}")
            continue
        run.say(f"{name}: reachable")
        for label, text in found["facts"].items():
            run.say(f"  {label + ':':<18} {text}")
        for text in found["findings"]:
            run.say(f"  ! {text}")
        for text in found["notes"]:
            run.say(f"  - {text}")
