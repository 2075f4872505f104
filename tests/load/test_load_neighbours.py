"""What else lives in the workspace meets a sequence only once it is enabled: by tags and lists of the same name, and
by the names that another migration chose in the same way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from plans import Bench, PlanMaker, branching_graph, plain_graph

from adapters.sequenzy import write
from migrator.cutover.enable import Readiness, operation_of, readiness
from migrator.load.checkpoint import Checkpoint
from migrator.load.work import Work

EMAIL = {"subject": "Theirs", "html": "<p>Hello</p>"}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Onboarding adds the tag `warm` and the list News; Welcome is started by a tag of ours too."""
    started = {"trigger": "tag_added", "tagNames": ["new", "mig-start-welcome"]}
    welcome = msgspec.structs.replace(plain_graph(1), final_trigger=started)
    tagging = msgspec.structs.replace(branching_graph(2, list_key="list:1"))
    PlanMaker(lists={"News": []}, graphs=[welcome, tagging]).write(tmp_path)
    made = Bench(tmp_path)
    made.load()
    return made


def theirs(bench: Bench, live: bool = True, **body: Any) -> None:
    api = bench.api()
    made, _ = write.create_sequence(api, {"name": "Theirs", "steps": [EMAIL], **body})
    if live:
        write.enable_sequence(api, made)
    api.close()


def ready(bench: Bench, number: str) -> Readiness:
    api = bench.api()
    try:
        with Checkpoint.open(bench.folder, clock=bench.clock) as checkpoint:
            work = Work(bench.opened(), api, checkpoint)
            return readiness(work, operation_of(work, number))
    finally:
        api.close()


def test_a_live_sequence_that_its_tags_and_lists_start_is_named(bench: Bench) -> None:
    theirs(bench, live=False, name="Their draft", trigger="tag_added", tagName="warm")
    assert ready(bench, "2").warnings == ()
    theirs(bench, trigger="tag_added", tagName="warm")
    (news,) = bench.sandbox.state.lists
    theirs(bench, name="Their news", trigger="contact_added", listId=news)
    said = " ".join(ready(bench, "2").warnings)
    assert "Theirs" in said
    assert "Their news" in said
    assert "warm" in said
    assert ready(bench, "1").warnings == ()


def test_a_sequence_of_another_migration_that_listens_to_the_same_tag_of_ours_keeps_it_off(bench: Bench) -> None:
    """Whoever is handed over to the one would be started in both, and the marks of one would be read by the other."""
    assert ready(bench, "1").blocked == ()
    theirs(bench, live=False, name="Hello", labels=["migrate-other"], trigger="tag_added", tagName="mig-start-welcome")
    (reason,) = ready(bench, "1").blocked
    assert "another migration" in reason
    assert ready(bench, "2").blocked == ()


def test_the_same_name_alone_is_enough_for_the_attributes_to_be_the_same(bench: Bench) -> None:
    theirs(bench, live=False, name="WELCOME!", labels=["migrate-other"], trigger="manual")
    assert any("another migration" in one for one in ready(bench, "1").blocked)
    theirs(bench, live=False, name="Onboarding", labels=["of theirs"], trigger="manual")
    assert ready(bench, "2").blocked == ()
