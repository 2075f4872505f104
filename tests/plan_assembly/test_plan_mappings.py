"""mappings.toml: every question can be answered by its own line, a person's edits stay, and no misspelt key passes."""

from __future__ import annotations

import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pa_accounts import exported, written

from mappings.verdicts import Verdict
from migrator.bundle import Bundle
from migrator.errors import SettingsError
from migrator.export.overrides import gaps
from migrator.model import (
    Attribute,
    Consent,
    ConsentState,
    Contact,
    ContactList,
    Edge,
    EmailContent,
    Sequence,
    Step,
    Suggestion,
)
from migrator.model.rules import Activity, ActivityRule, ActivityScope, OpaqueRule
from migrator.model.sequences import TagAdded
from migrator.model.steps import AddTags, Branch, CallWebhook, Lane, MoveToSequence, SendEmail, Wait, WaitUntilTime
from migrator.plan.answers.mappings_file import fingerprint, load
from migrator.plan.answers.questions import ANCHOR, add_questions, key_path, open_questions
from migrator.plan.make import make_plan
from migrator.plan.open_plan import OpenPlan
from migrator.plan.records import BuildSequence
from migrator.sandbox.broadcast.generate import generate

OPENED = ActivityRule(activity=Activity.OPENED, scope=ActivityScope.PREVIOUS_EMAIL)
HELLO = EmailContent(subject="Hi", body="<p>Hello {{ first_name }}, {{ unheard_of }}</p>")


def chain(*steps: Step) -> Sequence:
    edges = tuple(Edge(source=one.id, target=two.id) for one, two in pairwise(steps))
    return Sequence(source_id="7", name="Welcome", triggers=(TagAdded(tag="new"),), steps=steps, edges=edges)


def gappy() -> Sequence:
    opened = Branch(lanes=(Lane(key="true", rule=OPENED), Lane(key="false")), evaluate_after_seconds=None)
    return chain(
        Step(id="1", action=Wait(), content_missing=("seconds",)),
        Step(id="2", action=SendEmail(content=EmailContent()), content_missing=("subject", "body")),
        Step(id="3", action=SendEmail(content=HELLO)),
        Step(id="4", action=WaitUntilTime(time="09:00:00", timezone="Nowhere")),
        Step(id="5", action=WaitUntilTime()),
        Step(id="6", action=AddTags(tags=())),
        Step(id="8", action=CallWebhook(url="http://hook.example.com", method="BREW", body="no json")),
        Step(id="9", action=MoveToSequence()),
        Step(id="10", action=opened),
    )


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return exported(generate(60, seed=3), tmp_path_factory.mktemp("all") / "bundle")


