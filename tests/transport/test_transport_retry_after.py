"""Every way a server says how long to wait."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.transport.clock import FakeClock
from migrator.transport.pacing import Pacer, Window
from migrator.transport.retry_after import LONGEST_WAIT, retry_after
from migrator.transport.server_limits import FollowServer, follow

NOW = datetime(2030, 1, 1, 12, 0, 0, tzinfo=UTC)
EPOCH = int(NOW.timestamp())


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "99999999"}, LONGEST_WAIT),
        ({"retry-after": "Tue, 01 Jan 2030 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Tuesday, 01-Jan-30 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Tue, 01 Jan 2030 11:00:00 GMT"}, 0.0),
        # The server's clock is five minutes behind ours; the difference counts, not our clock.
        ({"retry-after": "Tue, 01 Jan 2030 11:55:30 GMT", "date": "Tue, 01 Jan 2030 11:55:00 GMT"}, 30.0),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": ""}, None),
        ({}, None),
        ({"x-ratelimit-reset": "2030-01-01T12:00:20Z"}, 20.0),
        ({"x-ratelimit-reset": "2030-01-01T12:00:20.000Z"}, 20.0),
        ({"x-ratelimit-reset": str(EPOCH + 20)}, 20.0),
        ({"x-ratelimit-reset": str((EPOCH + 20) * 1000)}, 20.0),
        ({"x-ratelimit-reset": "20"}, 20.0),
        ({"retry-after": "soon", "x-ratelimit-reset": "20"}, 20.0),
    ],
)
def test_the_wait_is_read_from_every_form(headers: dict[str, str], expected: float | None) -> None:
    assert expected == retry_after(headers, NOW)


@given(st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms", "x-ratelimit-reset", "date"]), st.text()))
def test_no_header_breaks_the_reading_or_asks_for_more_than_the_cap(headers: dict[str, str]) -> None:
    wait = retry_after(headers, NOW)
    assert wait is None or 0 <= wait <= LONGEST_WAIT


@pytest.mark.parametrize("reset", ["2030-01-01T00:00:25Z", str(int(datetime(2030, 1, 1, tzinfo=UTC).timestamp()) + 25)])
def test_low_water_pauses_everybody_until_the_reset(reset: str) -> None:
    clock = FakeClock()
    pacer = Pacer(clock)
    headers = {"x-ratelimit-limit": "120", "x-ratelimit-remaining": "9", "x-ratelimit-reset": reset}
    assert 25.0 == pytest.approx(follow(pacer, FollowServer(), headers, clock.now()))
    assert 25.0 == pytest.approx(pacer.acquire())


def test_an_announced_limit_is_used_to_nine_tenths() -> None:
    clock = FakeClock()
    pacer = Pacer(clock)
    follow(pacer, FollowServer(), {"x-ratelimit-limit": "120", "x-ratelimit-remaining": "100"}, clock.now())
    assert (Window(108, 60.0),) == pacer.windows


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-ratelimit-limit": "many", "x-ratelimit-remaining": "-1", "x-ratelimit-reset": "later"},
        {"x-ratelimit-limit": "0", "x-ratelimit-remaining": "²"},
        {"x-ratelimit-remaining": "1", "x-ratelimit-reset": "2099-01-01T00:00:00Z"},
    ],
)
def test_absent_or_absurd_headers_change_nothing(headers: dict[str, str]) -> None:
    clock = FakeClock()
    pacer = Pacer(clock)
    assert 0.0 == follow(pacer, FollowServer(), headers, clock.now())
    assert () == pacer.windows
    assert 0.0 == pacer.acquire()
