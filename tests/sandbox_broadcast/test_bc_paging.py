"""Walking any list as documented gives every row once, whatever the sizes."""

from __future__ import annotations

from datetime import timedelta

from bc_support import NOW, get, sandbox, small
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrator.sandbox.broadcast.account import Enrolment, Sequence, Subscriber
from tests.looks import looks

SIZES = st.integers(0, 60)
RUN = settings(max_examples=looks(25), deadline=None, suppress_health_check=[HealthCheck.too_slow])


def made(count: int):
    data = small(lambda make: None)
    data.subscribers = [
        Subscriber(id=index, email=f"p{index}@example.com", created_at=NOW) for index in range(1, count + 1)
    ]
    data.enrolments = [
        Enrolment(id=index, sequence_id=7, subscriber_id=index, status="paused", started_at=NOW)
        for index in range(1, count + 1)
    ]
    for index in range(count):
        data.sequences.append(
            Sequence(id=8 + index, label="S", created_at=NOW - timedelta(1), updated_at=NOW, active=False)
        )
    return data


@RUN
@given(count=SIZES, size=st.integers(1, 20), style=st.sampled_from(["full", "no_from_to", "only_total"]))
def test_subscriber_pages_give_each_person_once(count, size, style):
    app, seen, page = sandbox(data=made(count), p1_page_size=size, p1=style), [], 1
    while True:
        shown = get(app, f"/api/v1/subscribers.json?page={page}")
        seen += [row["id"] for row in shown["subscribers"]]
        info = shown["pagination"]
        done = page >= info["total_pages"] if "total_pages" in info else len(seen) >= info["total"]
        if done:
            break
        page += 1
    assert seen == list(range(1, count + 1))


@RUN
@given(count=SIZES, size=st.integers(1, 20), beyond=st.sampled_from(["empty", "repeat_last"]))
def test_enrolment_pages_give_each_enrolment_once(count, size, beyond):
    app, seen, page = sandbox(data=made(count), p2_page_size=size, beyond_end=beyond), [], 1
    while page is not None:
        shown = get(app, f"/api/v1/sequences/7/list_subscribers?page={page}")
        seen += [int(row["id"]) for row in shown["subscriber_sequences"]]
        page = shown["pagination"]["next"]
    assert seen == list(range(1, count + 1))


@RUN
@given(
    count=SIZES,
    limit=st.integers(1, 80),
    cap=st.none() | st.integers(1, 20),
    style=st.sampled_from(["object", "array", "no_total"]),
)
def test_offset_lists_give_each_sequence_once(count, limit, cap, style):
    app, seen, offset = sandbox(data=made(count), limit_cap=cap, list_envelope=style), [], 0
    while True:
        shown = get(app, f"/api/v1/sequences?limit={limit}&offset={offset}")
        rows = shown if isinstance(shown, list) else shown["data"]
        if not rows:
            break
        seen += [row["id"] for row in rows]
        offset += len(rows)
    assert seen == [7 + index for index in range(count + 1)]


@RUN
@given(count=SIZES, limit=st.integers(-5, 1000))
def test_migration_lists_give_each_row_once(count, limit):
    app, seen, offset = sandbox(data=made(count)), [], 0
    while True:
        path = f"/api/migration/v1/subscribers?broadcast_channel_id=3&limit={limit}&offset={offset}"
        shown = get(app, path, "admin")
        seen += [row["id"] for row in shown["data"]]
        assert 1 <= shown["pagination"]["limit"] <= 250
        if not shown["pagination"]["has_more"]:
            break
        offset += shown["pagination"]["limit"]
    assert seen == list(range(1, count + 1))


def test_nonsense_in_limit_and_page_is_ignored():
    app = sandbox()
    assert len(get(app, "/api/v1/sequences?limit=many&offset=x")["data"]) == len(app.account.sequences)
    for page in ("0", "-3", "x"):
        assert get(app, f"/api/v1/subscribers?page={page}")["pagination"]["current"] == 1
