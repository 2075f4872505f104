"""The two incompatible sets of filters on the subscriber list. What a server does not understand it ignores, and
says so at most in a warning: the wrong set returns everybody."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from migrator.sandbox.broadcast.account import Row, Subscriber, moment_of
from migrator.sandbox.broadcast.switches import Switches
from migrator.sandbox.web import Request

Test = Callable[[Subscriber], bool]
_NEVER_FILTERS = ("page", "limit", "offset", "broadcast_channel_id")


def matching(people: list[Subscriber], request: Request, switches: Switches) -> tuple[list[Subscriber], list[Row]]:
    tests: list[Test] = []
    warnings: list[Row] = []
    tags = request.args("tags[]")
    if tags:
        loose = switches.filters == "older" and request.arg("tag_match_type") != "all"
        tests.append(_tagged(tags, any if loose else all))
    for name, value in request.query:
        if name in _NEVER_FILTERS or name == "tags[]":
            continue
        test = _data(name, value) or (_older if switches.filters == "older" else _newest)(name, value)
        if test is not None:
            tests.append(test)
        elif switches.filters == "newest":
            told = f"{name} was ignored"
            warnings.append({"code": "parameter_ignored", "param": name, "message": told})
    if not tests:
        return people, warnings
    return [person for person in people if all(test(person) for test in tests)], warnings


def _tagged(tags: list[str], how: Callable[[Any], bool]) -> Test:
    return lambda person: how(tag in person.tags for tag in tags)


def _newest(name: str, value: str) -> Test | None:
    if name == "is_active" and value in ("true", "false"):
        return lambda person: person.is_active is (value == "true")
    if name == "source":
        return lambda person: person.source == value
    if name == "email":
        return lambda person: value.lower() in person.email.lower()
    if name == "confirmation_status" and value in ("confirmed", "unconfirmed"):
        return lambda person: (person.confirmed_at is not None) is (value == "confirmed")
    if name in ("created_after", "created_before"):
        return _dated("created_at", value, after=name.endswith("after"))
    return None


def _older(name: str, value: str) -> Test | None:
    states: dict[str, Test] = {
        "subscribed": lambda person: person.unsubscribed_at is None,
        "unsubscribed": lambda person: person.unsubscribed_at is not None,
        "active": lambda person: person.is_active,
        "inactive": lambda person: not person.is_active,
    }
    if name == "subscription_status":
        return states.get(value)
    if name == "source":
        return lambda person: person.source == value
    if name == "email_contains":
        return lambda person: value.lower() in person.email.lower()
    if name in ("subscribed_after", "subscribed_before"):
        return _dated("subscribed_at", value, after=name.endswith("after"))
    return None


def _dated(field: str, value: str, *, after: bool) -> Test | None:
    try:
        limit = moment_of(value)
    except ValueError:
        return None
    return lambda person: (at := getattr(person, field)) is not None and ((at > limit) if after else (at < limit))


def _data(name: str, value: str) -> Test | None:
    found = re.fullmatch(r"custom_data\[(.+)\]", name)
    if found is None:
        return None
    key = found[1]

    def holds(person: Subscriber) -> bool:
        actual = (person.custom_data or {}).get(key)
        return actual == value or (not isinstance(actual, str) and json.dumps(actual) == value)

    return holds
