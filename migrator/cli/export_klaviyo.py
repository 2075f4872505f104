"""`migrate export klaviyo`: its options. What an export does is in exporting.py."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from migrator.cli.common import Run, common_options, rate_option
from migrator.cli.exporting import COLLECTIONS, run_export

_EXAMPLE = """
\b
Example:
  export KLAVIYO_API_KEY=pk_...
  migrate -C acme export klaviyo
"""


@click.command("klaviyo", epilog=_EXAMPLE)
@click.option("--only", metavar="NAMES", help=f"Only these, with commas: {', '.join(COLLECTIONS)}.")
@click.option("--sequence", "sequences", metavar="ID", multiple=True, help="Only this flow; may be repeated.")
@click.option(
    "--since-bundle",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Keep only what changed since this older bundle; written beside it as `delta`.",
)
@click.option("--fresh", is_flag=True, help="Throw an unfinished export away and read everything anew.")
@rate_option
@common_options
def klaviyo(
    run: Run,
    *,
    only: str | None,
    sequences: tuple[str, ...],
    since_bundle: Path | None,
    fresh: bool,
    rate: int | None,
) -> None:
    """Everything a Klaviyo account holds that its interface tells.

    Needs KLAVIYO_API_KEY, a private key with read scopes, in the environment or in the workspace's .env. There,
    KLAVIYO_TAG_PROPERTIES may name the list properties that hold tags of people, with commas.
    """
    from adapters.klaviyo.source import KlaviyoSource

    run_export(
        run,
        platform="klaviyo",
        title="Klaviyo",
        open_reading=partial(KlaviyoSource().open, rate=rate),
        only=only,
        sequences=sequences,
        since_bundle=since_bundle,
        fresh=fresh,
    )
