"""A server that gives only the short form of steps: the form that an export leaves, filled in, makes the same plan."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from export_support import trip_in

from adapters.broadcast.steps import Templates
from adapters.broadcast.surprises import Surprises
from adapters.broadcast.trees import read_tree
from adapters.broadcast.zones import iana_zone
from adapters.secrets import split_headers
from mappings.context import LoweringContext
from mappings.target import NodeKind, TargetGraph
from migrator.bundle import Bundle
from migrator.errors import SettingsError
from migrator.export.overrides import gaps
from migrator.model import Edge, EmailContent, Sequence, Step
from migrator.model.sequences import ApiOnly
from migrator.model.steps import AddTags, CallWebhook, Entry, SendEmail, Wait, WaitUntilTime
from migrator.plan.answers.step_answers import read_step_answers
from migrator.plan.graphs.lower_sequence import lower_sequence
from migrator.plan.make import make_plan
from migrator.sandbox.broadcast.account import Account, Row
from migrator.sandbox.broadcast.generate import generate
from migrator.sandbox.broadcast.switches import Profile, Switches

_HEADER = re.compile(r'\[steps\."([^"]+)"\."([^"]+)"\]')
_EXAMPLE = re.compile(r"# (\w+ = |<p>|\"\"\"$)")
_FIELD = re.compile(r"# (\w+) = ")


def account() -> Account:
    """Nobody stands in a sequence: where people stand is not told by such a server, and makes lanes of its own."""
    made = generate(20, enrolled=0.0)
    made.enrolments.clear()  # a segment starts some by itself
    for sequence in made.sequences:
        sequence.extra = {}  # such a server does not say whom a sequence leaves out either
    return made


def bundle_of(folder: Path, truth: Account, profile: Profile) -> Bundle:
    return trip_in(folder, truth, profile=profile, switches=Switches.for_profile(profile)).export()


def fields_of_form(form: str) -> Iterator[tuple[str, str, str]]:
    """Sequence, step and each field that the form shows for it."""
    at: tuple[str, str] | None = None
    for line in form.splitlines():
        if header := _HEADER.fullmatch(line):
            at = (header[1], header[2])
        elif at is not None and (field := _FIELD.match(line)):
            yield *at, field[1]


def told(truth: Account, row: Row, field: str) -> Any:
    """What a person would look up in the source's own screens; None where the step has no such thing."""
    if row["action"] == "send_email":
        template = next((one for one in truth.templates if one["id"] == row.get("template_id")), None)
        if field == "template_id":
            return None if template is None else str(template["id"])
        if field == "format":
            return None
        return (template or row).get({"preview_text": "preheader"}.get(field, field))
    zone = row.get("delay_until_timezone")
    clock = re.search(r"(\d{1,2}:\d{2})(?::\d{2}[.\d]*Z?)?\s*([AP]M)?$", str(row.get("delay_until_time") or ""))
    harmless, withheld = split_headers(row.get("headers") or {})
    found = {
        "seconds": row.get("delay"),
        "evaluate_after_seconds": row.get("delay"),
        "time": clock and clock[0].split(".")[0],
        "timezone": zone and iana_zone(zone),
        "condition": row.get("condition_setting"),
        "tags": [tag.strip() for tag in (row.get("taggify_list") or "").split(",")],
        "sequence_id": str(row["move_to_sequence_id"]) if row.get("move_to_sequence_id") else None,
        "method": row.get("http_method"),
        "headers": harmless,
        "withheld_headers": list(withheld),
        **{name: row.get(name) for name in ("url", "body")},
    }
    return found[field]


def filled(truth: Account, form: str) -> dict[str, Any]:
    rows = {(str(one.id), str(row["id"])): row for one in truth.sequences for row in one.steps}
    steps: dict[str, dict[str, dict[str, Any]]] = {}
    for sequence_id, step_id, field in fields_of_form(form):
        value = told(truth, rows[sequence_id, step_id], field)
        if value is not None:
            steps.setdefault(sequence_id, {}).setdefault(step_id, {})[field] = value
    return {"steps": steps}


