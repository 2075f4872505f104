"""A wish about a name that occurs nowhere is refused with the nearest one; a name that occurs anywhere is known."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from pa_accounts import written

from migrator.bundle import Bundle, ExportOptions
from migrator.errors import SettingsError
from migrator.model import (
    Attribute,
    Campaign,
    CampaignStatus,
    Consent,
    ConsentState,
    Contact,
    Edge,
    EmailContent,
    Form,
    Lane,
    Segment,
    Sequence,
    Step,
    Tag,
    Template,
)
from migrator.model.rules import Comparison, FieldRule, TagRule
from migrator.model.sequences import TagAdded
from migrator.model.steps import AddTags, Branch, CallWebhook, SendEmail, SetAttribute
from migrator.plan.make import make_plan
from migrator.plan.open_plan import OpenPlan
from migrator.plan.records import CreateTemplate


def slow(line: str, hint: str) -> Any:
    return pytest.param(line, hint, marks=pytest.mark.slow)


YES = Consent(state=ConsentState.SUBSCRIBED)
BODY = """<p>{{ subscriber.first_name }} {{ unheard_of | upcase }}
{% if tags contains 'only in an email' %}x{% endif %}{{ subscriber.custom_data.written }}</p>"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    branch = Branch(lanes=(Lane(key="a", rule=FieldRule(key="asked", comparison=Comparison.IS_EMPTY)), Lane(key="b")))
    steps = (
        Step(id="1", action=AddTags(tags=("given by a step",))),
        Step(id="2", action=SetAttribute(key="set", value="x")),
        Step(id="3", action=SendEmail(content=EmailContent(subject="{{ in_subject }}", body=BODY))),
        Step(id="4", action=CallWebhook(url="https://h.example.com", method="POST", body='{"a": "{{ in_call }}"}')),
        Step(id="5", action=branch),
    )
    edges = tuple(Edge(source=str(n), target=str(n + 1)) for n in range(1, 5))
    flow = Sequence(source_id="7", name="S", triggers=(TagAdded(tag="starts"),), steps=steps, edges=edges)
    mail = SendEmail(content=EmailContent(subject="Hi", body="<p>{{ elsewhere }}</p>"))
    left = Sequence(source_id="8", name="Left", steps=(Step(id="1", action=mail),))
    people = [
        Contact(source_id="1", email="a@example.com", consent=YES, tags=("VIP Gold", "half \ud83d")),
        Contact(source_id="2", email="b@example.com", consent=YES, attributes={"address": {"city": "X"}, "seen": 1}),
        Contact(source_id="3", email="no address", consent=YES, tags=("rejected",), attributes={"odd": 1}),
    ]
    content = EmailContent(subject="T", body="<p>Hi</p>")
    tagged = EmailContent(subject="T", body="<p>{{ in_template }}</p>")
    return written(
        tmp_path_factory.mktemp("account") / "bundle",
        contacts=people,
        tags=[Tag(name="nobody has it")],
        attributes=[Attribute(key="defined")],
        sequences=[flow, left],
        segments=[Segment(source_id="3", name="G", rule=TagRule(tag="asked by a segment"))],
        forms=[Form(source_id="1", name="F", adds_tags=("given by a form",))],
        templates=[
            Template(source_id="5", name="One", content=content),
            Template(source_id="55", name="Two", content=tagged),
        ],
        campaigns=[
            Campaign(source_id="5", name="One", status=CampaignStatus.DRAFT, content=content),
            Campaign(
                source_id="6",
                name="Sent",
                status=CampaignStatus.SENT,
                content=EmailContent(subject="x", body="<p>{{ was_sent }}</p>"),
            ),
        ],
    )


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ('tags.rename."vip gold" = "x"', 'tags.rename."VIP Gold"'),
        slow('tags.rename."vip-gold" = "x"', 'tags.rename."VIP Gold"'),
        slow('tags.ignore = ["VIP Gold", "VIP Silver"]', 'tags.ignore."VIP Gold"'),
        slow('tags.ignore."startz" = true', "tags.ignore.starts"),
        slow('attributes.rename.adress = "x"', "no custom field"),
        slow('attributes.ignore = ["Seen"]', "attributes.ignore.seen"),
        slow('attributes.types.seeen = "text"', "attributes.types.seen"),
        slow("attributes.ignore.address = true", 'attributes.ignore."address.city"'),
        slow('templates.rename."6" = "x"', "Known here: 5, 55, campaign/5."),
        slow("templates.ignore.One = true", "Did you mean templates.ignore.5? That is its id"),
        slow("sequences.left.take = false", "Did you mean sequences.8? That is its id"),
        slow('only_sequences = ["Left"]', "That is its id"),
        slow("segments.ignore.G = true", "Did you mean segments.ignore.3? That is its id"),
        slow('steps."7/99".skip = true', 'Did you mean steps."7/'),
        slow('merge_tags.fallbacks.first_name = "friend"', 'merge_tags.fallbacks."subscriber.first_name"'),
        slow('merge_tags.replacements."unheard_of" = "x"', 'merge_tags.replacements."unheard_of | upcase"'),
        ('merge_tags.fallbacks."quite something else" = "x"', "no merge tag"),
    ],
)
def test_a_name_that_occurs_nowhere_is_refused_with_the_nearest(
    line: str, hint: str, bundle: Bundle, tmp_path: Path
) -> None:
    mine = tmp_path / "mappings.toml"
    mine.write_text(f"# a note\nopened = 'clicked'\n\n{line}\n")
    with pytest.raises(SettingsError) as refused:
        make_plan(bundle, tomllib.loads(mine.read_text()), tmp_path / "plan", where=str(mine))
    said = str(refused.value)
    assert hint in said
    assert f"{mine}, line 4" in said
    assert ("earlier export" in said) != ("holds fields of its own" in said)
    assert not (tmp_path / "plan").exists()


