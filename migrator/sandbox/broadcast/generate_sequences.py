"""The made-up account's sequences: one of every construct that Broadcast can hold, then random trees.

`Maker` writes steps as the platform's editor would; ids are shuffled at the end, because neither ids nor the order
of rows mean anything there.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from migrator.sandbox.broadcast.account import Row, Sequence
from migrator.sandbox.broadcast.generate_emails import ALL, EVERYDAY, Email

HOUR, DAY = 3600, 86400
FIRST_SEQUENCE = 7


class Maker:
    """The steps of one sequence. Every method takes the step above and gives the new step's id."""

    def __init__(self) -> None:
        self.steps: list[Row] = []
        self.start = self.put(None, "entry_point", "Start")

    def put(self, above: int | None, action: str, label: str | None, **fields: Any) -> int:
        number = len(self.steps) + 1
        self.steps.append(
            {"id": number, "action": action, "label": label, "parent_id": above, "true_branch": None, **fields}
        )
        return number

    def email(self, above: int, label: str, email: Email, template_id: int | None = None) -> int:
        fields = {"subject": email.subject, "preheader": email.preheader, "body": email.body}
        return self.put(above, "send_email", label, **fields, html_body=email.html_body, template_id=template_id)

    def wait(self, above: int, seconds: int, label: str | None = None) -> int:
        return self.put(above, "delay", label or f"Wait {seconds // HOUR} hours", delay=seconds)

    def until(self, above: int, clock: str, zone: str | None) -> int:
        return self.put(above, "delay_until_time", f"Until {clock}", delay_until_time=clock, delay_until_timezone=zone)

    def fork(self, above: int, setting: str, delay: int | None) -> tuple[int, int]:
        """The two branch rows: yes, no."""
        label = setting.replace("_", " ").capitalize() + "?"
        condition = self.put(above, "condition", label, condition_setting=setting, delay=delay)
        sides = [self.put(condition, "condition_branch", None) for _ in range(2)]
        for side, answer in zip(sides, (True, False), strict=True):
            self.steps[side - 1]["true_branch"] = answer
        return sides[0], sides[1]

    def tag(self, above: int, tags: str, *, remove: bool = False) -> int:
        action = "remove_tag_from_subscriber" if remove else "add_tag_to_subscriber"
        return self.put(above, action, f"{'Remove' if remove else 'Add'} {tags}", taggify_list=tags)

    def move(self, above: int, target: int | None) -> int:
        return self.put(above, "move_to_sequence", "Move on", move_to_sequence_id=target)

    def http(self, above: int, url: str, body: str = "{}") -> int:
        fields: Row = {"url": url, "http_method": "POST", "headers": {"X-Key": "k"}, "body": body}
        return self.put(above, "make_http_request", "Ping CRM", **fields)


Build = Callable[[Maker, int], Row]
"""Fills in the steps of the sequence with this id; gives the settings that differ from the usual."""


def linear(make: Maker, _: int) -> Row:
    here = make.email(make.start, "Hello", ALL[0])
    here = make.until(make.wait(here, 2 * DAY, "Two days"), "09:00", "Europe/Paris")
    here = make.email(here, "Tips", ALL[0], template_id=31)
    make.email(make.wait(here, 5 * DAY), "Digest", ALL[5])
    return {"label": "Welcome", "init_tag": "new-signup"}


def branched(make: Maker, this: int) -> Row:
    here = make.email(make.start, "Trial day 0", ALL[1])
    yes, no = make.fork(here, "previous_email_opened", DAY)
    make.move(make.tag(yes, "engaged, trial-opened"), this + 6)
    make.email(no, "Nudge", ALL[3])
    return {"label": "Trial", "init_tag": "trial-started"}


