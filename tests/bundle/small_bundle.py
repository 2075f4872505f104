"""A small account that touches every file of a bundle, and an exporter that continues where it was killed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from migrator.bundle import BundleWriter, ExportOptions, Manifest, Mark, SegmentMember, Source, Unread, path_for
from migrator.bundle.disk import write_whole
from migrator.model import (
    Attribute,
    BodyFormat,
    Campaign,
    CampaignStatus,
    Consent,
    ConsentState,
    Contact,
    ContactList,
    EmailContent,
    Enrolment,
    EnrolmentStatus,
    Form,
    ListMembership,
    OtherResource,
    Segment,
    Sequence,
    Step,
    Suppression,
    Tag,
    Template,
)
from migrator.model.steps import SendEmail

CONTENT = EmailContent(subject="Hello", body="<p>Hi {{ first_name }}</p>", format=BodyFormat.FRAGMENT)
HOSTILE_ID = "../A/b:C"


def manifest(**changes: object) -> Manifest:
    fields: dict[str, object] = {
        "source": Source(platform="broadcast", host="mail.example.com", account="Shop"),
        "adapter": "broadcast",
        "adapter_version": "1",
        "door": "migration-api",
        "exported_at": datetime(2026, 1, 2, tzinfo=UTC),
        "options": ExportOptions(),
        "unread": (Unread(what="One email's body", why="The source withheld it", remedy="Copy it by hand"),),
    }
    return Manifest(**{**fields, **changes})  # type: ignore[arg-type]


def contact(number: int, **changes: object) -> Contact:
    states = list(ConsentState)
    fields: dict[str, object] = {
        "source_id": str(number),
        "email": f"person{number}@example.com",
        "consent": Consent(state=states[number % len(states)]),
        "lists": (ListMembership(list_id="1"),),
        "attributes": {"plan": "gold", "n": number},
    }
    return Contact(**{**fields, **changes})  # type: ignore[arg-type]


def export(folder: Path, *, people: int = 12, every: int = 4, name: str = "new") -> str:
    """Writes the account; continues an unfinished one from its own note. The same end however often it is killed."""
    with BundleWriter(folder) as writer:
        note = writer.progress / "contacts.json"
        at = Mark(*json.loads(note.read_text())) if note.exists() else Mark(0, 0)
        contacts = writer.contacts(at)
        for number in range(at.records, people):
            contacts.append(contact(number))
            if contacts.records % every == 0:
                write_whole(note, json.dumps(contacts.checkpoint()).encode())
        write_rest(writer, name)
        return writer.finish(manifest(notes=(name,)))


def write_rest(writer: BundleWriter, name: str) -> None:
    writer.enrolments().append(
        Enrolment(source_id="e1", sequence_id=HOSTILE_ID, contact_id="1", status=EnrolmentStatus.ACTIVE)
    )
    writer.suppressions().append(Suppression(email="gone@example.com"))
    writer.campaigns().append(Campaign(source_id="9", name="Sale", status=CampaignStatus.SENT, content=CONTENT))
    members = writer.members("vip")
    members.extend(SegmentMember(contact_id=str(number)) for number in range(3))
    writer.put_lists([ContactList(source_id="1", name="Newsletter"), ContactList(source_id="2", name=name)])
    writer.put_tags([Tag(name="buyer")])
    writer.put_attributes([Attribute(key="plan")])
    writer.put_segments([Segment(source_id="vip", name="VIP", members_file=path_for("members", "vip"))])
    writer.put_forms([Form(source_id="1", name="Footer")])
    writer.put_other([OtherResource(kind="webhook", source_id="1", name="Hook", remedy="Create it again")])
    steps = (Step(id="1", action=SendEmail(content=CONTENT)),)
    writer.put_sequence(Sequence(source_id=HOSTILE_ID, name=name, steps=steps))
    writer.put_sequence(Sequence(source_id="17", name="Plain"))
    writer.put_template(Template(source_id="3", name="Base", content=CONTENT))
