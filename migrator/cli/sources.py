"""`migrate sources`: what each source can give, read from the adapters' own descriptions."""

from __future__ import annotations

from typing import Any

import click

from migrator.cli.common import Run, common_options


@click.command(epilog="Example:\n\n  migrate sources broadcast", short_help="What each source can give.")
@click.argument("name", required=False)
@common_options
def command(run: Run, name: str | None) -> None:
    """What each source can give, by API and by file, and what no interface of it tells.

    With the NAME of a source: also the settings it reads. Touches nothing.
    """
    from adapters import all_sources, load_source
    from migrator.errors import UsageError

    known = all_sources()
    if name is not None and name not in known:
        raise UsageError(f"There is no source called {name}", fix=f"Known: {', '.join(known)}.")
    sources = [load_source(key) for key in ([name] if name else known)]
    run.result({"sources": [_facts(source) for source in sources]})
    for source in sources:
        run.say(f"{source.title}  (migrate export {source.name})")
        for item in source.readable:
            run.say(f"  {item.collection:<13} {item.how:<5} {item.limits}".rstrip())
        for sentence in source.cannot:
            run.say(f"  not readable: {sentence}")
        if name:
            for setting in source.settings:
                need = "" if setting.required else " (optional)"
                run.say(f"  {setting.variable}{need}: {setting.meaning}")
        run.say()
    run.say("Any other tool can write a bundle too: docs/bundle.md describes the format.")


def _facts(source: Any) -> dict[str, Any]:
    return {
        "name": source.name,
        "title": source.title,
        "readable": [{"collection": i.collection, "how": i.how, "limits": i.limits} for i in source.readable],
        "cannot": list(source.cannot),
        "settings": [
            {"variable": s.variable, "meaning": s.meaning, "secret": s.secret, "required": s.required}
            for s in source.settings
        ],
    }
