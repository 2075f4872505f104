"""Who may be mailed after reading a file: never more people than the file, its name or the person clearly say."""

from __future__ import annotations

from pathlib import Path

import pytest
from csv_support import bundle_of, people_of, read_rows, write
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.csvfile.layouts import LAYOUTS, UNKNOWN
from adapters.csvfile.options import Options, per_file, words_of
from adapters.csvfile.words import COMMON, Signal, plain, state_in_name
from migrator.errors import UsageError
from migrator.model import ConsentState
from tests.looks import looks

SUBSCRIBED = ConsentState.SUBSCRIBED


def states_of(folder: Path, text: str, name: str = "people.csv", **options: object) -> list[ConsentState]:
    return [one.consent.state for one in people_of(folder, text, name, **options)]


def test_without_any_word_nobody_is_subscribed(tmp_path: Path) -> None:
    assert states_of(tmp_path, "email,name\na@example.com,A\n") == [ConsentState.UNKNOWN]


@pytest.mark.parametrize("word", ["active", "aktiv", "1", "yes", "true", "customer", "ok", "enabled", "confirmed"])
def test_a_word_that_is_no_clear_yes_subscribes_nobody(word: str, tmp_path: Path) -> None:
    assert states_of(tmp_path, f"email,status\na@example.com,{word}\n") == [ConsentState.UNKNOWN]


def test_the_person_may_say_what_a_word_means(tmp_path: Path) -> None:
    words = words_of({"Aktiv": "subscribed", "weg": "unsubscribed"})
    text = "email,status\na@example.com,AKTIV\nb@example.com,weg\nc@example.com,vielleicht\n"
    assert states_of(tmp_path, text, words=words) == [SUBSCRIBED, ConsentState.UNSUBSCRIBED, ConsentState.UNKNOWN]


