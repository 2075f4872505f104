"""Consent by tables of words: what nobody documented is never a yes."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adapters.kit.consent import Signal, read_consent
from adapters.kit.wire import instant, number
from migrator.model import ConsentState

STATUS = Signal("status", {"active": ConsentState.SUBSCRIBED, "gone": ConsentState.UNSUBSCRIBED})
BOUNCES = Signal("bounce.type", {"hard": ConsentState.BOUNCED}, optional=True)
words = st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.text()), st.just({}))


@given(words)
def test_an_unknown_word_is_never_a_yes(word: Any) -> None:
    state = read_consent({"status": word}, (STATUS,)).state
    known = isinstance(word, str) and word.strip().lower() == "active"
    assert (state is ConsentState.SUBSCRIBED) == known


@given(words)
def test_a_second_signal_can_only_narrow(word: Any) -> None:
    alone = read_consent({"status": "active"}, (STATUS, BOUNCES)).state
    both = read_consent({"status": "active", "bounce": {"type": word}}, (STATUS, BOUNCES)).state
    assert both <= alone
    if word not in (None, "", [], {}):
        assert both is not ConsentState.SUBSCRIBED


def test_without_a_word_the_person_is_unknown() -> None:
    assert read_consent({}, (STATUS,)).state is ConsentState.UNKNOWN
    assert read_consent({}, ()).state is ConsentState.UNKNOWN


def test_empty_moments_of_databases_are_no_moments() -> None:
    assert instant("0000-00-00 00:00:00") is None
    assert instant("0001-01-01T00:00:00Z") is None
    assert str(instant("2024-05-02 09:15:00")) == "2024-05-02 09:15:00+00:00"
    assert str(instant("2024-05-02T09:15:00.123456789Z")) == "2024-05-02 09:15:00.123456+00:00"
    assert str(instant("2024-05-02 09:15:00 UTC")) == "2024-05-02 09:15:00+00:00"


def test_numbers_written_as_words_are_numbers_and_words_are_none() -> None:
    assert [number(told) for told in ("2", " 30 ", 4, 5.0)] == [2, 30, 4, 5]
    assert [number(told) for told in ("", "two", "-1", "1.5", True, None, "٣")] == [None] * 7
