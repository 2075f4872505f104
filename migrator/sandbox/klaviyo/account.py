"""What a local Klaviyo holds: rows in the platform's own words, by type and id. How they are asked for is elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from migrator.sandbox.local_only import fresh_key

Row = dict[str, Any]

DEFAULT_KEY = fresh_key("pk_sandbox_")
"""Of this process alone."""
SCOPES = (
    *("accounts:read", "profiles:read", "lists:read", "segments:read", "subscriptions:read", "flows:read"),
    *("templates:read", "campaigns:read", "events:read", "metrics:read", "tags:read"),
)


@dataclass
class Profile:
    id: str
    attributes: Row
    """Everything the platform shows without being asked for more."""
    subscriptions: Row
    """Shown only with `additional-fields[profile]=subscriptions`."""
    lists: dict[str, str] = field(default_factory=dict)
    """List id to the moment of joining."""
    segments: tuple[str, ...] = ()


@dataclass
class Message:
    """One email of a flow or campaign, with its hidden clone of a template."""

    id: str
    channel: str
    template: Row | None
    """`id` and attributes; None: never designed."""
    definition: Row = field(default_factory=dict)


@dataclass
class Account:
    id: str
    attributes: Row
    profiles: list[Profile] = field(default_factory=list)
    lists: list[Row] = field(default_factory=list)
    segments: list[Row] = field(default_factory=list)
    metrics: list[Row] = field(default_factory=list)
    flows: list[Row] = field(default_factory=list)
    """`definition` is kept beside the attributes and shown only when asked for."""
    flow_messages: dict[str, Message] = field(default_factory=dict)
    templates: list[Row] = field(default_factory=list)
    universal: list[Row] = field(default_factory=list)
    campaigns: list[Row] = field(default_factory=list)
    campaign_messages: dict[str, list[Message]] = field(default_factory=dict)
    """By campaign."""
    tags: list[Row] = field(default_factory=list)


def resource(kind: str, row_id: str, attributes: Row, **more: Any) -> Row:
    """One object as the platform prints it."""
    return {"type": kind, "id": row_id, "attributes": attributes, "links": {"self": f"/api/{kind}s/{row_id}/"}, **more}
