"""mappings.toml as nobody should write it: one sentence says what is wrong, where, and what may stand there."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pa_accounts import written

from migrator.bundle import Bundle
from migrator.errors import MigrateError, SettingsError
from migrator.model import Consent, ConsentState, Contact, ContactList, Edge, EmailContent, Sequence, Step
from migrator.model.sequences import TagAdded
from migrator.model.steps import SendEmail, Wait
from migrator.plan.answers.mappings_file import fingerprint
from migrator.plan.answers.schema import Answers, read_answers
from migrator.plan.make import make_plan
from tests.looks import looks

HUGE = "x" * 300_000


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    mail = Step(id="2", action=SendEmail(content=EmailContent(subject="Hi", body="<p>{{ unheard_of }}</p>")))
    flow = Sequence(
        source_id="7",
        name="Welcome",
        triggers=(TagAdded(tag="new"),),
        steps=(Step(id="1", action=Wait(seconds=60)), mail),
        edges=(Edge(source="1", target="2"),),
    )
    ann = Contact(
        source_id="1",
        email="ann@example.com",
        consent=Consent(state=ConsentState.SUBSCRIBED),
        attributes={"a": 1, "deep": {"x": 2}},
        tags=("VIP",),
    )
    place = tmp_path_factory.mktemp("account") / "bundle"
    return written(place, contacts=[ann], sequences=[flow], lists=[ContactList(source_id="1", name="News")])


def refused(bundle: Bundle, settings_: dict[str, Any], place: Path) -> str:
    with pytest.raises(SettingsError) as told:
        make_plan(bundle, settings_, place / "plan")
    assert not (place / "plan").exists()
    return check_sentence(told.value)


def check_sentence(error: MigrateError) -> str:
    said = str(error)
    assert len(said) < 1_000
    assert said.isprintable()
    return said


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ('consent = "active"', "consent has a value"),
        ("consent = 5", "consent has a value"),
        ("consent = [1]", "consent has a value"),
        ("consent.unknown = true", "can prove their consent"),
        ('consent.unknown = ["active"]', "can prove their consent"),
        ('consent.pending = "active"', "leave_behind"),
        ('consent.never_subscribed = "active, and I can prove their consent"', "leave_behind"),
        ('consent.unsubscribed = "active"', "no setting consent.unsubscribed"),
        ('consent.bounced = "active"', "no setting consent.bounced"),
        ("consent.unread_do_not_send_list = true", "nobody on it looks subscribed"),
        ("opened = 2024-01-01", "segment"),
        ("timezone = 5", "timezone has a value"),
        ('timezone = "a\\u0000b"', "no time zone"),
        ("tags.rename.VIP = 5", "tags.rename.VIP has a value"),
        ('tags.ignore.VIP = "yes"', "tags.ignore.VIP has a value"),
        ('tags.rename."a\\u001b[31mb" = 5', "tags.rename"),
        ('attributes.types.a = "nummer"', '"number"'),
        ('attributes.types.a = "object"', '"number"'),
        ('attributes.rename.a = "email"', "attributes.rename.a"),
        ('attributes.rename.a = "Status"', "attributes.rename.a"),
        ('attributes.rename.a = "mig_source_state"', "attributes.rename.a"),
        ('attributes.rename.a = " "', "needs a name"),
        ('attributes.rename.a = "b\\u0007"', "cannot be shown"),
        ('attributes.rename.deep.x = "d"', "attributes.rename.deep"),
        ('attributes.prefix = "a\\n"', "attributes.prefix"),
        ('sequences."7".take = "no"', "sequences.7.take"),
        ('steps."7/1".seconds = 1e99', "seconds"),
        ("steps = 5", "steps has a value"),
        ('old_hosts = [""]', "old_hosts"),
        ('old_hosts = ["https://x.test/"]', "without https://"),
        ('lists.rename."11" = "Letters"', "Did you mean lists.rename.1?"),
        ('lists.ignore = ["news"]', "Did you mean lists.ignore.1? That is its id"),
        ('lists.ignore = ["quite another"]', "Known here: 1"),
        ('segments.ignore."9" = true', "no setting segments.ignore.9"),
        ('"\\u001b[2J" = 1', "no setting"),
        ('"a\\nb" = 1', "no setting"),
        (f'"{HUGE}" = 1', "no setting"),
        (f'opened = "{HUGE}"', "segment"),
        (f'sequences."{HUGE}".take = false', "no such sequence"),
        (f'steps."{HUGE}".skip = true', "no such step"),
        (f'attributes.rename.a = "{HUGE}"', "longer than"),
        (f'timezone = "{HUGE}"', "no time zone"),
    ],
    ids=lambda text: text[:40],
)
def test_a_value_that_cannot_be_is_refused_in_one_sentence(
    line: str, hint: str, bundle: Bundle, tmp_path: Path
) -> None:
    assert hint in refused(bundle, tomllib.loads(line), tmp_path)


def test_only_one_sentence_in_the_whole_file_lets_more_people_be_mailed() -> None:
    """Every consent setting with every word that any setting takes: one pair alone makes people active."""
    words = {"unsubscribed", "leave_behind", "active", "yes", "active, and I can prove their consent", "template", ""}
    states = [state.value for state in ConsentState]
    accepted = set()
    for setting in (*(field for field in ("unknown", "pending", "never_subscribed")), *states):
        for word in words:
            try:
                answers = read_answers({"consent": {setting: word}})
            except SettingsError:
                continue
            accepted.add((setting, word))
            assert isinstance(answers, Answers)
    assert {pair for pair in accepted if pair[1] not in ("unsubscribed", "leave_behind")} == {
        ("unknown", "active, and I can prove their consent")
    }


NAMES = st.sampled_from(
    [
        *Answers.__struct_fields__,
        *("unknown", "pending", "rename", "ignore", "types", "prefix", "7", "7/1", "take", "name", "seconds", "skip"),
        *("fallbacks", "replacements", "VIP", "a", "", "\x00", "a\nb", "é"),
    ]
)
SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=6),
    st.sampled_from(
        ["active", "active, and I can prove their consent", "unsubscribed", "leave_behind", "clicked", "email", "UTC"]
    ),
    st.just(date(2026, 1, 1)),
    st.just(time(9)),
    st.just(datetime(2026, 1, 1, tzinfo=UTC)),
)
TABLES = st.recursive(
    SCALARS | st.lists(SCALARS, max_size=2), lambda inner: st.dictionaries(NAMES, inner, max_size=2), max_leaves=4
)


@settings(max_examples=looks(300), deadline=None)
@given(st.dictionaries(NAMES, TABLES, max_size=2))
def test_no_file_at_all_ends_in_anything_but_a_sentence(tables: dict[str, Any]) -> None:
    fingerprint(tables)
    try:
        read_answers(tables)
    except SettingsError as error:
        check_sentence(error)
