"""`migrate export csv`: its options. What an export does is in exporting.py; what a file means is the adapter's."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from migrator.cli.common import Run, common_options
from migrator.cli.exporting import run_export

_EXAMPLE = """
\b
Examples:
  migrate -C acme export csv audience_export.zip --profile
  migrate -C acme export csv subscribed.csv unsubscribed.csv cleaned.csv
  migrate -C acme export csv people.xlsx --map email="E-Mail" --map status=Newsletter --word Newsletter:weg=unsubscribed
  migrate -C acme export csv active.csv old.csv --status old.csv=unsubscribed
  migrate -C acme export csv people.csv --emails emails/ --language liquid --sequences sequences.toml
"""
_FILE = click.Path(path_type=Path)


@click.command("csv", epilog=_EXAMPLE)
@click.argument("files", nargs=-1, type=_FILE)
@click.option("--profile", is_flag=True, help="Show what the files hold, and write nothing.")
@click.option("--platform", metavar="NAME", help="Which platform wrote the files, such as kit.")
@click.option(
    "--map", "columns", metavar="MEANING=COLUMN", multiple=True, help="Which column holds what, such as email=E-Mail."
)
@click.option("--tags-column", metavar="COLUMN", help="The same as --map tags=COLUMN.")
@click.option(
    "--status",
    metavar="[FILE=]STATE",
    multiple=True,
    help="What is true of everybody in a file whose rows do not say it. Rows that say something narrower keep it.",
)
@click.option(
    "--word",
    "words",
    metavar="[COLUMN:]WORD=STATE",
    multiple=True,
    help="What a word of a status column means; COLUMN:WORD of one column.",
)
@click.option("--list", "lists", metavar="[FILE=]NAME", multiple=True, help="The list that everybody in a file is on.")
@click.option("--encoding", metavar="NAME", help="How the files are encoded, if it is not found out.")
@click.option("--separator", metavar="CHAR", help="What separates cells, if it is not found out; `tab` for a tab.")
@click.option("--dates", type=click.Choice(["day-first", "month-first"]), help="How to read 03/04/2024.")
@click.option("--timezone", metavar="ZONE", help="Of moments without a zone (default: UTC).")
@click.option("--split-names", is_flag=True, help="Cut whole names at the first blank into first and last name.")
@click.option("--emails", type=_FILE, multiple=True, help="A folder, ZIP or file of HTML, MJML or text emails.")
@click.option(
    "--language", metavar="NAME", help="Of the merge tags in the emails, such as liquid; none: they hold none."
)
@click.option("--sequences", type=_FILE, help="A sequences.toml that describes sequences by hand.")
@common_options
def csv(run: Run, *, files: tuple[Path, ...], profile: bool, **given: Any) -> None:
    """Contact exports of any platform: CSV, TSV, ZIP of them, Excel, Parquet. Emails and sequences beside them.

    Nobody is taken for subscribed unless a column, a file's name or you say so. Rows that cannot be read go into
    export-rejected.csv in the workspace, with the reason. Answers may also stand in mappings.toml under [files].
    """
    from adapters.csvfile.options import from_settings, over
    from adapters.csvfile.source import FilesSource
    from migrator.plan.answers.mappings_file import NAME, load

    answers = load(run.workspace / NAME).get("files", {})
    options = over(from_settings(answers), _options(files, **given))
    _check_language(options.language)
    if profile:
        _show(run, options)
        return
    run_export(
        run,
        platform="csv",
        title="files",
        open_reading=partial(FilesSource().open, options=options),
        fresh=True,  # files are read anew each time: nothing of a broken run is worth keeping
    )


def _options(
    files: tuple[Path, ...],
    *,
    platform: str | None,
    columns: tuple[str, ...],
    tags_column: str | None,
    status: tuple[str, ...],
    words: tuple[str, ...],
    lists: tuple[str, ...],
    encoding: str | None,
    separator: str | None,
    dates: str | None,
    timezone: str | None,
    split_names: bool,
    emails: tuple[Path, ...],
    language: str | None,
    sequences: Path | None,
) -> Any:
    from adapters.csvfile.options import Options, columns_of, order_named, pairs, per_file, words_of
    from migrator.errors import UsageError

    mapped = columns_of((*columns, *([f"tags={tags_column}"] if tags_column is not None else [])))
    separator = "\t" if separator in ("tab", "\\t") else separator
    if separator is not None and len(separator) != 1:
        raise UsageError("--separator is one character", fix='Such as --separator ";" or --separator tab.')
    return Options(
        files=files,
        platform=platform,
        columns=mapped,
        words=words_of(pairs(words, "--word", last=True)),
        status=per_file(status, "--status"),
        lists=per_file(lists, "--list"),
        encoding=encoding,
        separator=separator,
        date_order=order_named(dates),
        timezone=timezone or "UTC",
        split_names=split_names,
        emails=emails,
        sequences=sequences,
        language=language,
    )


def _check_language(language: str | None) -> None:
    if language in (None, "none"):
        return
    from mappings.merge_tags.dialect import UnknownDialect, dialect_named
    from migrator.errors import UsageError

    try:
        dialect_named(str(language))
    except UnknownDialect as error:
        raise UsageError(
            "Nobody here reads that language of merge tags", why=str(error), fix="Name one of these."
        ) from None


def _show(run: Run, options: Any) -> None:
    """The profile: reads, writes nothing."""
    from adapters.csvfile.file_names import read_together
    from adapters.csvfile.inputs import Skipped, expand
    from adapters.csvfile.open_file import open_file
    from adapters.csvfile.profile import profile
    from migrator.errors import UsageError

    inputs, skipped = expand(options.files)
    if not inputs:
        raise UsageError("No table was named", fix="Name one: migrate export csv people.csv --profile")
    opened = [open_file(source, options) for source in inputs]
    files = [file for file in opened if not isinstance(file, Skipped)]
    skipped += [file for file in opened if isinstance(file, Skipped)]
    read_together(files)
    facts = []
    for file in files:
        shown = profile(file, options)
        facts.append(shown.facts)
        for line in shown.lines:
            run.say(line)
    for one in skipped:
        run.say(f"{one.name}: not read, {one.why}")
    run.result({"ok": True, "files": facts, "skipped": [{"file": one.name, "why": one.why} for one in skipped]})
    run.next("export csv " + " ".join(str(path) for path in options.files))
