"""The shapes of steps and waits in request bodies: types, required fields and closed vocabularies, nothing more.

Unknown keys are stripped, as the platform does. What the values mean is checked where they are used.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Number = int | float
Texts = list[str]
Entry = dict[str, Any]
ConditionType = Literal[
    "has_tag",
    "does_not_have_tag",
    "in_list",
    "in_segment",
    "event_received",
    "link_clicked",
    "field_equals",
    "field_contains",
    "field_greater_than",
    "field_less_than",
    "has_phone",
    "sms_subscribed",
]
PathType = Literal[
    "email",
    "sms",
    "push",
    "delay",
    "create_discount",
    "discount",
    "update_subscriber",
    "condition",
    "webhook",
    "ai",
]
PathNodeType = Literal[
    "logic_delay",
    "action_email",
    "action_sms",
    "action_push",
    "action_create_discount",
    "action_add_tag",
    "action_remove_tag",
    "action_add_to_list",
    "action_remove_from_list",
    "action_update_attributes",
    "logic_wait_for_event",
    "logic_condition",
    "action_webhook",
    "action_ai",
]
Scope = Literal["ever", "this_sequence", "previous_email"]


class Body(msgspec.Struct, rename="camel", kw_only=True, omit_defaults=True):
    pass


class Offset(Body):
    days: Number = 0
    hours: Number = 0
    minutes: Number = 0


class Delay(Body):
    days: Number = 0
    hours: Number = 0
    minutes: Number = 0
    mode: Literal["duration", "until_date", "until_weekday", "until_key_date"] = "duration"


class WaitUntil(Body):
    source: Literal["event", "attribute"] | None = None
    offset: Offset | None = None
    direction: Literal["before", "after"] | None = None
    missing_action: Literal["continue", "exit"] | None = None
    past_action: Literal["continue", "skip", "exit"] | None = None


class WaitUntilDate(WaitUntil):
    field: str | None = None


class WaitUntilKeyDate(WaitUntil):
    key: str | None = None


class WaitUntilWeekday(Body):
    day: str | None = None
    days: Texts | None = None
    start_time: str | None = None
    end_time: str | None = None
    timezone: str | None = None
    timezone_source: Literal["fixed", "subscriber"] | None = None
    minimum_wait: Offset | None = None


class EmailFields(Body):
    name: str | None = None
    subject: str | None = None
    preview_text: str | None = None
    html: str | None = None
    blocks: list[Entry] | None = None
    sender_profile_id: str | None = None
    from_email: str | None = None
    from_name: str | None = None
    reply_profile_id: str | None = None
    reply_to: str | None = None
    reply_to_name: str | None = None


class StepConfig(Body):
    """The `config` of a step of any type."""

    label: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    status: str | None = None
    custom_attribute_updates: list[Entry] | None = None
    tag_name: str | None = None
    tag_id: str | None = None
    list_id: str | None = None
    segment_id: str | None = None
    event_name: str | None = None
    timeout_days: Number | None = None
    timeout_action: str | None = None
    condition_type: str | None = None
    field_name: str | None = None
    field_value: str | None = None
    link_url: str | None = None
    activity_scope: str | None = None
    delay_days: Number | None = None
    delay_hours: Number | None = None
    delay_minutes: Number | None = None
    url: str | None = None
    method: str | None = None
    headers: dict[str, str] | None = None
    body: str | None = None
    result_key: str | None = None
    on_error: str | None = None
    prompt: str | None = None
    output_fields: list[Entry] | None = None


class Step(EmailFields):
    """What every step may carry. `delay` is checked apart: a number there is ignored with a warning."""

    delay_ms: Number | None = None
    wait_until: WaitUntilDate | None = None
    wait_until_weekday: WaitUntilWeekday | None = None
    wait_until_key_date: WaitUntilKeyDate | None = None
    discount: Entry | None = None
    config: StepConfig | None = None
    text: str | None = None
    title: str | None = None
    body: str | None = None
    label: str | None = None
    ineligible_action: Literal["skip", "exit"] | None = None
    image_urls: Texts | None = None
    platforms: list[Literal["web", "ios", "android"]] | None = None


class CreateStep(Step):
    type: Literal["email", "sms", "push", "create_discount", "discount", "update_subscriber"] | None = None
    node_type: (
        Literal["action_email", "action_sms", "action_push", "action_create_discount", "action_update_attributes"]
        | None
    ) = None
    is_transactional: bool | None = None
    cc_emails: Texts | None = None
    bcc_emails: Texts | None = None
    attachments: list[Entry] | None = None


class PathStep(Step):
    type: PathType | None = None
    node_type: PathNodeType | None = None
