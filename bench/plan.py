"""Planning: contacts against a typed decode and encode of the same file, emails against preparing them alone, memory.

    python bench/plan.py [contacts] [rounds] [--memory]

Each round measures both sides in turns; the median of the rounds counts. Exits 1 when one is above its goal.

In processor time of one run: contacts at most 4.0 times the floor (typed decode of the contacts and encode of ready
records); 100 sequences of 20 emails of 60 KB, planned by one process, at most 1.7 times preparing those emails with
their inventories and nothing else. By the clock, with every core, as `migrate plan` does it: those 2,000 emails in 2
seconds on a machine where BeautifulSoup needs 18.8 ms to parse, edit and print one of them, which is 106 times as
long; elsewhere in 106 times what it needs there, in the same run. `--memory`: the peak at 1,000,000 contacts is within
5 MB of that at 100,000, each in a process of its own.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:1] = [str(ROOT), str(ROOT / "tests" / "content")]
sys.path.append(str(ROOT / "bench"))  # behind Python's own csv and html

import msgspec  # noqa: E402 - the paths above come first

from mappings.import_record import ImportRecord  # noqa: E402
from migrator.bundle import Bundle, BundleWriter, Manifest, Source  # noqa: E402
from migrator.model import (  # noqa: E402
    Attribute,
    Consent,
    ConsentState,
    Contact,
    Edge,
    EmailContent,
    Sequence,
    Step,
    Suppression,
    Tag,
)
from migrator.model.sequences import TagAdded  # noqa: E402
from migrator.model.steps import SendEmail, Wait  # noqa: E402
from migrator.plan.emails.ahead import usable_cores  # noqa: E402
from migrator.plan.make import make_plan  # noqa: E402
from migrator.plan.quiet_collector import quiet_collector  # noqa: E402

CONTACTS_GOAL, EMAILS_GOAL, CLOCK_GOAL, MEMORY_GOAL = 4.0, 1.7, 2 / 0.0188, 5 << 20
WITH_EVERY_CORE = """
import sys, time
from pathlib import Path
from migrator.bundle import Bundle
from migrator.plan.emails.ahead import usable_cores
from migrator.plan.make import make_plan
bundle = Bundle.open(Path(sys.argv[1]))
began = time.perf_counter()
make_plan(bundle, {}, Path(sys.argv[2]), processes=usable_cores())
print(time.perf_counter() - began)
"""
START = datetime(2023, 1, 1, tzinfo=UTC)
PLANS, CITIES = ("free", "pro", "team", "enterprise"), ("Paris", "Oslo", "Köln", "São Paulo", "Kraków")
STATES = (*[ConsentState.SUBSCRIBED] * 7, ConsentState.UNSUBSCRIBED, ConsentState.BOUNCED, ConsentState.INACTIVE)


def person(number: int) -> Contact:
    state = STATES[number % 10]
    at = START + timedelta(minutes=number % 1_000_000)
    # One in a thousand shares an address with somebody, one in five thousand has none that could be written to.
    shared = number - 7 if number % 1000 == 999 else number
    email = f"person{shared}@example.com" if number % 5000 != 4998 else f"person{number}@"
    return Contact(
        source_id=str(number),
        email=email,
        consent=Consent(state=state, since=None if state is ConsentState.SUBSCRIBED else at),
        first_name=f"First{number % 5000}",
        last_name=f"Last{number % 9000}",
        created_at=at,
        subscribed_at=at,
        tags=("customer", f"plan:{PLANS[number % 4]}", f"Group {number % 50}")[: number % 4],
        attributes={
            "plan": PLANS[number % 4],
            "visits": number % 40,
            "city": CITIES[number % 5],
            "vip": number % 7 == 0,
        },
        raw={"ip_address": f"203.0.113.{number % 250}", "confirmed": True},
    )


def people_bundle(folder: Path, count: int) -> Bundle:
    with BundleWriter(folder) as writer:
        writer.contacts().extend(person(number) for number in range(count))
        suppressed = (Suppression(email=f"person{number}@example.com") for number in range(3, count, 500))
        writer.suppressions().extend(suppressed)
        writer.put_tags([Tag(name="customer")])
        writer.put_attributes([Attribute(key="plan")])
        writer.finish(_manifest())
    return Bundle.open(folder)


def _manifest() -> Manifest:
    return Manifest(
        source=Source(platform="broadcast", host="mail.acme.test", account="Acme"),
        adapter="broadcast",
        adapter_version="1",
        door="bench",
        exported_at=datetime(2026, 3, 2, tzinfo=UTC),
    )


# Contacts -------------------------------------------------------------------------------------------------


def floor(bundle: Bundle, records: list[ImportRecord]) -> float:
    """A typed decode of the same file and an encode of records that stand ready: what nobody can go below."""
    decoder, encoder = msgspec.json.Decoder(Contact), msgspec.json.Encoder()
    with quiet_collector():
        started = time.process_time()
        with (bundle.folder / "contacts.jsonl").open("rb") as file:
            while lines := file.readlines(1 << 18):
                decoder.decode_lines(b"".join(lines))
        for at in range(0, len(records), 5000):
            encoder.encode_lines(records[at : at + 5000])
        return time.process_time() - started


def plan_time(bundle: Bundle, folder: Path) -> float:
    shutil.rmtree(folder, ignore_errors=True)
    started = time.process_time()
    make_plan(bundle, {}, folder)
    return time.process_time() - started


def contacts_ratio(count: int, rounds: int, place: Path) -> float:
    bundle = people_bundle(place / "bundle", count)
    plan_time(bundle, place / "plan")
    decoder = msgspec.json.Decoder(ImportRecord)
    ready: list[ImportRecord] = []
    for name in ("opt_outs", "actives"):
        ready += decoder.decode_lines((place / "plan" / "people" / f"{name}.jsonl").read_bytes())
    floors, plans = [], []
    for _ in range(rounds):
        floors.append(floor(bundle, ready))
        plans.append(plan_time(bundle, place / "plan"))
        print(f"  floor {floors[-1]:.2f} s, plan {plans[-1]:.2f} s, ratio {plans[-1] / floors[-1]:.2f}")
    return statistics.median(plan / floor for plan, floor in zip(plans, floors, strict=True))


# Emails ---------------------------------------------------------------------------------------------------


def mails(sequence: int, count: int = 20) -> Iterator[EmailContent]:
    from content_emails import long_email

    body = long_email()
    for number in range(count):
        yield EmailContent(subject=f"Mail {number} of {sequence}", body=f"<!-- {sequence}.{number} -->{body}")


def mail_bundle(folder: Path, sequences: int) -> Bundle:
    with BundleWriter(folder) as writer:
        for number in range(sequences):
            steps: list[Step] = []
            for place, content in enumerate(mails(number)):
                steps += [
                    Step(id=f"w{place}", action=Wait(seconds=86_400)),
                    Step(id=f"m{place}", action=SendEmail(content=content)),
                ]
            edges = tuple(Edge(source=one.id, target=two.id) for one, two in pairwise(steps))
            trigger = TagAdded(tag=f"start {number}")
            name = f"Flow {number}"
            writer.put_sequence(
                Sequence(source_id=str(number), name=name, triggers=(trigger,), steps=tuple(steps), edges=edges)
            )
        writer.finish(_manifest())
    return Bundle.open(folder)


def emails_ratio(sequences: int, rounds: int, place: Path) -> tuple[float, float]:
    """Planned by one process against preparing alone; and, by the clock with every core, against bs4 and one email."""
    from mappings.email.prepare import prepare_email
    from mappings.merge_tags.results import ContentContext

    bundle = mail_bundle(place / "mails", sequences)
    context = ContentContext(attributes={}, old_hosts=("mail.acme.test",))
    soups: list[float] = []
    alones, plans, seconds = [], [], []
    for attempt in range(rounds):
        soups.append(statistics.median(with_bs4(content) for content in mails(attempt, 5)))
        started = time.process_time()
        with quiet_collector():
            for number in range(sequences):
                for content in mails(number):
                    assert prepare_email(content, context).inventory.addresses
        alones.append(time.process_time() - started)
        plans.append(plan_time(bundle, place / "plan"))
        shutil.rmtree(place / "plan", ignore_errors=True)
        seconds.append(by_the_clock(bundle.folder, place / "plan"))
        print(
            f"  emails alone {alones[-1]:.2f} s, plan {plans[-1]:.2f} s, ratio {plans[-1] / alones[-1]:.2f}; "
            f"with {usable_cores()} cores {seconds[-1]:.2f} s by the clock, bs4 {soups[-1] * 1000:.1f} ms"
        )
    ratio = statistics.median(plan / alone for plan, alone in zip(plans, alones, strict=True))
    return ratio, statistics.median(clock / soup for clock, soup in zip(seconds, soups, strict=True))


def by_the_clock(bundle: Path, plan: Path) -> float:
    """In a process of its own, for the helping processes load what the first one has loaded."""
    command = [sys.executable, "-c", WITH_EVERY_CORE, str(bundle), str(plan)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    return float(done.stdout)


def with_bs4(content: EmailContent) -> float:
    """What one email takes the usual way, as in bench/html.py."""
    from email_html import with_bs4 as parse_edit_print

    started = time.process_time()
    parse_edit_print(content.body or "")
    return time.process_time() - started


# Memory ---------------------------------------------------------------------------------------------------


def peak(count: int, place: Path) -> int:
    """Of a process that does nothing but plan. The bundle is written by another one."""
    for what in ("write", "plan"):
        command = [sys.executable, __file__, f"--{what}", str(count), str(place / str(count))]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout)


def child(what: str, count: int, place: Path) -> None:
    if what == "--write":
        people_bundle(place / "bundle", count)
        return
    make_plan(Bundle.open(place / "bundle"), {}, place / "plan")
    # Its own peak: the one that getrusage tells begins with the size of the process that started it.
    status = Path("/proc/self/status").read_text()
    print(int(status.partition("VmHWM:")[2].split()[0]) * 1024)


def main(arguments: list[str]) -> int:
    if arguments[:1] in (["--write"], ["--plan"]):
        child(arguments[0], int(arguments[1]), Path(arguments[2]))
        return 0
    numbers = [int(one) for one in arguments if one.isdigit()]
    count, rounds = (*numbers, *(200_000, 3)[len(numbers) :])
    results: list[tuple[str, Any, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        print(f"{count:,} contacts:")
        results.append(("contacts / floor", contacts_ratio(count, rounds, place), CONTACTS_GOAL))
        if "--contacts" not in arguments:
            print("100 sequences of 20 emails of 60 KB:")
            ratio, clock = emails_ratio(100, rounds, place)
            results.append(("sequences / emails alone", ratio, EMAILS_GOAL))
            results.append(("sequences by the clock / one email with bs4", clock, CLOCK_GOAL))
        if "--memory" in arguments:
            small, large = (peak(size, place) for size in (100_000, 1_000_000))
            print(f"peak memory: {small / 1e6:.0f} MB at 100,000, {large / 1e6:.0f} MB at 1,000,000")
            results.append(("memory growth in MB", (large - small) / 1e6, MEMORY_GOAL / 1e6))
    failed = False
    for label, value, goal in results:
        print(f"{label}: {value:.2f} (goal {goal:.2f})")
        failed = failed or value > goal
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