@pytest.fixture(scope="module")
def strange(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    def person(number: int, state: ConsentState, **attributes: Any) -> Contact:
        tags = ("VIP", "vip", "a\x7fb", '"q"', "half \ud83d")
        email = f"p{number}@example.com"
        consent = Consent(state=state)
        return Contact(source_id=str(number), email=email, consent=consent, attributes=attributes, tags=tags)

    return written(
        tmp_path_factory.mktemp("strange") / "bundle",
        contacts=[person(1, ConsentState.UNKNOWN, Plan=1, plan=2, **{"a b": 1, 'quo"te\\': 2})],
        lists=[ContactList(source_id="1", name="News"), ContactList(source_id='2"', name="news")],
        attributes=[Attribute(key="Plan")],
        sequences=[gappy()],
    )


def lines_of(bundle: Bundle, place: Path) -> list[str]:
    made = make_plan(bundle, {}, place / "first")
    return [question.line for question in open_questions(made.ledger.entries)]


def filled_in(line: str, bundle: Bundle) -> str:
    """The line with something put in where the question can only show dots."""
    value = next(one.source_id for one in bundle.sequences()) if ".sequence_id = " in line else "put in"
    return line.replace("https://...", "https://hook.example.com").replace('"..."', f'"{value}"')


def content_of(folder: Path) -> bytes:
    """Everything a plan says, but not for which mappings it was made."""
    opened = OpenPlan.open(folder)
    return b"".join(opened.read(path) for path in sorted(opened.plan.files))


@pytest.mark.slow
@pytest.mark.parametrize("which", ["account", "strange"])
def test_every_line_that_a_question_offers_is_accepted_once_filled_in_and_changes_the_plan(
    which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    bundle: Bundle = request.getfixturevalue(which)
    lines = lines_of(bundle, tmp_path)
    assert lines
    before = content_of(tmp_path / "first")
    idle = []
    for number, line in enumerate(lines):
        make_plan(bundle, tomllib.loads(filled_in(line, bundle)), tmp_path / str(number))
        if content_of(tmp_path / str(number)) == before:
            idle.append(line)
    assert idle == []


def test_answered_questions_are_no_longer_asked(strange: Bundle, tmp_path: Path) -> None:
    answers = {
        "consent": {"unknown": "leave_behind"},
        "steps": {
            "7/1": {"seconds": 3600},
            "7": {"2": {"subject": "Hey", "body": "<p>There</p>"}, "4": {"timezone": "Europe/Paris"}},
            "7/5": {"skip": True},
            "7/6": {"tags": ["x"]},
            "7/8": {"url": "https://hook.example.com", "method": "POST", "body": "{}"},
            "7/9": {"skip": True},
            "7/10": {"evaluate_after_seconds": 60},
        },
        "sequences": {"7": {"opened": "clicked"}},
        "merge_tags": {"replacements": {"unheard_of": "friend"}},
    }
    made = make_plan(strange, answers, tmp_path / "plan")
    left = {entry.id: entry.findings for entry in made.ledger.entries if entry.verdict is Verdict.MANUAL}
    assert left == {}
    opened = OpenPlan.open(tmp_path / "plan")
    (built,) = opened.operations(BuildSequence)
    assert opened.sequence(built).graph.blocks_enabling == ()
    mails = [node.body["html"] for node in opened.sequence(built).graph.nodes if node.kind == "action_email"]
    assert "<p>There</p>" in mails


def test_the_form_that_an_export_writes_is_understood(tmp_path: Path) -> None:
    lanes = (Lane(key="true", rule=OpaqueRule(description="not told")), Lane(key="false"))
    sequence = chain(
        Step(id="1", action=SendEmail(content=HELLO)),
        Step(
            id="2",
            action=Branch(lanes=lanes, evaluate_after_seconds=60),
            content_missing=("condition", "branches"),
            suggestions=(Suggestion(field="condition", value="any_email_clicked", because="the label says so"),),
        ),
        Step(id="3", action=AddTags(tags=("clicked",))),
    )
    form = gaps([sequence])
    bundle = written(tmp_path / "bundle", sequences=[sequence])
    filled = form.replace("# condition =", "condition =").replace(
        '# branches = { true = ["step id"], false = ["step id"] }', 'branches = { true = ["3"], false = [] }'
    )
    settings = tomllib.loads(filled)
    assert settings["steps"]["7"]["2"]["condition"] == "any_email_clicked"
    make_plan(bundle, settings, tmp_path / "plan")
    opened = OpenPlan.open(tmp_path / "plan")
    graph = opened.sequence(opened.operations(BuildSequence)[0]).graph
    (branch,) = [node for node in graph.nodes if node.kind == "logic_branch"]
    assert branch.lanes[0].condition["conditionType"] == "link_clicked"
    assert {edge.target for edge in graph.edges if edge.source == branch.key} == {"step/3", "end"}


def test_edits_order_and_comments_of_a_person_stay(strange: Bundle, tmp_path: Path) -> None:
    mine = tmp_path / "mappings.toml"
    mine.write_text('# my own words\nopened = "clicked"   # because\n\n[tags]\n# keep\nrename = { "VIP" = "very" }\n')
    made = make_plan(strange, load(mine), tmp_path / "plan")
    asked = add_questions(mine, open_questions(made.ledger.entries))
    text = mine.read_text()
    assert asked
    for line in ("# my own words", 'opened = "clicked"   # because', "# keep", 'rename = { "VIP" = "very" }'):
        assert line in text
    assert load(mine) == {"opened": "clicked", "tags": {"rename": {"VIP": "very"}}}
    assert fingerprint(load(mine)) == made.plan.mappings_hash, "questions make no plan stale"
    again = make_plan(strange, load(mine), tmp_path / "plan")
    assert add_questions(mine, open_questions(again.ledger.entries)) == [], "each question is asked once"
    assert mine.read_text() == text


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_the_mark_of_an_editor_stay(mark: bytes, strange: Bundle, tmp_path: Path) -> None:
    mine = tmp_path / "mappings.toml"
    own = b'# my own words\r\nopened = "clicked"\r\n'
    mine.write_bytes(mark + own)
    questions = open_questions(make_plan(strange, load(mine), tmp_path / "plan").ledger.entries)
    assert add_questions(mine, questions[:2])
    assert add_questions(mine, questions)
    written_ = mine.read_bytes()
    assert written_.startswith(mark)
    assert own in written_
    assert b"\n" not in written_.replace(b"\r\n", b"")
    assert load(mine) == {"opened": "clicked"}


def test_a_link_to_the_file_stays_a_link(strange: Bundle, tmp_path: Path) -> None:
    kept, mine = tmp_path / "kept.toml", tmp_path / "mappings.toml"
    kept.write_text('opened = "clicked"\n')
    mine.symlink_to(kept)
    assert add_questions(mine, open_questions(make_plan(strange, {}, tmp_path / "plan").ledger.entries))
    assert mine.is_symlink()
    assert 'opened = "clicked"' in kept.read_text()
    assert ANCHOR in kept.read_text()


def test_later_plans_add_only_new_questions_above_the_mark(strange: Bundle, tmp_path: Path) -> None:
    mine = tmp_path / "mappings.toml"
    questions = open_questions(make_plan(strange, {}, tmp_path / "plan").ledger.entries)
    add_questions(mine, questions[:3])
    first = mine.read_text()
    head, _, tail = first.partition(ANCHOR)
    assert add_questions(mine, questions) == questions[3:]
    assert mine.read_text().startswith(head)
    assert mine.read_text().endswith(ANCHOR + tail)
    assert load(mine) == {}
    assert mine.stat().st_mode & 0o077 == 0


def test_each_question_stands_ready_to_be_uncommented(strange: Bundle, tmp_path: Path) -> None:
    mine = tmp_path / "mappings.toml"
    questions = open_questions(make_plan(strange, {}, tmp_path / "plan").ledger.entries)
    add_questions(mine, questions)
    for question in questions:
        assert f"# {question.line}\n" in mine.read_text()
        text = mine.read_text().replace(f"# {question.line}\n", f"{question.line}\n")
        assert tomllib.loads(text), question.line
        assert key_path(question.line) == question.path


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        ({"opend": "clicked"}, "opened"),
        ({"tags": {"renames": {}}}, "tags.rename"),
        ({"sequences": {"7": {"opend": "ask"}}}, "opened"),
        ({"sequences": {"77": {}}}, "sequences.7"),
        ({"steps": {"7/11": {"skip": True}}}, "7/1"),
        ({"steps": {"7": {"x": {"skip": True}}}}, "no such step"),
        ({"steps": {"7/1": {"second": 5}}}, "seconds"),
        ({"steps": {"7/1": {"seconds": "five"}}}, "int"),
        ({"opened": "maybe"}, "segment"),
        ({"consent": {"steps": {}}}, "top of the file"),
        ({"only_sequences": ["9"]}, "no such sequence"),
        ({"steps": {"7/10": {"skip": True}}}, "branch"),
        ({"timezone": "Europe/Pariss"}, "Europe/Paris"),
        ({"timezone": ""}, "Europe/Paris"),
    ],
)
def test_what_does_not_exist_is_refused_with_the_likely_word(
    settings: dict[str, Any], hint: str, strange: Bundle, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError) as refused:
        make_plan(strange, settings, tmp_path / "plan")
    assert hint in str(refused.value)
    assert not (tmp_path / "plan").exists()


def test_wishes_about_names_types_and_sequences_are_kept(strange: Bundle, tmp_path: Path) -> None:
    settings = {
        "attributes": {"rename": {"a b": "ab"}, "ignore": {"plan": True}, "types": {"Plan": "text"}},
        "tags": {"ignore": ["VIP"]},
        "lists": {"rename": {"1": "Letters"}, "ignore": ['2"']},
        "sequences": {"7": {"take": False}},
        "consent": {"unknown": "unsubscribed"},
    }
    make_plan(strange, settings, tmp_path / "plan")
    opened = OpenPlan.open(tmp_path / "plan")
    line = next(opened.lines("people/opt_outs.jsonl"))
    assert line["customAttributes"]["ab"] == 1
    assert line["customAttributes"]["Plan"] == "1"
    assert "plan" not in line["customAttributes"]
    names = [one.body["name"] for one in opened.plan.operations if one.key.startswith("list:")]
    assert names == ["Letters"]
    assert opened.operations(BuildSequence) == ()
    left = [entry for entry in opened.ledger() if entry.sequence_id == "7"]
    assert {entry.verdict for entry in left} == {Verdict.DROPPED}
