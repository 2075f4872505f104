"""`migrate sandbox klaviyo` in a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import httpx
from click.testing import CliRunner

from migrator.cli.main import main
from migrator.errors import EXIT_USAGE


def test_it_prints_its_address_and_key_and_answers() -> None:
    command = [sys.executable, "-m", "migrator", "sandbox", "klaviyo", "--contacts", "5", "--set", "page_size=2"]
    command += ["--fault", "kind=500,route=/api/tags,nth=2"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        line = json.loads(child.stdout.readline() or child.communicate()[1])
        headers = {"Authorization": f"Klaviyo-API-Key {line['token']}", "revision": "2026-07-15"}
        answer = httpx.get(line["url"] + "/api/profiles", headers=headers).json()
        assert len(answer["data"]) == 2
        assert answer["links"]["next"].startswith(line["url"])
        assert httpx.get(line["url"] + "/api/tags", headers=headers).status_code == 200
        assert httpx.get(line["url"] + "/api/tags", headers=headers).status_code == 500
    finally:
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=20)
    assert child.returncode == 0


def test_a_fault_that_it_does_not_know_is_named() -> None:
    result = CliRunner().invoke(main, ["sandbox", "klaviyo", "--contacts", "1", "--fault", "kind=slow"])
    assert result.exit_code == EXIT_USAGE
    assert "unknown fault kind 'slow'" in result.stderr
    assert "truncate" in result.stderr


def test_a_switch_that_it_does_not_know_is_named() -> None:
    result = CliRunner().invoke(main, ["sandbox", "klaviyo", "--contacts", "1", "--set", "speed=3"])
    assert result.exit_code == EXIT_USAGE
    assert "speed" in result.stderr
    assert "page_size" in result.stderr
