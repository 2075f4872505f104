"""What each step does to a contact: mail, tags, lists, attributes, webhooks, discounts. Never real mail or requests.

`perform` gives what the run does next. Waits and branches are the engine's.
"""

from __future__ import annotations

import json
import re
from typing import Any, Literal

from migrator.sandbox.sequenzy import consent, people
from migrator.sandbox.sequenzy.conditions import holds
from migrator.sandbox.sequenzy.merge_tags import Lookup, fill
from migrator.sandbox.sequenzy.records import EmailSend, Enrollment, Node, SequenceRecord, WebhookCall
from migrator.sandbox.sequenzy.render import Person, lookup_for, render
from migrator.sandbox.sequenzy.state import Subscriber
from migrator.sandbox.sequenzy.world import World

Next = Literal["go", "exit"]
Config = dict[str, Any]
_ALONE = re.compile(r"\{\{[^{}]+\}\}")
"""A text that is one merge tag and nothing else is looked up when an attribute is set."""


def perform(world: World, sequence: SequenceRecord, run: Enrollment, person: Subscriber, node: Node) -> Next:
    config = node.config
    match node.type:
        case "action_email" | "action_ab_test":
            send_email(world, sequence, run, person, node)
        case "action_add_tag":
            people.add_tags(world, person, [config["tagName"]], live=True)
        case "action_remove_tag":
            people.remove_tags(world, person, [config["tagName"]], live=True)
        case "action_add_to_list":
            people.join_list(world, person, config["listId"], live=True)
        case "action_remove_from_list":
            people.leave_list(world, person, config["listId"])
        case "action_update_attributes":
            _update(world, run, person, config)
        case "action_webhook":
            _webhook(world, sequence, run, person, node)
        case "action_create_discount":
            run.results["discount"] = _discount(config, run)
        case "action_ai":
            fields = {entry["key"]: entry.get("fallback") or "" for entry in config["outputFields"]}
            run.results.setdefault("ai", {})[config["resultKey"]] = fields
        case "action_sms":
            if person.sms_status != "subscribed" and config.get("ineligibleAction") == "exit":
                return "exit"
        case "logic_condition":
            # The contract is silent on what a false gate does; here it ends the run.
            return "go" if holds(world.state, person, run, config) else "exit"
    return "go"


def send_email(world: World, sequence: SequenceRecord, run: Enrollment, person: Subscriber, node: Node) -> None:
    """Nobody who is not active gets marketing mail; bounced contacts get none at all."""
    state, email = world.state, sequence.emails[str(node.email_id)]
    reachable = person.status == "active" or (email.is_transactional and person.status != "bounced")
    if not reachable or not person.email:
        reason = person.status if person.status != "active" else "no_email"
        sequence.skipped_sends[reason] = sequence.skipped_sends.get(reason, 0) + 1
        return
    if not email.is_transactional and _capped(world, sequence, person):
        sequence.skipped_sends["frequency_cap"] = sequence.skipped_sends.get("frequency_cap", 0) + 1
        return
    made = render(state, email, Person.of(person), run)
    send = EmailSend(
        id=state.new_id("send"),
        subscriber_id=person.id,
        recipient=person.email,
        subject=made.subject,
        html=made.html,
        sent_at=state.now,
        email_type="transactional" if email.is_transactional else "marketing",
        sequence_id=sequence.id,
        node_id=node.id,
        enrollment_id=run.id,
        email_id=email.id,
        preview_text=made.preview_text,
    )
    state.outbox.append(send)
    run.sends.append(send.id)


def _capped(world: World, sequence: SequenceRecord, person: Subscriber) -> bool:
    """Whether the account's cap is reached and the sequence obeys it. Transactional emails never count."""
    cap = world.state.settings.frequency_cap
    if not cap or not sequence.settings.get("frequencyCapEnabled"):
        return False
    since = world.state.ago(hours=cap["windowHours"])
    recent = [send for send in world.state.sends_of(person.id) if send.sent_at > since]
    return sum(send.email_type == "marketing" for send in recent) >= int(cap["maxEmails"])


def _update(world: World, run: Enrollment, person: Subscriber, config: Config) -> None:
    state = world.state
    lookup = lookup_for(state, Person.of(person), run)
    person.first_name = config.get("firstName", person.first_name)
    person.last_name = config.get("lastName", person.last_name)
    attributes = dict(person.attributes)
    for update in config.get("customAttributeUpdates", ()):
        if update["value"] is None:
            attributes.pop(update["name"], None)
        else:
            value = update["value"]
            if isinstance(value, str) and _ALONE.fullmatch(value.strip()):
                value = fill(value.strip(), lookup, escape=False).text
            attributes[update["name"]] = _typed(value, update.get("valueType"))
    person.attributes = attributes
    person.updated_at = state.now
    match config.get("status"):
        case "unsubscribed":
            consent.unsubscribe(world, person)
        case "bounced":
            consent.bounce(world, person)
        case "active" if person.status != "active":
            consent.reactivate(world, person)


def _typed(value: Any, kind: str | None) -> Any:
    if kind == "number" and isinstance(value, str):
        try:
            found = float(value)
        except ValueError:
            return value
        return int(found) if found.is_integer() else found
    if kind == "boolean" and isinstance(value, str):
        return value.strip().lower() == "true"
    return str(value) if kind == "text" and not isinstance(value, str) else value


def _webhook(world: World, sequence: SequenceRecord, run: Enrollment, person: Subscriber, node: Node) -> None:
    state, config = world.state, node.config
    lookup = lookup_for(state, Person.of(person), run)
    call = WebhookCall(
        sequence_id=sequence.id,
        node_id=node.id,
        subscriber_id=person.id,
        method=config["method"],
        url=fill(config["url"], lookup, escape=False).text,
        headers={str(name): str(value) for name, value in (config.get("headers") or {}).items()},
        body=_body(sequence, person, config, lookup),
        at=state.now,
    )
    state.webhook_calls.append(call)
    if key := config.get("resultKey"):
        run.results.setdefault("webhooks", {})[key] = {"status": 200, "data": {}}


def _body(sequence: SequenceRecord, person: Subscriber, config: Config, lookup: Lookup) -> str:
    """Where no body is given, the contact and the sequence are sent; its shape is published nowhere."""
    if config["method"] not in ("POST", "PUT", "PATCH"):
        return ""
    if config.get("body"):
        return fill(str(config["body"]), lookup, escape=False).text
    who = {"id": person.id, "email": person.email, "customAttributes": person.attributes}
    return json.dumps({"subscriber": who, "sequence": {"id": sequence.id, "name": sequence.name}})


def _discount(config: Config, run: Enrollment) -> Config:
    code = f"{config.get('codePrefix') or 'CODE'}-{run.id[-6:].upper()}"
    kept: Config = {key: config[key] for key in ("percentOff", "amountOff", "currency", "expiresAt") if key in config}
    value = config.get("percentOff") or config.get("amountOff")
    return {"code": code, "value": value, **kept}
