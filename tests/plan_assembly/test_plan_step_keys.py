"""A line of mappings.toml reaches the one step that it means, whatever the ids of sequences and steps are."""

from __future__ import annotations

import tomllib
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pa_accounts import written

from mappings.answer_lines import step_head, step_key
from migrator.errors import SettingsError
from migrator.model import Edge, EmailContent, Sequence, Step
from migrator.model.sequences import TagAdded
from migrator.model.steps import SendEmail, Wait
from migrator.plan.answers.questions import add_questions, open_questions
from migrator.plan.answers.step_answers import read_step_answers
from migrator.plan.make import Made, make_plan
from migrator.plan.open_plan import OpenPlan
from migrator.plan.records import BuildSequence
from tests.looks import looks

MAIL = SendEmail(content=EmailContent(subject="Hi", body="<p>Hi</p>"))


def waiting(source_id: str, step_id: str) -> Sequence:
    """Nobody knows how long its one wait is."""
    steps = (Step(id=step_id, action=Wait(), content_missing=("seconds",)), Step(id="mail", action=MAIL))
    start = TagAdded(tag=f"start {source_id}")
    edges = (Edge(source=step_id, target="mail"),)
    return Sequence(source_id=source_id, name=f"S {source_id}", triggers=(start,), steps=steps, edges=edges)


def planned(place: Path, said: dict[str, Any], *ids: tuple[str, str]) -> tuple[Made, dict[str, list[str]]]:
    bundle = written(place / "bundle", sequences=[waiting(*one) for one in ids])
    made = make_plan(bundle, said, place / "plan")
    opened = OpenPlan.open(place / "plan")
    graphs = [opened.sequence(one).graph for one in opened.operations(BuildSequence)]
    return made, {graph.source_sequence_id: list(graph.blocks_enabling) for graph in graphs}


TWINS = (("a/b", "c"), ("a", "b/c"))


@pytest.mark.slow
@pytest.mark.parametrize("which", [0, 1])
def test_an_answer_about_one_of_two_steps_whose_ids_meet_leaves_the_other_open(which: int, tmp_path: Path) -> None:
    made, blocks = planned(tmp_path / "asked", {}, *TWINS)
    lines = {one.line for one in open_questions(made.ledger.entries) if one.must}
    assert lines == {'steps."a/b".c.seconds = 86400', 'steps.a."b/c".seconds = 86400'}
    asked = TWINS[which]
    said = tomllib.loads(f"{step_head(*asked)}.seconds = 86400")
    _, blocks = planned(tmp_path / "said", said, *TWINS)
    assert {source_id for source_id, why in blocks.items() if not why} == {asked[0]}


@pytest.mark.slow
def test_a_line_of_an_older_file_that_two_steps_could_mean_is_refused_with_both_ways(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        planned(tmp_path, {"steps": {"a/b/c": {"seconds": 60}}}, *TWINS)
    assert 'steps."a/b".c' in str(refused.value)
    assert 'steps.a."b/c"' in str(refused.value)


@pytest.mark.slow
@pytest.mark.parametrize("one", TWINS)
def test_a_line_of_an_older_file_that_one_step_alone_can_mean_still_counts(
    one: tuple[str, str], tmp_path: Path
) -> None:
    _, blocks = planned(tmp_path, {"steps": {"a/b/c": {"seconds": 60}}}, one)
    assert blocks == {one[0]: []}


@pytest.mark.slow
def test_a_sequence_by_the_name_of_another_ones_step_is_told_apart(tmp_path: Path) -> None:
    ids = (("a", "b"), ("a/b", "c"))
    for number, (text, open_) in enumerate(
        (
            ('steps."a/b".seconds = 60', {"a/b"}),
            ('steps."a/b".c.seconds = 60', {"a"}),
            ('steps."a/b".c.seconds = 60\nsteps."a/b".seconds = 60', set()),
            ('steps."a/b".c.seconds = 60\nsteps.a.b.seconds = 60', set()),
        )
    ):
        _, blocks = planned(tmp_path / str(number), tomllib.loads(text), *ids)
        assert {source_id for source_id, why in blocks.items() if why} == open_, text


@pytest.mark.slow
def test_two_long_ids_that_begin_alike_are_two_steps(tmp_path: Path) -> None:
    long = "x" * 200
    ids = ((f"{long}1", "1"), (f"{long}2", "1"))
    made, _ = planned(tmp_path / "asked", {}, *ids)
    lines = [one.line for one in open_questions(made.ledger.entries) if one.must]
    assert len(lines) == 2
    for number, line in enumerate(lines):
        _, blocks = planned(tmp_path / str(number), tomllib.loads(line), *ids)
        assert [source_id for source_id, why in blocks.items() if not why] == [ids[number][0]]


def test_questions_about_such_steps_are_asked_once(tmp_path: Path) -> None:
    made, _ = planned(tmp_path, {}, *TWINS)
    mine = tmp_path / "mappings.toml"
    questions = open_questions(made.ledger.entries)
    assert len(add_questions(mine, questions)) == 2
    assert add_questions(mine, questions) == []
    other = tmp_path / "other.toml"
    other.write_text('steps."a/b/c".seconds = 60\n')
    assert len(add_questions(other, questions)) == 0
    quoted = tmp_path / "quoted.toml"
    quoted.write_text('# steps."a/b"."c"."seconds" = 1\n#steps."a"."b/c".seconds = 1\n')
    assert add_questions(quoted, questions) == []
    form = tmp_path / "form.toml"
    form.write_text('[steps."a/b"."c"]\n# seconds = 86400\n\n[steps."a"."b/c"]\nseconds = 5\n')
    assert add_questions(form, questions) == []


IDS = st.text(st.sampled_from('ab/%."\\2F \n'), min_size=1, max_size=4)


@settings(max_examples=looks(60), deadline=None)
@given(st.lists(st.tuples(IDS, IDS), min_size=2, max_size=3, unique=True))
def test_no_two_steps_share_a_key_or_a_line(ids: list[tuple[str, str]]) -> None:
    assert len({step_key(*one) for one in ids}) == len(ids)
    by_sequence = {source_id: waiting(source_id, step_id) for source_id, step_id in ids if step_id != "mail"}
    pairs = [(key, one.steps[0].id) for key, one in by_sequence.items()]
    for (source_id, step_id), other in product(pairs, pairs):
        said = tomllib.loads(f"{step_head(source_id, step_id)}.seconds = 60")["steps"]
        found = read_step_answers(said, by_sequence.values(), "here").choices
        assert (step_key(*other) in found) == (other == (source_id, step_id))
