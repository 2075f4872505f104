"""Lists, tags, segments and templates: read back and compared with the plan. Sequences have a file of their own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from adapters.sequenzy import read
from adapters.sequenzy.client import Sequenzy
from migrator.bundle import Bundle
from migrator.errors import AuthError, NotFound
from migrator.load.checkpoint import State
from migrator.load.expected import tag_name
from migrator.load.lists_and_templates import same_rules
from migrator.load.work import Missing, Work
from migrator.plan.records import AddTags, CreateList, CreateSegment, CreateTemplate
from migrator.verify.report_files import Counts, Files
from migrator.verify.rows import differs, loaded, missing
from migrator.verify.sequences import check_sequences

T = TypeVar("T")


def check_things(work: Work, files: Files, counts: Counts, bundle: Bundle | None) -> None:
    looks: dict[str, Callable[[Work, Files, Counts], None]] = {
        "lists": _lists,
        "segments": _segments,
        "templates": _templates,
        "tags": _tags,
        "sequences": partial(check_sequences, bundle=bundle),
    }
    for name, look in looks.items():
        try:
            look(work, files, counts)
        except (NotFound, AuthError) as error:
            counts.unchecked.append(f"{name}: {error.problem.message}")


def _lists(work: Work, files: Files, counts: Counts) -> None:
    operations = work.opened.operations(CreateList)
    rows = _there(work, counts, "lists", read.lists) if operations else None
    there = {one.id: one.name for one in rows or ()}
    for operation in operations:
        target_id = loaded(work, operation, "list", str(operation.body.get("name")), files, counts)
        if target_id is None or rows is None:
            continue
        name = str(operation.body.get("name")).strip()
        if target_id not in there:
            missing(files, counts, "list", operation.key, name, "deleted at the target")
        elif there[target_id] != name:
            differs(files, counts, "list", operation.key, name, "name", name, there[target_id])
        else:
            counts.kinds["list"].equal += 1


def _segments(work: Work, files: Files, counts: Counts) -> None:
    operations = work.opened.operations(CreateSegment)
    rows = _there(work, counts, "segments", read.segments) if operations else None
    there = {str(one["id"]): one for one in rows or ()}
    for operation in operations:
        name = str(operation.body.get("name")).strip()
        target_id = loaded(work, operation, "segment", name, files, counts)
        if target_id is None or rows is None:
            continue
        found = there.get(target_id)
        try:
            body = work.filled(operation.body)
        except Missing as error:
            differs(files, counts, "segment", operation.key, name, "rules", "", f"refers to {error.key}")
            continue
        if found is None:
            missing(files, counts, "segment", operation.key, name, "deleted at the target")
        elif found.get("name") != name:
            differs(files, counts, "segment", operation.key, name, "name", name, found.get("name"))
        elif not same_rules(body, found):
            differs(files, counts, "segment", operation.key, name, "rules", "as planned", "others")
        else:
            counts.kinds["segment"].equal += 1


def _templates(work: Work, files: Files, counts: Counts) -> None:
    for operation in work.opened.operations(CreateTemplate):
        name = str(operation.body.get("name"))
        target_id = loaded(work, operation, "template", name, files, counts)
        if target_id is None:
            continue
        found = read.template(work.api, target_id)
        if found is None:
            missing(files, counts, "template", operation.key, name, "deleted at the target")
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
            missing(files, counts, "tag", key, tag, "no such tag at the target")


def _there(work: Work, counts: Counts, name: str, reader: Callable[[Sequenzy], list[T]]) -> list[T] | None:
    """None: the server has no such call, which is noted."""
    try:
        return reader(work.api)
    except NotFound:
        if work.contract != "seed":
            raise
        counts.no_call.append(f"{name}: this server has no call that shows them")
        return None
