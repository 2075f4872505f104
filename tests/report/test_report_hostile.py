"""All text of the source is hostile: it stays text in every form of the report."""

from __future__ import annotations

import base64
import hashlib
import re

import bs4
import pytest
from report_workspace import hostile_account, workspace_of

from migrator.report.markdown import code, safe
from migrator.report.outputs import Report, write_report
from migrator.report.page import pack
from migrator.report.terminal import essence


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return write_report(workspace_of(tmp_path_factory.mktemp("hostile"), hostile_account()))


@pytest.fixture(scope="module")
def page(report: Report) -> bs4.BeautifulSoup:
    return bs4.BeautifulSoup(report.html.read_text("utf-8"), "html.parser")


def test_the_page_has_one_script_and_its_policy_names_it(page: bs4.BeautifulSoup) -> None:
    scripts = [script for script in page.find_all("script") if script.get("type") != "application/octet-stream"]
    assert 1 == len(scripts)
    digest = base64.b64encode(hashlib.sha256(str(scripts[0].string).encode()).digest()).decode()
    policy = page.find("meta", {"http-equiv": "Content-Security-Policy"})["content"]
    assert f"script-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe-eval" not in policy


def test_no_text_becomes_an_element_or_a_handler(page: bs4.BeautifulSoup) -> None:
    assert [] == page.find_all("img")
    handlers = [name for tag in page.find_all(True) for name in tag.attrs if name.startswith("on")]
    assert [] == handlers
    assert "</script><script>document" in page.find("h1").get_text()


def test_packed_data_cannot_end_its_own_block(page: bs4.BeautifulSoup) -> None:
    blocks = page.find_all("script", {"type": "application/octet-stream"})
    assert blocks
    assert all(re.fullmatch(r"[A-Za-z0-9+/=]*", str(block.string or "")) for block in blocks)


def test_nothing_in_the_page_points_outside(page: bs4.BeautifulSoup) -> None:
    for tag in page.find_all(True):
        for name in ("src", "href", "action", "srcset", "poster"):
            assert not str(tag.get(name) or "").startswith(("http", "//", "javascript")), tag
    assert "url(" not in page.find("style").string
    assert "@import" not in page.find("style").string


def test_markdown_has_no_markup_of_the_source(report: Report) -> None:
    text = report.markdown.read_text("utf-8")
    outside_code = re.sub(r"(`+)[^\n]*?\1", "", text)
    assert not re.search(r"(?<!\\)<(script|img|svg)", outside_code, re.IGNORECASE)
    assert not re.search(r"(?<!\\)\]\(", outside_code)


def test_the_terminal_gets_no_control_characters(report: Report) -> None:
    assert all(line.isprintable() for line in essence(report.facts))


def test_a_name_with_ticks_stays_inside_its_code() -> None:
    assert "`` a ` b ``" == code("a ` b")
    assert r"\[x\]\(y\) \| \*\*z\*\*" == safe("[x](y) | **z**")


def test_half_an_emoji_does_not_stop_the_page() -> None:
    assert pack(["\ud83d"])
