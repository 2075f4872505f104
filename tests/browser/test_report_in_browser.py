"""The report in a real browser, opened from disk: it works, asks no network, runs no hostile text, and can be used by
keyboard and by people who do not see it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import setup_browser

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "report"))

from report_workspace import hostile_account, workspace_of

from migrator.report.outputs import write_report
from migrator.sandbox.broadcast.generate import demo_account

FOUND = setup_browser.find()
if FOUND.missing and not os.environ.get("CI"):
    pytest.skip(FOUND.missing, allow_module_level=True)

playwright = pytest.importorskip("playwright.sync_api", reason="playwright belongs to the dev extra")

SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
BLOCKED = "Content Security Policy"


@dataclass
class Seen:
    page: Any
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


Open = Callable[..., Seen]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as engine:
        running = engine.chromium.launch(executable_path=FOUND.chromium, args=list(setup_browser.QUIET))
        yield running
        running.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(workspace_of(tmp_path_factory.mktemp("move"), demo_account())).html


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(workspace_of(tmp_path_factory.mktemp("hostile"), hostile_account())).html


@pytest.fixture
def visit(browser: Any) -> Iterator[Open]:
    contexts = []

    def open_page(path: Path, size: str = "desktop", scheme: str = "light") -> Seen:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
        )
        contexts.append(context)
        seen = Seen(context.new_page())
        seen.page.set_default_timeout(10_000)
        seen.page.on("console", lambda line: seen.errors.append(line.text) if line.type == "error" else None)
        seen.page.on("pageerror", lambda error: seen.errors.append(str(error)))
        context.on("request", lambda call: seen.requests.append(call.url))
        seen.page.goto(path.as_uri())
        seen.page.wait_for_selector("html[data-ready=yes]")
        return seen

    yield open_page
    for context in contexts:
        context.close()


def until(page: Any, expression: str) -> None:
    """The page's policy forbids the driver's own way of waiting, which evaluates text inside the page."""
    for _ in range(200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(25)
    raise AssertionError(f"never true: {expression}")


def choose(page: Any, selector: str) -> None:
    """By the keyboard's way: a radio button under its own label."""
    page.locator(selector).focus()
    page.keyboard.press("Space")
    assert page.locator(selector).is_checked()


def open_everything(page: Any) -> None:
    """Every sequence unfolded, and every finding shown."""
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    until(page, "document.querySelectorAll('.seq-body .graph').length >= document.querySelectorAll('.seq').length")
    while page.locator("#finding-more").is_visible():
        page.locator("#finding-more").click()


def test_it_opens_from_disk_without_errors_and_without_the_network(visit: Open, report: Path) -> None:
    seen = visit(report)
    open_everything(seen.page)
    assert [] == seen.errors
    assert [report.as_uri()] == seen.requests


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_wider_than_the_screen(visit: Open, report: Path, size: str) -> None:
    seen = visit(report, size)
    open_everything(seen.page)
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]


@pytest.mark.slow
def test_every_sequence_shows_both_pictures_and_what_belongs_together(visit: Open, report: Path) -> None:
    page = visit(report).page
    first = page.locator("details.seq").first
    first.locator("summary").click()
    first.locator("svg.graph").nth(1).wait_for()
    assert 2 == first.locator("svg.graph").count()
    box = first.locator("svg.graph").first.locator("g.node[data-step]").nth(1)
    step = box.get_attribute("data-step")
    box.focus()
    linked = first.locator("g.node.linked")
    assert linked.count() >= 2
    assert {step} == set(linked.evaluate_all("all => all.map((one) => one.dataset.step)"))


@pytest.mark.slow
def test_filters_and_search_choose_sequences(visit: Open, report: Path) -> None:
    page = visit(report).page
    shown = page.locator("details.seq:visible")
    everything = shown.count()
    page.get_by_label("Search names, steps, subjects").fill("lessons")
    until(page, "document.getElementById('sequences-found').textContent.includes(' of ')")
    assert 1 <= shown.count() < everything
    page.get_by_label("Search names, steps, subjects").fill("")
    until(page, "!document.getElementById('sequences-found').textContent.includes(' of ')")
    choose(page, "input[name=which][value=hold]")
    waiting = shown.count()
    choose(page, "input[name=which][value=ready]")
    assert everything == waiting + shown.count()