def graphs(bundle: Bundle, settings: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The target graphs without the plan's own label, which names the bundle."""
    made = make_plan(bundle, settings, folder)
    found = {}
    for file in sorted(folder.glob("sequences/*.json")):
        graph = json.loads(file.read_text().replace(made.plan.marker, "MARKER"))["graph"]
        found[graph["key"]] = graph
    return found


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Account, Bundle, Bundle]:
    folder, truth = tmp_path_factory.mktemp("gaps"), account()
    return truth, bundle_of(folder / "full", truth, "current"), bundle_of(folder / "short", account(), "seed")


def test_a_form_filled_in_makes_the_same_sequences_as_the_full_answers(both: Any, tmp_path: Path) -> None:
    truth, full, short = both
    form = gaps(short.sequences())
    asked = {field for _, _, field in fields_of_form(form)}
    assert asked >= {"subject", "preview_text", "body", "template_id", "seconds", "time", "timezone", "tags"}
    assert asked >= {"condition", "evaluate_after_seconds", "sequence_id", "url", "method", "withheld_headers"}
    expected = graphs(full, {}, tmp_path / "full")
    found = graphs(short, filled(truth, form), tmp_path / "short")
    # A design of blocks cannot be typed in: its email is held in both plans, for a reason that differs.
    held = "The email exists as a drag-and-drop design only, without HTML."
    instead = "The source did not give the content of this email (body). Nothing is sent in its place."
    assert held in json.dumps(expected)
    assert found == json.loads(json.dumps(expected).replace(held, instead))
    assert sum(node["kind"] == "action_email" for graph in found.values() for node in graph.get("nodes", ())) > 20


def test_every_line_of_the_form_may_stand_in_mappings_toml(both: Any, tmp_path: Path) -> None:
    """Each line of the form is one that planning takes, once something of one's own stands in it."""
    _, _, short = both
    lines = [line.removeprefix("# ") if _EXAMPLE.match(line) else line for line in gaps(short.sequences()).splitlines()]
    form = "\n".join(lines).replace("the id of the sequence to go to", "7").replace('"two"', '"three"')
    for example in ("What people read", "The HTML", "Shown behind", "example.com/"):
        form = form.replace(example, f"{example}our")
    settings = tomllib.loads(form)
    assert sum(len(table) for tables in settings["steps"].values() for table in tables.values()) > 100
    make_plan(short, settings, tmp_path / "plan")


def test_an_unfilled_or_half_filled_form_never_makes_an_email(both: Any, tmp_path: Path) -> None:
    truth, _, short = both
    whole = filled(truth, gaps(short.sequences()))["steps"]
    subjects = {
        one: {step: {"subject": given["subject"]} for step, given in steps.items() if "subject" in given}
        for one, steps in whole.items()
    }
    for name, settings in (("nothing", {}), ("subjects", {"steps": subjects})):
        found = graphs(short, settings, tmp_path / name)
        assert not [
            node for graph in found.values() for node in graph.get("nodes", ()) if node["kind"] == "action_email"
        ]
        for sequence in short.sequences():
            if any(step.content_missing for step in sequence.steps):
                assert found[f"sequence:{sequence.source_id}"].get("blocks_enabling"), sequence.name


def test_one_gap_left_open_keeps_its_sequence_from_being_enabled() -> None:
    """Whatever kind of step it is, and however complete the rest."""
    whole: dict[str, tuple[Any, dict[str, Any]]] = {
        "send_email": (SendEmail(content=EmailContent()), {"subject": "S", "body": "<p>B</p>"}),
        "delay": (Wait(), {"seconds": 60}),
        "delay_until_time": (WaitUntilTime(), {"time": "09:00", "timezone": "Europe/Paris"}),
        "tags": (AddTags(tags=()), {"tags": ["one"]}),
        "http": (CallWebhook(), {"url": "https://a.test/hook", "method": "POST"}),
    }
    for kind, (action, given) in whole.items():
        step = Step(id="2", action=action, content_missing=tuple(given))
        assert not lowered(step, **given).blocks_enabling, kind
        for field in given:
            rest = {name: value for name, value in given.items() if name != field}
            assert lowered(step, **rest).blocks_enabling, (kind, field)


def test_a_webhook_whose_address_was_cut_calls_nobody_until_it_is_whole() -> None:
    cut = Step(id="2", action=CallWebhook(url="https://a.test/hook", method="POST"), content_missing=("url",))
    assert lowered(cut).blocks_enabling
    assert not lowered(cut, url="https://a.test/hook?key=1").blocks_enabling


