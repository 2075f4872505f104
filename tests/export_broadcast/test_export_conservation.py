"""Whatever the server is like: everything in the account is in the bundle, or named as unread with a reason."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from export_support import account_of, trip_in
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrator.bundle import Bundle
from migrator.bundle.check import check
from migrator.model import Confidence, ConsentState
from migrator.sandbox.broadcast.account import ADMIN_KEY, READ_KEY, Account
from migrator.sandbox.broadcast.switches import Switches
from tests.looks import looks

switch_sets = st.fixed_dictionaries(
    {
        "steps_endpoint": st.sampled_from(["full", "short", "404"]),
        "include_steps": st.sampled_from(["short", "full", "ignored"]),
        "list_envelope": st.sampled_from(["object", "array", "no_total"]),
        "limit_cap": st.sampled_from([None, 3, 10]),
        "p1": st.sampled_from(["full", "no_from_to", "only_total"]),
        "p1_page_size": st.sampled_from([7, 50, 250]),
        "p2_page_size": st.sampled_from([3, 10, 250]),
        "beyond_end": st.sampled_from(["empty", "repeat_last"]),
        "current_step_key": st.sampled_from(["absent", "current_step_id"]),
        "condition_rows": st.sampled_from(["branch_nodes", "branch_less"]),
        "step_keys": st.sampled_from(["canonical", "alias", "nested", "absent"]),
        "ids": st.sampled_from(["int", "string"]),
        "html_body": st.sampled_from(["bool", "string"]),
        "subscriber_fields": st.sampled_from(["newest", "older"]),
        "rate_headers": st.sampled_from(["iso", "epoch", "off"]),
        "enforce_rate_limit": st.booleans(),
        "refuse_every": st.sampled_from([0, 0, 9]),
        "missing_permission": st.sampled_from([401, 403]),
        "demo_mode": st.booleans(),
        "between_pages": st.sampled_from(["nothing", "insert", "delete"]),
        "busy_once": st.booleans(),
    }
)


servers = given(
    profile=st.sampled_from(["seed", "legacy", "current", "current"]),
    chosen=switch_sets,
    key=st.sampled_from([READ_KEY, ADMIN_KEY]),
    size=st.sampled_from([(40, 1), (90, 2)]),
)


@settings(max_examples=looks(10), deadline=None, suppress_health_check=list(HealthCheck))
@servers
def test_nothing_of_the_account_is_lost_without_a_word(profile: Any, chosen: Any, key: str, size: Any) -> None:
    nothing_is_lost(profile, chosen, key, size)


@pytest.mark.slow
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@servers
def test_nothing_is_lost_at_two_hundred_servers(profile: Any, chosen: Any, key: str, size: Any) -> None:
    nothing_is_lost(profile, chosen, key, size)


def nothing_is_lost(profile: Any, chosen: Any, key: str, size: Any) -> None:
    account = account_of(*size)
    with tempfile.TemporaryDirectory() as folder:
        trip = trip_in(Path(folder), account, profile=profile, switches=Switches(**chosen), key=key)
        bundle = trip.export()
        assert not trip.app.recorded, "an export only reads"
        assert [str(problem) for problem in check(bundle.folder)] == []
        assert_conserved(account, bundle, profile, key)


def assert_conserved(account: Account, bundle: Bundle, profile: str, key: str) -> None:
    scopes = {item.scope for item in bundle.manifest.unread}
    contacts = {contact.source_id: contact for contact in bundle.contacts()}
    assert {str(person.id) for person in account.subscribers} == set(contacts)
    suppressed = (
        {row.email.lower() for row in account.suppressions}
        if "The channel's do-not-send list" not in {item.what for item in bundle.manifest.unread}
        else set()
    )
    told_globally = not any("global" in item.what for item in bundle.manifest.unread)
    everywhere = {row.email.lower(): row.source for row in account.global_suppressions} if told_globally else {}
    for person in account.subscribers:
        contact = contacts[str(person.id)]
        assert contact.email == person.email
        assert sorted(contact.tags) == sorted(set(person.tags))
        assert contact.attributes == (person.custom_data or {})
        assert contact.first_name == person.first_name
        expected = _state(person, suppressed, everywhere)
        if person.redacted and contact.consent.state is not ConsentState.REDACTED:
            expected = contact.consent.state  # newer servers do not send the flag
            assert expected.reach == 0
        assert contact.consent.state is expected, person
    if "suppressions" not in scopes:
        listed = {row.email.lower() for row in bundle.suppressions()}
        assert {row.email.lower() for row in account.suppressions} | set(everywhere) == listed
    assert {str(row["id"]) for row in account.templates} == {row.source_id for row in bundle.templates()}
    assert {str(row["id"]) for row in account.segments} == {row.source_id for row in bundle.segments()}
    assert {str(row["id"]) for row in account.broadcasts} == {row.source_id for row in bundle.campaigns()}
    main_forms = {str(row["id"]) for row in account.forms if not row["is_variant"]}
    assert main_forms == {row.source_id for row in bundle.forms()}
    assert_sequences_conserved(account, bundle, scopes)
    if "enrolments" not in scopes:
        there = {(str(row.id), str(row.sequence_id), str(row.subscriber_id)) for row in account.enrolments}
        assert there == {(row.source_id, row.sequence_id, row.contact_id) for row in bundle.enrolments()}
        assert_nobody_is_placed_wrongly(account, bundle)


def _state(person: Any, suppressed: set[str], everywhere: dict[str, str | None]) -> ConsentState:
    email = person.email.lower()
    if person.redacted:
        return ConsentState.REDACTED
    reasons = {"provider_bounce": ConsentState.BOUNCED, "provider_complaint": ConsentState.COMPLAINED}
    states = [reasons.get(everywhere[email] or "", ConsentState.SUPPRESSED)] if email in everywhere else []
    states += [ConsentState.SUPPRESSED] if email in suppressed else []
    if states:
        return ConsentState.narrowest(*states)
    if person.unsubscribed_at is not None:
        return ConsentState.UNSUBSCRIBED
    return ConsentState.SUBSCRIBED if person.is_active else ConsentState.INACTIVE


def assert_sequences_conserved(account: Account, bundle: Bundle, scopes: set[str | None]) -> None:
    if "sequences" in scopes:
        return
    sequences = {sequence.source_id: sequence for sequence in bundle.sequences()}
    assert {str(row.id) for row in account.sequences} == set(sequences)
    for row in account.sequences:
        found = sequences[str(row.id)]
        steps_told = bool(found.steps)
        if not steps_told:
            assert f"steps/{row.id}" in scopes, "a sequence without steps is a gap that must be named"
            continue
        structural = {step["id"] for step in row.steps if step["action"] == "condition_branch"}
        wanted = {str(step["id"]) for step in row.steps if step["id"] not in structural}
        assert wanted == {step.id for step in found.steps}
        # Every parent link is an edge, through the branch rows.
        parents = {step["id"]: step["parent_id"] for step in row.steps}
        edges = Counter()
        for step in row.steps:
            if step["id"] in structural or step["parent_id"] is None:
                continue
            parent = step["parent_id"]
            if parent in structural:
                parent = parents[parent]
            if parent in parents:
                edges[str(parent), str(step["id"])] += 1
        assert edges == Counter((edge.source, edge.target) for edge in found.edges)


def assert_nobody_is_placed_wrongly(account: Account, bundle: Bundle) -> None:
    truth = {str(row.id): row for row in account.enrolments}
    for enrolment in bundle.enrolments():
        position = enrolment.position
        if position is not None and position.confidence in (Confidence.EXACT, Confidence.INFERRED):
            assert str(truth[enrolment.source_id].current_step_id) == position.step_id


@pytest.mark.parametrize("profile", ["seed", "legacy", "current"])
def test_each_profile_as_it_comes(profile: Any, tmp_path: Path) -> None:
    account = account_of(90, 2)
    trip = trip_in(tmp_path, account, profile=profile)
    assert_conserved(account, trip.export(), profile, READ_KEY)