def nested(make: Maker, _: int) -> Row:
    here = make.email(make.start, "Day 0", ALL[2])
    yes, no = make.fork(make.wait(here, 12 * HOUR), "any_email_opened", DAY)
    make.email(make.wait(yes, 3 * DAY), "For readers", ALL[4])
    here = make.email(no, "Try again", ALL[7])
    clicked, cold = make.fork(here, "any_email_clicked", 7 * DAY)
    make.tag(clicked, "cold", remove=True)
    here = make.http(cold, "https://crm.test/cold", '{"email":"{{ email }}"}')
    make.put(here, "deactivate_subscriber", "Stop")
    return {"label": "Win back", "init_segment_id": 3}


def opened_chain(make: Maker, _: int) -> Row:
    here = make.email(make.start, "First", ALL[0])
    yes, no = make.fork(make.wait(here, 2 * DAY), "previous_email_clicked", HOUR)
    make.email(make.until(yes, "2000-01-01T08:00:00.000Z", "Eastern Time (US & Canada)"), "Offer", ALL[5])
    make.email(make.until(no, "8:00 AM", "Kathmandu"), "Reminder", ALL[6])
    return {"label": "Launch", "init_tag": "launch-list"}


def empty(_: Maker, __: int) -> Row:
    return {"label": "Untitled sequence", "active": False}


def inactive_copy(make: Maker, this: int) -> Row:
    linear(make, this)
    return {"label": "Copy of Welcome", "active": False, "parent_sequence_id": FIRST_SEQUENCE}


def by_form(make: Maker, _: int) -> Row:
    here = make.email(make.start, "Your download", ALL[9])
    make.email(make.wait(here, 3 * DAY), "Did it help?", ALL[8])
    return {"label": "Lead magnet", "use_any_email_server": True, "email_server_ids": []}


def chain_a(make: Maker, this: int) -> Row:
    here = make.email(make.start, "Chapter one", ALL[0])
    make.move(make.wait(here, 4 * DAY), this + 1)
    return {"label": "Course A", "init_tag": "course"}


def chain_b(make: Maker, this: int) -> Row:
    here = make.email(make.wait(make.start, DAY), "Chapter two", ALL[3])
    make.move(make.wait(here, 40 * DAY), this - 1)
    return {"label": "Course B"}


def request_step(make: Maker, _: int) -> Row:
    here = make.http(make.start, "https://hooks.acme.test/joined")
    make.http(make.wait(here, DAY), "http://plain.acme.test/next", "email={{ email }}")
    return {"label": "CRM sync", "init_tag": "customer-new"}


def branch_less(make: Maker, _: int) -> Row:
    here = make.email(make.start, "Survey", ALL[0])
    condition = make.put(here, "condition", "Clicked?", condition_setting="previous_email_clicked", delay=2 * DAY)
    for answer, label in ((True, "Thanks"), (False, "One more try")):
        step = make.email(condition, label, ALL[0])
        make.steps[step - 1]["true_branch"] = answer
    return {"label": "Survey (old import)"}


def orphan(make: Maker, _: int) -> Row:
    make.email(make.start, "Kept", ALL[0])
    make.email(999_999, "Nobody leads here", ALL[0])
    return {"label": "With a loose end"}


def odd(make: Maker, _: int) -> Row:
    here = make.email(make.start, "Blocks", Email("Designed", None, ""))
    make.steps[here - 1]["blocks_json"] = {"blocks": [{"type": "heading", "content": "Hi {{ first_name }}"}]}
    yes, no = make.fork(here, "any_email_clicked", None)
    moved = make.move(yes, None)
    make.email(moved, "Unreachable", ALL[0])
    first = make.wait(no, 0, "No wait")
    make.email(first, "Fork one", ALL[0])
    make.email(first, "Fork two", ALL[0])
    return {"label": "Oddities <b>&</b> “quotes”", "active": False}


def guarded(make: Maker, _: int) -> Row:
    here = make.email(make.start, "Only for some", ALL[10])
    make.email(make.wait(here, 10 * DAY), "Second", ALL[4])
    extra = {"excluded_segment_ids": [4], "topic_id": 1}
    return {"label": "Product news", "init_tag": "news", "init_segment_id": 5, "extra": extra}


