"""The quick look at the top of an email says what its whole inventory says."""

from __future__ import annotations

import pytest
from content_emails import CONTEXT, fixture, fixture_names, long_email
from content_hazards import HAZARDS
from hypothesis import given, settings
from hypothesis import strategies as st

import mappings.email.look as look
from mappings.email.inventory import take_inventory
from mappings.email.look import look_at

PIECES = (
    "<p>",
    "</p>",
    '<div style="display:none">',
    "</div>",
    "<table><tr><td>",
    "</td></tr></table>",
    "<!-- a comment > with a sign -->",
    "<!--[if mso]><p>Outlook</p><![endif]-->",
    "<!--",
    "-->",
    "Words to read ",
    "{{FIRST_NAME|friend}}",
    '{{#if subscriber.plan}}<b title="x>y">',
    "{{/if}}",
    '<a href="https://x.test/?a=1&amp;b={{EMAIL}}">',
    "</a>",
    '<img src="https://cdn.x.test/a.png" alt="a > b">',
    "<style>p > a{color:red}</style>",
    "<style>",
    "</style>",
    "&nbsp;&zwnj;",
    "\u200c\u00ad ",
    "é\U0001f600",
    '<a href="{{unsubscribeUrl}}">Leave</a>',
    "<br>",
    " " * 30,
)
HEADS = ("", "<!doctype html><html><head><title>T</title></head><body>", "<BODY class=a>", "<html><body style='a>b'>")


def agree(html: str, hosts: tuple[str, ...] = ()) -> None:
    seen, whole = look_at(html, hosts), take_inventory(html, hosts)
    assert (seen.preheader, seen.has_content, seen.has_unsubscribe, seen.size, seen.dying) == (
        whole.preheader,
        whole.has_content,
        whole.has_unsubscribe,
        whole.size,
        whole.dying,
    )


@pytest.mark.parametrize("name", fixture_names(".html"))
@pytest.mark.parametrize("enough", [40, 300, 6_000])
def test_fixtures_are_seen_alike(monkeypatch: pytest.MonkeyPatch, name: str, enough: int) -> None:
    monkeypatch.setattr(look, "_ENOUGH", enough)
    agree(fixture(name))
    agree(fixture(name), CONTEXT.old_hosts)


@pytest.mark.parametrize("name", HAZARDS)
def test_hazards_are_seen_alike(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(look, "_ENOUGH", 20)
    agree(HAZARDS[name] * 3, CONTEXT.old_hosts)


@settings(max_examples=300, deadline=None)
@given(
    head=st.sampled_from(HEADS),
    pieces=st.lists(st.sampled_from(PIECES), max_size=40),
    enough=st.integers(0, 300),
)
def test_any_email_is_seen_alike(head: str, pieces: list[str], enough: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(look, "_ENOUGH", enough)
        agree(head + "".join(pieces) + "<p>The end of all emails of this test, long enough to be cut before it.</p>")


def test_the_top_is_enough_for_an_ordinary_email(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the whole email was read")

    email = long_email()
    monkeypatch.setattr(look, "take_inventory", never)
    assert look_at(email, ("oldplatform.test",)).has_content


def test_an_old_host_anywhere_is_found_whatever_its_case() -> None:
    email = long_email() + '<img src="https://CDN.OldPlatform.test/last.png">'
    assert [one.url for one in look_at(email, ("oldplatform.test",)).dying] == ["https://CDN.OldPlatform.test/last.png"]
