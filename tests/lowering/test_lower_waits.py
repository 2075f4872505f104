"""Waits end at the source's moment, to the minute, in the local Sequenzy's own clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mappings.context import LoweringContext
from mappings.sequences.fragments import Piece
from mappings.timezones import RAILS, iana
from mappings.verdicts import Verdict
from mappings.waits import clock, duration, lower_seconds, lower_until_date, lower_until_time
from migrator.model.steps import ClockReading, PastDate, WaitUntilDate, WaitUntilTime, Weekday
from migrator.sandbox.sequenzy.wait_input import standalone_wait
from migrator.sandbox.sequenzy.wait_times import on_arrival
from tests.looks import looks
from tests.reference_interpreter import next_moment

ZONES = ("Europe/Paris", "UTC", "America/New_York", "Asia/Kolkata", "Pacific/Auckland")


def bodies_of(wait: WaitUntilTime) -> list[dict[str, Any]]:
    lowered = lower_until_time(wait, LoweringContext(), "steps.x")
    assert lowered.value is not None
    return [part.body for part in lowered.value.parts if isinstance(part, Piece)]


def released(wait: WaitUntilTime, now: datetime) -> datetime:
    for body in bodies_of(wait):
        config = standalone_wait(body, "step", [])
        verdict = on_arrival(config, now=now, attributes={}, event={}, zone=None, sequence=None)  # type: ignore[arg-type]
        now = now if verdict.at is None else verdict.at
    return now


moments = st.integers(0, 400 * 86_400).map(lambda second: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second))
waits = st.builds(
    WaitUntilTime,
    time=st.sampled_from(("00:00", "08:00", "17:45", "23:58")),
    timezone=st.sampled_from(ZONES),
    days=st.lists(st.sampled_from(tuple(Weekday)), max_size=3, unique=True).map(tuple),
)


@settings(max_examples=looks(300), deadline=None)
@given(waits, moments)
def test_a_time_of_day_is_the_next_one_strictly_after_now(wait: WaitUntilTime, now: datetime) -> None:
    late = released(wait, now) - next_moment(wait, now)
    assert timedelta(0) <= late <= timedelta(seconds=60)
    assert not late or next_moment(wait, now) - now < timedelta(minutes=1)


def next_days(wait: WaitUntilTime, now: datetime) -> datetime:
    """Written from the words alone: that time, on the day after the one that the person comes on."""
    zone, clock_time = ZoneInfo(str(wait.timezone)), time.fromisoformat(str(wait.time))
    day = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(day, clock_time, zone).astimezone(UTC)


@settings(max_examples=looks(300), deadline=None)
@given(
    st.builds(
        WaitUntilTime,
        time=st.sampled_from(("00:00", "00:01", "00:03", "08:00", "17:45", "23:58")),
        timezone=st.sampled_from(ZONES),
        reading=st.just(ClockReading.NEXT_DAY),
    ),
    moments,
)
def test_a_time_on_the_next_day_is_never_today(wait: WaitUntilTime, now: datetime) -> None:
    late = released(wait, now) - next_days(wait, now)
    assert timedelta(0) <= late <= timedelta(seconds=60)


@pytest.mark.parametrize("clock_time", ["09:00", "9:00 PM", "00:01"])
def test_a_clock_wait_that_nobody_can_read_names_both_readings_and_takes_the_next_day(clock_time: str) -> None:
    wait = WaitUntilTime(time=clock_time, timezone="UTC", reading=ClockReading.UNKNOWN)
    lowered = lower_until_time(wait, LoweringContext(), "steps.x")
    (finding,) = lowered.findings
    assert finding.verdict is Verdict.CHANGED
    assert "next_occurrence" in finding.reason
    assert "next_day" in finding.reason
    assert finding.settles == 'clock_wait = "next_day"'
    by_day = lower_until_time(replace(wait, reading=ClockReading.NEXT_DAY), LoweringContext(), "steps.x")
    assert lowered.value == by_day.value


@pytest.mark.parametrize("reading", [ClockReading.NEXT_DAY, ClockReading.NEXT_OCCURRENCE])
def test_what_the_person_says_of_clock_waits_is_taken(reading: ClockReading) -> None:
    wait = WaitUntilTime(time="09:00", timezone="UTC", reading=ClockReading.UNKNOWN)
    lowered = lower_until_time(wait, LoweringContext(clock_wait=reading), "steps.x")
    assert lowered.findings == ()
    assert lowered.value == lower_until_time(replace(wait, reading=reading), LoweringContext(), "steps.x").value


@pytest.mark.parametrize("other", [ClockReading.NEXT_DAY, ClockReading.NEXT_OCCURRENCE])
def test_what_the_people_of_the_source_show_is_not_overruled(other: ClockReading) -> None:
    for reading in (ClockReading.NEXT_DAY, ClockReading.NEXT_OCCURRENCE):
        wait = WaitUntilTime(time="09:00", timezone="UTC", reading=reading)
        plain = lower_until_time(wait, LoweringContext(), "steps.x")
        assert plain == lower_until_time(wait, LoweringContext(clock_wait=other), "steps.x")


def test_midnight_means_the_same_in_both_readings() -> None:
    wait = WaitUntilTime(time="00:00", timezone="UTC", reading=ClockReading.UNKNOWN)
    assert lower_until_time(wait, LoweringContext(), "steps.x").findings == ()


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("07:59:00", "2026-06-03 08:00:00"),
        ("07:59:40", "2026-06-03 08:00:40"),
        ("08:00:00", "2026-06-04 08:00:00"),
        ("08:00:30", "2026-06-04 08:00:00"),
        ("21:00:00", "2026-06-04 08:00:00"),
    ],
)
def test_eight_o_clock_seen_from_different_moments(now: str, expected: str) -> None:
    arrival = datetime.fromisoformat(f"2026-06-03T{now}+00:00")
    found = released(WaitUntilTime(time="08:00", timezone="UTC"), arrival)
    assert f"{found:%Y-%m-%d %H:%M:%S}" == expected


@settings(max_examples=looks(200), deadline=None)
@given(
    waits.map(lambda wait: WaitUntilTime(time="08:00", timezone=wait.timezone, days=wait.days, until="18:30")), moments
)
def test_a_window_is_passed_at_once_from_inside(wait: WaitUntilTime, now: datetime) -> None:
    assert next_moment(wait, now) == released(wait, now)


@given(st.integers(0, 10**7))
def test_a_fixed_wait_is_never_shorter_and_less_than_a_minute_longer(seconds: int) -> None:
    lowered = lower_seconds(seconds, unknown="wait-unknown")
    assert lowered.value is not None
    parts = [part.body["delay"] for part in lowered.value.parts if isinstance(part, Piece)]
    made = sum(timedelta(**part).total_seconds() for part in parts)
    assert 0 <= made - seconds < 60
    assert (lowered.verdict is Verdict.EXACT) == (seconds % 60 == 0)


@pytest.mark.parametrize("seconds", [None, -1, 10**12])
def test_a_wait_nobody_can_mean_is_never_zero(seconds: int | None) -> None:
    lowered = lower_seconds(seconds, unknown="wait-unknown")
    assert lowered.value is None
    assert lowered.verdict is Verdict.MANUAL


@pytest.mark.parametrize("name", sorted(RAILS))
def test_each_rails_zone_is_a_zone(name: str) -> None:
    found = iana(name)
    assert found is not None
    assert iana(found.upper()) == found


@pytest.mark.parametrize("name", ["", "Mars", "GMT+25", "Eastern"])
def test_a_zone_nobody_knows_is_not_guessed(name: str) -> None:
    lowered = lower_until_time(WaitUntilTime(time="08:00", timezone=name), LoweringContext(), "steps.x")
    assert lowered.value is None
    assert lowered.verdict is Verdict.MANUAL


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8:00 AM", (8, 0, 0)),
        ("12:30 am", (0, 30, 0)),
        ("12:00 PM", (12, 0, 0)),
        ("23:59:59", (23, 59, 59)),
        ("24:00", None),
        ("13:00 PM", None),
        ("noon", None),
        ("", None),
    ],
)
def test_times_of_day_are_read_as_people_write_them(text: str, expected: tuple[int, int, int] | None) -> None:
    assert expected == clock(text)


@given(st.integers(0, 10**6))
def test_a_duration_says_its_minutes(minutes: int) -> None:
    parts = duration(minutes)
    assert minutes == parts.get("days", 0) * 1440 + parts.get("hours", 0) * 60 + parts.get("minutes", 0)


@pytest.mark.parametrize("missing", list(PastDate))
@pytest.mark.parametrize("past", list(PastDate))
def test_a_date_wait_never_mails_whom_the_source_does_not_speak_of(missing: PastDate, past: PastDate) -> None:
    wait = WaitUntilDate(key="renews", when_missing=missing, when_past=past)
    lowered = lower_until_date(wait, LoweringContext(), starts_by_event=False, settles="steps.x")
    assert lowered.value is not None
    (piece,) = lowered.value.parts
    assert isinstance(piece, Piece)
    until = piece.body["waitUntil"]
    assert until["missingAction"] == ("continue" if missing is PastDate.CONTINUE else "exit")
    assert until["pastAction"] == ("exit" if past is PastDate.UNKNOWN else past.value)


def test_a_fixed_date_without_a_zone_is_read_in_the_zone_that_the_person_named() -> None:
    wait = WaitUntilDate(at="2026-11-27T09:00:00", when_past=PastDate.EXIT)
    for zone, expected in ((None, "2026-11-27T09:00:00Z"), ("Pacific Time (US & Canada)", "2026-11-27T17:00:00Z")):
        context = LoweringContext(default_timezone=zone)
        lowered = lower_until_date(wait, context, starts_by_event=False, settles="steps.x")
        assert lowered.value is not None
        (piece,) = lowered.value.parts
        assert isinstance(piece, Piece)
        assert piece.key_date is not None
        assert piece.key_date[1] == expected
        assert [finding.code for finding in lowered.findings] == ["zone-assumed"]
