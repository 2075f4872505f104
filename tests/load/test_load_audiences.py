"""A live sequence may take in a whole audience by itself, whatever its trigger is. People whom the load brings would be
in that audience, so such a sequence counts as one that may start them: before a load, at `verify`, at `enable`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from plans import Bench, PlanMaker, people, plain_graph

from adapters.sequenzy import write
from adapters.sequenzy.intake import takes_in
from adapters.sequenzy.read import labelled
from migrator.cutover.enable import Readiness, operation_of, readiness
from migrator.errors import NeedsPerson
from migrator.load.checkpoint import Checkpoint
from migrator.load.starting_sequences import watches_people
from migrator.load.work import Work
from migrator.sandbox.sequenzy.control_routes import advance

EMAIL = {"subject": "Come in", "html": "<p>Hello</p>"}
EVERYBODY = {"audience": {"type": "all"}}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path)
    PlanMaker(actives=people(3), graphs=[plain_graph(1)]).write(tmp_path)
    return made


def taking(bench: Bench, audience: dict[str, Any] | None = None, **settings: Any) -> str:
    api = bench.api()
    made, _ = write.create_sequence(api, {"name": "Takes all", "trigger": "manual", "steps": [EMAIL], **settings})
    if audience is not None:
        write.update_sequence(api, made, {"audienceAutoEnroll": audience})
    write.enable_sequence(api, made)
    api.close()
    return made


def ready(bench: Bench) -> Readiness:
    api = bench.api()
    try:
        with Checkpoint.open(bench.folder, clock=bench.clock) as checkpoint:
            work = Work(bench.opened(), api, checkpoint)
            return readiness(work, operation_of(work, "1"))
    finally:
        api.close()


@pytest.mark.parametrize("audience", [EVERYBODY, {**EVERYBODY, "enabled": True}])
def test_nobody_is_written_while_a_live_sequence_takes_in_an_audience(bench: Bench, audience: dict[str, Any]) -> None:
    taking(bench, audience)
    with pytest.raises(NeedsPerson, match="Takes all"):
        bench.load()
    advance(bench.sandbox, bench.sandbox.state.now + timedelta(days=2))
    assert bench.sandbox.state.outbox == []
    assert bench.load(live_too=True).complete


def test_the_local_platform_really_mails_such_an_audience(bench: Bench) -> None:
    taking(bench, EVERYBODY)
    bench.load(live_too=True)
    advance(bench.sandbox, bench.sandbox.state.now + timedelta(days=2))
    assert len(bench.sandbox.state.outbox) == 3


def test_one_that_is_switched_off_there_stops_no_load(bench: Bench) -> None:
    taking(bench, {**EVERYBODY, "enabled": False})
    assert bench.load().complete


def test_a_planned_enrolment_of_an_audience_counts_too(bench: Bench) -> None:
    made = taking(bench)
    api = bench.api()
    body = {"audience": {"type": "all"}, "scheduledFor": (bench.sandbox.state.now + timedelta(days=1)).isoformat()}
    api.send("POST", f"/sequences/{made}/enroll-audience", body, safety=write.Safety.ONCE)
    api.close()
    with pytest.raises(NeedsPerson, match="Takes all"):
        bench.load()


class Short(httpx.BaseTransport):
    """A listing of sequences that leaves out what each takes in."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        reply = self.inner.handle_request(request)
        if request.url.path.endswith("/sequences") and request.method == "GET":
            data = httpx.Response(200, content=reply.read()).json()
            for row in data["sequences"]:
                del row["audienceAutoEnroll"]
            return httpx.Response(200, json=data)
        return reply


def test_what_the_listing_leaves_out_is_read_from_the_sequence_itself(bench: Bench) -> None:
    bench.transport = Short
    taking(bench, EVERYBODY)
    with pytest.raises(NeedsPerson, match="Takes all"):
        bench.load()


def test_enable_and_verify_name_it(bench: Bench) -> None:
    bench.load()
    taking(bench, EVERYBODY)
    assert any("Takes all" in text for text in ready(bench).warnings)
    counts = bench.verify(samples=0, settle=0)
    assert counts.starting == ["Takes all"]
    assert counts.equal


def test_a_draft_of_ours_that_somebody_made_take_in_an_audience_is_not_enabled(bench: Bench) -> None:
    bench.load()
    (ours,) = bench.sandbox.state.sequences
    api = bench.api()
    write.update_sequence(api, ours, {"audienceAutoEnroll": EVERYBODY})
    api.close()
    assert any("audienceAutoEnroll" in text for text in ready(bench).blocked)
    assert not bench.verify(samples=0, settle=0).agrees


@pytest.mark.parametrize(
    ("settings", "counts"),
    [
        ({"audienceAutoEnroll": {"audience": {"type": "all"}, "enabled": None}}, True),
        ({"audienceAutoEnroll": None}, False),
        ({"audienceAutoEnroll": "segment_1"}, True),
        ({"autoEnroll": True}, True),
        ({"auto_enrol": True}, True),
        ({"autoEnrollment": "daily"}, True),
        ({"enrollExistingMembers": True}, True),
        ({"audienceSync": {"listIds": ["l"]}}, True),
        ({"continuousEnrollment": {"enabled": True}}, True),
        ({"settings": {"autoEnroll": {"enabled": True}}}, True),
        ({"settings": {"autoEnroll": {"enabled": False}}}, False),
        ({"triggerConfig": {"enrollExisting": True}}, True),
        ({"acceptsNewEnrollments": True, "processesExistingEnrollments": True, "enrollmentPaused": True}, False),
        ({"enrollmentMode": "one_time", "enrollmentFieldPath": "id", "enrolledCount": 7}, False),
        ({"enrollmentCounts": {"active": 3}, "lastEnrolledAt": "2026-01-01T00:00:00Z"}, False),
        ({"automationId": "a", "authorId": "b"}, False),
        ({"nodes": [{"config": {"autoEnroll": True}}]}, False),
    ],
)
def test_a_setting_that_sounds_like_taking_people_in_counts_as_one(settings: dict[str, Any], counts: bool) -> None:
    row = {"id": "1", "name": "Theirs", "status": "active", "trigger": "trigger_manual", **settings}
    assert bool(takes_in(row)) is counts
    assert watches_people(labelled(row)) is counts
