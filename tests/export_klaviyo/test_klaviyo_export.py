"""Whatever the account and the day are like: everything in the account is in the bundle, or named as unread; only
reads are sent, within the documented limits; and a broken run goes on where it stopped."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kl_support import Trip, trip_in

from adapters.klaviyo.client import DEFAULT_URL, LIMITS, REVISION
from migrator.bundle import Bundle
from migrator.bundle.check import check
from migrator.errors import ApiError, AuthError, SettingsError, Unavailable, UsageError
from migrator.export.store import SqlitePages
from migrator.model import ConsentState
from migrator.model.consent import Reach
from migrator.model.steps import SendEmail
from migrator.sandbox.klaviyo import switches as sandbox_switches
from migrator.sandbox.klaviyo.account import SCOPES, Account, Row
from migrator.sandbox.klaviyo.generate import generate
from migrator.sandbox.klaviyo.switches import Fault, Switches
from tests.looks import looks

switch_sets = st.fixed_dictionaries(
    {
        "absent_keys": st.booleans(),
        "page_size": st.sampled_from([None, 1, 3, 7]),
        "refuse_every": st.sampled_from([0, 0, 9]),
        "enforce_limits": st.booleans(),
    }
)


@settings(max_examples=looks(10), deadline=None, suppress_health_check=list(HealthCheck))
@given(chosen=switch_sets, contacts=st.sampled_from([0, 1, 40]), seed=st.integers(0, 50), flows=st.integers(0, 6))
def test_nothing_of_the_account_is_lost_without_a_word(chosen: Any, contacts: int, seed: int, flows: int) -> None:
    account = generate(contacts, seed=seed, flows=flows)
    with tempfile.TemporaryDirectory() as folder:
        trip = trip_in(Path(folder), account, switches=Switches(**chosen))
        bundle = trip.export()
        assert trip.app.writes == [], "an export only reads"
        assert [str(problem) for problem in check(bundle.folder)] == []
        assert_conserved(account, bundle)


def assert_conserved(account: Account, bundle: Bundle) -> None:
    contacts = {contact.source_id: contact for contact in bundle.contacts()}
    addressed = [person for person in account.profiles if person.attributes["email"]]
    assert {person.id for person in addressed} == set(contacts)
    without = len(account.profiles) - len(addressed)
    assert not without or f"{without} profiles" in " ".join(item.what for item in bundle.manifest.unread)
    suppressed = {(row.email, row.reason) for row in bundle.suppressions()}
    for person in addressed:
        contact, told = contacts[person.id], person.attributes
        assert (told["email"], told["first_name"]) == (contact.email, contact.first_name)
        own = {key: value for key, value in told["properties"].items() if not key.startswith("$")}
        assert own.items() <= contact.attributes.items()
        assert contact.raw["system_properties"] == {"$source": told["properties"]["$source"]}
        marketing = person.subscriptions["email"]["marketing"]
        assert_no_wider(marketing, contact.consent.state)
        joined = {one.list_id: one for one in contact.lists}
        assert set(person.lists) <= set(joined)
        for left in marketing["list_suppressions"]:
            assert joined[left["list_id"]].state is ConsentState.UNSUBSCRIBED
        if told["email"]:
            assert {(told["email"], item["reason"]) for item in marketing["suppression"]} <= suppressed
    for kind in ("lists", "segments", "templates", "flows"):
        found = {row.source_id for row in getattr(bundle, "sequences" if kind == "flows" else kind)()}
        assert {row["id"] for row in getattr(account, kind)} == found
    emailed = {row["id"] for row in account.campaigns if row["channel"] == "email"}
    assert emailed == {row.source_id for row in bundle.campaigns()}
    listed = {(one.kind, one.source_id) for one in bundle.other()}
    assert {("saved_block", row["id"]) for row in account.universal} <= listed
    assert {("label", row["id"]) for row in account.tags} <= listed
    company = next(one for one in bundle.other() if one.kind == "company")
    assert "1 Wick Lane, Leeds, LS1 1AA, GB" in company.remedy
    for segment in bundle.segments():
        if segment.members_file is not None:
            members = {row.contact_id for row in bundle.members(segment.source_id)}
            assert {one.id for one in addressed if segment.source_id in one.segments} == members
    for flow in account.flows:
        assert_flow_conserved(flow, bundle, account)
    assert bundle.manifest.counts["enrolments"] == 0
    assert "enrolments" in {item.scope for item in bundle.manifest.unread}


def assert_no_wider(marketing: Row, state: ConsentState) -> None:
    if state.reach is Reach.MARKETING:
        assert marketing["consent"] == "SUBSCRIBED"
        assert marketing["suppression"] == []
        assert marketing["can_receive_email_marketing"]


def assert_flow_conserved(flow: Row, bundle: Bundle, account: Account) -> None:
    sequence = next(one for one in bundle.sequences() if one.source_id == flow["id"])
    actions = {action["id"]: action for action in flow["definition"]["actions"]}
    steps = {step.id: step for step in sequence.steps}
    assert set(actions) <= set(steps)
    heads = {step_id: step_id.partition("/")[0] for step_id in steps}
    assert set(heads.values()) - {"entry"} == set(actions)
    drawn = {(heads[edge.source], heads[edge.target]) for edge in sequence.edges}
    for action_id, action in actions.items():
        for target in targets_of(action):
            assert (action_id, target) in drawn
        if action["type"] == "send-email":
            message = action["data"]["message"]
            found = steps[action_id].action
            assert isinstance(found, SendEmail)
            assert found.content.subject == message["subject_line"]
            template = account.flow_messages[message["id"]].template
            assert found.content.body == (template["html"] if template else None)
            assert (steps[action_id].content_missing == ()) is (template is not None)
            assert found.live is (action["data"]["status"] in ("live", flow["status"]))


def targets_of(action: Row) -> Iterator[str]:
    links = action["links"] or {}
    yield from (target for target in links.values() if target)
    for branch in action["data"].get("branches", ()):
        if branch["links"]["next"]:
            yield branch["links"]["next"]


# Limits ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_documented_limits_are_never_run_into(tmp_path: Path) -> None:
    account = generate(450, flows=70)
    trip = trip_in(tmp_path, account)
    trip.export()
    assert trip.app.throttled == 0
    # 78 flows at 60 a minute: the rule is kept by waiting, not by refusals.
    assert trip.clock.monotonic() > 60
    assert sandbox_switches.LIMITS == LIMITS


@pytest.mark.slow
def test_a_restart_does_not_run_into_the_limit_either(tmp_path: Path) -> None:
    trip = trip_in(tmp_path, generate(10, flows=40), switches=Switches(faults=[Fault("500", "/api/campaigns")] * 5))
    trip.app.switches.faults[:] = [Fault("500", "/api/campaigns", always=True)]
    with pytest.raises(Unavailable):
        trip.export()
    trip.app.switches.faults.clear()
    trip.export()
    assert trip.app.throttled == 0


def test_a_refusal_is_waited_for_as_long_as_it_says(tmp_path: Path) -> None:
    trip = trip_in(tmp_path, generate(5), switches=Switches(refuse_every=4))
    bundle = trip.export()
    assert trip.last.api.limited > 0
    assert_conserved(trip.app.account, bundle)


# Broken runs -----------------------------------------------------------------------------------------------------


def content(bundle: Bundle) -> Any:
    return {
        name: list(getattr(bundle, name)())
        for name in ("contacts", "suppressions", "campaigns", "lists", "segments", "templates", "sequences", "other")
    }


def test_stopped_at_any_request_it_ends_like_an_unbroken_run(tmp_path: Path) -> None:
    account = generate(25)
    unbroken = trip_in(tmp_path / "whole", account, switches=Switches(page_size=6))
    expected = content(unbroken.export())
    total = len(unbroken.app.requests)
    for stopped_at in range(2, total, 19):
        trip = trip_in(tmp_path / str(stopped_at), account, switches=Switches(page_size=6))
        trip.app.switches.faults[:] = [Fault("reset", nth=stopped_at, always=True)]
        with pytest.raises(Unavailable):
            trip.export()
        before = len(trip.app.requests)
        trip.app.switches.faults.clear()
        assert content(trip.export()) == expected
        asked_again = len(trip.app.requests) - before
        # The account, and what was under way; nothing else is asked for again.
        assert asked_again <= total - stopped_at + 3


@pytest.mark.parametrize("kind", ["500", "502_html", "reset", "truncate"])
def test_a_passing_fault_costs_nothing_but_time(kind: str, tmp_path: Path) -> None:
    account = generate(25)
    expected = content(trip_in(tmp_path / "whole", account).export())
    faults = [Fault(kind, "/api/profiles"), Fault(kind, "/api/flows/", nth=3), Fault(kind, "/api/flow-messages")]
    assert content(trip_in(tmp_path / "odd", account, switches=Switches(faults=faults)).export()) == expected


def test_another_account_does_not_continue_an_unfinished_export(tmp_path: Path) -> None:
    trip = trip_in(tmp_path, generate(5))
    trip.app.switches.faults[:] = [Fault("reset", "/api/campaigns", always=True)]
    with pytest.raises(Unavailable):
        trip.export()
    other = generate(5)
    other.id = "OtHeR"
    second = trip_in(tmp_path, other)
    with pytest.raises(UsageError, match="another account"):
        second.export()


def test_a_delta_holds_only_what_changed(tmp_path: Path) -> None:
    trip = trip_in(tmp_path, generate(20))
    first = trip.export()
    trip.app.account.profiles[4].attributes["first_name"] = "Newname"
    gone = trip.app.account.profiles.pop()
    delta = trip.export(since=first)
    assert [contact.first_name for contact in delta.contacts()] == ["Newname"]
    assert delta.manifest.options.other["removed"]["contacts"] == [gone.id]


# Keys and permissions --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", [scope for scope in SCOPES if scope not in ("profiles:read", "subscriptions:read")])
def test_what_a_key_may_not_read_is_named_and_the_rest_is_there(scope: str, tmp_path: Path) -> None:
    allowed = tuple(one for one in SCOPES if one != scope)
    trip = trip_in(tmp_path, generate(12), switches=Switches(scopes=allowed))
    bundle = trip.export()
    assert check(bundle.folder) == []
    assert bundle.manifest.counts["contacts"] == 11
    unread = " ".join(item.remedy for item in bundle.manifest.unread)
    if scope == "accounts:read":
        assert any("accounts:read" in note for note in bundle.manifest.notes)
    elif scope != "events:read":
        assert scope in unread


@pytest.mark.parametrize("scope", ["profiles:read", "subscriptions:read"])
def test_without_consent_there_is_no_export(scope: str, tmp_path: Path) -> None:
    allowed = tuple(one for one in SCOPES if one != scope)
    trip = trip_in(tmp_path, generate(12), switches=Switches(scopes=allowed))
    if scope == "profiles:read":
        # Members of lists are people too; without them the rest would still be wrong.
        trip.app.account.lists.clear()
        trip.app.account.segments.clear()
    with pytest.raises(AuthError, match="may not read people"):
        trip.export()
    assert not trip.folder.exists()


def test_a_wrong_key_stops_at_once_and_is_never_shown(tmp_path: Path) -> None:
    trip = trip_in(tmp_path, generate(5), KLAVIYO_API_KEY="pk_wrong_0123456789")
    with pytest.raises(AuthError) as caught:
        trip.export()
    assert "pk_wrong" not in str(caught.value)
    assert "KLAVIYO_API_KEY" in str(caught.value)
    assert len(trip.app.requests) == 1


def test_a_missing_key_is_told_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="KLAVIYO_API_KEY is not set"):
        trip_in(tmp_path, generate(1), KLAVIYO_API_KEY="").export()


@pytest.mark.parametrize("url", ["https://www.klaviyo.com", "https://app.klaviyo.com/", "http://a.klaviyo.com"])
def test_the_key_goes_to_no_other_place(url: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        trip_in(tmp_path, generate(1), KLAVIYO_API_URL=url).export()
    assert DEFAULT_URL == "https://a.klaviyo.com"


def test_a_next_page_on_another_host_or_path_is_not_followed(tmp_path: Path) -> None:
    trip = trip_in(tmp_path, generate(120))
    real = trip.app.handle

    def elsewhere(request: Any) -> Any:
        reply = real(request)
        reply.body = reply.body.replace(b"localhost/api/profiles?", b"evil.test/api/other?")
        return reply

    trip.app.handle = elsewhere  # type: ignore[method-assign]
    with pytest.raises(ApiError, match="cannot be trusted"):
        trip.export()


def test_a_retired_revision_says_what_to_do(tmp_path: Path) -> None:
    trip = trip_in(tmp_path, generate(1), switches=Switches(oldest_revision="2027-01-15", newest_revision="2027-07-15"))
    with pytest.raises(ApiError, match="update the tool") as caught:
        trip.export()
    assert REVISION in str(caught.value)


# Parts -----------------------------------------------------------------------------------------------------------


def test_only_what_is_wanted_is_asked_for(tmp_path: Path) -> None:
    trip = trip_in(tmp_path, generate(10))
    bundle = trip.export(only=("sequences",), sequences=("FlWelcome",))
    assert [sequence.source_id for sequence in bundle.sequences()] == ["FlWelcome"]
    asked = {seen.path for seen in trip.app.requests}
    assert "/api/profiles" not in asked
    assert not any(path.startswith("/api/flows/") and "FlWelcome" not in path for path in asked)


def test_tags_come_from_the_properties_that_a_person_names(tmp_path: Path) -> None:
    account = generate(30)
    plain = trip_in(tmp_path / "plain", account).export()
    assert plain.manifest.counts["tags"] == 0
    assert any("Shop Tags" in note for note in plain.manifest.notes)
    bundle = trip_in(tmp_path / "tags", account, KLAVIYO_TAG_PROPERTIES=" Shop Tags ,").export()
    wanted = {tag for one in account.profiles for tag in one.attributes["properties"].get("Shop Tags", ())}
    assert {tag.name for tag in bundle.tags()} == wanted
    for contact in bundle.contacts():
        assert "Shop Tags" not in contact.attributes


def test_a_flow_that_disappears_meanwhile_is_named(tmp_path: Path) -> None:
    trip = trip_in(tmp_path, generate(3), switches=Switches(faults=[Fault("404", "/api/flows/FlCart", always=True)]))
    bundle = trip.export()
    assert "steps/FlCart" in {item.scope for item in bundle.manifest.unread}
    assert next(one for one in bundle.sequences() if one.source_id == "FlCart").steps == (
        next(one for one in bundle.sequences() if one.source_id == "FlEmpty").steps
    )


def test_people_in_the_middle_are_named_and_never_started_again(tmp_path: Path) -> None:
    trip: Trip = trip_in(tmp_path, generate(10))
    bundle = trip.export()
    unread = next(item for item in bundle.manifest.unread if item.scope == "enrolments")
    assert "nobody is started again" in unread.why
    assert list(bundle.enrolments()) == []


@pytest.mark.parametrize("nth", [3, 8, 21, 33])
def test_stopped_between_a_page_and_its_note_the_page_is_only_read_again(
    nth: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows are kept before it is noted that they are: what may happen is that they are read twice."""
    account = generate(25)
    expected = content(trip_in(tmp_path / "whole", account, switches=Switches(page_size=6)).export())
    real, count = SqlitePages.put_note, 0

    def dying(self: SqlitePages, name: str, value: Any) -> None:
        nonlocal count
        if name.startswith("walk:"):
            count += 1
            if count == nth:
                raise KeyboardInterrupt
        real(self, name, value)

    trip = trip_in(tmp_path / "cut", account, switches=Switches(page_size=6))
    monkeypatch.setattr(SqlitePages, "put_note", dying)
    with pytest.raises(KeyboardInterrupt):
        trip.export()
    monkeypatch.undo()
    assert content(trip.export()) == expected


def test_an_email_is_asked_for_also_where_its_flow_names_no_template(tmp_path: Path) -> None:
    account = generate(1)
    flow = next(row for row in account.flows if row["id"] == "FlRejoin")
    for action in flow["definition"]["actions"]:
        action["data"].get("message", {})["template_id"] = None
    sequence = trip_in(tmp_path, account).sequence("FlRejoin")
    assert all(step.action.content.body for step in sequence.steps if isinstance(step.action, SendEmail))


def test_a_template_of_the_account_stands_in_for_a_copy_that_is_gone(tmp_path: Path) -> None:
    account = generate(1)
    flow = next(row for row in account.flows if row["id"] == "FlRejoin")
    for action in flow["definition"]["actions"]:
        if action["type"] == "send-email":
            action["data"]["message"]["template_id"] = "Tpl01"
    account.flow_messages.clear()
    sequence = trip_in(tmp_path, account).sequence("FlRejoin")
    wanted = next(row["html"] for row in account.templates if row["id"] == "Tpl01")
    assert {step.action.content.body for step in sequence.steps if isinstance(step.action, SendEmail)} == {wanted}
