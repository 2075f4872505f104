"""The local Klaviyo keeps the rules that a client must live with."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from migrator.sandbox.klaviyo.account import DEFAULT_KEY
from migrator.sandbox.klaviyo.app import KlaviyoSandbox
from migrator.sandbox.klaviyo.generate import generate
from migrator.sandbox.klaviyo.switches import Fault, Switches
from migrator.sandbox.web import Request, Response, parse_target

HEADERS = {"authorization": f"Klaviyo-API-Key {DEFAULT_KEY}", "revision": "2026-07-15", "host": "localhost"}


class Asker:
    def __init__(self, **switches: Any) -> None:
        self.now = 0.0
        self.app = KlaviyoSandbox(generate(45), switches=Switches(**switches), monotonic=lambda: self.now)

    def reply(self, target: str, method: str = "GET", **headers: str) -> Response:
        path, query = parse_target(target)
        return self.app.handle(Request(method, path, query, {**HEADERS, **headers}, b""))

    def get(self, target: str) -> Any:
        reply = self.reply(target)
        assert reply.status == 200, reply.body
        return json.loads(reply.body)

    def walk(self, target: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        while target:
            answer = self.get(target)
            rows += answer["data"]
            link = answer["links"]["next"]
            target = link.removeprefix("http://localhost") if link else ""
        return rows


def code_of(reply: Response) -> tuple[int, str]:
    return reply.status, json.loads(reply.body)["errors"][0]["code"]


def test_a_request_needs_a_key_a_revision_and_a_scope() -> None:
    ask = Asker(scopes=("lists:read",))
    assert code_of(ask.reply("/api/lists", authorization="Bearer x")) == (401, "not_authenticated")
    assert code_of(ask.reply("/api/lists", revision="")) == (400, "invalid")
    assert code_of(ask.reply("/api/lists", revision="2019-01-01")) == (400, "invalid")
    assert code_of(ask.reply("/api/profiles")) == (403, "permission_denied")
    assert ask.reply("/api/lists").status == 200


def test_consent_is_shown_only_when_asked_for() -> None:
    ask = Asker()
    plain = ask.get("/api/profiles")["data"][0]["attributes"]
    assert "subscriptions" not in plain
    for target in (
        "/api/profiles?additional-fields[profile]=subscriptions",
        "/api/profiles?additional-fields%5Bprofile%5D=subscriptions",
    ):
        assert "consent" in ask.get(target)["data"][0]["attributes"]["subscriptions"]["email"]["marketing"]


def test_a_definition_is_shown_only_when_asked_for() -> None:
    ask = Asker()
    assert "definition" not in ask.get("/api/flows/FlWelcome")["data"]["attributes"]
    asked = ask.get("/api/flows/FlWelcome?additional-fields[flow]=definition")["data"]["attributes"]
    assert asked["definition"]["entry_action_id"]
    old = ask.reply("/api/flows/FlWelcome?additional-fields[flow]=definition", revision="2024-10-15")
    assert code_of(old) == (400, "invalid")


def test_pages_follow_cursors_to_the_end_and_nobody_is_shown_twice() -> None:
    ask = Asker()
    rows = ask.walk("/api/profiles?page[size]=7&sort=id")
    assert [row["id"] for row in rows] == sorted(person.id for person in ask.app.account.profiles)
    assert len(ask.walk("/api/lists")) == len(ask.app.account.lists)
    assert len(ask.get("/api/lists")["data"]) == 10


def test_a_page_larger_than_allowed_is_refused() -> None:
    ask = Asker()
    for target in ("/api/profiles?page[size]=101", "/api/lists?page[size]=11", "/api/flows?page[size]=51"):
        assert code_of(ask.reply(target)) == (400, "invalid")


def test_campaigns_must_be_asked_for_by_channel() -> None:
    ask = Asker()
    assert code_of(ask.reply("/api/campaigns")) == (400, "invalid")
    wanted = quote("equals(messages.channel,'email')")
    assert all(row["id"] != "01CPsms" for row in ask.walk(f"/api/campaigns?filter={wanted}"))


@pytest.mark.parametrize(("target", "burst"), [("/api/flows/FlWelcome", 3), ("/api/metrics", 10), ("/api/accounts", 1)])
def test_each_endpoint_has_a_limit_of_its_own(target: str, burst: int) -> None:
    ask = Asker()
    assert [ask.reply(target).status for _ in range(burst)] == [200] * burst
    refused = ask.reply(target)
    assert code_of(refused) == (429, "throttled")
    assert int(refused.headers["Retry-After"]) >= 1
    assert ask.reply("/api/lists").status == 200
    ask.now += 1.0
    assert ask.reply(target).status == 200


def test_the_minute_counts_beside_the_second() -> None:
    ask = Asker()
    statuses = []
    for number in range(61):
        ask.now = number * 0.5
        statuses.append(ask.reply("/api/flows/FlWelcome").status)
    assert statuses == [200] * 60 + [429]
    ask.now = 60.0
    assert ask.reply("/api/flows/FlWelcome").status == 200


def test_a_message_without_a_design_has_no_template() -> None:
    ask = Asker()
    messages = ask.app.account.flow_messages
    undesigned = next(message.id for message in messages.values() if message.template is None)
    assert code_of(ask.reply(f"/api/flow-messages/{undesigned}/template")) == (404, "not_found")
    designed = next(message for message in messages.values() if message.template is not None)
    assert ask.get(f"/api/flow-messages/{designed.id}/template")["data"]["attributes"]["html"]
    assert designed.template is not None
    # A clone is in no list of templates.
    assert code_of(ask.reply(f"/api/templates/{designed.template['id']}")) == (404, "not_found")


def test_old_flows_leave_out_what_is_null() -> None:
    ask = Asker(absent_keys=True)
    definition = ask.get("/api/flows/FlWelcome?additional-fields[flow]=definition")["data"]["attributes"]["definition"]
    assert "entry_action_id" not in definition
    assert all(None not in action["links"].values() for action in definition["actions"])


def test_nothing_can_be_written() -> None:
    ask = Asker()
    assert ask.reply("/api/lists", "POST").status == 405
    assert [seen.method for seen in ask.app.writes] == ["POST"]


def test_faults_come_when_they_are_told_to() -> None:
    ask = Asker(faults=[Fault("500", "/api/lists", nth=2), Fault("reset", "/api/tags", always=True)])
    assert [ask.reply("/api/lists").status for _ in range(3)] == [200, 500, 200]
    assert ask.reply("/api/tags").fault == "reset"


def test_the_same_seed_makes_the_same_account() -> None:
    assert generate(30, seed=3) == generate(30, seed=3)
    assert generate(30, seed=3) != generate(30, seed=4)
