"""sequences.toml: sequences described by hand, for platforms that export none. The language is in
docs/sequences-toml.md; steps are in sequence_steps.py, conditions and triggers in sequence_rules.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from adapters.handwritten.rules import Names, read_re_entry, read_rule, read_trigger, since_entering
from adapters.handwritten.steps import Graph, weekdays
from adapters.handwritten.toml_table import Table, load
from adapters.languages import need_language
from migrator.model import EmailContent, ExitRule, SendingWindow, Sequence, Template
from migrator.model.steps import MoveToSequence, SendEmail

VERSION = 1


@dataclass(frozen=True)
class Written:
    sequences: tuple[Sequence, ...]
    templates: dict[str, Template]
    """The given ones, with what [emails] says about them."""
    tags: tuple[str, ...]
    lists: tuple[str, ...]


def language_in(path: Path) -> str | None:
    """The language of the merge tags, when the file names it."""
    found = load(path).get("language")
    return found if isinstance(found, str) else None


def read_sequences(path: Path, templates: Mapping[str, Template], *, language: str | None = None) -> Written:
    """Raises SettingsError, which names the place, for whatever is not surely understood."""
    top = Table(load(path), path.name)
    if top.take("version") != VERSION:
        raise top.refuse("The file does not say its version", f"Begin it with version = {VERSION}.")
    timezone = top.text("timezone")
    language = language or top.text("language")
    top.take("language")
    names = Names()
    found = _with_lines(top, templates)
    sequences = [_sequence(one, found, names, timezone, language) for one in top.tables("sequence")]
    top.done()
    _check_ids(top, sequences)
    need_language(_own_contents(sequences), language)
    return Written(tuple(sequences), found, tuple(sorted(names.tags)), tuple(sorted(names.lists)))


def _with_lines(top: Table, templates: Mapping[str, Template]) -> dict[str, Template]:
    """[emails."file"]: the subject and whatever else a file cannot say."""
    found = dict(templates)
    section = top.table("emails")
    for file in section.data if section else ():
        assert section is not None  # noqa: S101 - else there is nothing to go through
        table = section.table(file)
        assert table is not None  # noqa: S101 - the key was found
        if file not in found:
            raise table.refuse(
                f"There is no email called {file}", "Name its folder with --emails, or correct the name."
            )
        keys = ("subject", "preview_text", "from_name", "from_email", "reply_to")
        given = {key: value for key in keys if (value := table.text(key)) is not None}
        transactional = table.flag("transactional", False) is True
        name = table.text("name") or found[file].name
        table.done()
        content: EmailContent = msgspec.structs.replace(found[file].content, transactional=transactional, **given)
        found[file] = msgspec.structs.replace(found[file], name=name, content=content)
    return found


def _sequence(
    table: Table, templates: Mapping[str, Template], names: Names, timezone: str | None, language: str | None
) -> Sequence:
    source_id = table.needed("id")
    table.place = f'sequence "{source_id}"'
    triggers = tuple(read_trigger(one, names) for one in table.tables("starts_when"))
    only_if = table.table("only_if")
    exits = [ExitRule(rule=since_entering(read_rule(one, names))) for one in table.tables("leaves_when")]
    exits += [ExitRule(rule=since_entering(read_rule(one, names)), goal=True) for one in table.tables("goal")]
    re_entry, seconds = read_re_entry(table)
    graph = Graph(templates, names, timezone=timezone, language=language)
    graph.path(table.tables("step"), [], "")
    if not graph.steps:
        raise table.refuse("The sequence has no step", "Add one under [[sequence.step]].")
    found = Sequence(
        source_id=source_id,
        name=table.text("name") or source_id,
        description=table.text("description"),
        active=table.flag("active"),
        triggers=triggers,
        entry_filter=read_rule(only_if, names) if only_if else None,
        steps=tuple(graph.steps),
        edges=tuple(graph.edges),
        exit_rules=tuple(exits),
        re_entry=re_entry,
        re_entry_seconds=seconds,
        sending_window=_window(table, timezone),
    )
    table.done()
    return found


def _window(table: Table, timezone: str | None) -> SendingWindow | None:
    window = table.table("sending_window")
    if window is None:
        return None
    start, end, zone = window.clock("start"), window.clock("end"), window.text("timezone") or timezone
    if start is None or end is None or zone is None:
        raise window.refuse("A sending window needs start, end and timezone", 'Such as start = "09:00", end = "17:00".')
    found = SendingWindow(start=start[:5], end=end[:5], timezone=zone, days=weekdays(window))
    window.done()
    return found


def _check_ids(top: Table, sequences: list[Sequence]) -> None:
    ids = [one.source_id for one in sequences]
    for one in ids:
        if ids.count(one) > 1:
            raise top.refuse(f'Two sequences have the id "{one}"', "Give one of them another id.")
    for sequence in sequences:
        for step in sequence.steps:
            action = step.action
            if isinstance(action, MoveToSequence) and action.sequence_id not in ids:
                raise top.refuse(
                    f'Sequence "{sequence.source_id}" moves people to "{action.sequence_id}", which is not described',
                    "Describe it too, or end the path with exit = true.",
                )


def _own_contents(sequences: list[Sequence]) -> list[tuple[str, EmailContent]]:
    return [
        (f"{sequence.source_id}, step {step.id}", step.action.content)
        for sequence in sequences
        for step in sequence.steps
        if isinstance(step.action, SendEmail)
    ]
