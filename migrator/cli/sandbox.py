"""`migrate sandbox`: serves the local platforms until interrupted. What they do is in migrator/sandbox."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from migrator.cli.common import Run, common_options
from migrator.errors import SettingsError, UsageError
from migrator.sandbox.sources import PLATFORMS

if TYPE_CHECKING:
    from migrator.sandbox.klaviyo.app import KlaviyoSandbox
    from migrator.sandbox.web import App

T = TypeVar("T")

SETTINGS = {
    "broadcast": ("BROADCAST_HOST", "BROADCAST_API_TOKEN"),
    "klaviyo": ("KLAVIYO_API_URL", "KLAVIYO_API_KEY"),
    "sequenzy": ("SEQUENZY_API_URL", "SEQUENZY_API_KEY"),
}
"""The names that a workspace's .env has for a platform's address and key."""

EXAMPLE = """
\b
Examples:
  migrate sandbox both
  migrate sandbox broadcast --contacts 2000 --profile current --port 4010
  migrate sandbox klaviyo --contacts 500
  migrate sandbox mailerlite --contacts 500 --fault kind=500,nth=3
  migrate sandbox sequenzy --contract seed --fault kind=429,nth=5
  migrate sandbox sequenzy --state sequenzy.json --set double_opt_in=true
"""


@click.command(epilog=EXAMPLE, short_help="Serve local platforms to try things on.")
@click.argument("platform", type=click.Choice(["broadcast", "klaviyo", "sequenzy", "both", *PLATFORMS]))
@click.option(
    "--port", type=click.IntRange(0, 65535), help="0 or absent: a free one. With `both`, the next port serves Sequenzy."
)
@click.option("--key", metavar="KEY", help="The key to answer to. Default: a new one at each start.")
@click.option(
    "--profile",
    type=click.Choice(["seed", "legacy", "current"]),
    default="current",
    help="Which Broadcast server generation.",
)
@click.option("--contract", type=click.Choice(["seed", "current"]), default="current", help="Which Sequenzy contract.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Broadcast's account as a JSON file; made there when absent.",
)
@click.option("--contacts", type=click.IntRange(min=0), default=600, help="Size of the generated source account.")
@click.option("--sequences", type=click.IntRange(min=0), help="How many sequences it has (default: one of every kind).")
@click.option("--seed", type=int, default=1, help="The same seed makes the same account.")
@click.option(
    "--state",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Sequenzy's state: loaded when present, saved at the end.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="KEY=VALUE,...",
    help="Misbehave: kind=, route=, nth=, ... (repeatable).",
)
@click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE", help="Turn one of the platform's switches (repeatable)."
)
@click.option("--no-limits", is_flag=True, help="Enforce no request limits.")
@common_options
def command(run: Run, platform: str, port: int | None, **options: Any) -> None:
    """Serve local platforms on 127.0.0.1 until you press Ctrl-C.

    Prints one line of JSON with each platform's address and key, then the lines for a workspace's .env. The
    platforms keep the documented rules of the real ones and send nothing. Their clock is the present and can be
    sent ahead: POST /_sandbox/clock {"advance":"2d"}, GET /_sandbox/outbox.
    """
    names = ["broadcast", "sequenzy"] if platform == "both" else [platform]
    if platform == "both" and (options["settings"] or options["faults"] or options["key"]):
        raise UsageError(
            "--set, --fault and --key are about one platform",
            where="both",
            fix="Serve the two by commands of their own: migrate sandbox broadcast, migrate sandbox sequenzy.",
        )
    from migrator.transport.stop import StopFlag, stopping_on_signals

    with ExitStack() as stack:
        line: dict[str, dict[str, str]] = {}
        settings: list[str] = []
        for offset, name in enumerate(names):
            app: App
            if name == "broadcast":
                app, facts = broadcast(options, alone=platform != "both")
            elif name == "klaviyo":
                app, facts = klaviyo(options)
            elif name in PLATFORMS:
                app, facts = table_driven(name, options)
            else:
                app, facts = sequenzy(stack, options, alone=platform != "both")
            base, host, key = facts.pop("base", ""), *SETTINGS.get(name, (facts.pop("host", ""), facts.pop("key", "")))
            line[name] = {"url": _serve(stack, app, port + offset if port else 0) + base, **facts}
            settings += [f"{host}={line[name]['url']}", f"{key}={facts['token']}"]
        # Before the line is printed: a reader of the line may stop us at once.
        with stopping_on_signals(StopFlag()) as stop:
            # The one line of JSON is the result in every mode; what a person copies goes beside it.
            click.echo(json.dumps(line if platform == "both" else line[platform]))
            if not run.as_json and not run.quiet:
                click.echo("\n".join(["Put these lines into the .env of a workspace:", *settings]), err=True)
            while not stop.wait(3600):
                pass


def broadcast(options: dict[str, Any], *, alone: bool) -> tuple[App, dict[str, str]]:
    import msgspec

    from migrator.sandbox.broadcast.account import Account, fresh_tokens
    from migrator.sandbox.broadcast.app import BroadcastSandbox
    from migrator.sandbox.broadcast.generate import generate
    from migrator.sandbox.broadcast.switches import Fault, Switches
    from migrator.sandbox.present import OnPresentClock

    wanted: dict[str, Any] = {"enforce_rate_limit": not options["no_limits"]}
    if alone:
        wanted |= _pairs(options["settings"])
        if options["faults"]:
            wanted["faults"] = [_fault({"route": "*"} | _words(fault), Fault) for fault in options["faults"]]
    base = msgspec.to_builtins(Switches.for_profile(options["profile"]))
    try:
        switches = msgspec.convert(base | msgspec.to_builtins(wanted), Switches)
    except msgspec.ValidationError as error:
        known = ", ".join(Switches.__struct_fields__)
        raise UsageError("A switch is wrong", where="--set", why=str(error), fix=f"Known: {known}.") from None
    data: Path | None = options["data"]
    if data is not None and data.exists():
        try:
            account = Account.load(data)
        except (OSError, msgspec.MsgspecError) as error:
            raise SettingsError(
                "The account's file cannot be read", where=data.name, why=type(error).__name__
            ) from None
    else:
        many = {} if options["sequences"] is None else {"sequences": options["sequences"]}
        account = generate(
            contacts=options["contacts"], seed=options["seed"], now=_now(), clock_wait=switches.clock_wait, **many
        )
        if data is not None:
            account.save(data)
    account.tokens = fresh_tokens(account.tokens)
    keys = {token.type: value for value, token in account.tokens.items()}
    token = keys.get("channel_scoped", next(iter(keys.values())))
    if options["key"]:
        account.tokens[options["key"]] = account.tokens.pop(token)
        token = options["key"]
    admin = {"admin_token": keys["admin_cross_channel"]} if "admin_cross_channel" in keys else {}
    app = BroadcastSandbox(account, profile=options["profile"], switches=switches)
    runtime = app.runtime
    present = OnPresentClock(app, lambda: runtime.now, runtime.advance_to)
    return present, {"token": token, **admin, "channel_id": str(account.channel["id"])}


def klaviyo(options: dict[str, Any]) -> tuple[KlaviyoSandbox, dict[str, str]]:
    from migrator.sandbox.klaviyo.app import KlaviyoSandbox
    from migrator.sandbox.klaviyo.generate import generate
    from migrator.sandbox.klaviyo.switches import Fault, Switches

    many = {} if options["sequences"] is None else {"flows": options["sequences"]}
    account = generate(options["contacts"], seed=options["seed"], **many)
    switches = _switches(options, Switches, Fault)
    app = KlaviyoSandbox(account, switches=switches, **({"key": options["key"]} if options["key"] else {}))
    return app, {"token": app.key}


def table_driven(name: str, options: dict[str, Any]) -> tuple[App, dict[str, str]]:
    from importlib import import_module

    from migrator.sandbox.sources.server import Fault, SourceSandbox, Switches

    module, _, made_by = PLATFORMS[name].partition(":")
    platform = getattr(import_module(module), made_by)(options["contacts"])
    platform.key = options["key"] or platform.key
    host, key = platform.settings
    app = SourceSandbox(platform, switches=_switches(options, Switches, Fault))
    return app, {"token": platform.key, "base": platform.base, "host": host, "key": key}


def _switches(options: dict[str, Any], kind: type[T], fault: type[Any]) -> T:
    """The switches of a local source, as --set, --fault and --no-limits name them."""
    import msgspec

    wanted = {"enforce_limits": not options["no_limits"], **_pairs(options["settings"])}
    names = [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]
    if unknown := set(wanted) - set(names):
        why = f"unknown: {', '.join(unknown)}"
        raise UsageError("A switch is wrong", where="--set", why=why, fix=f"Known: {', '.join(names)}.")
    try:
        faults = [_fault(_words(told), fault) for told in options["faults"]]
        return msgspec.convert({**wanted, "faults": faults}, kind)
    except msgspec.ValidationError as error:
        raise UsageError("A switch is wrong", where="--set", why=str(error)) from None


def sequenzy(stack: ExitStack, options: dict[str, Any], *, alone: bool) -> tuple[App, dict[str, str]]:
    from migrator.sandbox.present import OnPresentClock
    from migrator.sandbox.sequenzy.app import SequenzySandbox
    from migrator.sandbox.sequenzy.control_routes import advance
    from migrator.sandbox.sequenzy.faults import Fault
    from migrator.sandbox.sequenzy.keys import Limits

    faults, settings = (options["faults"], options["settings"]) if alone else ((), ())
    state: Path | None = options["state"]
    if state is not None and state.exists():
        try:
            json.loads(state.read_bytes())
        except (OSError, ValueError) as error:
            raise SettingsError("The state's file cannot be read", where=state.name, why=type(error).__name__) from None
    try:
        app = SequenzySandbox(
            contract=options["contract"],
            keys={options["key"]: "full_access"} if options["key"] else None,
            seed=options["seed"],
            state_file=state,
            now=None if state is not None and state.exists() else _now(),
            faults=[_fault(_words(fault), Fault) for fault in faults],
            limits=None if options["no_limits"] else Limits(),
            settings=_pairs(settings),
        )
    except (TypeError, ValueError) as error:
        raise UsageError("A switch of the local Sequenzy is wrong", where="--set", why=str(error)) from None
    stack.callback(app.save)
    present = OnPresentClock(app, lambda: app.state.now, lambda moment: advance(app, moment))
    return present, {"token": next(iter(app.keys))}


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _serve(stack: ExitStack, app: App, port: int) -> str:
    from migrator.sandbox.server import serving

    try:
        return stack.enter_context(serving(app, port))
    except OverflowError:
        raise UsageError(
            "Sequenzy would need the port after the last one", where="--port 65535", fix="Choose a lower port."
        ) from None
    except OSError as error:
        raise UsageError(
            "The port cannot be used",
            where=f"--port {port}",
            why=error.strerror or "it is taken",
            fix="Choose another port, or leave --port out for a free one.",
        ) from None


def _words(text: str) -> dict[str, str]:
    """`kind=500,nth=2` as it stands; the fault's own fields say what is a number."""
    return {name.strip(): value for name, _, value in (part.partition("=") for part in text.split(","))}


def _fault(words: dict[str, str], kind: type[T]) -> T:
    import msgspec

    known = [field.name for field in msgspec.inspect.type_info(kind).fields]  # type: ignore[attr-defined]
    fix = f"Write KEY=VALUE with commas between; known: {', '.join(known)}."
    if unknown := set(words) - set(known):
        raise UsageError("A fault is wrong", where="--fault", why=f"unknown: {', '.join(sorted(unknown))}", fix=fix)
    try:
        return msgspec.convert(words, kind, strict=False)
    except msgspec.ValidationError as error:
        raise UsageError("A fault is wrong", where="--fault", why=str(error), fix=fix) from None


def _pairs(texts: Iterable[str]) -> dict[str, Any]:
    """`name=value` each; a value that reads as JSON is that value, any other is text."""
    pairs: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError("A switch is written NAME=VALUE", where=text)
        try:
            pairs[name.strip()] = json.loads(value)
        except ValueError:
            pairs[name.strip()] = value
    return pairs
