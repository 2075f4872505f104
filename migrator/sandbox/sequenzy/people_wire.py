"""Contacts as they go over the wire: the plain object, the detailed one, and imports, lists and events in short.

Only reads. Providers are told from the address; statistics from the outbox.
"""

from __future__ import annotations

from typing import Any

from migrator.sandbox.sequenzy.replies import stamp
from migrator.sandbox.sequenzy.state import EventRecord, ListRecord, Note, Subscriber
from migrator.sandbox.sequenzy.world import World

_PROVIDERS = {
    "gmail.com": "gmail",
    "googlemail.com": "gmail",
    "outlook.com": "outlook",
    "hotmail.com": "outlook",
    "live.com": "outlook",
    "yahoo.com": "yahoo",
    "icloud.com": "icloud",
    "me.com": "icloud",
}
ACTIVITY_LIMIT = 100


def provider_of(email: str | None) -> str | None:
    return _PROVIDERS.get(email.rpartition("@")[2], "other") if email else None


def person_shape(person: Subscriber) -> dict[str, Any]:
    return {
        "id": person.id,
        "email": person.email,
        "externalId": person.external_id,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "status": person.status,
        "tags": list(person.tags),
        "customAttributes": dict(person.attributes),
        "phone": person.phone,
        "phoneCountry": person.phone_country,
        "smsStatus": person.sms_status,
        "timezone": person.timezone,
        "emailProvider": provider_of(person.email),
        "createdAt": stamp(person.created_at),
        "updatedAt": stamp(person.updated_at),
        "unsubscribedAt": stamp(person.unsubscribed_at) if person.status == "unsubscribed" else None,
    }


def detailed_shape(world: World, person: Subscriber) -> dict[str, Any]:
    lists = world.state.lists
    return {
        **person_shape(person),
        "lists": [
            {
                "id": list_id,
                "name": lists[list_id].name,
                "description": lists[list_id].description,
                "isPrivate": lists[list_id].is_private,
                "subscribedAt": stamp(membership.subscribed_at),
                "unsubscribedAt": stamp(membership.unsubscribed_at),
            }
            for list_id, membership in person.lists.items()
            if list_id in lists
        ],
        "sequenceEnrollments": _enrolments(world, person),
        "emailStats": _email_stats(world, person),
        "notes": [note_shape(world, person, note) for note in person.notes],
        "activity": [_activity(event) for event in _recent(world, person)],
    }


def _enrolments(world: World, person: Subscriber) -> list[dict[str, Any]]:
    found = []
    for enrolment in world.state.enrollments.values():
        if enrolment.subscriber_id != person.id:
            continue
        sequence = world.state.sequences.get(enrolment.sequence_id)
        node = sequence.nodes.get(enrolment.node_id) if sequence else None
        found.append(
            {
                "sequenceId": enrolment.sequence_id,
                "sequenceName": sequence.name if sequence else None,
                "sequenceStatus": sequence.status if sequence else None,
                "tokenId": enrolment.id,
                "enrollmentStatus": enrolment.status,
                "currentNodeId": enrolment.node_id,
                "currentNodeLabel": node.config.get("label") if node else None,
                "currentNodeType": node.type if node else None,
                "enteredAt": stamp(enrolment.started_at),
                "scheduledFor": stamp(enrolment.due),
                "updatedAt": stamp(enrolment.updated_at),
            }
        )
    return found


def _email_stats(world: World, person: Subscriber) -> dict[str, int]:
    sends = world.state.sends_of(person.id)
    statuses = [world.state.mark_of(send.id).status for send in sends]
    return {
        "sent": len(sends),
        "delivered": sum(status in ("delivered", "complained") for status in statuses),
        "opened": sum(bool(send.opened_at) for send in sends),
        "clicked": sum(bool(send.clicks) for send in sends),
        "bounced": statuses.count("bounced"),
        "complained": statuses.count("complained"),
        "unsubscribed": 0,
    }


def _recent(world: World, person: Subscriber) -> list[EventRecord]:
    return sorted(world.state.events_of(person.id), key=lambda event: event.at, reverse=True)[:ACTIVITY_LIMIT]


def _activity(event: EventRecord) -> dict[str, Any]:
    return {
        "id": event.id,
        "eventType": "custom",
        "eventName": event.name,
        "eventTime": stamp(event.at),
        "properties": event.properties,
        "emailSendId": None,
        "campaignId": None,
        "clickedUrl": None,
        "machine": False,
    }


def note_shape(world: World, person: Subscriber, note: Note) -> dict[str, Any]:
    return {
        "id": note.id,
        "companyId": world.state.settings.company_id,
        "subscriberId": person.id,
        "authorId": None,
        "author": None,
        "body": note.body,
        "createdAt": stamp(note.created_at),
        "updatedAt": stamp(note.created_at),
    }


def list_shape(world: World, record: ListRecord) -> dict[str, Any]:
    members = world.state.list_members(record.id)
    return {
        "id": record.id,
        "name": record.name,
        "description": record.description,
        "isPrivate": record.is_private,
        "allowMemberUnsubscribe": record.allow_member_unsubscribe,
        "subscriberCount": len(members),
        "activeSubscriberCount": sum(person.status == "active" for person in members),
        "createdAt": stamp(record.created_at),
    }
