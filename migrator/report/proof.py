"""What was loaded and what verification found, from the workspace's own records. Nothing of it: no proof."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from migrator.load.checkpoint import Checkpoint
from migrator.load.counts import Count, count
from migrator.plan.open_plan import OpenPlan
from migrator.report.facts import Proof, ProofRow
from migrator.report.words import plural, span
from migrator.transport.clock import SystemClock
from migrator.verify.report_files import COUNTS
from migrator.verify.run import FOLDER

# What a server could not take in full is not called equal either; a sentence says what it lacks.
_NOT_EQUAL = ("partly", "missing", "differing", "unexpected", "rejected")
ROWS = {
    "contact": "People",
    "membership": "List memberships",
    "list": "Lists",
    "tag": "Tags",
    "segment": "Segments",
    "template": "Templates",
    "sequence": "Sequences",
}
STANDING = {"drafts": "Sequences, as drafts", "live": "Sequences, live"}
"""Apart, where verification told them apart."""


def proof_of(workspace: Path, opened: OpenPlan) -> Proof | None:
    """None before a load of this very plan has begun."""
    checkpoint = Checkpoint.look(workspace, clock=SystemClock())
    if checkpoint is None:
        return None
    try:
        if checkpoint.note("plan_hash") != opened.hash:
            return None
        counts = count(opened, checkpoint)
        loaded = all(not one.open for one in counts.values())
        begun = any(one.done for one in counts.values())
        seconds = _seconds(checkpoint)
    finally:
        checkpoint.close()
    if not begun:
        return None
    found = _verified(workspace, opened)
    if found is None:
        return Proof(
            loaded=loaded, seconds=seconds, rows=tuple(_load_rows(counts)), sentences=tuple(_loaded(counts, seconds))
        )
    return Proof(
        loaded=loaded,
        verified=True,
        agrees=bool(found.get("equal")),
        checked_at=str(found.get("checked_at") or ""),
        seconds=seconds,
        rows=tuple(_verify_rows(found)),
        rejected=sum(int(one.get("rejected", 0)) for one in found.get("kinds", {}).values()),
        wider=int(found.get("consent", {}).get("wider", 0)),
        sentences=(*_loaded(counts, seconds), *_checked(found)),
    )


def _seconds(checkpoint: Checkpoint) -> float:
    moments = [unit.updated for unit in checkpoint.units() if unit.done and unit.updated]
    return max(moments) - min(moments) if moments else 0.0


def _verified(workspace: Path, opened: OpenPlan) -> dict[str, Any] | None:
    """counts.json, when it is about this plan and whole."""
    try:
        found = json.loads((workspace / FOLDER / COUNTS).read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("plan") == opened.hash else None


def _load_rows(counts: dict[str, Count]) -> list[ProofRow]:
    return [
        ProofRow(
            name=name.capitalize(),
            planned=one.planned,
            found=one.done - one.failed - one.left_out,
            differs=one.failed + one.left_out,
        )
        for name, one in counts.items()
        if one.planned
    ]


def _verify_rows(found: dict[str, Any]) -> list[ProofRow]:
    rows = []
    standing = {kind: one for kind in STANDING if (one := (found.get("sequences") or {}).get(kind)) and one["planned"]}
    for kind, name in ROWS.items():
        one = dict(found.get("kinds", {}).get(kind) or {})
        if kind == "sequence":
            rows += [_row(STANDING[apart], count) for apart, count in standing.items()]
            # What is left: not at the target, or not of this plan.
            for key in one if standing else ():
                one[key] -= sum(int(count.get(key, 0)) for count in standing.values())
        if one.get("planned") or one.get("unexpected"):
            rows.append(_row("Other sequences" if kind == "sequence" and standing else name, one))
    return rows


def _row(name: str, one: dict[str, Any]) -> ProofRow:
    differs = sum(int(one.get(key, 0)) for key in _NOT_EQUAL)
    there = int(one["planned"]) - int(one.get("missing", 0)) - int(one.get("rejected", 0))
    return ProofRow(name=name, planned=int(one["planned"]), found=there, differs=differs)


def _loaded(counts: dict[str, Count], seconds: float) -> list[str]:
    people = counts["people"]
    done = people.done - people.failed
    said = [f"{plural(done, 'person')} of {people.planned:,} written"]
    if seconds >= 5:
        said.append(f"in {span(round(seconds))}, {round(done / seconds):,} a second")
    sentences = [" ".join(said) + "."]
    failed = sum(one.failed for one in counts.values())
    if failed:
        sentences.append(f"Sequenzy refused {plural(failed, 'row')}; each stands in rejected.csv with its reason.")
    sentences.append("The load enabled no sequence, put nobody into one and sent no email.")
    return sentences


def _checked(found: dict[str, Any]) -> list[str]:
    when = str(found.get("checked_at") or "").replace("T", " ").removesuffix("+00:00")
    sentences = [f"Everything was read back and compared on {when} UTC."]
    consent, emails = found.get("consent", {}), found.get("emails", {})
    if consent.get("wider"):
        sentences.append(
            f"ALARM: {plural(consent['wider'], 'person')} may be mailed who must not. Do not enable anything."
        )
    else:
        sentences.append("Nobody may be mailed who could not be mailed before.")
    live = int(((found.get("sequences") or {}).get("live") or {}).get("planned", 0))
    if live:
        sentences.append(f"{plural(live, 'sequence')} enabled by name with `migrate enable`, judged as live.")
    if consent.get("narrower"):
        sentences.append(f"{plural(consent['narrower'], 'person')} are less reachable than planned.")
    if emails.get("rendered"):
        left = plural(int(emails.get("unresolved_tags", 0)), "merge tag")
        sentences.append(f"{plural(emails['rendered'], 'email')} rendered for sample contacts; {left} stayed open.")
    for kind, fields in (found.get("not_carried") or {}).items():
        told = ", ".join(f"{name} ({number:,})" for name, number in fields.items())
        sentences.append(f"Not carried, since the server's documents have no field for it ({kind}): {told}.")
    sentences += [f"Not checked: {one}." for one in (*(found.get("unchecked") or ()), *(found.get("no_call") or ()))]
    return sentences
