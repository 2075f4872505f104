"""The official client drives the people side, and every answer has all the fields its models declare."""

from __future__ import annotations

import datetime as dt

import pytest
from sequenzy.errors import NotFoundError, UnauthorizedError
from szy_support import Official, strictly

from migrator.sandbox.sequenzy.app import SequenzySandbox


def test_a_created_contact_reads_back_through_the_official_client(official: Official) -> None:
    client = official.client
    made = client.subscribers.create(
        email="Ada@Example.com",
        first_name="Ada",
        tags=["VIP Customer"],
        custom_attributes={"plan": "pro", "seats": 4},
        enroll_in_sequences=False,
    )
    official.strictly(made, "optIn")
    assert made.subscriber is not None
    assert made.subscriber.created
    read = client.subscribers.get(email="ada@example.com")
    official.strictly(read)
    assert read.subscriber is not None
    assert read.subscriber.tags == ["vip-customer"]
    assert read.subscriber.custom_attributes == {"plan": "pro", "seats": 4}
    changed = client.subscribers.update(email_path_param="ada@example.com", status="unsubscribed")
    official.strictly(changed)
    listed = client.subscribers.list(status="unsubscribed")
    official.strictly(listed)
    assert [person.email for person in listed.subscribers or ()] == ["ada@example.com"]
    client.subscribers.create_note(email="ada@example.com", body="met in Bath")
    official.strictly(client.subscribers.list_notes(email="ada@example.com"))
    official.strictly(client.subscribers.list_attributes())
    official.strictly(client.subscribers.delete(email="ada@example.com"))
    with pytest.raises(NotFoundError):
        client.subscribers.get(email="ada@example.com")


def test_an_import_is_polled_to_its_end(official: Official) -> None:
    client = official.client
    made = client.lists.create(name="News")
    official.strictly(made)
    assert made.list_ is not None
    queued = client.subscribers.create_import(
        subscribers=[
            {"email": "a@example.com", "status": "active", "createdAt": dt.datetime(2023, 2, 1, tzinfo=dt.UTC)},
            {"email": "b@example.com", "status": "unsubscribed"},
        ],
        list_ids=[made.list_.id or ""],
        opt_in_mode="confirmed",
        enroll_in_sequences=False,
        idempotency_key="run-1",
    )
    official.strictly(queued)
    assert queued.import_ is not None
    assert queued.import_.status == "running"
    polls = 0
    status = "running"
    while status == "running":
        read = client.subscribers.get_import(import_id=queued.import_.id or "")
        official.strictly(read)
        assert read.import_ is not None
        status = str(read.import_.status)
        polls += 1
    assert polls == 2
    assert read.import_.added_count == 2
    official.strictly(client.lists.list())
    members = client.subscribers.list(list_id=made.list_.id, status="all")
    assert [person.email for person in members.subscribers or ()] == ["a@example.com"]


def test_bulk_tags_and_operations(official: Official) -> None:
    client = official.client
    client.subscribers.create(email="a@example.com", enroll_in_sequences=False)
    added = client.subscribers.bulk_add_tags(tags=["lead"], emails=["a@example.com", "nobody@example.com"])
    official.strictly(added)
    assert (added.matched, added.updated) == (1, 1)
    assert added.not_found is not None
    assert added.not_found.emails == ["nobody@example.com"]
    official.strictly(client.subscribers.bulk_remove_tags(tags=["lead"], emails=["a@example.com"]))
    official.strictly(client.subscribers.tags.add(email="a@example.com", tag="Trial User"), "optIn")
    official.strictly(client.subscribers.tags.remove(email="a@example.com", tag="Trial User"))
    official.strictly(client.subscribers.add_tags_bulk(email="a@example.com", tags=["x", "y"]), "optIn")
    started = client.subscribers.start_operation(kind="add_tags", request_key="k1", tags=["everybody"])
    official.strictly(started)
    assert started.operation.status == "queued"
    done = client.subscribers.get_operation(id=started.operation.id)
    official.strictly(done)
    assert (done.operation.status, done.operation.succeeded) == ("completed", 1)
    official.strictly(client.subscribers.list_operations())
    official.strictly(client.tags.list())
    official.strictly(client.tags.create(name="Gold", color="amber"))