def test_no_word_that_says_no_can_be_made_a_yes(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        states_of(tmp_path, "email,status\na@example.com,x\n", words=words_of({"Unsubscribed": "subscribed"}))


def test_a_flag_speaks_for_silent_rows_only(tmp_path: Path) -> None:
    text = "email,status\na@example.com,\nb@example.com,unsubscribed\nc@example.com,what\n"
    found = states_of(tmp_path, text, status=per_file(["subscribed"], "--status"))
    assert found == [SUBSCRIBED, ConsentState.UNSUBSCRIBED, ConsentState.UNKNOWN]


def test_the_same_person_in_two_files_keeps_the_narrower_state(tmp_path: Path) -> None:
    one = write(tmp_path, "subscribed_members_export_1.csv", "Email Address,LEID,EUID\na@example.com,1,e\n")
    two = write(tmp_path, "unsubscribed.csv", "Email Address,LEID,EUID\nA@Example.com,1,e\n")
    contacts = list(bundle_of(tmp_path, one, two).contacts())
    assert [one.consent.state for one in contacts] == [SUBSCRIBED, ConsentState.UNSUBSCRIBED]
    assert len({one.source_id for one in contacts}) == 2  # both rows are kept: the plan merges them


def test_a_filled_date_of_an_opt_out_counts_even_unreadable(tmp_path: Path) -> None:
    text = "email,status,unsubscribed_at\na@example.com,subscribed,yesterday\nb@example.com,subscribed,0000-00-00\n"
    assert states_of(tmp_path, text) == [ConsentState.UNSUBSCRIBED, SUBSCRIBED]


@pytest.mark.parametrize("word", ["what", "unknown", "pending"])
def test_nobody_who_has_yet_to_confirm_becomes_a_case_that_can_be_vouched_for(word: str, tmp_path: Path) -> None:
    found = states_of(tmp_path, f"email,first name,status\na@example.com,A,{word}\n", name="pending.csv")
    assert found == [ConsentState.PENDING]


MAILCHIMP = next(layout.yes_name for layout in LAYOUTS if layout.name == "mailchimp")


@pytest.mark.parametrize(
    ("name", "platform_names", "state"),
    [
        ("subscribed_members_export_1a.csv", MAILCHIMP, SUBSCRIBED),
        ("subscribed_email_audience_export_0a1b.csv", MAILCHIMP, SUBSCRIBED),
        ("subscribed_members_export_1a.csv", "", None),
        ("subscribed.csv", MAILCHIMP, None),
        ("active_customers.csv", MAILCHIMP, None),
        ("unsubscribed.csv", "", ConsentState.UNSUBSCRIBED),
        ("non-subscribed.csv", "", ConsentState.NEVER_SUBSCRIBED),
        ("not_subscribed_yet.csv", MAILCHIMP, ConsentState.NEVER_SUBSCRIBED),
        ("subscribed_and_bounced.csv", MAILCHIMP, ConsentState.BOUNCED),
        ("sms_only_audience_export_ab.csv", MAILCHIMP, ConsentState.NEVER_SUBSCRIBED),
        ("resubscribed.csv", MAILCHIMP, None),
        ("x.zip/cleaned_members.csv", "", ConsentState.BOUNCED),
    ],
)
def test_what_a_file_name_says(name: str, platform_names: str, state: ConsentState | None) -> None:
    assert state_in_name(name, platform_names) is state


def test_no_layout_turns_a_no_into_a_yes() -> None:
    for layout in (*LAYOUTS, UNKNOWN):
        for signal in (Signal(layout.words), *layout.signals.values()):
            assert signal.other is not SUBSCRIBED
            for word, state in signal.words.items():
                meant = COMMON.get(word)
                if state is SUBSCRIBED:
                    assert meant in (None, SUBSCRIBED), (layout.name, word)


cells = st.sampled_from(["subscribed", "unsubscribed", "active", "", "bounced", "pending", "x", "0", "true"])


@settings(max_examples=looks(60), deadline=None)
@given(
    rows=st.lists(st.tuples(cells, st.sampled_from(["", "2024-01-01", "never"])), min_size=1, max_size=6),
    flag=st.sampled_from([None, "subscribed", "unsubscribed"]),
    name=st.sampled_from(["people.csv", "unsubscribed.csv", "subscribed.csv"]),
)
def test_a_person_is_subscribed_only_when_something_says_it_and_nothing_else(
    rows: list[tuple[str, str]], flag: str | None, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = "email,status,unsubscribed_at\n" + "".join(
        f"p{number}@example.com,{status},{date}\n" for number, (status, date) in enumerate(rows)
    )
    options = {"status": per_file([flag], "--status")} if flag else {}
    people, *_ = read_rows(write(tmp_path_factory.mktemp("x"), name, text), **options)
    found = [one.consent.state for one in people]
    for state, (status, date) in zip(found, rows, strict=True):
        says_yes = plain(status) == "subscribed" or (flag == "subscribed" and not status)
        says_else = (
            plain(status) not in ("subscribed", "")
            or date == "2024-01-01"
            or flag == "unsubscribed"
            or name == "unsubscribed.csv"
        )
        assert (state is SUBSCRIBED) == (says_yes and not says_else)


def test_options_that_name_no_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="names a file that is not read"):
        states_of(tmp_path, "email\na@example.com\n", status=per_file(["other.csv=subscribed"], "--status"))
    with pytest.raises(UsageError, match="There is no status called"):
        Options(status=per_file(["yes"], "--status"))


AUDIENCE = "Email Address,MEMBER_RATING,OPTIN_TIME,LEID,EUID\n"


@pytest.mark.parametrize("beside", ["unsubscribed.csv", "cleaned.csv"])
def test_mailchimps_subscribed_is_recognised_beside_the_files_of_people_who_left(beside: str, tmp_path: Path) -> None:
    one = write(tmp_path, "subscribed.csv", AUDIENCE + "a@example.com,2,,1,e\n")
    two = write(tmp_path, beside, AUDIENCE + "b@example.com,2,,2,e\n")
    bundle = bundle_of(tmp_path, one, two)
    first, second = (person.consent.state for person in bundle.contacts())
    assert (first, second.reach) == (SUBSCRIBED, 0)
    assert "subscribed.csv: 1 people count as subscribed, because the file's name says so." in bundle.manifest.notes


def test_subscribed_alone_or_of_another_platform_is_no_yes(tmp_path: Path) -> None:
    assert states_of(tmp_path, AUDIENCE + "a@example.com,2,,1,e\n", "subscribed.csv") == [ConsentState.UNKNOWN]
    one = write(tmp_path, "x/subscribed.csv", "email\na@example.com\n")
    two = write(tmp_path, "x/unsubscribed.csv", AUDIENCE + "b@example.com,2,,2,e\n")
    assert next(iter(bundle_of(tmp_path, one, two).contacts())).consent.state is ConsentState.UNKNOWN


@pytest.mark.parametrize("name", ["invalid.csv", "abgemeldet.csv", "Désabonnés 2024.csv", "bajas.csv", "wypisani.csv"])
def test_where_a_files_name_decides_the_summary_says_so(name: str, tmp_path: Path) -> None:
    path = write(tmp_path, name, "email,city\na@example.com,Rome\n")
    bundle = bundle_of(tmp_path, path, status=per_file(["subscribed"], "--status"))
    (person,) = bundle.contacts()
    assert person.consent.state.reach == 0
    assert any("because the file's name says so" in note for note in bundle.manifest.notes)
