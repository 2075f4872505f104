"""What is different between two plans, in words: their grounds, the people, what is made, and every changed verdict."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from migrator.plan.reading import OpenPlan
from migrator.plan.records import BuildSequence, LedgerEntry, Operation, Plan
from migrator.plan.wire import encode

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


_COUNTED = ("consent_state", "enrolment", "merge_tag")
"""Their entries are groups that come and go with the numbers; the numbers are told above."""


@dataclass(frozen=True)
class Standing:
    """What a comparison needs of a plan, so that the plan itself may be replaced meanwhile."""

    plan: Plan
    entries: dict[tuple[str, str], LedgerEntry]
    contents: dict[str, str]
    """Operation to a digest of all that it writes, without the label that names the run."""

    @classmethod
    def of(cls, opened: OpenPlan) -> Standing:
        contents = {one.key: _content(one, opened) for one in opened.plan.operations}
        return cls(opened.plan, {(entry.kind, entry.id): entry for entry in opened.ledger()}, contents)


def _content(one: Operation, opened: OpenPlan) -> str:
    marker = opened.plan.marker.encode()
    digest = hashlib.sha256(encode(one).replace(marker, b""))
    if isinstance(one, BuildSequence):
        digest.update(opened.read(one.file).replace(marker, b""))
    elif file := getattr(one, "file", None):
        digest.update(opened.plan.files[file].sha256.encode())
    return digest.hexdigest()


def differences(old: Standing, new: Standing) -> list[str]:
    """Sentences; none when both plans do the same."""
    return [*_grounds(old.plan, new.plan), *_people(old.plan, new.plan), *_operations(old, new), *_verdicts(old, new)]


def _grounds(old: Plan, new: Plan) -> Iterable[str]:
    if old.bundle_hash != new.bundle_hash:
        yield "The bundle is another one."
    if old.mappings_hash != new.mappings_hash:
        yield "mappings.toml says something else."
    if old.tool_version != new.tool_version:
        yield f"It is made by version {new.tool_version} of migrate, before by {old.tool_version}."


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
            yield f"New: {_named(one)}."
    for key, one in before.items():
        if key not in now:
            yield f"Gone: {_named(one)}."
    for key, one in now.items():
        if key in before and old.contents[key] != new.contents[key]:
            yield f"Changed: {_named(one)}."


def _named(one: Operation) -> str:
    kind = _WORDS[str(type(one).__struct_config__.tag)]
    name = getattr(one, "name", None) or getattr(one, "body", {}).get("name") or one.key.partition(":")[2]
    return f"{kind} {name}"


def _verdicts(old: Standing, new: Standing) -> Iterable[str]:
    for key, entry in new.entries.items():
        if sentence := _change(entry, old.entries.get(key)):
            yield sentence
    for key, entry in old.entries.items():
        if key not in new.entries and entry.kind not in _COUNTED:
            yield f"No longer there: {_kind(entry)} {entry.label or entry.id} ({entry.verdict})."


def _change(entry: LedgerEntry, before: LedgerEntry | None) -> str:
    name = f"{_kind(entry)} {entry.label or entry.id}"
    why = f": {entry.findings[0].reason}" if entry.findings else ""
    if before is None:
        return "" if entry.kind in _COUNTED else f"New verdict {entry.verdict} for {name}{why}"
    if before.verdict is not entry.verdict:
        return f"{name[:1].upper()}{name[1:]} is {entry.verdict}, before {before.verdict}{why}"
    return ""


def _kind(entry: LedgerEntry) -> str:
    return entry.kind.replace("_", " ")
