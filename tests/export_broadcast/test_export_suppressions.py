"""Nobody whom the source would not mail leaves it as somebody who may be mailed, as far as any door can tell."""

from __future__ import annotations

import json
from pathlib import Path

from export_support import account_of, trip_in

from migrator.bundle import Bundle
from migrator.model.consent import Reach
from migrator.sandbox.broadcast.account import ADMIN_KEY, Account
from migrator.sandbox.web import Request, Response


def mailable(bundle: Bundle) -> set[str]:
    return {(row.email or "").lower() for row in bundle.contacts() if row.consent.state.reach is Reach.MARKETING}


def globally_listed(account: Account) -> set[str]:
    return {row.email.lower() for row in account.global_suppressions}


def test_an_installation_key_reads_both_lists(tmp_path: Path) -> None:
    account = account_of(90)
    bundle = trip_in(tmp_path, account, key=ADMIN_KEY).export()
    assert not mailable(bundle) & (globally_listed(account) | {row.email.lower() for row in account.suppressions})
    assert not [item for item in bundle.manifest.unread if item.scope == "suppressions"]


def test_a_channel_key_says_that_the_global_list_is_unread(tmp_path: Path) -> None:
    account = account_of(90)
    bundle = trip_in(tmp_path, account).export()
    assert mailable(bundle) & globally_listed(account), "only the global list knows of them"
    assert any("global" in item.what and item.scope == "suppressions" for item in bundle.manifest.unread)


def test_a_channel_key_may_ask_for_each_address_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    account = account_of(90)
    trip = trip_in(tmp_path, account)
    trip.check_addresses = True
    bundle = trip.export()
    assert not mailable(bundle) & globally_listed(account)
    assert not [item for item in bundle.manifest.unread if item.scope == "suppressions"]
    asked = trip.gets.count("/api/v1/suppressions/check.json")
    might = [row for row in account.subscribers if row.is_active and not row.unsubscribed_at]
    assert asked == len(might)
    assert not trip.app.recorded


def test_an_address_that_is_listed_without_saying_where_is_listed(tmp_path: Path) -> None:
    account = account_of(90)
    trip = trip_in(tmp_path, account)
    trip.check_addresses = True
    handle = trip.app.handle

    def without_scope(request: Request) -> Response:
        reply = handle(request)
        if not request.path.endswith("/check.json") or reply.status != 200:
            return reply
        told = json.loads(reply.body)
        told.pop("scope", None)
        return Response.of(told, headers=reply.headers)

    trip.app.handle = without_scope  # type: ignore[method-assign]
    assert not mailable(trip.export()) & globally_listed(account)


def test_where_the_channel_list_is_closed_each_answer_counts(tmp_path: Path) -> None:
    account = account_of(90)
    trip = trip_in(tmp_path, account)
    trip.check_addresses = True
    handle = trip.app.handle

    def without_list(request: Request) -> Response:
        if request.path.endswith("/suppressions.json"):
            return Response.of({"error": "Not found"}, status=404)
        return handle(request)

    trip.app.handle = without_list  # type: ignore[method-assign]
    listed = {row.email.lower() for row in account.suppressions}
    assert not mailable(trip.export()) & (globally_listed(account) | listed)