def test_an_email_whose_template_is_unread_is_not_its_own_copy() -> None:
    row = {"id": 2, "action": "send_email", "parent_id": 1, "subject": "Old", "body": "<p>Old</p>", "template_id": 9}
    (_, step), _ = read_tree([{"id": 1, "action": "entry_point"}, row], Templates({}), Surprises())
    assert isinstance(step.action, SendEmail)
    assert step.action.content.is_missing
    assert step.action.inline is not None
    graph = lowered(step)
    assert graph.blocks_enabling
    assert not [node for node in graph.nodes if node.kind is NodeKind.EMAIL]
    graph = lowered(step, subject="New", body="<p>New</p>")
    assert not graph.blocks_enabling
    assert [node.body["subject"] for node in graph.nodes if node.kind is NodeKind.EMAIL] == ["New"]


def test_sides_of_a_branch_are_never_told_by_its_condition_alone() -> None:
    sequence = undecided()
    given: dict[str, Any] = {"condition": "any_email_clicked", "evaluate_after_seconds": 0}
    assert branching(sequence, given)[1].blocks_enabling
    applied, graph = branching(sequence, {**given, "branches": {"true": ["4"], "false": ["3"]}})
    sides = {(edge.target, edge.lane) for edge in applied.edges if edge.source == "2"}
    assert sides == {("4", "true"), ("3", "false")}
    assert not graph.blocks_enabling


def test_a_known_condition_with_unknown_sides_is_offered_as_it_stands() -> None:
    form = gaps([undecided(condition_setting="previous_email_clicked", delay=60)])
    assert '# condition = "previous_email_clicked"  # suggested: the step says so' in form
    assert "# branches = " in form


@pytest.mark.parametrize("branches", [{"true": ["3"]}, {"true": ["3"], "false": ["3", "4"]}, {"true": ["3", "4", "4"]}])
def test_a_step_left_out_or_named_twice_is_refused(branches: dict[str, list[str]]) -> None:
    with pytest.raises(SettingsError, match="branches"):
        read_step_answers({"1": {"2": {"branches": branches}}}, [undecided()], "here")


def test_a_template_that_the_bundle_lacks_is_refused() -> None:
    step = Step(id="2", action=SendEmail(content=EmailContent()), content_missing=("subject", "body"))
    with pytest.raises(SettingsError, match="template_id"):
        lowered(step, template_id="no such")


def test_a_time_written_without_quotes_is_a_time() -> None:
    step = Step(id="2", action=WaitUntilTime(), content_missing=("time", "timezone"))
    given = tomllib.loads('time = 09:30:00\ntimezone = "Europe/Paris"')
    choice = read_step_answers({"1": {"2": given}}, [only(step)], "here").choices["1/2"]
    assert choice.fields == {"time": "09:30:00", "timezone": "Europe/Paris"}


# Small sequences ------------------------------------------------------------------------------------------


def only(step: Step) -> Sequence:
    """The entry and one step."""
    start = Step(id="1", action=Entry())
    return Sequence(
        source_id="1",
        name="S",
        triggers=(ApiOnly(),),
        steps=(start, step),
        edges=(Edge(source="1", target=step.id),),
    )


def lowered(step: Step, **given: Any) -> TargetGraph:
    sequence = only(step)
    steps = read_step_answers({"1": {step.id: given}}, [sequence], "here").choices if given else {}
    return lower_sequence(sequence, LoweringContext(steps=steps)).graph


def undecided(**fields: Any) -> Sequence:
    """A branch (step 2) of which only the two steps behind it are known."""
    rows: list[Row] = [{"id": 1, "action": "entry_point"}, {"id": 2, "action": "condition", "parent_id": 1, **fields}]
    rows += [{"id": number, "action": "deactivate_subscriber", "parent_id": 2} for number in (3, 4)]
    steps, edges = read_tree(rows, Templates({}), Surprises())
    return Sequence(source_id="1", name="S", triggers=(ApiOnly(),), steps=steps, edges=edges)


def branching(sequence: Sequence, given: dict[str, Any]) -> tuple[Sequence, TargetGraph]:
    answers = read_step_answers({"1": {"2": given}}, [sequence], "here")
    applied = answers.applied(sequence)
    return applied, lower_sequence(applied, LoweringContext(steps=answers.choices)).graph
