"""A newer plan of the same account over an earlier one: only the difference is written, and nothing widens."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import httpx
import pytest
from plans import Bench, PlanMaker, branching_graph, person, picture, plain_graph, quiet, representative

from adapters.sequenzy import write
from migrator.errors import NeedsPerson, PlanError
from migrator.load.belonging import ACCOUNT
from migrator.load.checkpoint import Checkpoint
from migrator.load.newer.conflicts import NAME as CONFLICTS
from migrator.load.newer.newer_plan import compare_only
from migrator.load.work import Work
from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.transport.clock import FakeClock

STEP = {"subject": "You are in", "html": "<p>Hello</p>"}


def edited() -> PlanMaker:
    """The representative account a day later: every kind of change that a source can make."""
    newer = representative()
    newer.actives[0] |= {"firstName": "Grace", "tags": ["gold"], "customAttributes": {"plan": "free", "visits": 4}}
    newer.opt_outs.append({**newer.actives.pop(4), "status": "unsubscribed"})
    newer.actives.append(person(40, tags=["new"]))
    newer.lists = {"News": ["person1@example.com", "person40@example.com"], "Tips": ["person2@example.com"]}
    newer.complaints.append("person21@example.com")
    newer.tags = {}
    newer.graphs = [plain_graph(1, "Welcome"), branching_graph(2, "Onboarding again"), plain_graph(3, "Win back")]
    newer.segments[0]["filters"][0]["value"] = "gold"
    return newer


def loaded(folder: Path, maker: PlanMaker) -> Bench:
    folder.mkdir(exist_ok=True)
    maker.write(folder)
    bench = Bench(folder)
    bench.load()
    return bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return loaded(tmp_path / "one", representative())


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return picture(loaded(tmp_path_factory.mktemp("wanted"), edited()).sandbox)


def same_but_tag_names(wanted: Any, found: Any) -> bool:
    """A tag that nobody has any more stays defined."""
    return {**wanted, "tags": ()} == {**found, "tags": ()} and {*wanted["tags"]} <= {*found["tags"]}


def test_a_newer_plan_ends_where_a_fresh_load_of_it_ends(bench: Bench, wanted: Any) -> None:
    edited().write(bench.folder)
    summary = bench.load()
    assert same_but_tag_names(wanted, picture(bench.sandbox))
    assert quiet(bench.sandbox)
    assert summary.complete
    assert bench.verify(settle=0).equal


def test_the_difference_is_told_in_numbers(bench: Bench) -> None:
    edited().write(bench.folder)
    brought = bench.load().brought
    assert brought is not None
    assert {
        "new": 1,
        "narrowed": 1,
        "changed": 1,
        "complaints": 1,
        "tags_added": 1,
        "tags_removed": 2,
        "joined": 2,
        "left": 2,
        "gone_at_source": 0,
        "deleted_at_target": 0,
        "conflicts": 0,
        "rebuilt": ["Warm", "Onboarding again"],
        "kept": [],
        "failed": 0,
    } == brought.facts()


def test_a_second_load_right_after_writes_nothing(bench: Bench) -> None:
    edited().write(bench.folder)
    bench.load()
    before = bench.writes()
    assert bench.load(compare=True).writes == 0
    assert before == bench.writes()


def test_a_dry_comparison_says_the_same_and_writes_nothing(bench: Bench) -> None:
    edited().write(bench.folder)
    before, files = bench.writes(), {path.name: path.read_bytes() for path in bench.folder.glob("*.sqlite")}
    api, checkpoint = bench.api(), Checkpoint.look(bench.folder, clock=bench.clock)
    assert checkpoint is not None
    with checkpoint:
        told = compare_only(Work(bench.opened(), api, checkpoint), bench.folder)
    api.close()
    assert before == bench.writes()
    assert files == {path.name: path.read_bytes() for path in bench.folder.glob("*.sqlite")}
    loaded = bench.load().brought
    assert loaded is not None
    assert told.facts() == loaded.facts()


def test_opt_outs_are_written_before_everything_else(bench: Bench) -> None:
    edited().write(bench.folder)
    before = len(bench.sandbox.recorded)
    bench.load()
    first = bench.sandbox.recorded[before]
    assert first["path"].endswith("/subscribers/imports")
    assert ["unsubscribed"] == [row["status"] for row in first["body"]["subscribers"]]


def test_another_accounts_plan_is_refused(bench: Bench) -> None:
    edited().write(bench.folder)
    with Checkpoint.open(bench.folder, clock=bench.clock) as checkpoint:
        checkpoint.put_note(ACCOUNT, ["broadcast", "mail.other.test", "Other"])
    before = bench.writes()
    with pytest.raises(PlanError, match="A plan of another account is loaded already"):
        bench.load()
    assert before == bench.writes()


@pytest.mark.parametrize("options", [{"only": ("people",)}, {"sequences": ("1",)}, {"limit": 3}])
def test_a_newer_plan_is_loaded_whole(bench: Bench, options: dict[str, Any]) -> None:
    edited().write(bench.folder)
    with pytest.raises(Exception, match="A newer plan is loaded whole"):
        bench.load(**options)


def test_verify_and_enable_wait_for_the_newer_plan(bench: Bench) -> None:
    edited().write(bench.folder)
    with pytest.raises(PlanError, match="This plan is newer than what is loaded"):
        bench.verify()


# --- both sides changed ---


def conflicts(bench: Bench) -> list[dict[str, str]]:
    with (bench.folder / CONFLICTS).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_what_sequenzy_changed_since_wins_and_is_named(bench: Bench) -> None:
    api = bench.api()
    write.update_contact(api, "person1@example.com", {"firstName": "Augusta"})
    edited().write(bench.folder)
    bench.load()
    assert "Augusta" == bench.contact("person1@example.com").first_name
    assert "free" == bench.contact("person1@example.com").attributes["plan"]
    row = {"email": "person1@example.com", "field": "firstName", "at_source": "Grace", "at_sequenzy": "Augusta"}
    assert [row | {"kept": "Augusta"}] == conflicts(bench)


def test_a_field_that_only_sequenzy_changed_is_no_conflict(bench: Bench) -> None:
    api = bench.api()
    write.update_contact(api, "person2@example.com", {"firstName": "Bo"})
    edited().write(bench.folder)
    bench.load()
    assert "Bo" == bench.contact("person2@example.com").first_name
    assert not (bench.folder / CONFLICTS).exists()


def test_tags_of_sequenzys_own_stay_also_when_the_source_removes_one_of_that_name(tmp_path: Path) -> None:
    folder, maker = tmp_path / "w", PlanMaker(actives=[person(1, tags=["vip", "lead"])])
    folder.mkdir()
    maker.write(folder)
    bench = Bench(folder)
    write.create_contact(bench.api(), {"email": "person1@example.com", "tags": ["vip", "own"], "lists": []})
    bench.load()
    PlanMaker(actives=[person(1)]).write(folder)
    bench.load()
    assert ["own", "vip"] == sorted(bench.contact("person1@example.com").tags)


def test_who_opted_out_at_sequenzy_stays_out_whatever_the_source_changes(bench: Bench) -> None:
    write.update_contact(bench.api(), "person1@example.com", {"status": "unsubscribed"})
    edited().write(bench.folder)
    bench.load()
    contact = bench.contact("person1@example.com")
    assert "unsubscribed" == contact.status
    assert "Grace" == contact.first_name
    assert not any(kept.current for kept in contact.lists.values())


def test_who_comes_back_at_the_source_is_not_resubscribed(bench: Bench) -> None:
    newer = representative()
    newer.actives.append({**newer.opt_outs.pop(0), "status": "active"})
    newer.write(bench.folder)
    bench.load()
    assert "unsubscribed" == bench.contact("person21@example.com").status
    assert ["consent"] == [row["field"] for row in conflicts(bench)]


def test_an_opt_out_of_the_source_holds_against_a_resubscription_at_sequenzy(bench: Bench) -> None:
    write.update_contact(bench.api(), "person21@example.com", {"status": "active"})
    bench.load(compare=True)
    assert "unsubscribed" == bench.contact("person21@example.com").status


def test_who_was_deleted_at_sequenzy_is_not_brought_back(bench: Bench) -> None:
    write.delete_contact(bench.api(), "person1@example.com")
    edited().write(bench.folder)
    bench.load()
    assert bench.contact("person1@example.com") is None
    assert [("person1@example.com", "person", "deleted")] == [
        (row["email"], row["field"], row["kept"]) for row in conflicts(bench)
    ]


def test_who_is_gone_at_the_source_stays_and_is_named_once(bench: Bench) -> None:
    newer = representative()
    del newer.actives[11]
    newer.write(bench.folder)
    first = bench.load().brought
    assert first is not None
    assert 1 == first.people.gone_at_source
    assert "active" == bench.contact("person12@example.com").status
    again = bench.load(compare=True).brought
    assert again is not None
    assert 0 == again.people.gone_at_source


def test_somebody_sequenzy_got_by_itself_is_met_and_never_deleted_by_undo(bench: Bench) -> None:
    write.create_contact(bench.api(), {"email": "person40@example.com", "firstName": "Own", "lists": []})
    edited().write(bench.folder)
    bench.load()
    contact = bench.contact("person40@example.com")
    assert ("Own", ["new"]) == (contact.first_name, contact.tags)
    from migrator.undo.take_back import undo

    api = bench.api()
    with Checkpoint.open(bench.folder, clock=bench.clock) as checkpoint:
        undo(bench.opened(), api, checkpoint, bench.folder)
    api.close()
    assert ["person40@example.com"] == [
        one.email for one in bench.sandbox.state.subscribers.values() if not one.complained
    ]
    assert [] == bench.contact("person40@example.com").tags


def test_a_name_that_the_source_emptied_stays_and_is_named(tmp_path: Path) -> None:
    bench = loaded(tmp_path / "w", PlanMaker(actives=[person(1, firstName="Ada", customAttributes={"plan": "pro"})]))
    PlanMaker(actives=[person(1)]).write(bench.folder)
    bench.load()
    contact = bench.contact("person1@example.com")
    assert ("Ada", None) == (contact.first_name, contact.attributes.get("plan"))
    assert ["firstName"] == [row["field"] for row in conflicts(bench)]
    before = bench.writes()
    bench.load(compare=True)
    assert before == bench.writes()


def test_opt_outs_do_not_wait_for_a_live_sequence_that_holds_up_everything_else(bench: Bench) -> None:
    api = bench.api()
    body = {"name": "Live", "trigger": "inactivity", "eventName": "login", "inactiveDays": 30, "steps": [STEP]}
    write.enable_sequence(api, write.create_sequence(api, body)[0])
    edited().write(bench.folder)
    with pytest.raises(NeedsPerson, match="could mail the people"):
        bench.load()
    assert "unsubscribed" == bench.contact("person5@example.com").status
    assert bench.contact("person40@example.com") is None
    assert bench.load(live_too=True).complete
    assert bench.contact("person40@example.com") is not None


# --- drafts ---


def test_a_draft_that_somebody_edited_is_kept_and_named(bench: Bench) -> None:
    state = bench.sandbox.state
    sequence = next(one for one in state.sequences.values() if one.name == "Onboarding")
    write.update_sequence(bench.api(), sequence.id, {"name": "Onboarding, our words"})
    edited().write(bench.folder)
    brought = bench.load().brought
    assert brought is not None
    assert ["Warm"] == brought.things.rebuilt
    assert "Somebody edited our draft" in brought.things.kept[0]
    assert sequence.id in state.sequences


def test_a_live_sequence_is_kept_and_named(bench: Bench) -> None:
    state = bench.sandbox.state
    sequence = next(one for one in state.sequences.values() if one.name == "Onboarding")
    write.enable_sequence(bench.api(), sequence.id)
    edited().write(bench.folder)
    brought = bench.load().brought
    assert brought is not None
    assert "It is enabled at Sequenzy" in brought.things.kept[0]
    assert "active" == state.sequences[sequence.id].status
    assert not state.enrollments


def test_an_import_that_loses_rows_is_compared_again(bench: Bench) -> None:
    from migrator.sandbox.sequenzy.faults import ImportTrouble

    bench.sandbox.import_troubles.extend([ImportTrouble(), ImportTrouble(lost=frozenset({0}), tells="chunk")])
    edited().write(bench.folder)
    bench.load()
    assert bench.contact("person40@example.com") is not None
    assert bench.verify(settle=0).equal


def test_one_bad_row_never_costs_the_others_and_is_tried_again(bench: Bench) -> None:
    newer = edited()
    newer.actives.append(person(41, createdAt="yesterday"))
    newer.write(bench.folder)
    brought = bench.load().brought
    assert brought is not None
    assert 1 == brought.failed
    assert bench.contact("person40@example.com") is not None
    assert bench.contact("person41@example.com") is None


# --- killed anywhere ---


class Killed(BaseException):
    pass


class Trap:
    def __init__(self, at: int | None = None) -> None:
        self.at, self.passed = at, 0

    def point(self, _: str = "") -> None:
        if self.at is not None and self.passed >= self.at:
            raise Killed
        self.passed += 1

    def transport(self, inner: httpx.BaseTransport) -> httpx.BaseTransport:
        trap = self

        class Trapped(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                trap.point()
                reply = inner.handle_request(request)
                trap.point()
                return reply

        return Trapped()


def killed_and_resumed(folder: Path, at: int | None) -> tuple[SequenzySandbox, int]:
    bench = loaded(folder, representative())
    edited().write(folder)
    trap = Trap(at)
    dying = Bench(folder, sandbox=bench.sandbox, clock=FakeClock(), transport=trap.transport)
    if at is None:
        dying.load(on_commit=trap.point)
    else:
        with pytest.raises(Killed):
            dying.load(on_commit=trap.point)
        bench.load()
    writes = bench.writes()
    bench.load(compare=True)
    assert writes == bench.writes(), at
    assert bench.verify(settle=0).equal, at
    return bench.sandbox, trap.passed


STRIDE = 24
"""The default run takes every twenty-fourth point; the slow one all of them."""


@pytest.mark.parametrize("offset", [7, *(pytest.param(n, marks=pytest.mark.nightly) for n in range(STRIDE) if n != 7)])
def test_killed_at_any_write_and_started_again_it_ends_the_same(tmp_path: Path, wanted: Any, offset: int) -> None:
    _, total = killed_and_resumed(tmp_path / "whole", None)
    assert total > 60
    for at in range(offset, total, STRIDE):
        sandbox, _ = killed_and_resumed(tmp_path / str(at), at)
        assert same_but_tag_names(wanted, picture(sandbox)), at
        assert quiet(sandbox), at
