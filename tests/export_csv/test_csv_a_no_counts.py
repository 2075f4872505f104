"""A no in any column counts, in the languages our users write, whatever options are given; and what is unclear blocks
a word for the whole file."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
from csv_support import NoPeople, bundle_of, people_of, write
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.csvfile.consent_speech import loud
from adapters.csvfile.layouts import BY_NAME
from adapters.csvfile.options import MEANINGS, Options, columns_of, from_settings, per_file, words_of
from adapters.csvfile.overheard import _may_speak
from migrator.errors import UsageError
from migrator.model import ConsentState
from migrator.model.consent import Reach
from tests.looks import looks

EVERYBODY = per_file(["subscribed"], "--status")
YES_IS_IN = (
    "Newsletter", "email_opt_in", "custom_accepts_marketing", "Accepts Email Marketing", "optIn", "Double Opt-In",
    "GDPR consent", "Einwilligung Newsletter", "E-Mail-Werbung erlaubt", "Angemeldet", "Accepte les emails", "Abonné",
    "Consentement marketing", "Acepta publicidad", "Suscrito al boletín", "Consenso marketing", "Accetta newsletter",
    "Aceita receber emails", "Consentimento", "Toestemming nieuwsbrief", "Ingeschreven", "Zgoda marketingowa",
    "Zapisany", "Receive emails", "MARKETING_PERMISSION",
    "Newsletter (ja/nein)", "E-Mail yes/no", "Mail?", "Opt-in (Y/N)", "Can be emailed", "emailSubscribed",
)  # fmt: skip
YES_IS_OUT = (
    "EMAIL_BLACKLISTED", "blocklisted", "do_not_email", "doNotContact", "Opt-out", "GDPR News (don't send)",
    "is_unsubscribed", "No newsletter", "Suppressed", "Hard bounced", "Abgemeldet", "Keine Werbung", "Sperrvermerk",
    "Widerspruch Werbung", "Désabonné", "Ne plus contacter", "Pas de publicité", "Dado de baja", "No enviar correos",
    "Disiscritto", "Non inviare email", "Descadastrado", "Não enviar", "Afgemeld", "Geen nieuwsbrief", "Wypisany",
    "Brak zgody", "Nie wysyłać", "Consent withdrawn",
    "Bloqué", "Removed from list", "Werbesperre", "marketing-opt-out", "Email disabled", "never_email",
)  # fmt: skip
EITHER = ("Opt-in/Opt-out", "Subscribed or unsubscribed")
OTHER = ("Plan", "Notes", "Option", "City", "Company", "Source", "Action", "SMS opt-in", "State", "Score", "Color")
NOES = ("no", "No", "FALSE", "0", "n", "nein", "non", "não", "nie", "nee", "off", "falsch", "faux", "✗", "denied")
YESES = ("yes", "Yes", "TRUE", "1", "y", "ja", "oui", "sí", "si", "sim", "tak", "on", "x", "vrai", "✓")
LEFT = (
    "unsubscribed", "Unsubscribe", "opted out", "OPT_OUT", "abgemeldet", "do not email", "désabonné", "dado de baja",
    "disiscritto", "descadastrado", "uitgeschreven", "wypisany", "blacklisted", "keine Werbung", "not subscribed",
)  # fmt: skip
NOISE = ("", "pro", "Berlin", "weekly", "42", "active", "vip", "2024-01-01", "subscribed", "maybe", "a, b")


@pytest.mark.parametrize("header", YES_IS_IN)
@pytest.mark.parametrize("word", ["no", "FALSE", "nein"])
def test_a_no_under_a_header_of_consent_outlives_a_yes_for_the_file(header: str, word: str, tmp_path: Path) -> None:
    (person,) = people_of(tmp_path, f'email,"{header}"\na@example.com,{word}\n', status=EVERYBODY)
    assert person.consent.state is ConsentState.UNSUBSCRIBED


@pytest.mark.parametrize("header", YES_IS_OUT)
@pytest.mark.parametrize("word", ["yes", "1", "2024-03-05"])
def test_a_yes_under_a_header_of_refusal_outlives_a_yes_for_the_file(header: str, word: str, tmp_path: Path) -> None:
    (person,) = people_of(tmp_path, f'email,"{header}"\na@example.com,{word}\n', status=EVERYBODY)
    assert person.consent.state.reach is Reach.NONE
    assert person.consent.state is not ConsentState.UNKNOWN


@pytest.mark.parametrize("word", LEFT)
@pytest.mark.parametrize("header", ["action", "List status", "Tags", "Anything"])
def test_a_cell_that_says_no_is_heard_in_any_column(header: str, word: str, tmp_path: Path) -> None:
    (person,) = people_of(tmp_path, f"email,{header}\na@example.com,{word}\n", status=EVERYBODY)
    assert person.consent.state.reach is Reach.NONE


def test_the_narrowest_of_several_columns_wins(tmp_path: Path) -> None:
    text = "email,List status,Global status,Opt-in\na@example.com,unsubscribed,bounced,yes\n"
    assert people_of(tmp_path, text, status=EVERYBODY)[0].consent.state is ConsentState.BOUNCED


@pytest.mark.parametrize("header", [*EITHER, "Consent"])
def test_a_column_that_nobody_understands_blocks_a_yes_for_the_whole_file(header: str, tmp_path: Path) -> None:
    text = f'email,"{header}"\na@example.com,perhaps\nb@example.com,no\nc@example.com,\n'
    bundle = bundle_of(tmp_path, write(tmp_path, "p.csv", text), status=EVERYBODY)
    assert {person.consent.state.reach for person in bundle.contacts()} == {Reach.NONE}
    assert any("we ignore --status" in gap.remedy for gap in bundle.manifest.unread)


def test_an_empty_box_is_no_consent_where_others_are_ticked(tmp_path: Path) -> None:
    text = "email,email_opt_in\na@example.com,TRUE\nb@example.com,\n"
    states = [person.consent.state for person in people_of(tmp_path, text, status=EVERYBODY)]
    assert states == [ConsentState.UNKNOWN] * 2


HARMLESS = (
    "Option,left,right", "Notes,likes tea,unsubscribed people too", "Newsletter topic,sport,news", "City,Bad,Nie",
    "Subscription plan,monthly,yearly", "Opt-in source,form,shop", "SMS consent,no,yes", "Mailing City,Rom,Bonn",
    "Unsubscribe URL,https://a.test/1,https://a.test/2", "Last Email Sent,2024-01-01,2024-01-02", "Stop,A,B",
    "Preferred contact method,email,phone", "Company,Spam Inc,Bounce Fitness", "Order status,cancelled,paid",
    "Newsletter,Sport,Politik", "Emails sent,4,0", "Contact owner,Ann,Lee", "Priority,baja,alta",
)  # fmt: skip


@pytest.mark.parametrize("column", HARMLESS)
def test_a_harmless_column_blocks_nobody(column: str, tmp_path: Path) -> None:
    header, one, two = column.split(",")
    text = f"email,{header}\na@example.com,{one}\nb@example.com,{two}\n"
    states = {person.consent.state for person in people_of(tmp_path, text, status=EVERYBODY)}
    assert states == {ConsentState.SUBSCRIBED}


def test_a_column_may_be_told_to_be_about_something_else_and_its_noes_still_count(tmp_path: Path) -> None:
    text = "email,action\na@example.com,purchase\nb@example.com,unsubscribe\n"
    told = {"status": EVERYBODY, "columns": {"attribute": "action"}}
    states = [person.consent.state for person in people_of(tmp_path, text, **told)]
    assert states == [ConsentState.SUBSCRIBED, ConsentState.UNSUBSCRIBED]


def test_several_columns_may_be_told_and_each_keeps_its_own_words(tmp_path: Path) -> None:
    text = "email,Newsletter,Sperre\na@example.com,ja,nein\nb@example.com,ja,ja\nc@example.com,nein,nein\n"
    told = {"columns": columns_of(["status=Newsletter", "status=Sperre"])}
    words = words_of({"Newsletter:ja": "subscribed", "Sperre:nein": "subscribed"})
    states = [person.consent.state.value for person in people_of(tmp_path, text, words=words, **told)]
    assert states == ["subscribed", "unsubscribed", "unsubscribed"]
    from_file = from_settings({"columns": {"status": ["Newsletter", "Sperre"]}, "words": {"Newsletter:ja": "pending"}})
    assert from_file.columns == told["columns"]


@pytest.mark.parametrize("word", ["Newsletter:nein", "nein", "abgemeldet", "opted out", "Newsletter:FALSE"])
def test_no_word_that_says_no_in_any_language_can_be_told_to_be_a_yes(word: str, tmp_path: Path) -> None:
    told: dict[str, Any] = {"columns": {"status": "Newsletter"}, "words": words_of({word: "subscribed"})}
    with pytest.raises(UsageError, match="cannot mean subscribed"):
        people_of(tmp_path, "email,Newsletter\na@example.com,nein\n", **told)


def test_a_word_of_a_column_that_no_file_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No file has a column"):
        people_of(tmp_path, "email\na@example.com\n", words=words_of({"Newsletter:ja": "subscribed"}))


@pytest.mark.parametrize("switch", [{"status": "-"}, {"first_name": "status"}, {"tags": "status"}])
def test_taking_a_status_column_for_something_else_drops_no_no(switch: dict[str, str], tmp_path: Path) -> None:
    (person,) = people_of(tmp_path, "email,status\na@example.com,removed\n", columns=switch, status=EVERYBODY)
    assert person.consent.state is ConsentState.UNSUBSCRIBED


def test_a_wrong_encoding_hides_no_header(tmp_path: Path) -> None:
    text = "email,Désabonné\na@example.com,oui\n".encode()
    (person,) = people_of(tmp_path, text, encoding="latin-1", status=EVERYBODY)
    assert person.consent.state is ConsentState.UNSUBSCRIBED


@pytest.mark.parametrize("cell", [*LEFT, "no emails please", "newsletter refusé", "vip; unsubscribed"])
def test_the_quick_look_misses_no_cell_that_says_no(cell: str) -> None:
    assert _may_speak({cell, "x"})


@pytest.mark.parametrize(
    ("cell", "state"),
    [
        ("2023-02-01 08:03:11", "subscribed"),
        ("2023-02-01T08:03:11+00:00", "subscribed"),
        ("02/03/2023", "subscribed"),
        ("FALSE", "never_subscribed"),
        ("NEVER_SUBSCRIBED", "never_subscribed"),
        ("UNSUBSCRIBED", "unsubscribed"),
        ("", "never_subscribed"),
        ("TRUE", "unknown"),
    ],
)
def test_a_moment_in_klaviyos_consent_column_is_a_yes_and_every_no_stays(cell: str, state: str, tmp_path: Path) -> None:
    header = "Email,Klaviyo ID,Email Marketing Consent,Email Suppressions\n"
    told, suppressed = people_of(tmp_path, f"{header}a@example.com,1,{cell},\nb@example.com,2,{cell},USER_SUPPRESSED\n")
    assert told.consent.state == state
    assert suppressed.consent.state is ConsentState.SUPPRESSED


# The law ------------------------------------------------------------------------------------------------------

cells = st.sampled_from((*NOES, *YESES, *LEFT, *NOISE))
headers = st.sampled_from((*YES_IS_IN, *YES_IS_OUT, *EITHER, *OTHER, "status", "tags", "subscribed", "First Name"))
states = st.sampled_from([state.value for state in ConsentState])


def says_no(header: str, cell: str) -> bool:
    if header == "SMS opt-in":
        return False
    return (
        cell in LEFT
        or (header in YES_IS_IN and cell in NOES)
        or (header in YES_IS_OUT and cell in YESES)
        or (header == "subscribed" and cell in NOES)
    )


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]], dict[str, Any]]:
    columns = draw(st.lists(headers, min_size=1, max_size=4, unique=True))
    rows = draw(st.lists(st.lists(cells, min_size=len(columns), max_size=len(columns)), min_size=1, max_size=4))
    used = sorted({cell for row in rows for cell in row})
    words: dict[str, str] = {}
    for _ in range(draw(st.integers(0, 3))):
        word = draw(st.sampled_from(used))
        scope = draw(st.sampled_from(["", *(f"{header}:" for header in columns)]))
        if scope or word:
            words[scope + word] = draw(states)
    mapped: dict[str, Any] = {}
    for _ in range(draw(st.integers(0, 2))):
        meaning = draw(st.sampled_from([meaning for meaning in MEANINGS if meaning != "email"]))
        mapped[meaning] = draw(st.sampled_from(["-", *columns]))
    options: dict[str, Any] = {"columns": mapped, "words": words_of(words)}
    options["status"] = per_file([draw(states)] if draw(st.booleans()) else [], "--status")
    options["platform"] = draw(st.sampled_from([None, *BY_NAME]))
    options["split_names"] = draw(st.booleans())
    return columns, rows, options


@settings(max_examples=looks(120), deadline=None)
@given(table=tables(), name=st.sampled_from(["people.csv", "subscribed.csv", "subscribed_members_export_1a.csv"]))
def test_no_combination_of_options_ends_with_a_recognised_no_reachable(
    table: tuple[list[str], list[list[str]], dict[str, Any]], name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    columns, rows, options = table
    text = ",".join(["email", *(f'"{header}"' for header in columns)]) + "\n"
    for number, row in enumerate(rows):
        text += ",".join([f"p{number}@example.com", *(f'"{cell}"' for cell in row)]) + "\n"
    try:
        people = people_of(tmp_path_factory.mktemp("law"), text, name, **options)
    except (UsageError, NoPeople):
        return
    for person, row in zip(people, rows, strict=True):
        if any(says_no(header, cell) for header, cell in zip(columns, row, strict=True)):
            assert person.consent.state.reach is Reach.NONE, (columns, row, options, person.consent)


@settings(max_examples=looks(30), deadline=None)
@given(
    columns=st.lists(headers, min_size=1, max_size=3, unique=True),
    rows=st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=3),
)
def test_no_advice_subscribes_anybody_as_printed(
    columns: list[str], rows: list[list[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Nothing printed holds a yes, and no line for a whole file is printed while a column says no."""
    text = ",".join(["email", *(f'"{header}"' for header in columns)]) + "\n"
    for number, row in enumerate(rows):
        text += ",".join([f"p{number}@example.com", *(f'"{cell}"' for cell in row[: len(columns)])]) + "\n"
    folder = tmp_path_factory.mktemp("advice")
    bundle = bundle_of(folder, write(folder, "people.csv", text))
    for gap in bundle.manifest.unread:
        assert "=subscribed" not in gap.remedy
        said = any(says_no(header, cell) for row in rows for header, cell in zip(columns, row, strict=False))
        if said and any(loud(cell) is None for row in rows for cell in row):
            speaking = any(header in (*YES_IS_IN, *YES_IS_OUT) for header in columns)
            assert not (speaking and "--status '" in gap.remedy), gap.remedy


