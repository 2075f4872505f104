"""The conditions of a step to a rule. A word that MailerLite does not document is never guessed."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.kit.wire import filled, identity, part, rows
from migrator.model import Raw, Rule
from migrator.model.rules import (
    Activity,
    ActivityRule,
    ActivityScope,
    AllOf,
    AnyOf,
    Comparison,
    FieldKind,
    FieldRule,
    ListRule,
    Not,
    OpaqueRule,
    SegmentRule,
)

_DID = {"opened": (Activity.OPENED, True), "clicked": (Activity.CLICKED, True),
        "not_opened": (Activity.OPENED, False), "not_clicked": (Activity.CLICKED, False)}  # fmt: skip
_COMPARED = {
    "equals": Comparison.EQUALS,
    "not_equals": Comparison.NOT_EQUALS,
    "contains": Comparison.CONTAINS,
    "not_contains": Comparison.NOT_CONTAINS,
}
BUILT_IN = {"name": "first_name", "last_name": "last_name", "phone": "phone", "email": "email"}


def read_conditions(row: Raw, fields: Mapping[str, str]) -> Rule:
    """Of a step; opaque as a whole where it is not said how its parts are joined."""
    parts = tuple(_read(told, fields) for told in rows(row.get("conditions")))
    if len(parts) == 1 and len(row["conditions"]) == 1:
        return parts[0]
    match row.get("matching_type"):
        case "all" if parts:
            return AllOf(rules=parts)
        case "any" if parts:
            return AnyOf(rules=parts)
    return OpaqueRule(description="conditions that are not joined by all or any", raw=_plain(row))


def field_key(told: Raw, fields: Mapping[str, str]) -> str | None:
    return filled(part(told.get("field")).get("key")) or fields.get(identity(told.get("field_id")) or "")


def _read(told: Raw, fields: Mapping[str, str]) -> Rule:
    kind, action = str(told.get("type")), str(told.get("action"))
    found: Rule | None = None
    if kind == "workflow_activity" and action in _DID and identity(told.get("email_id")) and not told.get("link_id"):
        activity, did = _DID[action]
        rule = ActivityRule(activity=activity, scope=ActivityScope.MESSAGE, message_id=identity(told["email_id"]))
        found = rule if did else Not(rule=rule)
    elif kind == "custom_fields" and action in _COMPARED and isinstance(told.get("action_value"), str | int | float):
        key = field_key(told, fields)
        if key:
            found = FieldRule(
                kind=FieldKind.BUILT_IN if key in BUILT_IN else FieldKind.CUSTOM,
                key=BUILT_IN.get(key, key),
                comparison=_COMPARED[action],
                value=told["action_value"],
            )
    elif kind == "group_membership" and told.get("action") is None and identity(told.get("group_id")):
        found = ListRule(list_id=str(identity(told["group_id"])))
    elif kind == "segment_membership" and told.get("action") is None and identity(told.get("segment_id")):
        found = SegmentRule(segment_id=str(identity(told["segment_id"])))
    return found or OpaqueRule(description=" ".join(part for part in (kind, str(told.get("action") or "")) if part),
                               raw=_plain(told))  # fmt: skip


def _plain(told: Raw) -> Raw:
    return {key: value for key, value in told.items() if value not in (None, "", [], {})}
