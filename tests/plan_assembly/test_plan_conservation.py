"""Whatever a bundle holds: every construct gets one verdict, every person is accounted for, every body is one the
official client knows, and nobody ends more reachable than at the source."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pa_accounts import exported, written

from migrator.bundle import Bundle
from migrator.model import (
    Attribute,
    Campaign,
    ContactList,
    Form,
    OtherResource,
    Segment,
    Suppression,
    Tag,
    Template,
)
from migrator.plan.graphs.sequence_ledger import found_in
from migrator.plan.make import Made, make_plan
from migrator.plan.open_plan import OpenPlan
from migrator.plan.records import BuildSequence, CreateList, CreateSegment, CreateTemplate, EnrolPeople, ImportPeople
from migrator.sandbox.broadcast.generate import demo_account, generate
from tests.sdk_types import create_faults, segment_faults, update_faults
from tests.strategies import contacts, emails, enrolments, records, sequences, texts

FEW = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(FEW, max_examples=100)


def unique(kind: Any, **given: Any) -> Any:
    return st.lists(records(kind, **given), max_size=3, unique_by=lambda one: one.source_id)


@st.composite
def bundles(draw: st.DrawFn) -> dict[str, Any]:
    """The parts of a bundle; enrolments belong to people and sequences that exist, or do not."""
    people = draw(st.lists(contacts(), max_size=6))
    flows = draw(st.lists(sequences(), max_size=2, unique_by=lambda one: one.source_id))
    who = st.sampled_from([one.source_id for one in people] or ["nobody"])
    where = st.sampled_from([*(one.source_id for one in flows), "no such sequence"])
    return {
        "contacts": people,
        "sequences": flows,
        "enrolments": draw(st.lists(enrolments(contact_id=who, sequence_id=where), max_size=4)),
        "suppressions": draw(st.lists(records(Suppression, email=emails() | texts()), max_size=3)),
        "campaigns": draw(st.lists(records(Campaign), max_size=2)),
        "lists": draw(unique(ContactList)),
        "tags": draw(st.lists(records(Tag), max_size=3)),
        "attributes": draw(st.lists(records(Attribute), max_size=3)),
        "segments": draw(unique(Segment)),
        "forms": draw(st.lists(records(Form), max_size=2)),
        "other": draw(st.lists(records(OtherResource), max_size=2)),
        "templates": draw(unique(Template)),
    }


def check_ledger(bundle: Bundle, made: Made) -> None:
    """The sums again, counted here by other means than the program's own."""
    found: Counter[str] = Counter()
    for sequence in bundle.sequences():
        found.update(found_in(sequence))
    found["list"] = len({*(one.source_id for one in bundle.lists()), *_memberships(bundle)})
    found["segment"], found["form"], found["other"] = len(bundle.segments()), len(bundle.forms()), len(bundle.other())
    found["template"] = sum(1 for _ in bundle.templates())
    found["campaign"] = sum(1 for _ in bundle.campaigns())
    found["enrolment"] = sum(1 for _ in bundle.enrolments())
    tags = {tag.name for tag in bundle.tags()} | {tag for one in bundle.contacts() for tag in one.tags}
    found["tag"] = len(tags)
    found["consent_state"] = made.plan.people.from_suppressions + sum(1 for _ in bundle.contacts())
    for kind, number in found.items():
        judged = [entry for entry in made.ledger.entries if entry.kind == kind]
        assert sum(entry.count for entry in judged) == number, kind
        assert sum(made.plan.verdicts.get(kind, {}).values()) == number
    ids = [(entry.kind, entry.id) for entry in made.ledger.entries]
    assert len(ids) == len(set(ids))


def _memberships(bundle: Bundle) -> set[str]:
    return {one.list_id for contact in bundle.contacts() for one in contact.lists}


def check_people(opened: OpenPlan) -> None:
    people = opened.plan.people
    assert people.read == people.planned + people.rejected + people.merged
    lines = [json.loads(line) for one in opened.operations(ImportPeople) for line in _lines(opened, one)]
    assert len(lines) == people.planned + people.from_suppressions
    addresses = [line["email"] for line in lines]
    assert len(addresses) == len(set(addresses)), "somebody would be written twice"
    rejected = (opened.folder / "rejected.csv").read_text("utf-8")
    assert opened.plan.files["rejected.csv"].records == people.rejected
    assert rejected.startswith("source_id,email,reason\n")


def _lines(opened: OpenPlan, operation: ImportPeople) -> Iterable[bytes]:
    for batch in operation.batches:
        lines = opened.batch(operation.file, batch).splitlines()
        assert len(lines) == batch.count
        yield from lines


def check_bodies(opened: OpenPlan) -> None:
    made: set[str] = set()
    for operation in opened.plan.operations:
        if isinstance(operation, CreateSegment):
            assert segment_faults(operation.body) == []
            assert refs(operation.body) <= made, "it needs what is made later"
        if isinstance(operation, CreateList | CreateTemplate):
            assert operation.body["name"].strip()
        if isinstance(operation, BuildSequence):
            plan = opened.sequence(operation)
            for call in plan.calls:
                faults = create_faults(call.body) if call.kind == "create" else update_faults(call.body)
                assert faults == []
                outside = {one for one in refs(call.body) if not one.startswith("node:") and one != "revision"}
                assert outside <= made
            assert plan.graph.trigger == {"trigger": "manual"}
        if isinstance(operation, ImportPeople):
            assert operation.head["enrollInSequences"] is False
            assert operation.head["listIds"] == []
        made.add(operation.key)
    for enrol in opened.operations(EnrolPeople):
        lines = list(opened.lines(enrol.file))
        assert sum(line["enrol"] for line in lines) == enrol.count


def refs(value: Any) -> set[str]:
    if isinstance(value, dict):
        if set(value) == {"$ref"}:
            return {value["$ref"]}
        return set().union(*(refs(one) for one in value.values())) if value else set()
    if isinstance(value, list):
        return set().union(*(refs(one) for one in value)) if value else set()
    return set()


@FEW
@given(bundles())
def test_every_construct_of_any_bundle_has_one_verdict_and_every_person_a_place(parts: dict[str, Any]) -> None:
    check_bundle(parts)


@pytest.mark.slow
@MANY
@given(bundles())
def test_many_more_bundles_add_up(parts: dict[str, Any]) -> None:
    check_bundle(parts)


def check_bundle(parts: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as place:
        bundle = written(Path(place) / "bundle", **parts)
        made = make_plan(bundle, {}, Path(place) / "plan")
        opened = OpenPlan.open(Path(place) / "plan")
        check_ledger(bundle, made)
        check_people(opened)
        check_bodies(opened)
        assert msgspec.to_builtins(opened.plan) == msgspec.to_builtins(made.plan)


@pytest.mark.parametrize("account", [demo_account(), generate(120, seed=2)], ids=["demo", "every construct"])
def test_a_broadcast_account_is_planned_whole(account: Any, tmp_path: Path) -> None:
    bundle = exported(account, tmp_path / "bundle")
    made = make_plan(bundle, {}, tmp_path / "plan")
    opened = OpenPlan.open(tmp_path / "plan")
    check_ledger(bundle, made)
    check_people(opened)
    check_bodies(opened)
    assert made.plan.people.rejected == 0