def waits_only(make: Maker, _: int) -> Row:
    here = make.start
    for day in range(1, 7):
        here = make.email(
            make.wait(here, day * DAY, f"Wait {day} days"), f"Lesson {day}", EVERYDAY[day % len(EVERYDAY)]
        )
    return {"label": "Six lessons", "init_tag": "lessons"}


def ring(make: Maker, _: int) -> Row:
    make.email(make.start, "On the way", ALL[0])
    first = make.email(make.start, "Round", ALL[0])
    make.steps[first - 1]["parent_id"] = make.email(first, "And round", ALL[0])
    return {"label": "Goes in circles", "active": False}


CONSTRUCTS: tuple[Build, ...] = (
    *(linear, branched, nested, opened_chain, empty, inactive_copy, by_form, chain_a, chain_b, request_step),
    *(branch_less, orphan, odd, guarded, waits_only, ring),
)
DEMO: tuple[Build, ...] = (linear, branched, nested, opened_chain, by_form, request_step, waits_only, chain_b)


def random_tree(rng: random.Random) -> Build:
    def build(make: Maker, this: int) -> Row:
        _grow(make, make.start, rng, depth=0, this=this)
        return {"label": f"Flow {rng.randrange(1000)}", "init_tag": f"flow-{this}", "active": rng.random() < 0.8}

    return build


def _grow(make: Maker, here: int, rng: random.Random, *, depth: int, this: int) -> None:
    for _ in range(rng.randint(1, 4)):
        here = make.email(here, f"Mail {len(make.steps)}", rng.choice(EVERYDAY))
        here = make.wait(here, rng.choice((HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY)))
        if rng.random() < 0.15:
            here = make.until(here, f"{rng.randrange(24):02}:30", rng.choice(("UTC", "Europe/Berlin", "Tokyo")))
        if rng.random() < 0.2:
            here = make.tag(here, rng.choice(("reader", "cold, sleepy", "vip")), remove=rng.random() < 0.3)
        if depth < 2 and rng.random() < 0.4:
            setting = f"{rng.choice(('any', 'previous'))}_email_{rng.choice(('opened', 'clicked'))}"
            for side in make.fork(here, setting, rng.choice((HOUR, DAY, 3 * DAY))):
                if rng.random() < 0.8:
                    _grow(make, side, rng, depth=depth + 1, this=this)
            return
    make.email(here, "Last", rng.choice(EVERYDAY))


def sequences(count: int, rng: random.Random, now: datetime, builds: tuple[Build, ...] = CONSTRUCTS) -> list[Sequence]:
    made, next_step = [], 100
    for index in range(count):
        build = builds[index] if index < len(builds) else random_tree(rng)
        make, this = Maker(), FIRST_SEQUENCE + index
        settings: Row = {"email_server_ids": [1, 2][: rng.randint(1, 2)], **build(make, this)}
        created = now - timedelta(days=rng.randint(400, 800), seconds=rng.randrange(86400))
        changed = created + timedelta(days=rng.randint(1, 200))
        steps, next_step = _numbered(make.steps, next_step, rng, FIRST_SEQUENCE + count)
        made.append(Sequence(id=this, created_at=created, updated_at=changed, steps=steps, **settings))
    return made


def _numbered(steps: list[Row], first: int, rng: random.Random, end: int) -> tuple[list[Row], int]:
    """Final ids, shuffled; a move to a sequence that was not made is a move that nobody filled in."""
    numbers = list(range(first, first + len(steps)))
    rng.shuffle(numbers)
    new = {step["id"]: number for step, number in zip(steps, numbers, strict=True)}
    for step in steps:
        step["id"], step["parent_id"] = new[step["id"]], new.get(step["parent_id"], step["parent_id"])
        if (step.get("move_to_sequence_id") or 0) >= end:
            step["move_to_sequence_id"] = None
    rng.shuffle(steps)
    return steps, first + len(steps) + rng.randint(1, 5)
