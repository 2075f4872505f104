"""Laws of following the source, over random edits on both sides between loads of one plan after the other."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from plans import Bench, Person, PlanMaker, quiet

from adapters.sequenzy import write

NUMBERS = range(1, 7)
SHUT = ("unsubscribed", "bounced")
OWN_TAGS = ("own-a", "own-b")
"""The source never uses these."""

persons = st.fixed_dictionaries(
    {"status": st.sampled_from(("active", "active", "active", *SHUT))},
    optional={
        "firstName": st.sampled_from(("Ada", "Bo", "Cy")),
        "tags": st.lists(st.sampled_from(("vip", "lead", "gold")), unique=True),
        "customAttributes": st.dictionaries(st.sampled_from(("plan", "visits")), st.sampled_from((1, 2, "x", True))),
    },
)
accounts = st.fixed_dictionaries(
    {
        "people": st.dictionaries(st.sampled_from(NUMBERS), persons, min_size=1),
        "lists": st.fixed_dictionaries({name: st.sets(st.sampled_from(NUMBERS)) for name in ("News", "Tips")}),
        "complaints": st.sets(st.sampled_from(NUMBERS), max_size=1),
    }
)
touches = st.lists(
    st.tuples(
        st.sampled_from(NUMBERS),
        st.sampled_from(("opt out", "bounce", "opt in", "rename", "plan", "own tag", "remove tag", "delete")),
    ),
    max_size=4,
)


def address(number: int) -> str:
    return f"person{number}@example.com"


def maker_of(account: dict[str, Any]) -> PlanMaker:
    rows: list[Person] = [{"email": address(number), **one} for number, one in sorted(account["people"].items())]
    active = {row["email"] for row in rows if row["status"] == "active"}
    shut = [row for row in rows if row["status"] in SHUT]
    lists = {name: [address(one) for one in sorted(them)] for name, them in sorted(account["lists"].items())}
    return PlanMaker(
        actives=[row for row in rows if row["status"] == "active"],
        opt_outs=shut,
        lists={name: [email for email in emails if email in active] for name, emails in lists.items()},
        complaints=[row["email"] for row in shut if row["email"] in {address(one) for one in account["complaints"]}],
        batch=3,
    )


def touch(bench: Bench, number: int, act: str) -> bool:
    """Somebody at Sequenzy does something to a contact. Whether there was one."""
    contact, api = bench.contact(address(number)), bench.api()
    if contact is None:
        return False
    email = address(number)
    if act == "delete":
        write.delete_contact(api, email)
    elif act == "own tag":
        write.add_tags(api, [OWN_TAGS[number % 2]], [email])
    elif act == "remove tag":
        write.remove_tags(api, ["vip"], [email])
    elif act in ("rename", "plan"):
        more = {"firstName": "Theirs"} if act == "rename" else {"customAttributes": {"plan": "theirs"}}
        write.update_contact(api, email, {**more, "customAttributesStrategy": "merge"})
    elif not (contact.complained and act == "opt in"):
        status = {"opt out": "unsubscribed", "bounce": "bounced", "opt in": "active"}[act]
        write.update_contact(api, email, {"status": status})
    return True


def row_of(bench: Bench, email: str) -> dict[str, Any]:
    found, names = bench.contact(email), {one.id: one.name for one in bench.sandbox.state.lists.values()}
    return {
        "status": found.status,
        "complained": found.complained,
        "firstName": found.first_name,
        "tags": sorted(found.tags),
        "attributes": {key: value for key, value in found.attributes.items() if value is not None},
        "lists": sorted(names[key] for key, kept in found.lists.items() if kept.current),
    }


def check(accounts_: list[dict[str, Any]], acts: list[list[tuple[int, str]]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder, fresh = Path(place) / "one", Path(place) / "fresh"
        folder.mkdir()
        fresh.mkdir()
        bench = Bench(folder)
        touched: set[int] = set()
        comers: set[int] = set()
        """Whom the source showed as opted out once: their coming back is never followed."""
        for account, between in zip(accounts_, acts, strict=True):
            for number, act in between:
                if touch(bench, number, act):
                    touched.add(number)
            before = {one.email: (one.status, set(one.tags) & {*OWN_TAGS}) for one in people(bench)}
            maker_of(account).write(folder)
            bench.load(compare=True)
            shown = {address(number): one["status"] for number, one in account["people"].items()}
            for one in people(bench):
                status, own = before.get(one.email, ("active", set()))
                narrow = status in SHUT or shown.get(one.email) in SHUT
                assert not (narrow and one.status == "active"), "consent became wider than the narrower side"
                assert own <= set(one.tags), "a tag of Sequenzy's own was removed"
            assert before.keys() <= {one.email for one in people(bench)}, "somebody was deleted"
            writes = bench.writes()
            bench.load(compare=True)
            assert writes == bench.writes(), "a second time wrote something"
            assert quiet(bench.sandbox)
            comers |= {number for number, one in account["people"].items() if one["status"] in SHUT}
        maker_of(accounts_[-1]).write(fresh)
        wanted = Bench(fresh)
        wanted.load()
        for number, one in accounts_[-1]["people"].items():
            came_back = one["status"] == "active" and number in comers
            emptied = "firstName" not in one and bench.contact(address(number)) is not None
            if number in touched or came_back:
                continue
            left, right = row_of(wanted, address(number)), row_of(bench, address(number))
            if emptied:
                left.pop("firstName"), right.pop("firstName")
            if one["status"] in SHUT:
                # Why an opted-out person is out reaches nobody.
                for row in (left, right):
                    row["status"] = "shut"
                    row.pop("complained")
            assert left == right, number


def people(bench: Bench) -> list[Any]:
    return list(bench.sandbox.state.subscribers.values())


histories = st.integers(2, 3).flatmap(
    lambda n: st.tuples(st.lists(accounts, min_size=n, max_size=n), st.lists(touches, min_size=n, max_size=n))
)
law = settings(
    deadline=None,
    # A history is slow to replay: telling it as it was found beats shrinking it for minutes.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@settings(law, max_examples=6)
@given(histories)
def test_whatever_both_sides_do_the_laws_hold(
    history: tuple[list[dict[str, Any]], list[list[tuple[int, str]]]],
) -> None:
    check(*history)


@pytest.mark.nightly
@settings(law, max_examples=150)
@given(histories)
def test_whatever_both_sides_do_the_laws_hold_many_times(
    history: tuple[list[dict[str, Any]], list[list[tuple[int, str]]]],
) -> None:
    check(*history)