def test_a_name_that_occurs_anywhere_is_known(bundle: Bundle, tmp_path: Path) -> None:
    tags = ["VIP Gold", "half ?", "nobody has it", "given by a step", "starts", "asked by a segment"]
    tags += ["given by a form", "only in an email", "rejected"]
    fields = ["seen", "address.city", "defined", "set", "asked", "odd", "written"]
    merge_tags = ["{{ subscriber.first_name }}", "unheard_of  | upcase", "in_subject", "in_call", "in_template"]
    merge_tags += ["was_sent", "elsewhere", "subscriber.custom_data.written"]
    said = {
        "tags": {"rename": {name: f"t{number}" for number, name in enumerate(tags)}, "ignore": tags[:1]},
        "attributes": {"rename": {name: f"f{n}" for n, name in enumerate(fields)}, "types": {"set": "text"}},
        "templates": {"ignore": {"5": False}},
        "merge_tags": {
            "fallbacks": dict.fromkeys(merge_tags, "friend"),
            "replacements": dict.fromkeys(merge_tags, "x"),
        },
        "only_sequences": ["7"],
    }
    make_plan(bundle, said, tmp_path / "plan")


def test_a_bundle_of_some_things_only_refuses_no_name_that_the_others_may_have(tmp_path: Path) -> None:
    part = written(tmp_path / "bundle", tags=[Tag(name="a")], options=ExportOptions(only=("tags",)))
    said = {"tags": {"rename": {"b": "x"}}, "attributes": {"ignore": ["c"]}, "merge_tags": {"fallbacks": {"d": "x"}}}
    make_plan(part, said, tmp_path / "plan")


@pytest.mark.slow
def test_a_draft_mailing_can_be_renamed_by_the_line_that_its_question_offers(bundle: Bundle, tmp_path: Path) -> None:
    made = make_plan(bundle, {}, tmp_path / "first")
    (line,) = [
        finding.settles
        for entry in made.ledger.entries
        for finding in entry.findings
        if finding.code == "template-name-taken"
    ]
    make_plan(bundle, tomllib.loads(line.replace("One (2)", "Mine")), tmp_path / "plan")
    names = {one.body["name"] for one in OpenPlan.open(tmp_path / "plan").operations(CreateTemplate)}
    assert names == {"One", "Mine"}
