"""Emails made ready by other processes: the plan is the same whoever was quicker, whatever becomes of the others."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import wait
from itertools import pairwise
from pathlib import Path

import pytest
from pa_accounts import exported, written

import migrator.plan.emails.ahead as ahead
import migrator.plan.make as make
from mappings.merge_tags.results import ContentContext
from migrator.bundle import Bundle
from migrator.model import Edge, EmailContent, Sequence, Step, Template
from migrator.model.sequences import TagAdded
from migrator.model.steps import SendEmail, Wait
from migrator.plan.emails.ahead import Ahead, Letter
from migrator.plan.emails.ready_email import ready_email
from migrator.plan.make import make_plan
from migrator.sandbox.broadcast.generate import generate

WAITS_TO_BE_KILLED = """
import sys
from migrator.plan.emails.ahead import Ahead
with Ahead(2):
    print("ready", flush=True)
    sys.stdin.read()
"""
CONTEXT = ContentContext(attributes={"plan": "plan"}, old_hosts=("mail.acme.test",))
HALF_EMOJI = "\ud83d"


@pytest.fixture(autouse=True)
def _small_accounts_count_as_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make, "WORTH_IT", 0)
    monkeypatch.setattr(ahead, "_AT_ONCE", 60)
    monkeypatch.setattr(ahead, "_UNDER_WAY", 300)


def letter(number: int, words: str = "") -> Letter:
    body = f'<p>Mail {number} {words} {{{{ first_name | default: "you" }}}} {{{{ no_such_field }}}}</p>'
    return EmailContent(subject=f"Mail {number}", body=body), f"7/{number}"


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def flow(number: int, contents: list[EmailContent]) -> Sequence:
    steps: list[Step] = []
    for place, content in enumerate(contents):
        steps += [
            Step(id=f"w{place}", action=Wait(seconds=86_400)),
            Step(id=f"m{place}", action=SendEmail(content=content)),
        ]
    edges = tuple(Edge(source=one.id, target=two.id) for one, two in pairwise(steps))
    start = TagAdded(tag=f"start {number}")
    return Sequence(source_id=str(number), name=f"Flow {number}", triggers=(start,), steps=tuple(steps), edges=edges)


def awkward_account(folder: Path) -> Bundle:
    """The same email twice, half an emoji, a design in blocks, one that is missing, and templates."""
    shared = letter(0)[0]
    odd = EmailContent(subject=f"Odd {HALF_EMOJI}", body=f"<p>{HALF_EMOJI} {{{{ first_name }}}}</p>")
    blocks = EmailContent(subject="Blocks", body="<p>x</p>", blocks={"big": 2**70})
    flows = [flow(n, [shared, letter(n)[0], odd, shared, blocks, EmailContent(subject="Bare")]) for n in range(6)]
    templates = [Template(source_id=str(n), name=f"T {n}", content=letter(n, "template")[0]) for n in range(5)]
    return written(folder, sequences=flows, templates=templates)


@pytest.mark.parametrize("kind", ["awkward", "generated"])
def test_other_processes_change_no_byte_of_a_plan(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "bundle"
    bundle = awkward_account(place) if kind == "awkward" else exported(generate(20, seed=9), place)
    make_plan(bundle, {}, tmp_path / "alone")
    make_plan(bundle, {}, tmp_path / "together", processes=2)
    assert files(tmp_path / "together") == files(tmp_path / "alone")


def asked(helpers: Ahead, letters: list[Letter]) -> Iterator[int]:
    return helpers.over(range(len(letters)), lambda number: [letters[number]], CONTEXT)


def test_what_another_process_gives_is_what_would_be_made_here() -> None:
    letters = [letter(number) for number in range(12)]
    with Ahead(2) as helpers:
        for number in asked(helpers, letters):
            content, label = letters[number]
            if label in helpers._asked:
                wait([future for future in [helpers._asked[label][1]._future] if future is not None])
            done = helpers.take(content, label)
            assert done == ready_email(content, CONTEXT, label)


def test_an_email_in_other_words_than_announced_is_made_here() -> None:
    letters = [letter(number) for number in range(4)]
    with Ahead(2) as helpers:
        for number in asked(helpers, letters):
            assert helpers.take(letter(number, "changed")[0], letters[number][1]) is None


def test_a_plan_is_whole_though_the_other_processes_were_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = awkward_account(tmp_path / "bundle")
    make_plan(bundle, {}, tmp_path / "alone")
    killed: list[int] = []
    plain = Ahead.take

    def take(self: Ahead, content: EmailContent, label: str) -> object:
        processes = getattr(self._pool, "_processes", None) or {}
        for pid in [pid for pid in processes if pid not in killed]:
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)
        return plain(self, content, label)

    monkeypatch.setattr(Ahead, "take", take)
    make_plan(bundle, {}, tmp_path / "together", processes=2)
    assert killed
    assert files(tmp_path / "together") == files(tmp_path / "alone")


def test_nothing_is_kept_of_emails_that_were_passed_on() -> None:
    letters = [letter(number) for number in range(40)]
    with Ahead(2) as helpers:
        most = 0
        for _ in asked(helpers, letters):
            most = max(most, len(helpers._asked))
        assert most < 20
        assert not helpers._asked


def test_a_small_account_starts_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make, "WORTH_IT", ahead.WORTH_IT)
    monkeypatch.setattr(ahead, "ProcessPoolExecutor", None)
    make_plan(awkward_account(tmp_path / "bundle"), {}, tmp_path / "plan", processes=8)
    assert (tmp_path / "plan" / "plan.json").is_file()


def test_a_system_without_such_processes_plans_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no semaphores here")

    monkeypatch.setattr(ahead, "ProcessPoolExecutor", refuse)
    make_plan(awkward_account(tmp_path / "bundle"), {}, tmp_path / "plan", processes=2)
    assert (tmp_path / "plan" / "plan.json").is_file()


def test_the_other_processes_end_with_the_first_when_that_is_killed() -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", WAITS_TO_BE_KILLED]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"ready\n"
        first.kill()
        # The others write to the same pipe: it ends when the last of them has.
        assert first.communicate(timeout=60) == (b"", None)
