"""Who may call a local platform: programs of this machine that know the key of this start. No web page may."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from test_cli_sandbox import get, run, sandbox

from migrator.cli.main import main
from migrator.sandbox.broadcast.app import BroadcastSandbox
from migrator.sandbox.broadcast.generate import generate
from migrator.sandbox.klaviyo.app import KlaviyoSandbox
from migrator.sandbox.klaviyo.generate import generate as klaviyo_account
from migrator.sandbox.local_only import why_foreign
from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.server import serving
from migrator.sandbox.sources import PLATFORMS

PATHS = {"broadcast": "/api/v1/whoami", "klaviyo": "/api/accounts/", "sequenzy": "/api/v1/account"}
HANDLE = "/_sandbox/clock"
FORMER_KEYS = {"broadcast": "bc-write-key", "sequenzy": "seq_live_sandbox_0000000000000000"}


@pytest.fixture(scope="module", params=list(PATHS))
def platform(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    made = {
        "broadcast": lambda: BroadcastSandbox(generate(contacts=3, sequences=1)),
        "klaviyo": lambda: KlaviyoSandbox(klaviyo_account(3)),
        "sequenzy": SequenzySandbox,
    }
    with serving(made[request.param]()) as url:
        yield request.param, url


def status(url: str, path: str, headers: list[tuple[str, str]], method: str = "GET") -> int:
    """A request with exactly these headers."""
    connection = http.client.HTTPConnection(str(urlsplit(url).netloc), timeout=20)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in headers:
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse().status
    connection.close()
    return answer


def ours(url: str, name: str = "127.0.0.1") -> tuple[str, str]:
    return "Host", f"{name}:{urlsplit(url).port}"


FOREIGN = {
    "a rebound name": [("Host", "evil.test")],
    "a rebound name with our port": [("Host", "evil.test:{port}")],
    "a name that begins like ours": [("Host", "127.0.0.1.evil.test")],
    "a name below localhost": [("Host", "evil.localhost:{port}")],
    "an address of the network": [("Host", "0.0.0.0:{port}")],
    "no host": [],
    "two hosts": [("Host", "127.0.0.1:{port}"), ("Host", "evil.test")],
    "a page elsewhere": [("Host", "127.0.0.1:{port}"), ("Origin", "https://evil.test")],
    "a page without an origin": [("Host", "127.0.0.1:{port}"), ("Origin", "null")],
    "a page of another local server": [("Host", "127.0.0.1:{port}"), ("Origin", "http://localhost:1")],
    "an image on a page": [("Host", "127.0.0.1:{port}"), ("Sec-Fetch-Site", "cross-site")],
}


@pytest.mark.parametrize("case", list(FOREIGN))
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_call_of_a_web_page_is_refused_by_every_platform(platform: tuple[str, str], case: str, method: str) -> None:
    name, url = platform
    headers = [(key, value.format(port=urlsplit(url).port)) for key, value in FOREIGN[case]]
    for path in (PATHS[name], HANDLE):
        assert status(url, path, headers, method) == 403, path


def test_a_refused_call_changes_nothing() -> None:
    app = SequenzySandbox()
    with serving(app) as url:
        before = app.state.now
        body = {"advance": "2d"}
        refused = httpx.post(url + HANDLE, json=body, headers={"Origin": "https://evil.test"})
        assert refused.status_code == 403
        assert app.state.now == before
        assert httpx.post(url + HANDLE, json=body).status_code == 200
        assert app.state.now > before


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_a_program_of_this_machine_is_answered(platform: tuple[str, str], host: str) -> None:
    name, url = platform
    assert status(url, PATHS[name], [ours(url, host)]) not in (403, 404)
    same = [ours(url, host), ("Origin", f"http://{host}:{urlsplit(url).port}"), ("Sec-Fetch-Site", "same-origin")]
    assert status(url, PATHS[name], same) not in (403, 404)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30))
def test_no_other_name_is_taken_for_this_machine(name: str) -> None:
    if name.lower().partition(":")[0] not in ("localhost", "127.0.0.1") and not name.startswith("[::1]"):
        assert why_foreign([("Host", name)])
        assert why_foreign([("Host", "localhost:80"), ("Origin", f"http://{name}")])


@pytest.mark.parametrize("name", list(FORMER_KEYS))
def test_every_start_has_a_key_of_its_own(name: str) -> None:
    seen = []
    for _ in range(2):
        with sandbox(name, *(("--contacts", "3") if name == "broadcast" else ())) as (line, _child):
            seen.append(line["token"])
            assert get(line, "/lists" if name == "sequenzy" else "/whoami").status_code == 200
            former = {**line, "token": FORMER_KEYS[name]}
            assert get(former, "/lists" if name == "sequenzy" else "/whoami").status_code == 401
    assert seen[0] != seen[1]


@pytest.mark.parametrize("name", sorted(PLATFORMS))
def test_a_local_source_answers_to_its_printed_lines_and_each_start_has_its_own_key(name: str, tmp_path: Path) -> None:
    seen = []
    for _ in range(2):
        with sandbox(name, "--contacts", "3") as (line, child):
            assert child.stderr is not None
            head, *told = (child.stderr.readline().strip() for _ in range(3))
            assert head == "Put these lines into the .env of a workspace:"
            assert told[0].endswith(f"={line['url']}")
            seen.append(line["token"])
            (tmp_path / ".env").write_text("\n".join(told))
            (tmp_path / ".env").chmod(0o600)
            done = CliRunner().invoke(main, ["-C", str(tmp_path), "--json", "doctor", name])
            assert json.loads(done.stdout)["platforms"][name]["ok"], done.output
    assert seen[0] != seen[1]


def test_a_key_that_is_passed_is_the_key() -> None:
    with sandbox("sequenzy", "--key", "seq_live_sandbox_0000000000000000") as (line, _):
        assert line["token"] == "seq_live_sandbox_0000000000000000"
        assert get(line, "/lists").status_code == 200


def test_the_key_of_an_accounts_file_is_not_the_key_of_the_next_start(tmp_path: Path) -> None:
    data = tmp_path / "account.json"
    arguments = ("broadcast", "--contacts", "3", "--data", str(data))
    with sandbox(*arguments):
        pass
    stored = json.loads(data.read_bytes())["tokens"]
    with sandbox(*arguments) as (line, _):
        for key in (*stored, FORMER_KEYS["broadcast"]):
            assert get({**line, "token": key}, "/whoami").status_code == 401


def test_the_printed_lines_are_a_workspaces_env(tmp_path: Path) -> None:
    with sandbox("both", "--contacts", "3") as (line, child):
        assert child.stderr is not None
        head, *told = (child.stderr.readline().strip() for _ in range(5))
        assert head == "Put these lines into the .env of a workspace:"
        assert told[1] == f"BROADCAST_API_TOKEN={line['broadcast']['token']}"
        (tmp_path / ".env").write_text("\n".join(told))
        (tmp_path / ".env").chmod(0o600)
        done = CliRunner().invoke(main, ["-C", str(tmp_path), "--json", "doctor"])
        assert json.loads(done.stdout)["ok"], done.output


def test_port_0_is_a_free_port() -> None:
    with sandbox("both", "--contacts", "3", "--port", "0") as (line, _):
        ports = {urlsplit(line[name]["url"]).port for name in ("broadcast", "sequenzy")}
        assert len(ports) == 2
        assert 0 not in ports


def test_two_platforms_do_not_fit_at_the_last_port() -> None:
    done = run("both", "--contacts", "3", "--port", "65535")
    assert done.returncode == 2
    assert "Choose a lower port" in done.stderr or "Choose another port" in done.stderr
    assert "Traceback" not in done.stderr
