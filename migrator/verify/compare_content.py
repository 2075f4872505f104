"""Lists, tags, segments, templates and sequences: read back and compared with the plan, graph with graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from adapters.sequenzy import read
from adapters.sequenzy.client import Sequenzy
from migrator.errors import AuthError, NotFound
from migrator.load.checkpoint import State
from migrator.load.expected import tag_name
from migrator.load.lists_and_templates import same_rules
from migrator.load.sequence_drafts import known_ids, read_back
from migrator.load.starting_sequences import beside, is_live, watches_people
from migrator.load.work import Missing, Work
from migrator.plan.records import AddTags, BuildSequence, CreateList, CreateSegment, CreateTemplate, Operation
from migrator.verify.report_files import Counts, Files

T = TypeVar("T")


def check_things(work: Work, files: Files, counts: Counts) -> None:
    for look in (_lists, _segments, _templates, _tags, _sequences):
        try:
            look(work, files, counts)
        except (NotFound, AuthError) as error:
            counts.unchecked.append(f"{look.__name__.strip('_')}: {error.problem.message}")


def _lists(work: Work, files: Files, counts: Counts) -> None:
    operations = work.opened.operations(CreateList)
    rows = _there(work, counts, "lists", read.lists) if operations else None
    there = {one.id: one.name for one in rows or ()}
    for operation in operations:
        target_id = _loaded(work, operation, "list", str(operation.body.get("name")), files, counts)
        if target_id is None or rows is None:
            continue
        name = str(operation.body.get("name")).strip()
        if target_id not in there:
            _missing(files, counts, "list", operation.key, name, "deleted at the target")
        elif there[target_id] != name:
            _differs(files, counts, "list", operation.key, name, "name", name, there[target_id])
        else:
            counts.kinds["list"].equal += 1


def _segments(work: Work, files: Files, counts: Counts) -> None:
    operations = work.opened.operations(CreateSegment)
    rows = _there(work, counts, "segments", read.segments) if operations else None
    there = {str(one["id"]): one for one in rows or ()}
    for operation in operations:
        name = str(operation.body.get("name")).strip()
        target_id = _loaded(work, operation, "segment", name, files, counts)
        if target_id is None or rows is None:
            continue
        found = there.get(target_id)
        try:
            body = work.filled(operation.body)
        except Missing as error:
            _differs(files, counts, "segment", operation.key, name, "rules", "", f"refers to {error.key}")
            continue
        if found is None:
            _missing(files, counts, "segment", operation.key, name, "deleted at the target")
        elif found.get("name") != name:
            _differs(files, counts, "segment", operation.key, name, "name", name, found.get("name"))
        elif not same_rules(body, found):
            _differs(files, counts, "segment", operation.key, name, "rules", "as planned", "others")
        else:
            counts.kinds["segment"].equal += 1


def _templates(work: Work, files: Files, counts: Counts) -> None:
    for operation in work.opened.operations(CreateTemplate):
        name = str(operation.body.get("name"))
        target_id = _loaded(work, operation, "template", name, files, counts)
        if target_id is None:
            continue
        found = read.template(work.api, target_id)
        if found is None:
            _missing(files, counts, "template", operation.key, name, "deleted at the target")
            continue
        fields = list(template_differences(operation.body, found))
        for field, planned, shown in fields:
            files.row("differing", "template", operation.key, name, field, planned, shown)
        counts.kinds["template"].differing += bool(fields)
        counts.kinds["template"].equal += not fields


def template_differences(body: dict[str, Any], found: dict[str, Any]) -> list[tuple[str, str, str]]:
    rows: list[tuple[str, str, str]] = [
        (field, str(body[field]), str(found.get(field)))
        for field in ("name", "subject", "previewText")
        if field in body and field in found and (body[field] or "") != (found.get(field) or "")
    ]
    html = body.get("html")
    kept = [block.get("content") for block in found.get("blocks") or () if isinstance(block, dict)]
    if html is not None and kept and kept != [html]:
        rows.append(("html", "as planned", "changed"))
    return rows


def _tags(work: Work, files: Files, counts: Counts) -> None:
    wanted = {tag_name(tag): one.key for one in work.opened.operations(AddTags) for tag in one.tags if one.count}
    if not wanted:
        return
    rows = _there(work, counts, "tags", read.tags)
    there = {tag_name(str(one.get("name"))) for one in rows or ()}
    for tag, key in wanted.items():
        counts.kinds["tag"].planned += 1
        refused = work.checkpoint.units(key, State.REJECTED)
        if refused:
            counts.kinds["tag"].rejected += 1
            files.row("missing", "tag", key, tag, f"refused: {refused[0].error}")
            continue
        if rows is None:
            continue
        if tag in there:
            counts.kinds["tag"].equal += 1
        else:
            _missing(files, counts, "tag", key, tag, "no such tag at the target")


def _sequences(work: Work, files: Files, counts: Counts) -> None:
    ids = known_ids(work)
    planned = set()
    work.watcher.collection("sequences", len(work.opened.operations(BuildSequence)))
    there = beside(work.api, set(ids.values()))
    counts.starting += [sequence.name for sequence in there if is_live(sequence) and watches_people(sequence)]
    for number, operation in enumerate(work.opened.operations(BuildSequence), 1):
        target_id = _loaded(work, operation, "sequence", operation.name, files, counts)
        work.watcher.progress("sequences", number)
        if target_id is None:
            continue
        planned.add(target_id)
        unit = work.checkpoint.unit(operation.key)
        documented = bool(unit and unit.result.get("documented"))
        match, found = read_back(work, work.opened.sequence(operation), target_id, ids, documented)
        if not found:
            _missing(files, counts, "sequence", operation.key, operation.name, "deleted at the target")
            continue
        for text in match.differences:
            files.row("differing", "sequence", operation.key, operation.name, "graph", "as planned", text)
        beyond = _not_sent(work, operation, documented)
        for name, value in beyond.items():
            counts.left_behind("sequence", name)
            why = "the introductory documents' calls have no field for it"
            files.row("not_carried", "sequence", operation.key, operation.name, name, value, why)
        counts.kinds["sequence"].differing += not match.same
        counts.kinds["sequence"].equal += match.same and not beyond
        counts.kinds["sequence"].partly += match.same and bool(beyond)
    if work.contract == "seed":
        if planned:
            counts.no_call.append("second copies of sequences: this server knows no labels to tell them by")
        return
    for twin in read.sequences(work.api, work.marker):
        if twin.id not in planned:
            counts.kinds["sequence"].unexpected += 1
            files.row("unexpected", "sequence", "", twin.name, "carries this plan's label, a second time")


def _not_sent(work: Work, operation: BuildSequence, documented: bool) -> dict[str, Any]:
    """Settings of the plan that the introductory documents' calls, which built it, cannot say."""
    plan = work.opened.sequence(operation)
    if not (documented or work.contract == "seed") or not plan.seed_calls:
        return {}
    return {name: value for name, value in plan.graph.settings.items() if name not in plan.seed_calls[0].body}


