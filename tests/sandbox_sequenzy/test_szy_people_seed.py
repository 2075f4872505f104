"""The introductory documents' contract: their examples work as written, and what they lack is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from szy_support import Api


@pytest.fixture
def older(make_api: Callable[..., Api]) -> Api:
    return make_api(contract="seed")


@pytest.mark.parametrize("contract", ["seed", "current"])
def test_the_documented_examples_work_as_written(make_api: Callable[..., Api], contract: str) -> None:
    api = make_api(contract=contract)
    made = api.post(
        "/subscribers",
        email="user@example.com",
        firstName="John",
        tags=["new-signup"],
        customAttributes={"plan": "pro"},
    )
    assert made["success"]
    tagged = api.post("/subscribers/tags", email="new-user@example.com", tag="customer")
    assert tagged["subscriber"]["created"]
    assert api.contact("new-user@example.com")["tags"] == ["customer"]
    event = api.post(
        "/subscribers/events",
        email="user@example.com",
        event="purchase_completed",
        properties={"orderId": "ORD-123", "amount": 99.99},
    )
    assert event["event"]["definitionCreated"]
    page = api.get("/subscribers", page=1, limit=50)["pagination"]
    assert (page["page"], page["limit"], page["total"], page["totalPages"]) == (1, 50, 2, 1)
    direct = api.post(
        "/transactional/send",
        to="user@example.com",
        subject="Your order is confirmed",
        body="<h1>Thank you, {{NAME}}!</h1><p>Order #{{ORDER_ID}} confirmed.</p>",
        variables={"NAME": "John", "ORDER_ID": "12345"},
    )
    assert direct["jobId"].startswith("job_")
    outbox = api.http.get("http://sequenzy.test/_sandbox/outbox").json()["outbox"]
    assert outbox[0]["html"].startswith("<h1>Thank you, John!</h1><p>Order #12345 confirmed.</p>")


def test_a_send_by_slug_names_the_template(api: Api) -> None:
    api.post("/transactional", name="Invoice", slug="invoice", subject="Invoice", html="<p>{{INVOICE_NUMBER}}</p>")
    body = {
        "to": ["user1@example.com", "user2@example.com"],
        "slug": "invoice",
        "variables": {"INVOICE_NUMBER": "INV-2024-001", "AMOUNT": "$500.00"},
        "attachments": [{"filename": "invoice.pdf", "path": "https://example.com/invoices/INV-2024-001.pdf"}],
    }
    sent = api.ok("POST", "/transactional/send", body)
    assert sent["transactional"]["slug"] == "invoice"
    assert sent["to"] == ["user1@example.com", "user2@example.com"]
    assert api.call("POST", "/transactional/send", {"to": "a@example.com", "slug": "nothing"}).status_code == 404
    api.patch("/transactional/invoice", enabled=False)
    refused = api.call("POST", "/transactional/send", body)
    assert (refused.status_code, refused.json()["error"]) == (400, "Template disabled")


def test_an_idempotency_key_sends_once(api: Api) -> None:
    body = {"to": "a@example.com", "subject": "Hi", "body": "<p>Hi</p>"}
    headers = {"idempotency-key": "k1"}
    first = api.http.post("/transactional/send", json=body, headers=headers).json()
    again = api.http.post("/transactional/send", json=body, headers=headers).json()
    assert again["idempotentReplay"]
    assert again["emailSendId"] == first["emailSendId"]
    other = api.http.post("/transactional/send", json={**body, "subject": "Ho"}, headers=headers)
    assert other.status_code == 409
    assert len(api.sandbox.state.outbox) == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/subscribers/imports"),
        ("GET", "/subscribers/me"),
        ("GET", "/lists"),
        ("POST", "/segments"),
        ("GET", "/account"),
        ("POST", "/subscribers/bulk/tags/add"),
        ("POST", "/sequences/seq_1/enroll"),
        ("GET", "/templates"),
    ],
)
def test_newer_routes_are_not_there(older: Api, method: str, path: str) -> None:
    answer = older.call(method, path, {} if method == "POST" else None)
    assert (answer.status_code, answer.json()) == (404, {"success": False, "error": "Not found"})


@pytest.mark.parametrize("field", ["createdAt", "phone", "timezone", "smsConsent"])
def test_newer_fields_are_refused_and_nothing_is_created(older: Api, field: str) -> None:
    answer = older.call("POST", "/subscribers", {"email": "a@example.com", field: "x"})
    assert answer.status_code == 422
    assert answer.json() == {"success": False, "error": f"Unknown field: {field}"}
    assert older.call("GET", "/subscribers/a@example.com").json() == {"success": False, "error": "Subscriber not found"}


@pytest.mark.parametrize(
    "body",
    [
        {"trigger": "manual"},
        {"steps": [{"type": "sms"}]},
        {"steps": [{"subject": "x", "html": "<p>x</p>", "delay": {"delayMs": 5}}]},
        {"stopCondition": {"type": "in_segment"}},
    ],
)
def test_newer_sequence_parts_are_refused(older: Api, body: dict[str, object]) -> None:
    answer = older.call("POST", "/sequences", {"name": "Welcome", "trigger": "contact_added", **body})
    assert answer.status_code == 422


def test_errors_have_the_one_documented_shape(older: Api) -> None:
    answer = Api(older.sandbox, key="wrong").call("GET", "/subscribers")
    assert (answer.status_code, answer.json()) == (401, {"success": False, "error": "Unauthorized"})
    assert older.call("GET", "/subscribers", limit=200).status_code == 422


def test_generated_text_leaves_nothing_behind_but_a_draft_sequence(older: Api) -> None:
    email = older.post("/generate/email", prompt="Welcome new users")
    assert {"subject", "previewText", "blocks"} <= set(email)
    assert len(older.post("/generate/subjects", topic="Spring", count=3)["subjects"]) == 3
    assert older.get("/sequences")["sequences"] == []
    made = older.post("/generate/sequence", goal="Onboard new users", emailCount=2)["sequence"]
    assert made["emailCount"] == 2
    assert [entry["status"] for entry in older.get("/sequences")["sequences"]] == ["draft"]
