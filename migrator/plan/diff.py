"""What is different between two plans, in words: their grounds, the people, what is made, and every changed verdict."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from migrator.plan.open_plan import OpenPlan
from migrator.plan.plan_json import encode
from migrator.plan.records import BuildSequence, LedgerEntry, Operation, Plan

_WORDS: dict[str, str] = {
    "import_people": "people",
    "mark_complaints": "complaints",
    "create_list": "list",
    "add_members": "members",
    "add_tags": "tags",
    "create_segment": "segment",
    "create_template": "template",
    "build_sequence": "sequence",
    "enrol_people": "people in the middle",
}


_PEOPLE = {"people:opt_outs": "people who opted out", "people:actives": "active people"}


_COUNTED = ("consent_state", "enrolment", "merge_tag")
"""Their entries are groups that come and go with the numbers; the numbers are told above."""


_NAMED = ("tag", "attribute")
"""What only gets a name at the target: another name is all that can differ."""


@dataclass(frozen=True)
class Standing:
    """What a comparison needs of a plan, so that the plan itself may be replaced meanwhile."""

    plan: Plan
    entries: dict[tuple[str, str], LedgerEntry]
    contents: dict[str, str]
    """Operation to a digest of all that it writes, without the label that names the run."""

    @classmethod
    def of(cls, opened: OpenPlan) -> Standing:
        contents = {one.key: content_of(one, opened) for one in opened.plan.operations}
        return cls(opened.plan, {(entry.kind, entry.id): entry for entry in opened.ledger()}, contents)


def content_of(one: Operation, opened: OpenPlan) -> str:
    """A digest of all that it writes, without the label that names the run."""
    marker = opened.plan.marker.encode()
    digest = hashlib.sha256(encode(one).replace(marker, b""))
    if isinstance(one, BuildSequence):
        digest.update(opened.read(one.file).replace(marker, b""))
    elif file := getattr(one, "file", None):
        digest.update(opened.plan.files[file].sha256.encode())
    return digest.hexdigest()


def differences(old: Standing, new: Standing) -> list[str]:
    """Sentences; none when both plans do the same."""
    return [
        *_grounds(old.plan, new.plan),
        *_holds(old.plan, new.plan),
        *_people(old.plan, new.plan),
        *_operations(old, new),
        *_verdicts(old, new),
    ]


def _grounds(old: Plan, new: Plan) -> Iterable[str]:
    if old.bundle_hash != new.bundle_hash:
        yield "The bundle is another one."
    if old.mappings_hash != new.mappings_hash:
        yield "mappings.toml says something else."
    if old.tool_version != new.tool_version:
        yield f"It is made by version {new.tool_version} of migrate, before by {old.tool_version}."


def _holds(old: Plan, new: Plan) -> Iterable[str]:
    for hold in new.holds:
        if hold not in old.holds:
            yield f"Nobody is loaded any more before this is settled: {hold}."
    for hold in old.holds:
        if hold not in new.holds:
            yield f"This no longer holds people back: {hold}."


def _people(old: Plan, new: Plan) -> Iterable[str]:
    for name in ("read", "planned", "rejected", "merged", "from_suppressions"):
        before, now = getattr(old.people, name), getattr(new.people, name)
        if before != now:
            yield f"People {name.replace('_', ' ')}: {now:,}, before {before:,}."
    flows = sorted({(state, to) for plan in (old, new) for state, flow in plan.people.flow.items() for to in flow})
    for state, to in flows:
        before = old.people.flow.get(state, {}).get(to, 0)
        now = new.people.flow.get(state, {}).get(to, 0)
        if before != now:
            yield f"From {state.replace('_', ' ')} to {to}: {now:,} people, before {before:,}."


def _operations(old: Standing, new: Standing) -> Iterable[str]:
    before = {one.key: one for one in old.plan.operations}
    now = {one.key: one for one in new.plan.operations}
    for key, one in now.items():
        if key not in before:
            yield f"New: {_named(one, now)}."
    for key, one in before.items():
        if key not in now:
            yield f"Gone: {_named(one, before)}."
    for key, one in now.items():
        if key in before and old.contents[key] != new.contents[key]:
            called, once = _named(one, now), _named(before[key], before)
            yield f"Changed: {called}." if called == once else f"Changed: {called}, before {once}."


def _named(one: Operation, others: Mapping[str, Operation]) -> str:
    kind = _WORDS[str(type(one).__struct_config__.tag)]
    whole = others.get(getattr(one, "list_key", None) or getattr(one, "sequence_key", None) or "")
    if whole is not None:
        return f"{kind} of {_named(whole, others)}"
    if one.key in _PEOPLE:
        return _PEOPLE[one.key]
    name = getattr(one, "name", None) or getattr(one, "body", {}).get("name") or one.key.partition(":")[2]
    return f"{kind} {name}"


def _verdicts(old: Standing, new: Standing) -> Iterable[str]:
    """Of a sequence that came or went as a whole, only the sequence is named."""
    whole = _whole_sequences(old, new)
    for key, entry in new.entries.items():
        if (entry.sequence_id in whole and entry.kind != "sequence") or entry.kind in _COUNTED:
            continue
        if sentence := _change(entry, old.entries.get(key), _name(entry, new)):
            yield sentence
    for key, entry in old.entries.items():
        if key in new.entries or entry.kind in _COUNTED or entry.sequence_id in whole:
            continue
        yield f"No longer there: {_name(entry, old)} ({entry.verdict})."


def _whole_sequences(old: Standing, new: Standing) -> set[str | None]:
    """Ids of the sequences that only one of the plans builds."""
    built = [{one.key for one in each.plan.operations if isinstance(one, BuildSequence)} for each in (old, new)]
    return {key.partition(":")[2] for key in built[0] ^ built[1]}


def _change(entry: LedgerEntry, before: LedgerEntry | None, name: str) -> str:
    why = _because(entry, before)
    if before is None:
        return f"New verdict {entry.verdict} for {name}{why}"
    head = f"{name[:1].upper()}{name[1:]}"
    becomes = ""
    if entry.kind in _NAMED and entry.target and before.target and entry.target != before.target:
        called, once = (", ".join(each.target).replace(f"{entry.kind}:", "") for each in (entry, before))
        becomes = f" becomes {called}, before {once}"
    if before.verdict is not entry.verdict:
        return f"{head} is {entry.verdict}, before {before.verdict}{' and' * bool(becomes)}{becomes}{why}"
    if becomes:
        return f"{head}{becomes}"
    new, old = _reasons(entry), _reasons(before)
    if new - old:
        return f"{head} is {entry.verdict} as before, for another reason{why}"
    if old - new:
        gone = next(one.reason for one in before.findings if (one.code, one.settles) not in new)
        return f"{head} is {entry.verdict} as before, no longer because: {gone}"
    return ""


def _reasons(entry: LedgerEntry) -> set[tuple[str, str]]:
    """What is said of it and which question it is; places and counts in the words come and go."""
    return {(one.code, one.settles) for one in entry.findings}


def _because(entry: LedgerEntry, before: LedgerEntry | None) -> str:
    """The reason to tell: one that is new and as grave as the verdict, before others."""
    known = set() if before is None else _reasons(before)
    told = max(
        entry.findings,
        key=lambda one: ((one.code, one.settles) not in known, one.verdict is entry.verdict),
        default=None,
    )
    return "" if told is None else f": {told.reason}"


def _name(entry: LedgerEntry, plan: Standing) -> str:
    name = f"{entry.kind.replace('_', ' ')} {entry.label or entry.id}"
    whole = plan.entries.get(("sequence", entry.sequence_id or ""))
    return name if whole is None or entry.kind == "sequence" else f"{name} of {whole.label or whole.id}"