@pytest.mark.slow
def test_filters_and_search_choose_findings(visit: Open, report: Path) -> None:
    page = visit(report).page
    found = page.locator("#findings-found")
    everything = found.text_content()
    choose(page, "input[name=verdict][value=manual]")
    assert found.text_content() != everything
    signs = page.locator("#finding-list > li > .sign").evaluate_all("all => all.map((one) => one.textContent)")
    assert {"!"} == set(signs)
    page.get_by_label("Search findings").fill("no such words anywhere")
    until(page, "document.getElementById('findings-found').textContent.startsWith('0 of')")
    assert 0 == page.locator("#finding-list > li").count()


@pytest.mark.slow
def test_the_keyboard_reaches_everything(visit: Open, report: Path) -> None:
    page = visit(report).page
    page.keyboard.press("Tab")
    assert "Skip to the report" == page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    page.locator("details.seq summary").first.focus()
    page.keyboard.press("Enter")
    page.locator("details.seq[open] svg.graph").first.wait_for()
    look = page.locator("details.seq[open] .letters button").first
    look.focus()
    page.keyboard.press("Enter")
    page.locator("dialog[open]").wait_for()
    page.keyboard.press("Escape")
    page.locator("dialog[open]").wait_for(state="detached")
    assert look.evaluate("one => one === document.activeElement")


@pytest.mark.slow
def test_an_email_shows_before_after_and_what_changed(visit: Open, report: Path) -> None:
    seen = visit(report)
    page = seen.page
    page.get_by_label("Search names, steps, subjects").fill("welcome")
    page.locator("details.seq summary:visible").first.click()
    page.locator("details.seq[open] .letters button").first.click()
    frame = page.frame_locator("dialog iframe")
    assert "Ada" in (frame.locator("body").text_content() or "")
    page.locator("dialog select").select_option("empty")
    page.wait_for_timeout(100)
    assert "Ada" not in (frame.locator("body").text_content() or "")
    choose(page, "dialog input[value=source]")
    assert "{{ first_name }}" in (page.locator("dialog pre del").first.text_content() or "")
    assert "FIRST_NAME" in (page.locator("dialog pre ins").first.text_content() or "")


@pytest.mark.slow
def test_previews_run_nothing_and_load_nothing_unless_allowed(visit: Open, hostile: Path) -> None:
    seen = visit(hostile)
    page = seen.page
    page.locator("details.seq summary").first.click()
    page.locator("details.seq[open] .letters button").first.click()
    page.locator("dialog iframe").wait_for()
    assert "" == page.locator("dialog iframe").get_attribute("sandbox")
    choose(page, "dialog input[value=before]")
    page.wait_for_timeout(300)
    assert page.title().endswith("to Sequenzy")
    assert not [url for url in seen.requests if url.startswith("http")]


@pytest.mark.slow
def test_hostile_text_stays_text_everywhere(visit: Open, hostile: Path) -> None:
    seen = visit(hostile)
    open_everything(seen.page)
    seen.page.wait_for_timeout(200)
    assert seen.page.title().startswith("</script><script>document.title='owned'</script>:")
    assert [] == seen.errors
    assert [hostile.as_uri()] == seen.requests
    assert 0 == seen.page.locator("img").count()
    assert 0 == seen.page.evaluate("document.querySelectorAll('[onerror],[onload],[onfocus]').length")


@pytest.mark.slow
def test_the_to_do_list_prints_unfolded(visit: Open, report: Path) -> None:
    page = visit(report).page
    page.emulate_media(media="print")
    assert page.locator("#todo").is_visible()
    assert not page.locator("#findings").is_visible()
    assert not page.locator("header.top").is_visible()


@pytest.mark.slow
def test_the_first_screen_is_there_within_a_second(visit: Open, report: Path) -> None:
    page = visit(report).page
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint').map((one) => one.startTime)[0]")
    assert paint < 1000


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_no_serious_problem(visit: Open, report: Path, size: str, scheme: str) -> None:
    seen = visit(report, size, scheme)
    open_everything(seen.page)
    assert FOUND.axe is not None
    assert [] == problems(seen.page)
    seen.page.locator("details.seq[open] .letters button").first.click()
    seen.page.locator("dialog[open]").wait_for()
    assert [] == problems(seen.page)


def problems(page: Any) -> list[str]:
    """What axe-core calls serious or critical, with the places. Injected past the page's own policy, as a test may."""
    assert FOUND.axe is not None
    page.evaluate(FOUND.axe.read_text("utf-8") + "\n;0")
    found = page.evaluate("async () => (await axe.run(document, { iframes: false })).violations")
    return [
        f"{one['id']}: {one['help']} at {[node['target'] for node in one['nodes'][:3]]} {one['nodes'][0]['any'][:1]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
