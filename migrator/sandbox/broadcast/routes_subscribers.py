"""Subscribers and suppressions: lists, look-ups, and the writes that change how reachable a person is."""

from __future__ import annotations

from datetime import timedelta

from migrator.sandbox.broadcast.account import Row, Subscriber, Suppression
from migrator.sandbox.broadcast.channel import Channel, body_of
from migrator.sandbox.broadcast.filters import matching
from migrator.sandbox.broadcast.gate import refusal
from migrator.sandbox.broadcast.paging import by_page, number
from migrator.sandbox.broadcast.topics import shown
from migrator.sandbox.web import Request

BASE = "/api/v1/subscribers"


class SubscriberRoutes:
    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._first_page_read = self._shifted = False
        routes = channel.routes
        routes.add(f"GET {BASE}", self.index, "subscribers_read")
        routes.add(f"GET {BASE}/find", self.find, "subscribers_read")
        for act in ("activate", "deactivate", "unsubscribe", "resubscribe"):
            routes.add(f"POST {BASE}/{act}", getattr(self, act), "subscribers_write")
        routes.add(f"POST {BASE}/add_tag", self.add_tag, "subscribers_write")
        routes.add(f"DELETE {BASE}/remove_tag", self.remove_tag, "subscribers_write")
        if channel.profile == "current":
            routes.add("GET /api/v1/suppressions", self.suppressions, "suppressions_read")
            routes.add("GET /api/v1/suppressions/check", self.check, "suppressions_read")
            routes.add(
                "GET /api/v1/global_suppressions", self.global_suppressions, "suppressions_read", admin_only=True
            )

    def index(self, request: Request) -> Row:
        page = max(number(request, "page") or 1, 1)
        if page > 1 and self._first_page_read and not self._shifted:
            self._shift()
        self._first_page_read = True
        switches = self.channel.switches
        rows, warnings = matching(self.channel.account.subscribers, request, switches)
        shown = by_page("subscribers", rows, self._shown, request, switches)
        return {**shown, "warnings": warnings} if warnings and switches.bad_filter_warnings else shown

    def find(self, request: Request) -> Row:
        return self._shown(self._person(request.arg("email") or ""))

    def activate(self, request: Request) -> Row:
        return self._set(request, is_active=True)

    def deactivate(self, request: Request) -> Row:
        return self._set(request, is_active=False)

    def unsubscribe(self, request: Request) -> Row:
        return self._set(request, is_active=False, unsubscribed_at=self.channel.account.now)

    def resubscribe(self, request: Request) -> Row:
        person = self._person(_address(request))
        globally = {row.email.lower() for row in self.channel.account.global_suppressions}
        if person.email.strip().lower() in globally:
            raise refusal(422, "Subscriber is suppressed and can't be resubscribed")
        return self._set(request, is_active=True, unsubscribed_at=None)

    def add_tag(self, request: Request) -> Row:
        person = self._person(_address(request))
        self.channel.runtime.add_tags(person, [str(tag) for tag in body_of(request).get("tags") or []])
        return self._shown(person)

    def remove_tag(self, request: Request) -> Row:
        person = self._person(_address(request))
        self.channel.runtime.remove_tags(person, [str(tag) for tag in body_of(request).get("tags") or []])
        return self._shown(person)

    def suppressions(self, request: Request) -> Row:
        return self._listed(self.channel.account.suppressions, "channel", "suppressions", request)

    def global_suppressions(self, request: Request) -> Row:
        return self._listed(self.channel.account.global_suppressions, "global", "suppressions", request)

    def check(self, request: Request) -> Row:
        """Reads both lists, whoever asks."""
        email = request.arg("email") or ""
        wanted, account = email.strip().lower(), self.channel.account
        for scope, rows in (("channel", account.suppressions), ("global", account.global_suppressions)):
            if any(row.email.lower() == wanted for row in rows):
                return {"email": email, "suppressed": True, "scope": scope}
        return {"email": email, "suppressed": False}

    def _listed(self, rows: list[Suppression], scope: str, name: str, request: Request) -> Row:
        part = (request.arg("email") or "").lower()
        found = [row for row in rows if part in row.email.lower()]
        show = self.channel.show
        return by_page(name, found, lambda row: show.suppression(row, scope), request, self.channel.switches)

    def _shown(self, person: Subscriber) -> Row:
        last = None
        if self.channel.switches.subscriber_fields == "older":
            receipts = self.channel.directory.receipts.get(person.id, ())
            last = max((receipt.sent_at for receipt in receipts), default=None)
        newest = self.channel.profile == "current" and self.channel.switches.subscriber_fields == "newest"
        topics = shown(self.channel.account.topics, person) if newest else None
        return self.channel.show.subscriber(person, last, topics)

    def _person(self, email: str) -> Subscriber:
        person = self.channel.directory.find(email)
        if person is None:
            raise refusal(404, "Subscriber not found")
        return person

    def _set(self, request: Request, **changes: object) -> Row:
        person = self._person(_address(request))
        for key, value in changes.items():
            setattr(person, key, value)
        self.channel.directory.changed(person.id)
        return self._shown(person)

    def _shift(self) -> None:
        """Somebody joins in front of, or leaves from, the page that was read already: the later rows move."""
        account, directory = self.channel.account, self.channel.directory
        if self.channel.switches.between_pages == "insert":
            joined = account.now - timedelta(minutes=1)
            email = "joined-while-paging@example.com"
            person = Subscriber(id=directory.new_person_id(), email=email, created_at=joined, subscribed_at=joined)
            directory.add_person(person, first=True)
            self._shifted = True
        elif self.channel.switches.between_pages == "delete" and account.subscribers:
            directory.drop_person(account.subscribers[0])
            self._shifted = True


def _address(request: Request) -> str:
    """Flat, or under `subscriber`."""
    body = body_of(request)
    inner = body.get("subscriber")
    found = body.get("email") or (inner.get("email") if isinstance(inner, dict) else None)
    if not isinstance(found, str):
        raise refusal(400, "param is missing or the value is empty or invalid: email")
    return found
