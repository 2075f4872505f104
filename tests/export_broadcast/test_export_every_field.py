"""Every documented field of a Broadcast object is carried, or kept and named as without meaning: changing its value
changes what the table says it changes, and nothing that is documented is missing from the table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import httpx
import msgspec
import pytest
from broadcast_fields import FIELDS, Row
from export_support import account_of, trip_in

from adapters.base import PageStore, StoredRow
from adapters.broadcast.contacts import read_contact, read_suppression
from adapters.broadcast.enrolments import EnrolmentReader
from adapters.broadcast.forms import read_form
from adapters.broadcast.resources import (
    read_campaign,
    read_design,
    read_email_server,
    read_file,
    read_settings,
    read_template,
    read_webhook_endpoint,
)
from adapters.broadcast.segments import read_segment
from adapters.broadcast.sequences import read_sequence
from adapters.broadcast.steps import Templates
from adapters.broadcast.surprises import Surprises
from adapters.broadcast.topics import Topic, read_topic
from adapters.broadcast.trees import read_tree
from migrator.model import EmailContent, Enrolment, Observation, SuppressionScope, Template
from migrator.sandbox.broadcast.account import READ_KEY
from migrator.sandbox.broadcast.switches import Switches
from migrator.sandbox.web import mock_transport

KEY = {"Authorization": f"Bearer {READ_KEY}"}
NOW = datetime(2026, 1, 10, 8, 0, 30, tzinfo=UTC)
TIPS = Templates({"31": Template(source_id="31", name="Tips", content=EmailContent(subject="T", body="<p>T</p>"))})
TREE: list[Row] = [
    {"id": 1, "action": "entry_point", "label": "Start", "parent_id": None, "true_branch": None},
    {"id": 3, "action": "condition_branch", "label": None, "parent_id": 2, "true_branch": True},
    {"id": 4, "action": "condition_branch", "label": None, "parent_id": 2, "true_branch": False},
]


def steps(row: Row, said: Surprises) -> Any:
    branches = TREE[1:] if "condition_setting" in row else []
    return read_tree([TREE[0], row, *branches], TIPS, said)


def branches(row: Row, said: Surprises) -> Any:
    condition = {"id": 2, "action": "condition", "condition_setting": "any_email_opened", "delay": 60, "parent_id": 1}
    behind = {"id": 8, "action": "delay", "delay": 60, "parent_id": row.get("id")}
    return read_tree([TREE[0], condition, row, TREE[2], behind], TIPS, said)


def enrolments(row: Row, said: Surprises) -> Any:
    standing = read_sequence(
        {"id": 7}, "7", [TREE[0], {"id": 2, "action": "delay", "delay": 60, "parent_id": 1}], TIPS, Surprises()
    )
    reader = EnrolmentReader(cast("PageStore", OneEnrolment(row)), said, check_people=True)
    return [*reader.read(standing), reader.strangers()]


class OneEnrolment:
    """What was stored of the people in a sequence: this row, and nobody else."""

    def __init__(self, row: Row) -> None:
        self._row = StoredRow("9001", row, fetched_at=NOW)

    def rows(self, collection: str) -> list[StoredRow]:
        return [self._row] if collection.startswith("enrolments/") else []

    def count(self, _: str) -> int:
        return 0

    def note(self, _: str) -> None:
        return None

    def observed(self, *_: str) -> list[Observation]:
        return []

    def observe(self, _: Enrolment) -> None:
        pass

    def by_key(self, *_: str) -> list[StoredRow]:
        return []

    def row(self, *_: str) -> None:
        return None


TOPIC = Topic("1", key="news", default=True, name="News")
READERS: dict[str, Callable[[Row, Surprises], Any]] = {
    "subscriber": lambda row, said: read_contact(row, "42", (), (TOPIC,), said),
    "suppression": lambda row, said: read_suppression(row, "1", SuppressionScope.CHANNEL, said),
    "topic": lambda row, said: read_topic(row, "1", said),
    "sequence": lambda row, said: read_sequence(row, "7", [], TIPS, said),
    "condition_branch": branches,
    "enrolment": enrolments,
    "segment": read_segment,
    "segment_group": lambda row, said: read_segment({"id": 1, "name": "S", "segment_groups": [row]}, said),
    "segment_rule": lambda row, said: read_segment(
        {"id": 1, "name": "S", "segment_groups": [{"segment_rules": [row]}]}, said
    ),
    "template": lambda row, said: read_template(row, "31", said),
    "broadcast": lambda row, said: read_campaign(row, "501", said),
    "form": lambda row, said: read_form(row, "61", said),
    "form_automation": lambda row, said: read_form({"label": "F", "automation_settings": row}, "61", said),
    "email_server": lambda row, said: read_email_server(row, "1"),
    "webhook_endpoint": lambda row, said: read_webhook_endpoint(row, "1"),
    "design": lambda row, said: read_design(row),
    "settings": lambda row, said: read_settings(row),
    "file": lambda row, said: read_file(row, "1"),
}
KEEPS_NO_STRANGERS = {"email_server", "webhook_endpoint"}
"""What else these say may be a credential."""


ABSENCE_IS_SAID = {
    "suppression": {"email"},
    "topic": {"storage", "custom_data_key", "unset_receives"},
    "segment": {"id"},
    "segment_group": {"segment_rules"},
    "segment_rule": {"field", "operator"},
    "condition": {"id"},
    "condition_branch": {"id", "action", "parent_id", "true_branch"},
    "email_server": {"label"},
    "enrolment": {"subscriber"},
    "file": {"filename", "url"},
    "webhook_endpoint": {"description", "url", "event_types", "active"},
}
"""Fields without which nothing goes by itself: an opaque rule, a list without people, a step without an id, a person
nobody knows, an endpoint that is set up by hand. That one of an unknown shape counts as absent is what is wanted; an id
comes from where the record is stored."""


def read(kind: str, row: Row) -> tuple[Any, Any, Any]:
    """What fields of the model say, what is kept verbatim, and what is said of it beside."""
    said = Surprises()
    found = msgspec.to_builtins(READERS.get(kind, steps)(row, said))
    kept: list[Any] = []
    return _without_raw(found, kept), kept, (said.lines(), [one.what for one in said.lost()])


def _without_raw(value: Any, kept: list[Any]) -> Any:
    if isinstance(value, dict):
        if "raw" in value:
            kept.append(value["raw"])
        return {key: _without_raw(item, kept) for key, item in value.items() if key != "raw"}
    return [_without_raw(item, kept) for item in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize("kind", FIELDS)
def test_each_documented_field_has_its_place_in_the_table(kind: str) -> None:
    told = FIELDS[kind]
    places = [*told.model, *told.raw, *told.nothing]
    assert sorted(places) == sorted({*places}), "one place each"
    assert sorted(places) == sorted(told.row)


@pytest.mark.parametrize("kind", FIELDS)
def test_changing_a_field_changes_what_the_table_says(kind: str) -> None:
    told = FIELDS[kind]
    model, kept, said = read(kind, told.row)
    silent = [
        (key, value)
        for key, values in told.model.items()
        for value in values
        if read(kind, {**told.row, key: value})[0] == model
    ]
    assert silent == []
    for key, (value, why) in told.raw.items():
        assert why
        other = read(kind, {**told.row, key: value})
        assert (other[0], other[2]) == (model, said), key
        assert other[1] != kept, key
    for key, (value, why) in told.nothing.items():
        assert why
        assert read(kind, {**told.row, key: value}) == (model, kept, said), key


@pytest.mark.parametrize("kind", FIELDS)
def test_a_key_that_no_document_names_is_kept_and_said(kind: str) -> None:
    told = FIELDS[kind]
    before = read(kind, told.row)
    model, kept, said = read(kind, {**told.row, "brand_new": "x"})
    if kind in KEEPS_NO_STRANGERS:
        assert (model, kept, said) == before
        return
    assert kept != before[1], "kept as it came"
    assert (model, said) != (before[0], before[2]) or kind in ("design", "file"), "and said"


@pytest.mark.parametrize("kind", FIELDS)
def test_a_documented_field_of_an_unknown_shape_never_passes_for_an_absent_one(kind: str) -> None:
    """Neither a default nor a silence: something is said of it, or the field of the model is not what its absence
    gives."""
    told = FIELDS[kind]
    silent = []
    for key in set(told.model) - ABSENCE_IS_SAID.get(kind, set()):
        absent = read(kind, {name: value for name, value in told.row.items() if name != key})
        odd = read(kind, {**told.row, key: {"odd": {"deep": 1}}})
        if (odd[0], odd[2]) == (absent[0], absent[2]):
            silent.append(key)
    assert silent == []


UNPUBLISHED = {"sequence": {"excluded_segment_ids", "topic_id"}, "email_server": {"postmark_api_token"}}
"""Served by the local server although no document names them, to see what becomes of such keys."""


def test_the_local_server_serves_what_the_table_knows(tmp_path: Path) -> None:
    switches = Switches(current_step_key="current_step_id")
    trip = trip_in(tmp_path, account_of(40), switches=switches)
    app = httpx.Client(transport=mock_transport(trip.app), base_url="http://x.test/api/v1", headers=KEY)

    def rows(path: str, name: str = "data") -> list[Row]:
        found: list[Row] = app.get(path).json()[name]
        return found

    served: dict[str, list[Row]] = {
        "subscriber": rows("subscribers", "subscribers"),
        "suppression": rows("suppressions", "suppressions"),
        "topic": rows("topics", "topics"),
        "sequence": rows("sequences"),
        "template": rows("templates"),
        "form": rows("opt_in_forms", "opt_in_forms"),
        "email_server": rows("email_servers"),
        "webhook_endpoint": rows("webhook_endpoints"),
        "broadcast": [app.get(f"broadcasts/{row['id']}").json() for row in rows("broadcasts")],
        "design": [app.get("channel/design").json()],
        "settings": [app.get("channel/settings").json()],
        "file": rows("file_assets", "file_assets"),
        "segment": [app.get(f"segments/{row['id']}").json()["segment"] for row in rows("segments", "segments")],
    }
    served["form_automation"] = [row["automation_settings"] for row in served["form"]]
    served["segment_group"] = [group for row in served["segment"] for group in row["segment_groups"]]
    served["segment_rule"] = [rule for group in served["segment_group"] for rule in group["segment_rules"]]
    for one in served["sequence"]:
        served.setdefault("enrolment", []).extend(
            rows(f"sequences/{one['id']}/list_subscribers", "subscriber_sequences")
        )
        for row in rows(f"sequences/{one['id']}/steps"):
            served.setdefault(row["action"], []).append(row)
    assert served.keys() == FIELDS.keys()
    for kind, found in served.items():
        keys = {key for row in found for key in row}
        assert keys - UNPUBLISHED.get(kind, set()) <= FIELDS[kind].row.keys(), kind