def test_lists_segments_and_events(official: Official) -> None:
    client = official.client
    made = client.lists.create(name="News", description="weekly")
    assert made.list_ is not None
    list_id = made.list_.id or ""
    added = client.lists.add_subscribers(list_id=list_id, emails=["a@example.com", "A@example.com ", ""])
    official.strictly(added, "results.error")
    assert (added.created, added.duplicate_input_count, added.ignored_blank_count) == (1, 1, 1)
    official.strictly(client.lists.remove_subscribers(list_id=list_id, emails=["a@example.com"]))
    official.strictly(client.lists.update(list_id=list_id, name="Letters"))
    event = client.subscribers.events.trigger(email="a@example.com", event="signed.up", properties={"plan": "pro"})
    official.strictly(
        event,
        *("account", "accountIgnored", "duplicate", "duplicates", "events", "historical", "inserted"),
        *("optIn", "sideEffectFailures"),
    )
    many = client.subscribers.events.trigger_bulk(email="a@example.com", events=[{"name": "signed.up"}])
    official.strictly(many, "optIn", "events.duplicate", "events.sideEffectFailures")
    imported = client.subscribers.import_events(
        events=[{"name": "old", "event_id": "1", "email": "a@example.com", "occurred_at": "2025-01-01T00:00:00Z"}]
    )
    official.strictly(imported, "error")
    leaf = {"id": "f1", "field": "event", "operator": "is", "value": "signed.up:30d"}
    segment = client.segments.create(request={"name": "Signed up", "filters": [leaf], "filterJoinOperator": "and"})
    official.strictly(segment, "warnings", "segment.filters.kind")
    assert segment.segment is not None
    count = client.segments.get_count(segment_id=segment.segment.id or "")
    official.strictly(count)
    assert count.count == 1
    official.strictly(client.segments.list(), "segments.filters.kind")
    official.strictly(client.segments.delete(segment_id=segment.segment.id or ""))
    official.strictly(client.lists.delete(list_id=list_id))


def test_templates_transactional_mail_and_the_log_of_sends(official: Official) -> None:
    client = official.client
    made = client.templates.create(name="Hello", subject="Hi", html="<p>Hi {{FIRST_NAME}}</p>", labels=["moved"])
    official.strictly(made, "warnings")
    assert made.template is not None
    template_id = made.template.id or ""
    client.templates.get(template_id=template_id)
    assert official.raw["template"]["blocks"][0]["content"] == "<p>Hi {{FIRST_NAME}}</p>"
    client.templates.list()
    assert official.raw["pagination"] == {"count": 1, "hasMore": False, "limit": 50, "offset": 0, "total": 1}
    rendered = client.templates.render(
        template_id=template_id, subscriber={"email": "a@example.com", "firstName": "Ada"}
    )
    official.strictly(rendered)
    assert "Hi Ada" in (rendered.html or "")
    client.transactional.create(name="Receipt", slug="receipt", subject="Receipt", html="<p>{{TOTAL}}</p>")
    sent = client.transactional.send(to="new@example.com", slug="receipt", variables={"TOTAL": "5"})
    assert sent.transactional is not None
    assert sent.email_send_id
    logged = client.email_sends.list(recipient="new@example.com")
    assert [row["status"] for row in official.raw["emailSends"]] == ["delivered"]
    assert logged.retention_days == 14
    official.strictly(client.templates.delete(template_id=template_id))


def test_account_settings_and_suppressions(official: Official) -> None:
    client = official.client
    client.subscribers.create(email="a@example.com", enroll_in_sequences=False)
    client.subscribers.update(email_path_param="a@example.com", status="complained")
    official.strictly(client.suppressions.list())
    official.strictly(client.suppressions.get(email="a@example.com"))
    official.strictly(client.subscribers.get_account_info())
    official.strictly(client.sync_rules.update(sync_rules=[]))
    read = client.sync_rules.get()
    official.strictly(read)
    assert (read.is_default, read.sync_rules) == (False, [])
    account = client.account.get()
    assert account.api_key_permissions is not None
    assert account.api_key_permissions.full_access
    company = client.companies.list().companies or []
    client.companies.update(company_id=company[0].id or "", default_subscriber_list_ids=[])
    assert official.raw["company"]["defaultSubscriberListIds"] == []
    settings = client.tracking_settings.update(double_opt_in_enabled=True)
    assert settings.consent is not None
    assert settings.consent.double_opt_in_enabled
    official.strictly(client.sender_profiles.list())


def test_a_wrong_key_is_refused(sandbox: SequenzySandbox, official: Official) -> None:
    sandbox.keys.clear()
    with pytest.raises(UnauthorizedError):
        official.client.lists.list()
    assert official.raw == {"success": False, "error": {"code": "UNAUTHORIZED", "message": "Invalid API key"}}


def test_the_strict_reader_notices_a_missing_field_and_a_wrong_type(official: Official) -> None:
    made = official.client.lists.create(name="News")
    del official.raw["list"]["isPrivate"]
    with pytest.raises(AssertionError, match=r"list\.isPrivate is missing"):
        official.strictly(made)
    official.raw["list"]["isPrivate"] = "no"
    with pytest.raises(AssertionError, match="expected bool"):
        strictly(type(made), official.raw)


def test_sending_settings_read_back(official: Official) -> None:
    client = official.client
    assert client.frequency_cap.get_frequency_cap().frequency_cap is None
    official.strictly(client.frequency_cap.set_frequency_cap(max_emails=3, window_hours=24))
    official.strictly(client.frequency_cap.get_frequency_cap())
    client.frequency_cap.clear_frequency_cap()
    assert official.raw == {"success": True, "frequencyCap": None}
    assert client.sending_status.get().status == "active"
    official.strictly(client.generation.generate_subject_lines(topic="Spring"))
    made = client.webhooks.create(name="Log", url="https://hooks.test/in", events=["email.sent"])
    assert made.webhook is not None
    assert made.webhook.signing_secret
    listed = client.webhooks.list().webhooks or []
    assert listed[0].signing_secret is None
    client.webhooks.delete(id=made.webhook.id or "")
    assert official.client.webhooks.list().webhooks == []
