"""What starts an automation. Any of its triggers does; whom a trigger leaves out is kept, never forgotten."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.kit.wire import filled, identities, identity, without
from adapters.mailerlite.conditions import field_key
from migrator.model import Raw, Rule, Trigger
from migrator.model.rules import AllOf, AnyOf, ListRule, Not
from migrator.model.sequences import AttributeChanged, DateReached, FormSubmitted, ListJoined, OpaqueTrigger

Read = tuple[tuple[Trigger, ...], Rule | None, tuple[str, ...]]


def read_triggers(told: list[Raw], fields: Mapping[str, str]) -> Read:
    """The triggers, who is let in, and what no field can say: limits of one trigger among several."""
    triggers = tuple(trigger for one in told for trigger in _read(one, fields))
    rules = [rule for one in told for rule in _limits(one)]
    if not rules:
        return triggers, None, ()
    if len(told) == 1:
        return triggers, rules[0] if len(rules) == 1 else AllOf(rules=tuple(rules)), ()
    left_out = sorted({group for one in told for group in _excluded(one)})
    return triggers, None, (f"groups of single triggers: {', '.join(left_out) or 'required ones'}",)


def _excluded(told: Raw) -> list[str]:
    return identities(told.get("exclude_group_ids"))


def _limits(told: Raw) -> list[Rule]:
    found: list[Rule] = [Not(rule=ListRule(list_id=group)) for group in _excluded(told)]
    if told.get("type") != "subscriber_joins_group" and (groups := identities(told.get("group_ids"))):
        rules = tuple(ListRule(list_id=group) for group in groups)
        found.append(rules[0] if len(rules) == 1 else AnyOf(rules=rules))
    return found


def _read(told: Raw, fields: Mapping[str, str]) -> list[Trigger]:
    kind, key = filled(told.get("type")) or "a trigger without a type", field_key(told, fields)
    found: list[Trigger] = []
    if kind == "subscriber_joins_group":
        groups = identities(told.get("group_ids")) or identities([told.get("group_id")])
        found = [ListJoined(list_id=group) for group in groups]
    elif kind == "form_completed" and identity(told.get("form_id")):
        found = [FormSubmitted(form_id=str(identity(told["form_id"])))]
    elif kind == "field_updated" and key and not told.get("value") and not told.get("field_operator"):
        found = [AttributeChanged(key=key)]
    elif kind == "field_updated" and key and told.get("field_operator") in ("equals", "is"):
        found = [AttributeChanged(key=key, to=filled(told.get("value")))] if filled(told.get("value")) else []
    elif kind in ("anniversary", "exact_date") and key and not _shifted(told):
        found = [DateReached(key=key, yearly=kind == "anniversary")]
    return found or [OpaqueTrigger(description=kind.replace("_", " "), raw=without(told, "id", "complete"))]


def _shifted(told: Raw) -> bool:
    """Before or after the day, or at an hour of it: the model's day has neither yet."""
    return any(told.get(key) not in (None, "", "0", 0) for key in ("start_before_time", "start_after_time"))
