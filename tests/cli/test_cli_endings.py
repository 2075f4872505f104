"""However a command ends, a person reads one clear sentence and gets the documented exit code; never a traceback."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from migrator.cli import common
from migrator.cli.main import main
from migrator.sandbox.klaviyo.app import KlaviyoSandbox
from migrator.sandbox.klaviyo.generate import generate
from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.faults import Fault
from migrator.sandbox.sequenzy.keys import DEFAULT_KEY
from migrator.sandbox.server import serving
from migrator.sandbox.web import Request, Response

pytestmark = pytest.mark.slow  # nearly each starts processes of its own

PEOPLE = "Email,Status\nada@example.com,subscribed\nbob@example.com,unsubscribed\n"


def run(folder: Path, *arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, ["-C", str(folder), *arguments], env=environment)


def child(folder: Path, *arguments: str, env: dict[str, str] | None = None, **options: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "migrator", "-C", str(folder), *arguments]
    settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL, **options}
    return subprocess.Popen(command, text=True, env={**os.environ, **(env or {})}, **settings)  # type: ignore[call-overload,no-any-return]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A planned one, under a name that a shell would cut apart."""
    folder = tmp_path / "my acme 🚀"
    (tmp_path / "people.csv").write_text(PEOPLE)
    assert 0 == run(folder, "export", "csv", str(tmp_path / "people.csv")).exit_code
    assert 0 == run(folder, "plan").exit_code
    return folder


def one_sentence(told: Result, code: int, *words: str) -> None:
    assert code == told.exit_code, told.output
    assert isinstance(told.exception, SystemExit)
    [line] = told.stderr.splitlines()
    assert line.startswith("migrate: ")
    for word in words:
        assert word in line


# --- what the machine says ---


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "plan/x"), ("The disk is full (plan/x)", "Make room")),
        (OSError(errno.EROFS, "Read-only file system", "plan/x"), ("may not be used (plan/x)", "another folder")),
        (PermissionError(errno.EACCES, "Permission denied", "bundle"), ("may not be used (bundle)", "another folder")),
        (NotADirectoryError(errno.ENOTDIR, "Not a directory", "acme"), ("stands where a file or folder", "acme")),
        (OSError(errno.EIO, "Input/output error"), ("The operating system refuses", "input/output error")),
    ],
)
def test_what_the_disk_says_is_one_sentence(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, words: tuple[str, ...]
) -> None:
    monkeypatch.setattr("migrator.load.stages.standing", _raising(error))
    one_sentence(run(workspace, "status"), 1, *words)
    told = run(workspace, "status", "--json")
    assert 1 == json.loads(told.stdout)["exit"] == told.exit_code


def test_a_fault_of_ours_is_told_by_its_kind_and_place_without_what_it_says(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("migrator.load.stages.standing", _raising(KeyError("ada@example.com")))
    told = run(workspace, "status")
    one_sentence(told, 1, "a fault of migrate itself", "KeyError", "migrator/cli/status.py")
    assert "ada@example.com" not in told.output
    loud = run(workspace, "status", "-v")
    assert "Traceback" in loud.stderr
    assert "ada@example.com" not in loud.output


def _raising(error: BaseException) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def test_a_workspace_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "acme").write_text("")
    for verb in ("status", "plan", "load"):
        one_sentence(run(tmp_path / "acme", verb), 2, "The workspace is not a folder")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device that is always full")
