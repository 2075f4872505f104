"""Changes of sequences and forms on the local Broadcast: what closes and opens the ways into a sequence."""

from __future__ import annotations

import json

import pytest
from bc_support import client, get, sandbox

FORM, SEQUENCE = "/api/v1/opt_in_forms/61", "/api/v1/sequences/7"


def test_a_form_takes_a_whole_group_of_settings_and_gives_it_back():
    app = sandbox()
    settings = get(app, FORM)["automation_settings"]
    body = {"opt_in_form": {"automation_settings": {**settings, "sequence_ids": []}}}
    assert client(app, "write").patch(FORM, json=body).status_code == 200
    assert get(app, FORM)["automation_settings"] == {**settings, "sequence_ids": []}
    assert [(seen.method, seen.path, json.loads(seen.body)) for seen in app.recorded] == [("PATCH", FORM, body)]


def test_a_form_refuses_a_bare_body_and_names_what_it_does_not_know():
    app = sandbox()
    assert client(app, "write").patch(FORM, json={"label": "New"}).status_code == 400
    answer = client(app, "write").patch(FORM, json={"opt_in_form": {"colour": "red"}}).json()
    assert [one["param"] for one in answer["warnings"]] == ["opt_in_form.colour"]


@pytest.mark.parametrize("path", [FORM, SEQUENCE])
def test_a_key_that_only_reads_changes_nothing(path):
    app = sandbox(missing_permission=403)
    answer = client(app, "read").patch(path, json={"opt_in_form": {"label": "x"}, "active": False})
    assert answer.status_code == 403


@pytest.mark.parametrize("path", [FORM, SEQUENCE])
def test_a_server_can_be_told_to_refuse_changes(path):
    app = sandbox(refuse_changes=422)
    before = get(app, path)
    answer = client(app, "write").patch(path, json={"opt_in_form": {"label": "x"}, "active": False})
    assert (answer.status_code, before) == (422, get(app, path))


@pytest.mark.parametrize("puts_out", [True, False])
def test_closing_a_sequence_puts_people_out_only_where_a_server_does_that(puts_out):
    app = sandbox(closing_puts_out=puts_out)
    before = get(app, SEQUENCE)["subscribers_count"]
    client(app, "write").patch(SEQUENCE, json={"init_tag": None})
    inside = [row for row in app.account.enrolments if row.sequence_id == 7 and row.status in ("active", "paused")]
    assert before > 0
    assert bool(inside) is not puts_out
