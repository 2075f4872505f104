"""The order of consent: a total order, in agreement with whom marketing may reach."""

from __future__ import annotations

from itertools import pairwise, permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.model import ConsentState, Reach
from tests.looks import looks

STATES = list(ConsentState)


def test_any_two_states_compare_in_exactly_one_way() -> None:
    for one, other in product(STATES, STATES):
        assert 1 == (one < other) + (one == other) + (one > other)
        assert (one <= other) == (one < other or one == other)
        assert (one >= other) == (one > other or one == other)
        assert (one < other) == (other > one)


def test_the_order_is_transitive() -> None:
    for a, b, c in permutations(STATES, 3):
        if a < b and b < c:
            assert a < c


def test_a_state_higher_in_the_order_never_reaches_less() -> None:
    for lower, higher in pairwise(STATES):
        assert lower.reach <= higher.reach


def test_only_subscribed_people_are_open_to_marketing() -> None:
    assert [ConsentState.SUBSCRIBED] == [state for state in STATES if state.reach is Reach.MARKETING]
    assert [ConsentState.PENDING] == [state for state in STATES if state.reach is Reach.CONFIRMATION_ONLY]


def test_widening_means_reaching_more_and_only_that() -> None:
    for target, source in product(STATES, STATES):
        assert target.widens(source) == (target.reach > source.reach)
        if target.widens(source):
            assert target > source
            assert not source.widens(target)
    assert not any(state.widens(state) for state in STATES)


def test_nobody_who_said_no_is_reachable_without_widening() -> None:
    for state in (ConsentState.UNSUBSCRIBED, ConsentState.BOUNCED, ConsentState.COMPLAINED, ConsentState.UNKNOWN):
        assert ConsentState.SUBSCRIBED.widens(state)
        assert ConsentState.PENDING.widens(state)


@settings(max_examples=looks(200), deadline=None)
@given(states=st.lists(st.sampled_from(STATES), min_size=1, max_size=6), seed=st.randoms())
def test_the_narrowest_of_several_signals_is_one_of_them_and_widens_none(states: list[ConsentState], seed) -> None:
    narrowest = ConsentState.narrowest(*states)
    shuffled = list(states)
    seed.shuffle(shuffled)
    assert narrowest in states
    assert all(narrowest <= state and not narrowest.widens(state) for state in states)
    assert narrowest is ConsentState.narrowest(*shuffled)
    assert narrowest is ConsentState.narrowest(narrowest, *states)


def test_a_word_that_is_no_state_cannot_be_compared_with_one() -> None:
    with pytest.raises(ValueError, match="active"):
        _ = ConsentState.SUBSCRIBED < "active"
