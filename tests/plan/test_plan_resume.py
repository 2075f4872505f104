"""Who is put in where, who is held, and that nobody who is not placed for certain can be started anew."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from seq_cases import BOUGHT, CLICKED, Case, mail, row, tree, yes_no
from seq_life import EMAIL, Life, context_of
from seq_push import Target, wanted_shape

from migrator.model import Confidence, Enrolment, EnrolmentStatus, ExitRule, Position, ReEntry
from migrator.model.rules import TagRule
from migrator.model.sequences import TagAdded
from migrator.model.steps import Opaque, Wait
from migrator.plan.graphs.lower_sequence import lower_sequence
from migrator.plan.graphs.resume import Placed, Resuming, Standing
from migrator.plan.graphs.schedule import schedule
from tests.reference_interpreter import Person
from tests.sdk_types import create_faults, update_faults

NOW = datetime(2026, 6, 3, 9, 0, tzinfo=UTC)
DAY = 86_400
KEEPS = (TagAdded(tag="trial", leaves_when_removed=True),)
THREE = row(mail("One"), Wait(seconds=DAY), mail("Two"), Wait(seconds=DAY), mail("Three"), triggers=KEEPS)
FINE = Standing(EMAIL, True, ("trial",))


def resuming(case: Case = THREE) -> Resuming:
    context = context_of(case.sequence)
    return Resuming(case.sequence, lower_sequence(case.sequence, context), context)


def someone(step_id: str | None = "102", left: int | None = 3600, **fields: Any) -> Enrolment:
    position = Position(step_id=step_id, confidence=Confidence.INFERRED, remaining_seconds=left)
    given = {"status": EnrolmentStatus.ACTIVE, "position": position, "read_at": NOW, **fields}
    return Enrolment(source_id="e", sequence_id="7", contact_id="c", **given)


def unsure(confidence: Confidence) -> Enrolment:
    return someone(position=Position(step_id="102", confidence=confidence, remaining_seconds=1))


@pytest.mark.parametrize(
    ("code", "enrolment", "contact"),
    [
        ("resume-lane", someone(), FINE),
        ("resume-lane", someone("104", 0), FINE),
        ("resume-ambiguous", unsure(Confidence.AMBIGUOUS), FINE),
        ("resume-unknown", unsure(Confidence.UNKNOWN), FINE),
        ("resume-unknown", someone(position=None), FINE),
        ("resume-unknown", someone("404"), FINE),
        ("resume-unknown", someone(None), FINE),
        ("resume-paused", someone(status=EnrolmentStatus.PAUSED), FINE),
        ("resume-error", someone(status=EnrolmentStatus.ERROR), FINE),
        ("resume-status", someone(status=EnrolmentStatus.UNKNOWN), FINE),
        ("resume-no-time", someone(left=None), FINE),
        ("resume-not-subscribed", someone(), Standing(EMAIL, False, ("trial",))),
        ("resume-no-contact", someone(), Standing(None, True)),
        ("resume-stopped", someone(), Standing(EMAIL, True, ("other",))),
        ("resume-finished", someone(status=EnrolmentStatus.COMPLETED), FINE),
        ("resume-removed", someone(status=EnrolmentStatus.REMOVED), FINE),
    ],
)
def test_only_a_known_place_and_moment_is_enrolled(code: str, enrolment: Enrolment, contact: Standing) -> None:
    made = resuming()
    placed = made.place(enrolment, contact)
    assert placed.code == code
    assert placed.enrol == (code == "resume-lane")
    (entry,) = made.entries()
    assert entry.count == 1


def test_whoever_stands_at_a_stand_in_is_held() -> None:
    case = row(mail("One"), Wait(seconds=DAY), Opaque(action="dance"), mail("Two"))
    assert resuming(case).place(someone(), FINE).code == "resume-stand-in"


def test_whoever_waits_for_a_look_at_old_clicks_is_held() -> None:
    case = tree(yes_no(CLICKED), ("true", [mail("Thanks")]), ("false", [mail("Still there?")]))
    assert resuming(case).place(someone("102"), FINE).code == "resume-looks-back"


def test_a_rule_for_leaving_holds_nobody_back() -> None:
    rules = (ExitRule(rule=TagRule(tag="stop")), ExitRule(rule=BOUGHT))
    case = row(mail("One"), Wait(seconds=DAY), mail("Two"), exit_rules=rules)
    assert resuming(case).place(someone(), FINE).code == "resume-lane"


def test_every_person_is_counted_once() -> None:
    made = resuming()
    people = [someone(), someone("104"), someone(status=EnrolmentStatus.PAUSED), unsure(Confidence.AMBIGUOUS)]
    codes = Counter(made.place(one, FINE).code for one in people * 3)
    assert sum(codes.values()) == sum(entry.count for entry in made.entries()) == 12


def test_nobody_in_the_middle_leaves_the_graph_as_it_was() -> None:
    made = resuming()
    assert made.graph() == made.lowered.graph


def life_of(placed: Placed, made: Resuming, case: Case) -> Life:
    person = Person(tags={"trial"}, attributes=dict(placed.attributes))
    return Life(case.sequence, person, NOW, made.graph())


@pytest.mark.parametrize(
    ("step_id", "left", "expected"),
    [
        ("102", 7200, [(2, "Two"), (26, "Three")]),
        ("104", 1800, [(0.5, "Three")]),
        ("104", 0, [(0, "Three")]),
        ("105", 0, [(0, "Three")]),
    ],
)
def test_people_get_what_is_left_and_nothing_before(step_id: str, left: int, expected: list[tuple[float, str]]) -> None:
    made = resuming()
    life = life_of(made.place(someone(step_id, left), FINE), made, THREE)
    assert life.enrol() == 1
    life.live(NOW + timedelta(days=9))
    assert life.mails() == [(NOW + timedelta(hours=hours), subject) for hours, subject in expected]


@pytest.mark.parametrize("status", [EnrolmentStatus.PAUSED, EnrolmentStatus.ERROR, EnrolmentStatus.COMPLETED])
def test_whoever_is_held_or_finished_is_not_started_anew_by_the_trigger(status: EnrolmentStatus) -> None:
    made = resuming()
    life = life_of(made.place(someone(status=status), FINE), made, THREE)
    life.target.call("POST", "/subscribers/tags/remove", {"email": EMAIL, "tag": "trial"})
    life.enter_by_tag("trial")
    assert life.live(NOW + timedelta(days=9)) == []


def test_whoever_comes_back_later_starts_at_the_beginning() -> None:
    case = row(
        mail("One"),
        Wait(seconds=DAY),
        mail("Two"),
        triggers=(TagAdded(tag="trial"),),
        re_entry=ReEntry.AFTER_COMPLETION,
    )
    made = resuming(case)
    life = life_of(made.place(someone("102", 60), FINE), made, case)
    life.enrol()
    life.live(NOW + timedelta(days=1))
    life.target.call("POST", "/subscribers/tags/remove", {"email": EMAIL, "tag": "trial"})
    life.enter_by_tag("trial")
    life.live(NOW + timedelta(days=9))
    assert [subject for _, subject in life.mails()] == ["Two", "One", "Two"]


def test_the_lanes_load_and_stand_in_front_of_the_finished_sequence() -> None:
    made = resuming()
    made.place(someone(), FINE)
    made.place(someone("104"), FINE)
    made.place(unsure(Confidence.AMBIGUOUS), FINE)
    graph = made.graph()
    calls = schedule(graph)
    assert [call.kind for call in calls] == ["create", "branch"]
    for call in calls:
        assert (create_faults if call.kind == "create" else update_faults)(call.body) == []
    target = Target()
    kinds, edges = target.shape(graph, target.build(graph, calls))
    wanted_kinds, wanted_edges = wanted_shape(graph)
    assert wanted_edges == edges
    assert wanted_kinds == {key: kind for key, kind in kinds.items() if key not in ("start", "end")}


def test_who_left_and_came_back_goes_on_where_they_stand_now() -> None:
    earlier = someone(status=EnrolmentStatus.REMOVED, position=None)
    for standing in ([earlier, someone()], [someone(), earlier]):
        placed = resuming().place_all([(one, FINE) for one in standing])
        assert (placed.code, placed.enrol) == ("resume-lane", True)


def test_two_people_with_one_address_in_one_sequence_are_held() -> None:
    other = Enrolment(
        source_id="f",
        sequence_id="7",
        contact_id="d",
        status=EnrolmentStatus.ACTIVE,
        position=Position(step_id="104", confidence=Confidence.INFERRED, remaining_seconds=60),
        read_at=NOW,
    )
    placed = resuming().place_all([(someone(), FINE), (other, FINE)])
    assert (placed.code, placed.enrol) == ("resume-twice", False)
    assert list(placed.attributes.values()) == ["held"]