def _there(work: Work, counts: Counts, name: str, reader: Callable[[Sequenzy], list[T]]) -> list[T] | None:
    """None: the server has no such call, which is noted."""
    try:
        return reader(work.api)
    except NotFound:
        if work.contract != "seed":
            raise
        counts.no_call.append(f"{name}: this server has no call that shows them")
        return None


def _loaded(work: Work, operation: Operation, kind: str, name: str, files: Files, counts: Counts) -> str | None:
    """The target's id; None after the reason was written down."""
    count = counts.kinds[kind]
    count.planned += 1
    unit = work.checkpoint.unit(operation.key)
    if unit is not None and unit.state is State.CONFIRMED and unit.target_id is not None:
        return unit.target_id
    if unit is not None and unit.state is State.REJECTED:
        count.rejected += 1
        files.row("missing", kind, operation.key, name, f"refused: {unit.error}")
        return None
    _missing(files, counts, kind, operation.key, name, "not loaded yet")
    return None


def _missing(files: Files, counts: Counts, kind: str, key: str, name: str, why: str) -> None:
    counts.kinds[kind].missing += 1
    files.row("missing", kind, key, name, why)


def _differs(
    files: Files, counts: Counts, kind: str, key: str, name: str, field: str, planned: object, found: object
) -> None:
    counts.kinds[kind].differing += 1
    files.row("differing", kind, key, name, field, planned, found)
