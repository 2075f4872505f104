"""Whether a contact may be mailed, and how that changes: the opt-in mail, opt-outs, bounces, complaints."""

from __future__ import annotations

from datetime import timedelta

from migrator.sandbox.sequenzy import happenings
from migrator.sandbox.sequenzy.records import EmailSend
from migrator.sandbox.sequenzy.state import Subscriber
from migrator.sandbox.sequenzy.work_records import SuppressionRecord
from migrator.sandbox.sequenzy.world import World

MAX_CONFIRMATIONS = 3


def needs_confirmation(world: World, mode: str) -> bool:
    """`silent` follows the workspace setting without a mail: the way of past events."""
    return mode == "double_opt_in" or (mode in ("default", "silent") and world.state.settings.double_opt_in)


def ask_confirmation(world: World, person: Subscriber) -> bool:
    """Queues the opt-in mail, unless one went out within a day, three were sent, or the contact opted out."""
    now = world.state.now
    recent = any(now - sent < timedelta(hours=24) for sent in person.confirmations)
    if not person.pending or person.complained or recent or len(person.confirmations) >= MAX_CONFIRMATIONS:
        return False
    person.confirmations.append(now)
    world.state.outbox.append(
        EmailSend(
            id=world.state.new_id("send"),
            subscriber_id=person.id,
            recipient=person.email or "",
            subject="Please confirm your subscription",
            html='<p><a href="{{DOUBLE_OPT_IN_URL}}">Confirm</a></p>',
            sent_at=now,
            kind="opt_in",
            email_type="transactional",
        )
    )
    return True


def unsubscribe(world: World, person: Subscriber) -> None:
    """The global opt-out: every list is left and running sequences are cancelled."""
    now = world.state.now
    person.pending, person.pending_lists, person.pending_tags = False, [], []
    if person.status == "unsubscribed" and person.unsubscribed_at:
        return
    person.status, person.unsubscribed_at, person.updated_at = "unsubscribed", now, now
    for membership in person.lists.values():
        if membership.current:
            membership.unsubscribed_at = now
    happenings.on_unsubscribed(world, person.id)


def bounce(world: World, person: Subscriber) -> None:
    person.status, person.pending, person.updated_at = "bounced", False, world.state.now
    person.unsubscribed_at = None


def reactivate(world: World, person: Subscriber) -> None:
    """Resubscribes; lists left at the opt-out stay left."""
    person.status, person.pending, person.unsubscribed_at = "active", False, None
    person.updated_at = world.state.now


def complain(world: World, person: Subscriber) -> None:
    """Records the complaint, then opts out. Repeating changes nothing."""
    if person.email and person.email not in world.state.suppressions:
        world.state.suppressions[person.email] = SuppressionRecord(
            id=world.state.new_id("supp"),
            email=person.email,
            suppression_type="complaint",
            reason="complaint",
            source="email_send_complaint",
            suppressed_at=world.state.now,
        )
    person.complained = True
    unsubscribe(world, person)
