"""Evidence beside the times: each kind narrows where people may be, none is a guess, contradictions place nobody."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from export_support import trip_in
from placing import DAY, Tally, random_account, with_receipts, with_three_readings
from test_export_positions import HOUR, START, chain, email, sequence, wait

from adapters.broadcast.evidence import Evidence, Mail
from adapters.broadcast.positions import Positions
from migrator.export.observations import OBSERVATIONS, Observations
from migrator.model import Confidence, Enrolment, EnrolmentStatus, Observation, Position, Sequence
from migrator.sandbox.broadcast.account import ADMIN_KEY, READ_KEY
from migrator.sandbox.broadcast.switches import Switches

TWIN_LANES: list[dict[str, Any]] = [
    {"id": 1, "action": "entry_point", "parent_id": None},
    {"id": 2, "action": "send_email", "parent_id": 1, "subject": "Hello", "body": "B"},
    {"id": 3, "action": "condition", "parent_id": 2, "condition_setting": "previous_email_clicked", "delay": HOUR},
    {"id": 4, "action": "condition_branch", "parent_id": 3, "true_branch": True},
    {"id": 5, "action": "condition_branch", "parent_id": 3, "true_branch": False},
    {"id": 6, "action": "send_email", "parent_id": 4, "subject": "Yes", "body": "B"},
    {"id": 7, "action": "delay", "parent_id": 6, "delay": 86_400},
    {"id": 8, "action": "send_email", "parent_id": 5, "subject": "No", "body": "B"},
    {"id": 9, "action": "delay", "parent_id": 8, "delay": 86_400},
]
"""Both lanes take the same time."""
HOURS_LATER = timedelta(hours=25)
READ = timedelta(hours=3)


def mail(step_id: str, after: timedelta, **more: Any) -> Mail:
    return Mail(at=START + after, steps=frozenset({step_id}), **more)


def placed(where: Sequence, due: timedelta, read: timedelta, evidence: Evidence, **more: Any) -> Position:
    edited = more.pop("edited_at", None)
    enrolment = Enrolment(
        source_id="e",
        sequence_id="1",
        contact_id="c",
        status=EnrolmentStatus.ACTIVE,
        started_at=START,
        next_at=START + due,
        read_at=START + read,
    )
    found = Positions(where, edited_at=edited).place(enrolment, evidence=evidence, **more)
    assert found is not None
    return found


def whole(*mails: Mail, **more: Any) -> Evidence:
    return Evidence(mails=mails, mails_whole=True, mails_until=START + timedelta(days=40), **more)


def test_the_email_of_one_lane_tells_the_lane() -> None:
    where = sequence(*TWIN_LANES)
    alone = placed(where, HOURS_LATER, READ, Evidence())
    assert (alone.step_id, set(alone.candidates)) == (None, {"7", "9"})
    for step_id, wait_id in (("6", "7"), ("8", "9")):
        sent = Evidence(mails=(mail("2", timedelta(0)), mail(step_id, timedelta(hours=1))))
        found = placed(where, HOURS_LATER, READ, sent)
        assert (found.step_id, found.confidence) == (wait_id, Confidence.INFERRED)
        assert found.because == "one wait ends at this moment, and 2 emails they were sent fit it"


def test_an_email_that_was_not_sent_rules_its_lane_out_only_where_every_email_is_known() -> None:
    rows = [row for row in TWIN_LANES if row["id"] != 8]
    rows[-1] = {**rows[-1], "parent_id": 5}
    where, hello = sequence(*rows), mail("2", timedelta(0))
    assert placed(where, HOURS_LATER, READ, whole(hello)).step_id == "9"
    assert placed(where, HOURS_LATER, READ, Evidence(mails=(hello,))).confidence is Confidence.AMBIGUOUS
    early = Evidence(mails=(hello,), mails_whole=True, mails_until=START + timedelta(minutes=30))
    assert placed(where, HOURS_LATER, READ, early).confidence is Confidence.AMBIGUOUS, "not looked at late enough"


def test_a_click_before_the_look_is_the_lane_for_yes_and_one_behind_it_is_not() -> None:
    rows = [row for row in TWIN_LANES if row["id"] not in (6, 8)]
    rows = [{**row, "parent_id": {7: 4, 9: 5}.get(row["id"], row["parent_id"])} for row in rows]
    where = sequence(*rows)
    before = mail("2", timedelta(0), clicked_at=START + timedelta(minutes=20))
    assert placed(where, HOURS_LATER, READ, whole(before)).step_id == "7"
    behind = mail("2", timedelta(0), clicked_at=START + timedelta(hours=2))
    assert placed(where, HOURS_LATER, READ, whole(behind, clicks_told=True)).step_id == "9"
    silent = placed(where, HOURS_LATER, READ, whole(mail("2", timedelta(0))))
    assert silent.confidence is Confidence.AMBIGUOUS, "a server that tells no clicks has not said that there was none"


def test_evidence_that_contradicts_the_times_places_nobody() -> None:
    late = placed(chain(email(), wait(86_400), email(), wait(86_400)), DAY, READ, whole(mail("4", timedelta(hours=2))))
    assert (late.step_id, late.confidence) == (None, Confidence.AMBIGUOUS)
    assert late.because == "the times and 1 email they were sent contradict each other"
    named = placed(chain(email(), wait(86_400), email(), wait(86_400)), DAY, READ, Evidence(), step_key="5")
    assert (named.step_id, named.confidence, named.candidates) == (None, Confidence.AMBIGUOUS, ("3", "5"))


def test_after_a_stop_of_days_the_last_email_sets_the_clock_anew() -> None:
    where = chain(email(), wait(86_400), email(), wait(2 * 86_400), email())
    due, read = timedelta(days=8, hours=5), timedelta(days=7)
    assert placed(where, due, read, Evidence()).confidence is Confidence.UNKNOWN
    sent = whole(mail("2", timedelta(0)), mail("4", timedelta(days=6, hours=5)))
    assert placed(where, due, read, sent).step_id == "5"


def test_a_wait_edited_before_the_last_email_is_known_again() -> None:
    where = chain(email(), wait(86_400), email(), wait(2 * 86_400), email())
    sent = whole(mail("2", timedelta(0)), mail("4", DAY))
    edited = START + timedelta(hours=20)
    assert placed(where, 3 * DAY, 2 * DAY, Evidence(), edited_at=edited).confidence is Confidence.AMBIGUOUS
    assert placed(where, 3 * DAY, 2 * DAY, sent, edited_at=edited).step_id == "5"
    later = START + timedelta(hours=30)
    assert placed(where, 3 * DAY, 2 * DAY, sent, edited_at=later).confidence is Confidence.AMBIGUOUS


def test_whoever_was_paused_since_the_last_known_moment_is_not_certain() -> None:
    where = chain(email(), wait(86_400), email(), wait(2 * 86_400), email())
    sent = whole(mail("2", timedelta(0)), mail("4", DAY), halted_at=START + timedelta(hours=30))
    found = placed(where, 3 * DAY, 2 * DAY, sent)
    assert found.confidence is Confidence.AMBIGUOUS
    assert "paused or resumed" in (found.because or "")


def seen(next_at: timedelta, first: timedelta, last: timedelta | None = None) -> Observation:
    moments = {"first_seen": START + first, "last_seen": START + (last or first)}
    return Observation(status=EnrolmentStatus.ACTIVE, next_at=START + next_at, **moments)


def test_an_earlier_reading_tells_the_lane_that_the_times_alone_do_not() -> None:
    rows = [
        {"id": 1, "action": "entry_point", "parent_id": None},
        {"id": 2, "action": "condition", "parent_id": 1, "condition_setting": "any_email_opened", "delay": HOUR},
        {"id": 3, "action": "condition_branch", "parent_id": 2, "true_branch": True},
        {"id": 4, "action": "condition_branch", "parent_id": 2, "true_branch": False},
        {"id": 5, "action": "delay", "parent_id": 3, "delay": 86_400},
        {"id": 6, "action": "delay", "parent_id": 5, "delay": 2 * 86_400},
        {"id": 7, "action": "delay", "parent_id": 4, "delay": 2 * 86_400},
        {"id": 8, "action": "delay", "parent_id": 7, "delay": 86_400},
    ]
    where, due, read = sequence(*rows), timedelta(days=3, hours=1), timedelta(days=2, hours=12)
    assert placed(where, due, read, Evidence()).confidence is Confidence.AMBIGUOUS
    yes = Evidence(seen=(seen(timedelta(days=1, hours=1), timedelta(hours=9)),))
    no = Evidence(seen=(seen(timedelta(days=2, hours=1), timedelta(hours=9)),))
    assert placed(where, due, read, yes).step_id == "6"
    assert placed(where, due, read, no).step_id == "8"
    odd = placed(where, due, read, Evidence(seen=(seen(timedelta(days=2, hours=9), timedelta(hours=9)),)))
    assert (odd.step_id, odd.confidence) == (None, Confidence.AMBIGUOUS)
    assert odd.because == "the times and 1 earlier reading contradict each other"


# In whole accounts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", ["own", "rails", "nested", "thin"])
def test_with_an_installation_key_nearly_all_are_placed_and_nobody_wrongly(tmp_path: Path, spelling: str) -> None:
    tally = Tally()
    for seed in range(5):
        with_receipts(tmp_path / str(seed), seed, tally, receipt_keys=spelling)
    assert tally.wrong == []
    assert tally.active > 40
    assert tally.share >= (0.9 if spelling == "thin" else 0.95), str(tally)


def test_with_a_channel_key_and_three_readings_most_are_placed_and_nobody_wrongly(tmp_path: Path) -> None:
    tally = Tally()
    for seed in range(3):
        with_three_readings(tmp_path / str(seed), seed, tally)
    assert tally.wrong == []
    assert tally.active > 15
    assert tally.share >= 0.8, str(tally)


@pytest.mark.nightly(reason="two hundred accounts take minutes")
def test_over_two_hundred_accounts_receipts_place_at_least_95_percent(tmp_path: Path) -> None:
    tally = Tally()
    for seed in range(200):
        with_receipts(tmp_path / str(seed), seed, tally, receipt_keys=("own", "rails", "nested")[seed % 3])
    assert tally.wrong == []
    assert tally.share >= 0.95, str(tally)


@pytest.mark.nightly(reason="two hundred accounts, each read three times, take minutes")
def test_over_two_hundred_accounts_three_readings_place_at_least_80_percent(tmp_path: Path) -> None:
    tally = Tally()
    for seed in range(200):
        with_three_readings(tmp_path / str(seed), seed, tally)
    assert tally.wrong == []
    assert tally.share >= 0.8, str(tally)


def test_the_manifest_names_what_was_understood_and_counts_what_was_not(tmp_path: Path) -> None:
    account, _ = random_account(3)
    account.receipts[0].sent_at = account.receipts[-1].sent_at
    bundle = trip_in(tmp_path, account, switches=Switches(receipt_keys="rails"), key=ADMIN_KEY).export()
    (line,) = [note for note in bundle.manifest.notes if "tell where people are" in note]
    assert "step by the step that owns it, time by created_at, enrolment by subscriber_sequence_id" in line
    assert "opens and clicks too" in line
    account.receipts[0].step_id = account.receipts[0].sequence_id = None
    account.receipts[0].enrolment_id = None
    bundle = trip_in(tmp_path / "odd", account, key=ADMIN_KEY).export()
    (line,) = [note for note in bundle.manifest.notes if "tell where people are" in note]
    assert "1 row could not be understood" in line


def test_a_channel_key_asks_for_no_receipts_and_a_named_step_needs_none(tmp_path: Path) -> None:
    account, _ = random_account(2)
    channel = trip_in(tmp_path / "a", account, key=READ_KEY)
    channel.export()
    named = trip_in(tmp_path / "b", account, switches=Switches(current_step_key="current_step_id"), key=ADMIN_KEY)
    named.export()
    for found in (channel, named):
        assert not [path for path in found.gets if "outbound_receipts" in path]


# The record of readings --------------------------------------------------------------------------------------


def enrolment(next_at: timedelta, read_at: timedelta, status: str = "active") -> Enrolment:
    return Enrolment(
        source_id="e",
        sequence_id="s",
        contact_id="c",
        status=EnrolmentStatus(status),
        started_at=START,
        next_at=START + next_at,
        read_at=START + read_at,
    )


def test_readings_that_saw_the_same_are_one_row_and_a_move_begins_another(tmp_path: Path) -> None:
    with Observations(tmp_path / OBSERVATIONS, "one") as observations:
        for next_at, read_at in ((DAY, READ), (DAY, 2 * READ), (3 * DAY, 2 * DAY), (3 * DAY, 2 * DAY)):
            observations.see(enrolment(next_at, read_at))
        observations.see(enrolment(DAY, 9 * DAY, "removed"))
        observations.keep()
    with Observations(tmp_path / OBSERVATIONS, "one") as observations:
        history = observations.history("s", "e")
    assert history == [seen(DAY, READ, 2 * READ), seen(3 * DAY, 2 * DAY)]
    with Observations(tmp_path / OBSERVATIONS, "another account") as observations:
        assert observations.history("s", "e") == []
    assert stat.S_IMODE((tmp_path / OBSERVATIONS).stat().st_mode) == 0o600


def test_an_export_that_was_not_kept_has_seen_nothing(tmp_path: Path) -> None:
    with Observations(tmp_path / OBSERVATIONS, "one") as observations:
        observations.see(enrolment(DAY, READ))
    with Observations(tmp_path / OBSERVATIONS, "one") as observations:
        assert observations.history("s", "e") == []


def test_every_export_records_who_waits_where(tmp_path: Path) -> None:
    account, _ = random_account(1)
    bundle = trip_in(tmp_path, account).export()
    waiting = [row for row in bundle.enrolments() if row.status is EnrolmentStatus.ACTIVE]
    assert waiting
    with Observations(tmp_path / OBSERVATIONS, bundle.manifest.source.account or "") as wrong:
        assert wrong.history(waiting[0].sequence_id, waiting[0].source_id) == []
    rows = (tmp_path / OBSERVATIONS).read_bytes()
    assert all((row.email or "@").encode() not in rows for row in waiting), "no address is kept"
