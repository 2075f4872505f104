"""The shapes of the bodies of the enrolment and step calls."""

from __future__ import annotations

from typing import Any

from migrator.sandbox.sequenzy.step_bodies import Body

Texts = list[str]


class Enroll(Body):
    emails: Texts | None = None
    subscriber_ids: Texts | None = None
    target_node_id: str | None = None


class Hold(Body):
    emails: Texts | None = None
    subscriber_ids: Texts | None = None
    reason: str | None = None


class Audience(Body):
    list_ids: Texts | None = None
    segment_id: str | None = None
    filters: list[dict[str, Any]] | None = None
    include: list[dict[str, Any]] | None = None
    exclude: list[dict[str, Any]] | None = None
    included_subscriber_ids: Texts | None = None
    excluded_subscriber_ids: Texts | None = None


class Estimate(Body, kw_only=True):
    audience: Audience


class EnrollAudience(Body, kw_only=True):
    audience: Audience
    target_node_id: str | None = None
    scheduled_for: str | None = None
    data: dict[str, Any] | None = None


class Move(Body, kw_only=True):
    from_node_id: str
    target_node_id: str | None = None
    limit: int | float | None = None
    daily_limit: int | float | None = None
    sort: str | None = None
    tags: Texts | None = None
    subscriber_ids: Texts | None = None
    reason: str | None = None
    dry_run: bool = True


class Cancel(Body):
    cancel_all: bool | None = None
    subscriber_id: str | None = None
    subscriber_ids: Texts | None = None
    field_path: str | None = None
    field_values: list[Any] | None = None
    reason: str | None = None
    dry_run: bool | None = None


class Realign(Body):
    node_ids: Texts | None = None
    subscriber_ids: Texts | None = None
    cursor: str | None = None
    dry_run: bool = True


class Sample(Body):
    email: str = ""
    first_name: str | None = None
    last_name: str | None = None
    custom_attributes: dict[str, Any] | None = None
    tags: Texts | None = None


class Preview(Body):
    subscriber_id: str | None = None
    subscriber: Sample | None = None
    variables: dict[str, Any] | None = None
    locale: str | None = None
    tracking: bool | None = None
    links: bool | None = None


class TestSend(Body, kw_only=True):
    recipients: Texts


class TestRun(Body, kw_only=True):
    subscriber_id: str
    custom_variables: dict[str, Any] | None = None
    speed_multiplier: int | float = 120
