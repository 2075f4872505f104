"""The platform's own client works against the sandbox, over a real socket."""

from __future__ import annotations

import pytest
from bc_support import ADMIN_KEY, WRITE_KEY, account, sandbox
from broadcast_python import (
    APIError,
    AuthenticationError,
    AuthorizationError,
    Broadcast,
    NotFoundError,
    ValidationError,
)
from broadcast_python.resources.migration import COLLECTIONS

from migrator.sandbox.server import serving


@pytest.fixture(scope="module")
def app():
    return sandbox("current", account())


@pytest.fixture(scope="module")
def host(app):
    with serving(app) as url:
        yield url


@pytest.fixture(scope="module")
def bc(host):
    return Broadcast(api_token=WRITE_KEY, host=host, retry_attempts=1, warnings_mode="raise")


@pytest.fixture(scope="module")
def admin(host):
    return Broadcast(api_token=ADMIN_KEY, host=host, retry_attempts=1, broadcast_channel_id=3)


def test_it_reads_every_sequence_with_its_steps(app, bc):
    listed = bc.sequences.list(limit=100)
    assert [row["id"] for row in listed["data"]] == [row.id for row in app.account.sequences]
    for row in app.account.sequences:
        assert "steps" not in bc.sequences.get(row.id)
        short = bc.sequences.get(row.id, include_steps=True)["steps"]
        full = bc.sequences.list_steps(row.id)["data"]
        assert {step["id"] for step in short} == {step["id"] for step in full} == {step["id"] for step in row.steps}
        assert all(list(step) == ["id", "action", "label", "parent_id", "true_branch"] for step in short)
        assert bc.sequences.get_step(row.id, full[0]["id"]) == full[0]


def test_it_reads_every_subscriber_page_by_page(app, bc):
    seen, page = [], 1
    while True:
        shown = bc.subscribers.list(page=page)
        seen += [row["id"] for row in shown["subscribers"]]
        if page >= shown["pagination"]["total_pages"]:
            break
        page += 1
    assert (page, seen) == (3, [row.id for row in app.account.subscribers])


def test_it_finds_a_person_with_a_plus_in_the_address(app, bc):
    person = next(row for row in app.account.subscribers if "+" in row.email)
    assert bc.subscribers.find(person.email)["id"] == person.id


def test_a_missing_person_is_not_found(bc):
    with pytest.raises(NotFoundError, match="Subscriber not found"):
        bc.subscribers.find("nobody@example.com")


def test_it_reads_enrolments_ten_at_a_time(app, bc):
    busiest = max(app.account.sequences, key=lambda row: len(app.channel.directory.in_sequence[row.id])).id
    seen, page = [], 1
    while page:
        shown = bc.sequences.list_subscribers(busiest, page=page)
        assert len(shown["subscriber_sequences"]) <= 10
        seen += [row["id"] for row in shown["subscriber_sequences"]]
        page = shown["pagination"]["next"]
    assert len(seen) == len(set(seen)) == shown["pagination"]["count"] >= 23


def test_it_reads_segments_with_their_rules_and_members(app, bc):
    for row in bc.segments.list()["segments"]:
        shown = bc.segments.get(row["id"], page=1)
        assert shown["segment"]["segment_groups"] == row["segment_groups"]
        assert shown["pagination"]["total"] == shown["segment"]["subscribers_count"]


def test_templates_come_in_alphabetical_order(bc):
    labels = [row["label"].casefold() for row in bc.templates.list()["data"]]
    assert labels == sorted(labels)
    assert bc.templates.get(31)["label"] == "Tips"


def test_it_reads_the_other_resources(app, bc):
    assert len(bc.broadcasts.list(limit=3)["data"]) == 3
    assert "body" in bc.broadcasts.get(501)
    assert "body" not in bc.broadcasts.list()["data"][0]
    assert bc.broadcasts.statistics(506)["delivery"]["sent"] == 400
    assert bc.broadcasts.statistics_links(506)["data"] == bc.broadcasts.statistics_timeline(506)["data"] == []
    forms = bc.opt_in_forms.list()["opt_in_forms"]
    assert not any(row["is_variant"] for row in forms)
    assert bc.opt_in_forms.get(forms[0]["id"])["automation_settings"]["sequence_ids"] == [13]
    assert "•" in bc.email_servers.list()["data"][0]["postmark_api_token"]
    assert bc.webhook_endpoints.get(1)["active"] is True
    assert bc.topics.get(1)["name"] == "Product news"
    assert bc.channel_design.get()["layout"]["width"] == 600


