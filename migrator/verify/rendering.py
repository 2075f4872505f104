"""Every email of the plan's sequences, rendered for a few real contacts: which merge tags stay open. Sends nothing."""

from __future__ import annotations

from typing import Any

from adapters.sequenzy import read
from adapters.sequenzy.shapes import Contact
from migrator.errors import ApiError
from migrator.load.checkpoint import State
from migrator.load.present_before import page_size
from migrator.load.work import Work
from migrator.plan.records import BuildSequence
from migrator.transport.answers import Safety
from migrator.transport.hosts import segment
from migrator.verify.report_files import Counts, Files


def choose_samples(work: Work, number: int) -> list[Contact]:
    """Of one page: whoever has the most data, and whoever has the least, so that both ends of a template show."""
    if number <= 0:
        return []
    rows = next(iter(read.contact_pages(work.api, page=min(page_size(work), 200))), [])
    active = sorted(
        (row for row in rows if row.status == "active" and row.email),
        key=lambda row: (len(row.custom_attributes) + bool(row.first_name) + bool(row.last_name), row.id),
    )
    if len(active) <= number:
        return active
    return [*active[-(number - 1) :], active[0]] if number > 1 else active[-1:]


def render_emails(work: Work, files: Files, counts: Counts, samples: list[Contact]) -> None:
    for operation in work.opened.operations(BuildSequence):
        unit = work.checkpoint.unit(operation.key)
        if unit is None or unit.state is not State.CONFIRMED or not unit.target_id:
            continue
        names = {node_id: key for key, node_id in unit.result.get("nodes", {}).items()}
        found = read.sequence(work.api, unit.target_id)
        for email in (found or {}).get("emails") or ():
            node_id = str(email.get("nodeId"))
            for sample in samples:
                path = f"/sequences/{segment(unit.target_id)}/nodes/{segment(node_id)}/render"
                try:
                    shown = _render(work, path, {"subscriberId": sample.id})
                except ApiError as error:
                    counts.unchecked.append(f"{operation.key}: an email cannot be rendered: {error.problem.message}")
                    return
                counts.emails_rendered += 1
                for tag in shown.get("unresolvedMergeTags") or ():
                    counts.unresolved_tags += 1
                    place = (operation.key, operation.name, names.get(node_id, node_id), email.get("subject"))
                    files.row("unresolved_tags", *place, sample.email, tag.get("tag"), tag.get("reason"))


def _render(work: Work, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """A read that needs a body."""
    return dict(work.api.send("POST", path, body, safety=Safety.REPEATABLE).data)