@pytest.mark.parametrize("arguments", [("status",), ("status", "--json"), ("--help",)], ids=" ".join)
def test_a_full_disk_behind_standard_output_is_told(workspace: Path, arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        told = child(workspace, *arguments, stdout=full)
        _, said = told.communicate(timeout=60)
    assert 1 == told.returncode
    assert ["The disk is full"] == re.findall("The disk is full", said)
    assert "Traceback" not in said


# --- nobody reads, nobody answers ---


@pytest.mark.parametrize("verb", ["status", "report", "--help"])
def test_a_reader_who_goes_away_is_no_fault(workspace: Path, verb: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    told = child(workspace, verb, stdout=writing)
    os.close(writing)
    _, said = told.communicate(timeout=60)
    assert (1, "") == (told.returncode, said)


@pytest.mark.parametrize("arguments", [("undo",), ("enable", "--sequence", "1")])
def test_a_question_that_nobody_can_answer_says_what_to_do(
    tmp_path: Path, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    @click.command()
    @common.common_options
    def asking(run: common.Run) -> None:
        click.confirm("Sure?", abort=True)

    monkeypatch.setattr(f"migrator.cli.{arguments[0]}.command", asking)
    told = CliRunner().invoke(main, ["-C", str(tmp_path), arguments[0]], input="")
    assert 2 == told.exit_code
    assert "Nobody answered the question" in told.stderr
    assert "Aborted" not in told.output


def test_no_is_an_answer_and_changes_nothing(tmp_path: Path) -> None:
    @click.command()
    @common.common_options
    def asking(run: common.Run) -> None:
        click.confirm("Sure?", abort=True)

    told = CliRunner().invoke(asking, ["-C", str(tmp_path)], input="n\n")
    assert 130 == told.exit_code
    assert "Stopped" in told.stderr


# --- Ctrl-C ---


class Slow(SequenzySandbox):
    """Says when it was asked, and answers only when the test lets it."""

    asked: threading.Event
    go_on: threading.Event

    def handle(self, request: Request) -> Response:
        self.asked.set()
        self.go_on.wait(20)
        return super().handle(request)


@pytest.mark.parametrize(
    "arguments",
    [
        ("load",),
        ("undo", "--yes"),
        pytest.param(("load", "--dry-run"), marks=pytest.mark.slow),
        pytest.param(("verify", "--no-settling"), marks=pytest.mark.slow),
        pytest.param(("enable", "--sequence", "1", "--confirm-name", "x"), marks=pytest.mark.slow),
        pytest.param(("doctor", "sequenzy"), marks=pytest.mark.slow),
    ],
    ids=["load", "undo", "load-dry", "verify", "enable", "doctor"],
)
def test_ctrl_c_while_the_target_is_asked_ends_with_130(workspace: Path, arguments: tuple[str, ...]) -> None:
    app = Slow(limits=None, import_polls=0)
    app.asked, app.go_on = threading.Event(), threading.Event()
    app.go_on.set()
    with serving(app) as url:
        environment = {"SEQUENZY_API_URL": url, "SEQUENZY_API_KEY": DEFAULT_KEY}
        if arguments[0] in ("verify", "undo", "enable"):
            loaded = run(workspace, "load", "--rate", "0", **environment)
            assert 0 == loaded.exit_code, loaded.output
        app.asked.clear()
        app.go_on.clear()
        told = child(workspace, *arguments, "--rate", "0", env=environment)
        try:
            assert app.asked.wait(30)
            told.send_signal(signal.SIGINT)
            app.go_on.set()
            _, said = told.communicate(timeout=60)
        finally:
            told.kill()
    assert 130 == told.returncode, said
    assert "Traceback" not in said
    assert "Stopped" in said or "stopped" in said


def test_ctrl_c_at_a_question_ends_with_130(workspace: Path) -> None:
    ours, theirs = pty.openpty()
    with serving(SequenzySandbox(limits=None, import_polls=0)) as url:
        environment = {"SEQUENZY_API_URL": url, "SEQUENZY_API_KEY": DEFAULT_KEY}
        told = child(workspace, "undo", "--rate", "0", env=environment, stdin=theirs)
        try:
            assert told.stdout is not None
            assert "Remove" in told.stdout.read(6)
            while told.poll() is None:
                # A signal may come just before the reading begins, which no person is quick enough for.
                told.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    told.wait(0.3)
            _, said = told.communicate(timeout=60)
        finally:
            told.kill()
            os.close(ours)
            os.close(theirs)
    assert 130 == told.returncode
    assert "Stopped" in said
    assert "Aborted" not in said


# --- slips ---


def test_a_misspelt_command_names_the_likely_one(tmp_path: Path) -> None:
    told = run(tmp_path, "verfy")
    assert 2 == told.exit_code
    assert "Did you mean 'verify'?" in told.stderr


def test_the_next_command_can_be_pasted_whatever_the_folder_is_called(workspace: Path) -> None:
    told = run(workspace, "status")
    assert told.stdout.splitlines()[-1] == f"Next: migrate -C '{workspace}' report"


def test_after_a_check_of_another_folder_the_next_command_names_that_one(workspace: Path, tmp_path: Path) -> None:
    told = run(tmp_path, "bundle", "check", str(workspace))
    assert f"-C '{workspace}' plan" in told.stdout


def test_an_export_does_not_replace_the_bundle_of_another_source(workspace: Path) -> None:
    before = (workspace / "bundle/manifest.json").read_bytes()
    app = KlaviyoSandbox(generate(3, flows=1))
    with serving(app) as url:
        told = run(workspace, "export", "klaviyo", KLAVIYO_API_URL=url, KLAVIYO_API_KEY=app.key)
    one_sentence(told, 2, "holds a bundle of another source", "people.csv", "-C")
    assert before == (workspace / "bundle/manifest.json").read_bytes()
    assert [] == app.requests


def test_status_says_that_the_plan_is_out_of_date(workspace: Path) -> None:
    (workspace / "mappings.toml").write_text('[consent]\npending = "leave_behind"\n')
    told = run(workspace, "status")
    assert 0 == told.exit_code
    assert "mappings.toml was changed since it was made" in told.stdout
    assert told.stdout.rstrip().endswith(" plan")


def test_status_of_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    told = run(tmp_path / "nowhere", "status")
    assert "There is no folder" in told.stdout
    assert not (tmp_path / "nowhere").exists()


# --- surroundings ---


@pytest.mark.parametrize("verb", ["plan", "report"])
def test_a_machine_without_utf_8_shows_what_it_can(workspace: Path, verb: str) -> None:
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "COLUMNS": "20", "NO_COLOR": "1"}
    told = child(workspace, verb, env=plain)
    shown, said = told.communicate(timeout=60)
    assert told.returncode in (0, 3), said
    assert "Traceback" not in said
    assert "\x1b[" not in shown + said


@pytest.mark.parametrize("other", ["plan", "verify"])
def test_a_plan_is_not_replaced_and_nothing_is_verified_while_a_load_runs(workspace: Path, other: str) -> None:
    app = Slow(limits=None, import_polls=0)
    app.asked, app.go_on = threading.Event(), threading.Event()
    with serving(app) as url:
        environment = {"SEQUENZY_API_URL": url, "SEQUENZY_API_KEY": DEFAULT_KEY}
        loading = child(workspace, "load", "--rate", "0", env=environment)
        try:
            assert app.asked.wait(30)
            one_sentence(run(workspace, other, **environment), 1, "Another command is at work in this workspace")
            assert 0 == run(workspace, "status").exit_code
            assert 0 == run(workspace, "report").exit_code
            app.go_on.set()
            loading.communicate(timeout=60)
        finally:
            loading.kill()
        assert 0 == loading.returncode
        assert 0 == run(workspace, "verify", "--no-settling", "--rate", "0", **environment).exit_code


def test_two_loads_at_once_are_one_load_and_one_sentence(workspace: Path) -> None:
    app = Slow(limits=None, import_polls=0)
    app.asked, app.go_on = threading.Event(), threading.Event()
    with serving(app) as url:
        environment = {"SEQUENZY_API_URL": url, "SEQUENZY_API_KEY": DEFAULT_KEY}
        first = child(workspace, "load", "--rate", "0", env=environment)
        try:
            assert app.asked.wait(30)
            second = child(workspace, "load", "--rate", "0", env=environment)
            _, said = second.communicate(timeout=60)
            app.go_on.set()
            first.communicate(timeout=60)
        finally:
            first.kill()
    assert (1, 0) == (second.returncode, first.returncode)
    [line] = said.splitlines()
    assert "Another run" in line


def test_verbose_tells_of_retries_and_twice_keeps_every_request_in_a_file_of_the_owner(workspace: Path) -> None:
    fault = Fault(route="GET /lists", kind="500")
    with serving(SequenzySandbox(limits=None, import_polls=0, faults=[fault])) as url:
        environment = {"SEQUENZY_API_URL": url, "SEQUENZY_API_KEY": DEFAULT_KEY}
        told = child(workspace, "load", "-vv", "--rate", "0", env=environment)
        _, said = told.communicate(timeout=60)
    assert "INFO migrator.transport.client: retry GET /lists" in said
    log = workspace / "migrate.log"
    assert 0o600 == log.stat().st_mode & 0o777
    messages = [json.loads(line)["message"] for line in log.read_text().splitlines()]
    assert [text for text in messages if text.startswith("answered POST /subscribers")]
    assert "ada@example.com" not in said + log.read_text()
    assert DEFAULT_KEY not in said + log.read_text()
