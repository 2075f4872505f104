"""What an export found, in words a person understands, and as facts for a script. Reads the finished bundle only."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from adapters.wording import counted
from migrator.bundle import Bundle, Unread
from migrator.model import Confidence, Sequence
from migrator.model.consent import Reach
from migrator.model.steps import Branch, Entry

_WORTH_A_PERSON = ("contacts", "sequences", "enrolments", "steps/", "suppressions")


@dataclass(frozen=True)
class Summary:
    lines: tuple[str, ...]
    facts: dict[str, Any]
    findings: bool
    """Whether a person should look before going on."""


def shape_of(sequence: Sequence) -> str:
    work = [step for step in sequence.steps if not isinstance(step.action, Entry)]
    if any(step.content_missing for step in sequence.steps):
        return "with gaps"
    if not work:
        return "empty"
    return "branched" if any(isinstance(step.action, Branch) for step in work) else "linear"


def summarise(bundle: Bundle) -> Summary:
    manifest = bundle.manifest
    shapes = Counter(shape_of(sequence) for sequence in bundle.sequences())
    statuses: Counter[str] = Counter()
    placed: Counter[str] = Counter()
    for enrolment in bundle.enrolments():
        statuses[enrolment.status.value] += 1
        if enrolment.status.in_flight:
            placed[enrolment.position.confidence.value if enrolment.position else Confidence.UNKNOWN.value] += 1
    consent = {state.value: count for state, count in manifest.consent.items() if count}
    reachable = sum(count for state, count in manifest.consent.items() if state.reach is Reach.MARKETING)
    lines = [f"Exported {manifest.source.account or manifest.source.host or 'the account'} by {manifest.door}."]
    if manifest.options.is_partial:
        asked = [*manifest.options.only, *(f"sequence {one}" for one in manifest.options.sequences)]
        lines.append(f"Only this was asked for: {', '.join(asked)}. The rest of the account is not in this bundle.")
    if manifest.since_bundle:
        removed = manifest.options.other.get("removed") or {}
        lines.append(
            "Only what changed since the older bundle; gone: " + (_amounts(_sizes(removed)) or "nothing") + "."
        )
    lines += [
        "",
        f"Contacts    {manifest.counts['contacts']:>9,}   {reachable:,} may get marketing: {_counts(consent)}",
        f"Sequences   {manifest.counts['sequences']:>9,}   {_counts(shapes)}",
        f"Enrolments  {manifest.counts['enrolments']:>9,}   {_counts(statuses)}",
    ]
    if placed:
        lines.append(f"            {'':>9}   where they stand: {_counts(placed)}")
    names = ("suppressions", "tags", "attributes", "lists", "segments", "templates", "campaigns", "forms", "other")
    lines.append("Besides     " + _amounts({name: manifest.counts[name] for name in names}))
    for title, items in (
        ("Could not be read:", _unread(manifest.unread)),
        ("Does not add up:", [f"{one.what}: {one.found} of {one.expected}. {one.why}" for one in manifest.mismatches]),
        ("Worth knowing:", list(manifest.notes)),
    ):
        if items:
            lines += ["", title, *_shortened(items)]
    findings = bool(manifest.mismatches) or any(
        (one.scope or "").startswith(_WORTH_A_PERSON) for one in manifest.unread
    )
    facts = {
        "bundle": bundle.hash,
        "door": manifest.door,
        "counts": manifest.counts,
        "consent": consent,
        "sequences": dict(shapes),
        "enrolments": dict(statuses),
        "positions": dict(placed),
        "unread": [_plain(one) for one in manifest.unread],
        "mismatches": [_plain(one) for one in manifest.mismatches],
        "notes": list(manifest.notes),
        "findings": findings,
    }
    return Summary(tuple(lines), facts, findings)


def _unread(items: tuple[Unread, ...]) -> list[str]:
    """Steps with gaps are one sentence, however many sequences have them; the manifest names each."""
    gaps = [one for one in items if (one.scope or "").startswith("steps/")]
    lines = [f"{one.what}: {one.why}. {one.remedy}" for one in items if one not in gaps or len(gaps) <= 2]
    if len(gaps) > 2:
        lines.append(f"The content of steps in {len(gaps)} sequences: {gaps[0].why}. {gaps[0].remedy}")
    return lines


def _counts(counts: dict[str, int] | Counter[str]) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in ordered)


def _amounts(counts: dict[str, int]) -> str:
    """Collections by their names, which are plurals."""
    return ", ".join(counted(count, name.removesuffix("s"), name) for name, count in counts.items())


def _sizes(removed: dict[str, Any]) -> dict[str, int]:
    return {name: len(ids) for name, ids in removed.items()}


def _shortened(items: list[str], most: int = 12) -> list[str]:
    shown = [f"  - {item}" for item in items[:most]]
    return [*shown, f"  ... and {len(items) - most} more in bundle/manifest.json"] if len(items) > most else shown


def _plain(record: Any) -> Any:
    import msgspec

    return msgspec.to_builtins(record)