def test_the_printed_lines_answer_the_question_once_a_meaning_is_typed(tmp_path: Path) -> None:
    text = (
        "email,It's a newsletter,EMAIL_BLACKLISTED\na@example.com,ja,No\nb@example.com,nein,No\nc@example.com,ja,Yes\n"
    )
    path = write(tmp_path, "people.csv", text)
    given_options = [
        (name, value.replace("MEANING", "subscribed"))
        for gap in bundle_of(tmp_path, path).manifest.unread
        for name, value in _options_in(gap.remedy)
    ]
    mapped = columns_of([value for name, value in given_options if name == "--map" and not value.startswith("attri")])
    words = words_of(dict(value.rsplit("=", 1) for name, value in given_options if name == "--word"))
    assert Options(columns=mapped, words=words)
    bundle = bundle_of(tmp_path / "again", path, columns=mapped, words=words)
    assert [one.consent.state.value for one in bundle.contacts()] == ["subscribed", "unsubscribed", "suppressed"]
    assert bundle.manifest.unread == ()


def _options_in(remedy: str) -> list[tuple[str, str]]:
    parts = shlex.split(remedy.replace("isn't", "is not").replace("don't", "do not"))
    return [(part, parts[at + 1].rstrip(".")) for at, part in enumerate(parts[:-1]) if part in ("--map", "--word")]


def test_the_placeholder_is_refused_until_somebody_types_a_meaning() -> None:
    with pytest.raises(UsageError, match="There is no status called"):
        words_of({"Newsletter:ja": "MEANING"})
