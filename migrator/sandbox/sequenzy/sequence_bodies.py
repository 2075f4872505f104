"""The shapes of the bodies that create and update a sequence; steps and waits are in step_bodies.py.

Unknown keys are stripped, as the platform does. What the values mean is checked where they are used.
"""

from __future__ import annotations

from typing import Any, Literal

from migrator.sandbox.sequenzy.step_bodies import (
    Body,
    ConditionType,
    CreateStep,
    EmailFields,
    Entry,
    Number,
    PathStep,
    Scope,
    StepConfig,
    Texts,
)

CreateTrigger = Literal[
    "contact_added",
    "tag_added",
    "segment_entered",
    "segment_exited",
    "event_received",
    "inbound_webhook",
    "inactivity",
    "frequency",
    "manual",
]
StopType = Literal[
    "none",
    "has_tag",
    "does_not_have_tag",
    "added_to_list",
    "removed_from_list",
    "entered_segment",
    "field_changed",
    "event_received",
]


class PropertyFilter(Body):
    path: str
    operator: Literal["exists", "not_exists", "equals", "not_equals", "one_of", "contains", "greater_than", "less_than"]
    value: Any = None


class StopCondition(Body):
    type: StopType
    value: str | None = None
    match_config: Entry | None = None


class SendingWindow(Body):
    enabled: bool = True
    timezone: str | None = None
    start_time: str | None = None
    end_time: str | None = None
    days: list[Literal["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]] | None = None


class KeyDate(Body):
    label: str | None = None
    key: str | None = None
    at: str | None = None


class KeyDates(Body):
    dates: list[KeyDate]
    timezone: str | None = None


class Common(Body):
    """Settings and trigger fields, which creating and updating share."""

    trigger: CreateTrigger | None = None
    list_id: str | None = None
    list_ids: Texts | None = None
    list_scope: Literal["any_contact", "any_list"] | None = None
    tag_name: str | None = None
    tag_names: Texts | None = None
    segment_id: str | None = None
    stop_on_segment_exit: bool | None = None
    event_name: str | None = None
    property_filters: list[PropertyFilter] | None = None
    inactive_days: Number | None = None
    inactivity_baseline: Literal["sequence_created_at", "subscriber_created_at"] | None = None
    min_count: Number | None = None
    time_window_days: Number | None = None
    integration_slug: str | None = None
    integration_event_key: str | None = None
    custom_integration: Any = None
    description: str | None = None
    labels: Texts | None = None
    user_cancellable: bool | None = None
    active_subscribers_only: bool | None = None
    frequency_cap_enabled: bool | None = None
    bcc_emails: Texts | None = None
    enrollment_mode: Literal["unlimited", "one_time", "matching_field"] | None = None
    enrollment_field_path: str | None = None
    stop_condition: StopCondition | None = None
    sending_window: SendingWindow | None = None
    key_dates: KeyDates | None = None
    sender_profile_id: str | None = None
    from_email: str | None = None
    from_name: str | None = None
    reply_profile_id: str | None = None
    reply_to: str | None = None
    reply_to_name: str | None = None


class Create(Common, kw_only=True):
    name: str
    steps: list[CreateStep] | None = None
    goal: str | None = None
    email_count: Number | None = None
    duration_days: Number | None = None
    email_style: Literal["visual", "plain"] | None = None


class Lane(Body):
    id: str | None = None
    label: str | None = None
    condition_type: ConditionType | None = None
    steps: list[PathStep] | None = None
    target_node_id: str | None = None
    tag_name: str | None = None
    tag_id: str | None = None
    list_id: str | None = None
    segment_id: str | None = None
    segment_name: str | None = None
    event_name: str | None = None
    link_url: str | None = None
    activity_scope: Scope | None = None
    field_name: str | None = None
    field_value: str | None = None


class Branch(Body):
    after_node_id: str
    branches: list[Lane]
    else_steps: list[PathStep] | None = None
    else_target_node_id: str | None = None
    split_mode: Literal["condition", "random"] | None = None
    random_percentages: list[Number] | None = None
    allow_empty_paths: bool | None = None
    label: str | None = None


class InsertSteps(Body):
    steps: list[PathStep]
    after_node_id: str | None = None


class GraphEdge(Body):
    source_node_id: str
    target_node_id: str
    condition: Entry | None = None


class GraphEdit(Body):
    action: Literal["move_node", "delete_node", "duplicate_node", "replace_edges"]
    expected_revision: str
    node_id: str | None = None
    after_node_id: str | None = None
    before_node_id: str | None = None
    edges: list[GraphEdge] | None = None


class EmailEdit(EmailFields):
    node_id: str | None = None
    email_id: str | None = None
    html_content: str | None = None
    is_transactional: bool | None = None
    email_preset: Literal["branded", "minimal"] | None = None
    email_theme: Entry | None = None
    cc_emails: Texts | None = None
    bcc_emails: Texts | None = None
    attachments: list[Entry] | None = None


class Changes(Body):
    config: StepConfig | None = None


class NodeUpdate(Body):
    node_id: str
    changes: Changes
    expected_updated_at: str | None = None


class SmsEdit(Body):
    node_id: str
    text: str | None = None
    image_urls: Texts | None = None
    label: str | None = None
    ineligible_action: Literal["skip", "exit"] | None = None


class SubscriberUpdateEdit(Body):
    node_id: str
    config: StepConfig


class Update(Common):
    name: str | None = None
    enrollment_paused: bool | None = None
    audience_auto_enroll: Entry | None = None
    emails: list[EmailEdit] | None = None
    steps: list[EmailEdit] | None = None
    sms_steps: list[SmsEdit] | None = None
    subscriber_update_steps: list[SubscriberUpdateEdit] | None = None
    node_updates: list[NodeUpdate] | None = None
    insert_steps: InsertSteps | None = None
    branch: Branch | None = None
    graph_edit: GraphEdit | None = None
    confirm_structural_change: bool | None = None
    confirm_live_change: bool | None = None