def test_suppressions_are_listed_and_checked_across_both_lists(app, bc, admin):
    listed = bc.suppressions.list()
    assert listed["pagination"]["total"] == len(app.account.suppressions)
    everywhere = app.account.global_suppressions[0].email
    assert bc.suppressions.check(everywhere.upper())["scope"] == "global"
    assert bc.suppressions.check("fine@example.com")["suppressed"] is False
    assert admin.global_suppressions.list()["suppressions"][0]["source"].startswith("provider")
    with pytest.raises(AuthenticationError):
        bc.global_suppressions.list()


def test_discovery_names_the_key_the_channel_and_the_limit(bc, admin):
    assert bc.whoami()["token"]["type"] == "channel_scoped"
    assert bc.whoami()["channel"]["id"] == 3
    assert admin.whoami()["token"]["type"] == "admin_cross_channel"
    assert bc.prime()["rate_limit"]["requests_per_minute"] == 120
    assert bc.status()["subscribers"]["total"] == 600
    assert bc.skill().startswith("---\nname: broadcast")
    assert "move_to_sequence_id: {}" in bc.openapi()
    assert bc.whoami().rate_limit.limit == 120


def test_every_migration_collection_is_read_to_its_end(admin):
    counts = admin.migration.manifest()["counts"]
    for name in COLLECTIONS:
        assert len(list(admin.migration.each_record(name, limit=1000))) == counts[name], name
    assert admin.migration.download_file_asset(1).startswith(b"GIF89a")


def test_the_migration_export_refuses_a_channel_key(bc):
    with pytest.raises(AuthorizationError, match="Admin API token required"):
        bc.migration.manifest()


def test_an_installation_key_must_name_its_channel(host):
    unnamed = Broadcast(api_token=ADMIN_KEY, host=host, retry_attempts=1)
    with pytest.raises(AuthorizationError, match="broadcast_channel_id"):
        unnamed.subscribers.list()
    with unnamed.with_channel(3):
        assert unnamed.subscribers.list()["pagination"]["total"] >= 600
    with unnamed.with_channel(4), pytest.raises(NotFoundError):
        unnamed.subscribers.list()


def test_people_are_enrolled_and_removed_with_nested_bodies(app, bc, admin):
    before = len(app.recorded)
    bc.sequences.add_subscriber(13, subscriber={"email": "nested@example.com", "first_name": "Ned"})
    with pytest.raises(ValidationError):
        bc.sequences.add_subscriber(13, subscriber={"email": "nested@example.com"})
    with pytest.raises(APIError, match="param is missing"):
        bc.sequences.add_subscriber(13, email="flat@example.com")
    with pytest.raises(APIError, match="param is missing"):
        bc.sequences.remove_subscriber(13, "nested@example.com")
    path = "/api/v1/sequences/13/remove_subscriber"
    admin.request("DELETE", path, {"subscriber": {"email": "nested@example.com"}})
    person = bc.subscribers.find("nested@example.com")
    assert person["first_name"] == "Ned"
    rows = [row for row in app.account.enrolments if row.subscriber_id == person["id"]]
    assert [(row.status, row.completed_at is not None) for row in rows] == [("removed", True)]
    assert [seen.method for seen in app.recorded[before:]] == ["POST", "POST", "POST", "DELETE", "DELETE"]


def test_a_sequence_is_switched_off_and_an_unknown_key_is_warned_about(app, bc):
    shown = bc.request("PATCH", "/api/v1/sequences/21", {"active": False})
    assert (shown["active"], shown.has_warnings) == (False, False)
    loud = Broadcast(api_token=WRITE_KEY, host=bc.config.host, warnings_mode="ignore")
    warned = loud.sequences.update(21, active=True, nick_name="x")
    assert [(one.code, one.param) for one in warned.warnings] == [("unrecognized_parameter", "nick_name")]


def test_an_ignored_filter_returns_everybody_and_warns(host):
    quiet = Broadcast(api_token=WRITE_KEY, host=host, warnings_mode="ignore")
    shown = quiet.subscribers.list(subscription_status="subscribed", created_after="soon")
    assert shown["pagination"]["total"] >= 600
    assert [one.code for one in shown.warnings] == ["parameter_ignored"] * 2


def test_filters_of_the_newest_set_narrow_the_list(bc):
    everybody = bc.subscribers.list()["pagination"]["total"]
    for filters in (
        {"is_active": True},
        {"tags": ["vip", "trial"]},
        {"confirmation_status": "unconfirmed"},
        {"custom_data": {"plan": "pro"}},
        {"email": "@ACME.test"},
        {"created_after": "2025-06-01T00:00:00Z"},
    ):
        assert 0 < bc.subscribers.list(**filters)["pagination"]["total"] < everybody, filters
