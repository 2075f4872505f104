"""Every error shape the two platforms are known to send, through one parser."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator import errors
from migrator.errors import Issue
from migrator.transport.answers import Meaning, meaning_of
from migrator.transport.problems import parse_problem, problem_from
from migrator.transport.refusals import refusal


def parse(body: Any, status: int = 400) -> errors.ApiProblem:
    return parse_problem(status, json.dumps(body).encode(), content_type="application/json")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"success": False, "error": "Subscriber not found"}, "Subscriber not found"),
        ({"success": False, "error": {"code": "UNAUTHORIZED", "message": "Invalid key"}}, "Invalid key"),
        ({"success": False, "message": "Too many requests"}, "Too many requests"),
        ({"success": False, "error": "Overlap", "retryable": True, "importId": "imp_1"}, "Overlap"),
        ({"error": "Unauthorized"}, "Unauthorized"),
        ({"error": "Unauthorized", "message": "Invalid API token"}, "Unauthorized: Invalid API token"),
        ({"errors": {"name": ["has already been taken", "is odd"]}}, "name has already been taken, name is odd"),
        ({"errors": ["Subject can't be blank", "Body too"]}, "Subject can't be blank, Body too"),
        (
            {"error": "In use", "code": "X", "title": "Tag in use", "description": "A sequence needs it."},
            "In use: A sequence needs it.",
        ),
        (["first", "second"], "first; second"),
        ("only a string", "only a string"),
        (None, "400 Bad Request"),
        ({}, "400 Bad Request"),
        ({"error": None, "errors": None}, "400 Bad Request"),
        ({"error": 17}, "17"),
        ({"errors": {"base": "is frozen"}}, "base is frozen"),
    ],
)
def test_the_message_is_found_in_every_shape(body: Any, message: str) -> None:
    assert message == parse(body).message


def test_issues_code_and_retryable_are_kept() -> None:
    problem = parse(
        {
            "success": False,
            "error": "steps[0].html is required",
            "code": "VALIDATION_ERROR",
            "retryable": False,
            "issues": [
                {"path": "steps[0].html", "message": "is required"},
                {"path": "", "message": "unknown key", "allowedValues": ["a", 1]},
            ],
        }
    )
    assert "VALIDATION_ERROR" == problem.code
    assert problem.retryable is False
    assert (Issue("steps[0].html", "is required"), Issue("", "unknown key", ("a", "1"))) == problem.issues


def test_a_schema_refusal_names_its_places_in_one_notation() -> None:
    problem = parse(
        {
            "type": "validation",
            "on": "body",
            "property": "/steps/0",
            "message": "Expected string",
            "summary": "Expected string at steps",
            "found": {"email": "ada@example.com"},
            "errors": [
                {"path": "/steps/0/html", "message": "Expected string", "summary": "x"},
                {"path": "/subscribers/12/email", "message": "is wrong"},
            ],
        },
        422,
    )
    assert "Expected string" == problem.message
    assert ["steps[0].html", "subscribers[12].email"] == [issue.path for issue in problem.issues]
    assert "found" not in problem.details


def test_a_query_number_out_of_range_has_no_place_of_its_own() -> None:
    problem = parse({"type": "validation", "on": "query", "property": "root", "message": "Too large"}, 422)
    assert (Issue("", "Too large"),) == problem.issues
    assert "query" == problem.details["on"]


@pytest.mark.parametrize("key", ["resolution", "howToFix"])
def test_the_platforms_own_advice_becomes_the_fix(key: str) -> None:
    problem = parse({"error": "Conflict", key: "Rename it.", "details": {"segmentId": "seg_1"}}, 409)
    error = refusal(Meaning.CONFLICT, problem, platform="Sequenzy", where="PUT /x", key_name="KEY", advice=None)
    assert "Rename it." == error.fix
    assert "seg_1" == problem.details["segmentId"]


def test_a_nested_error_gives_its_code_too() -> None:
    assert "UNAUTHORIZED" == parse({"error": {"code": "UNAUTHORIZED", "message": "no"}}, 401).code


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "503 Service Unavailable"),
        (b"upstream   request\ntimeout", "upstream request timeout"),
        (b'{"error": "cut in the mid', '{"error": "cut in the mid'),
        (b"<!DOCTYPE html><html>Down for maintenance", "503 Service Unavailable: a web page came instead of an answer"),
        (b"\xff\xfe\x00", "\ufffd\ufffd\x00"),
    ],
)
def test_bodies_that_are_not_json_still_make_a_problem(content: bytes, message: str) -> None:
    assert message == parse_problem(503, content).message


def test_no_address_of_a_person_stays_in_a_problem() -> None:
    problem = parse(
        {
            "error": "ada@example.com is taken",
            "issues": [{"path": "subscribers.ada@example.com", "message": "bad ada%40example.com"}],
            "details": {"who": ["ada@example.com"], "ada@example.com": 1},
            "resolution": "Ask ada@example.com",
        }
    )
    assert "ada" not in repr(problem)


def test_an_unknown_status_is_no_reason_to_fail() -> None:
    assert "status 799" == problem_from(799, {}).message


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["error", "errors", "message", "code", "issues", "path", "details", "retryable", "property"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(json_values, st.integers(300, 599))
def test_any_json_at_all_becomes_a_problem_with_a_message(body: Any, status: int) -> None:
    problem = parse(body, status)
    assert problem.message
    assert status == problem.status


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.Rejected),
        (401, errors.AuthError),
        (403, errors.AuthError),
        (404, errors.NotFound),
        (409, errors.Conflict),
        (413, errors.Rejected),
        (422, errors.Rejected),
        (429, errors.RateLimited),
    ],
)
def test_each_refusal_has_its_error_with_all_four_parts(status: int, kind: type[errors.ApiError]) -> None:
    error = refusal(
        meaning_of(status, page=False),
        parse({"error": "said so"}, status),
        platform="Sequenzy",
        where="GET /lists",
        key_name="SEQUENZY_API_KEY",
        advice=None,
    )
    assert type(error) is kind
    assert "said so" == error.why
    assert all((error.what, error.where, error.fix))


def test_a_missing_scope_is_named_in_the_fix() -> None:
    problem = parse({"error": "API key is missing required scopes: lists:write, tags:write"}, 403)
    error = refusal(Meaning.AUTH, problem, platform="Sequenzy", where="x", key_name="KEY", advice=None)
    assert "lists:write, tags:write" in error.fix


def test_an_adapter_adds_its_own_advice() -> None:
    error = refusal(
        Meaning.REFUSED,
        parse({"error": "x", "code": "TRACKED_EMAIL_DISABLED"}),
        platform="Sequenzy",
        where="x",
        key_name="KEY",
        advice=lambda problem: "Switch tracking on." if problem.code == "TRACKED_EMAIL_DISABLED" else None,
    )
    assert "Switch tracking on." == error.fix
