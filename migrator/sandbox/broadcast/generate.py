"""Made-up accounts: `generate` for any size, `demo_account` for the show, `seed_account` for the published samples.

The same seed gives the same account, byte for byte.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from migrator.sandbox.broadcast import generate_resources as resources
from migrator.sandbox.broadcast.account import Account, Enrolment, Row, Sequence, Subscriber, Suppression, usual_tokens
from migrator.sandbox.broadcast.generate_history import live_through
from migrator.sandbox.broadcast.generate_people import FIRST_ID, people
from migrator.sandbox.broadcast.generate_sequences import CONSTRUCTS, DEMO, FIRST_SEQUENCE, Build, sequences
from migrator.sandbox.broadcast.switches import ClockWait

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
CHANNEL: Row = {"id": 3, "name": "Acme", "slug": "acme", "sender_email": "hi@acme.test"}


def generate(
    contacts: int = 600,
    sequences: int = len(CONSTRUCTS),
    seed: int = 1,
    now: datetime = NOW,
    *,
    enrolled: float = 0.4,
    clock_wait: ClockWait = "next_occurrence",
    builds: tuple[Build, ...] = CONSTRUCTS,
) -> Account:
    """An account with every construct (as far as `sequences` reaches); `enrolled` of the people enter a sequence."""
    return _made(contacts, sequences, seed, now, enrolled, builds, clock_wait)


def demo_account(seed: int = 1, now: datetime = NOW, contacts: int = 2000) -> Account:
    """2,000 people in every state of consent and eight sequences: branches, opens, a segment, a webhook."""
    return _made(contacts, len(DEMO), seed, now, 0.5, DEMO)


def _made(
    contacts: int,
    count: int,
    seed: int,
    now: datetime,
    enrolled: float,
    builds: tuple[Build, ...],
    clock_wait: ClockWait = "next_occurrence",
) -> Account:
    rng = random.Random(f"account {seed}")  # noqa: S311 - a made-up account, no secret
    account = _empty(now)
    for person in people(contacts, seed, now):
        account.subscribers.append(person.row)
        if person.suppression is not None:
            rows = account.global_suppressions if person.everywhere else account.suppressions
            rows.append(person.suppression)
    # Both lists also hold addresses that are nobody's in this channel.
    account.suppressions.append(Suppression(id=1, email="stranger@example.com", created_at=now))
    account.global_suppressions.append(
        Suppression(id=2, email="elsewhere@example.com", created_at=now, source="provider_suppression")
    )
    account.sequences = sequences(count, rng, now, builds)
    account.templates, account.segments = resources.templates(now), resources.segments(now)
    by_form = [row.id for row in account.sequences if row.label == "Lead magnet"]
    account.forms, account.broadcasts = resources.forms(by_form, now), resources.broadcasts(now)
    account.topics, account.email_servers = resources.topics(), resources.email_servers()
    account.webhook_endpoints, account.design = resources.webhook_endpoints(now), resources.design()
    account.file_assets, account.settings = resources.file_assets(now), resources.channel_settings()
    account.users = [{"id": 1, "email": "owner@acme.test", "name": "Owner", "active": True}]
    live_through(account, rng, enrolled, clock_wait)
    return account


def seed_account(now: datetime = NOW) -> Account:
    """Sequence 5 of eight exactly as the published page shows it, with its 1,250 people in it."""
    account = _empty(now)
    created = datetime(2025, 1, 10, 8, tzinfo=UTC)
    labels = ("Start", "Welcome Email", "Wait 2 days", "Getting Started Guide")
    actions = ("entry_point", "send_email", "delay", "send_email")
    steps: list[Row] = []
    for number, (label, action) in enumerate(zip(labels, actions, strict=True), start=10):
        row: Row = {"id": number, "action": action, "label": label, "parent_id": number - 1 if number > 10 else None}
        row["true_branch"] = None
        if action == "send_email":
            row |= {"subject": label, "preheader": None, "body": f"<p>{label}</p>", "html_body": False}
        steps.append(row | ({"delay": 172800} if action == "delay" else {}))
    welcome = Sequence(
        id=5, label="Welcome Series", created_at=created, updated_at=datetime(2025, 3, 1, 12, tzinfo=UTC)
    )
    welcome.email_server_ids, welcome.init_tag, welcome.steps = [1], "new-signup", steps
    entry: Row = {"action": "entry_point", "label": "Start", "parent_id": None, "true_branch": None}
    account.sequences = [welcome]
    for number in range(6, 13):
        other = Sequence(id=number, label=f"Series {number}", created_at=created, updated_at=created, active=False)
        other.steps = [{"id": number * 10, **entry}]
        account.sequences.append(other)
    for index in range(1250):
        started = now - timedelta(hours=1 + index % 40)
        person = Subscriber(id=FIRST_ID + index, email=f"reader{index}@example.com", created_at=started)
        person.subscribed_at, person.tags = started, ["new-signup"]
        account.subscribers.append(person)
        account.enrolments.append(
            Enrolment(id=9001 + index, sequence_id=5, subscriber_id=person.id, status="active", started_at=started)
        )
        account.enrolments[-1].current_step_id = 12
        account.enrolments[-1].next_trigger_at = started + timedelta(days=2, seconds=20)
    account.email_servers = resources.email_servers()
    return account


def _empty(now: datetime) -> Account:
    return Account(channel=dict(CHANNEL), now=now, tokens=usual_tokens())


__all__ = ["CHANNEL", "FIRST_SEQUENCE", "NOW", "demo_account", "generate", "seed_account"]
