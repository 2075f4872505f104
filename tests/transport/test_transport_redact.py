"""Nothing that was registered, and no address, gets through any sink in any usual disguise."""

from __future__ import annotations

import base64
import html
import io
import json
import logging
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.transport import redact as redaction
from migrator.transport.logs import configure_logging, install_excepthook
from migrator.transport.redact import redact, redact_value
from migrator.transport.secret import Secret
from tests.looks import looks

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _forget_secrets() -> Iterator[None]:
    yield
    forget()


def forget() -> None:
    redaction._forms.clear()
    redaction._pattern = None


secrets_drawn = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zs"]), min_size=8, max_size=40)
around = st.text(st.characters(codec="utf-8"), max_size=20)

ENCODERS = {
    "raw": lambda text: text,
    "url": lambda text: quote(text, safe=""),
    "url twice": lambda text: quote(quote(text, safe=""), safe=""),
    "form": quote_plus,
    "json": json.dumps,
    "json utf-8": lambda text: json.dumps(text, ensure_ascii=False),
    "json twice": lambda text: json.dumps(json.dumps(text)),
    "repr": repr,
    "html": html.escape,
    "hex": lambda text: text.encode().hex(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 url": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "basic auth": lambda text: base64.b64encode(b"api:" + text.encode()).decode(),
    "basic auth 2": lambda text: base64.b64encode(b"me:" + text.encode() + b":x").decode(),
}


@given(secret=secrets_drawn, before=around, after=around, encoder=st.sampled_from(sorted(ENCODERS)))
@settings(max_examples=looks(120), deadline=None)
def test_no_registered_secret_survives_in_any_encoding(secret: str, before: str, after: str, encoder: str) -> None:
    forget()
    Secret(secret)
    value = secret.strip()
    disguised = ENCODERS[encoder](value)
    shown = redact(f"{before} {disguised} {after}")
    core = disguised.strip("\"'=")[4:-4] if "auth" in encoder or "base64" in encoder else disguised.strip("\"'")
    if len(core) >= 6 and core not in before + after and redaction.SECRET_MARK not in value:
        assert core not in shown


locals_drawn = st.from_regex(r"[a-z0-9!#$%&'*+/=?^_{|}~ü.-]{1,20}", fullmatch=True).filter(
    lambda text: text.strip("'.") == text and not set(text) & set("&=/?{|}")
)
domains_drawn = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?(\.[a-zé]{2,8}){1,2}", fullmatch=True)
ADDRESS_ENCODERS = {
    name: ENCODERS[name] for name in ("raw", "url", "url twice", "form", "json", "json utf-8", "repr", "html")
}


@given(local=locals_drawn, domain=domains_drawn, encoder=st.sampled_from(sorted(ADDRESS_ENCODERS)))
@settings(max_examples=looks(120), deadline=None)
def test_no_address_survives_in_any_encoding(local: str, domain: str, encoder: str) -> None:
    disguised = ADDRESS_ENCODERS[encoder](f"{local}@{domain}").strip("\"'")
    for text in (disguised, f"GET /subscribers/{disguised}?x=1", f'{{"email":"{disguised}"}}', f"<{disguised}>, next"):
        shown = redact(text)
        assert disguised not in shown
        assert redaction.ADDRESS_MARK in shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("to ada@example.com.", "to [address]"),
        ("Ada <ada+vip@example.com>, x", "Ada <[address]>, x"),
        ('"ada l"@example.com said', "[address] said"),
        ("/subscribers/ada%2Bx%40example.com/tags", "/subscribers/[address]/tags"),
        (r'{"email":"ada\u0040example.com"}', '{"email":"[address]"}'),
        ("ada&#64;example.com", "[address]"),
        ("mailto:ada@example.com?subject=x", "mailto:[address]?subject=x"),
        ("a@b.test,c@d.test;e@f.test", "[address],[address];[address]"),
        ("o'brien@example.com", "[address]"),
        ("'ada@example.com'", "'[address]'"),
        ("at @ all, @here, there@", "at @ all, @here, there@"),
        ("status=404 50%40", "status=404 50%40"),
        ("nothing here", "nothing here"),
    ],
)
def test_addresses_are_taken_out_and_the_rest_stays(text: str, expected: str) -> None:
    assert expected == redact(text)


def test_nested_data_is_scrubbed_with_its_keys() -> None:
    Secret("s3cret-key-value")
    value = {"ada@example.com": [("s3cret-key-value", b"bob@example.com", 7)], "n": None}
    assert {"[address]": [["[secret]", "[address]", 7]], "n": None} == redact_value(value)


# --- the key itself


def test_a_secret_prints_as_stars_everywhere() -> None:
    secret = Secret("seq_live_abcdefghij")
    shown = f"{secret} {secret!r} {secret!s} {secret:>10} %s" % secret
    assert "abcdef" not in shown
    assert "seq_live_abcdefghij" == secret.reveal()


def test_a_secret_is_never_written_to_a_file() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret("seq_live_abcdefghij"))


def test_a_secret_loses_the_newline_it_was_pasted_with() -> None:
    assert Secret("seq_live_abcdefghij") == Secret(" seq_live_abcdefghij\n")


# --- the sinks


@pytest.fixture
def sinks(tmp_path: Path) -> Iterator[tuple[io.StringIO, Path]]:
    root = logging.getLogger()
    former, level = root.handlers[:], root.level
    root.handlers = []
    screen, path = io.StringIO(), tmp_path / "run.log"
    handlers = configure_logging(True, path, stream=screen)
    yield screen, path
    for handler in handlers:
        root.removeHandler(handler)
        handler.close()
    root.handlers, root.level = former, level


class Odd:
    def __repr__(self) -> str:
        return "Odd(ada@example.com, seq_live_abcdefghij)"


def leak(logger: logging.Logger) -> None:
    logger.warning("raw ada@example.com seq_live_abcdefghij")
    logger.warning("nested %s %r", {"a": ["ada@example.com", ("seq_live_abcdefghij",)]}, Odd())
    logger.warning("wrong %d arguments", "ada@example.com")
    logger.warning("url %s", "https://api.example.com/subscribers/ada%40example.com?key=seq%5Flive%5Fabcdefghij")
    logger.warning("extra", extra={"contact": {"email": "ada@example.com"}, "key": "seq_live_abcdefghij", "odd": Odd()})
    try:
        try:
            raise ValueError("inner ada@example.com")
        except ValueError as error:
            raise RuntimeError("outer seq_live_abcdefghij") from error
    except RuntimeError:
        logger.exception("failed", stack_info=True)


def test_no_sink_shows_a_secret_or_an_address(sinks: tuple[io.StringIO, Path]) -> None:
    Secret("seq_live_abcdefghij")
    leak(logging.getLogger("migrator.test"))
    for shown in (sinks[0].getvalue(), sinks[1].read_text()):
        assert "outer [secret]" in shown
        for left in ("ada", "abcdefghij"):
            assert left not in shown


def test_the_log_file_is_json_lines_for_its_owner_only(sinks: tuple[io.StringIO, Path]) -> None:
    leak(logging.getLogger("migrator.test"))
    entries = [json.loads(line) for line in sinks[1].read_text().splitlines()]
    assert 6 == len(entries)
    assert {"email": "[address]"} == entries[4]["contact"]
    assert 0o600 == sinks[1].stat().st_mode & 0o777


def test_http_libraries_do_not_log_the_urls_they_call(sinks: tuple[io.StringIO, Path]) -> None:
    with httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(200))) as http:
        http.get("https://api.example.com/subscribers/ada%40example.com")
    assert "" == sinks[0].getvalue() + sinks[1].read_text()


def test_uncaught_errors_are_scrubbed_in_every_thread(capsys: pytest.CaptureFixture[str]) -> None:
    former = sys.excepthook, threading.excepthook
    try:
        Secret("seq_live_abcdefghij")
        install_excepthook()
        error: Any = ValueError("ada@example.com seq_live_abcdefghij")
        sys.excepthook(type(error), error, None)

        def fail() -> None:
            raise error

        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
    finally:
        sys.excepthook, threading.excepthook = former
    shown = capsys.readouterr().err
    assert 2 == shown.count("ValueError: [address] [secret]")
    assert "ada" not in shown


def test_logging_and_secrets_cost_no_http_library_at_start() -> None:
    code = "import sys, migrator.transport.logs, migrator.transport.secret; sys.exit('httpx' in sys.modules)"
    assert 0 == subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode
