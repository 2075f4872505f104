"""The installation-wide export under /api/migration/v1: for installation keys only, one channel at a time.

Its row schemas are unpublished; the rows here carry the records' own keys, as a Rails export would.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from migrator.sandbox.broadcast import history_rows
from migrator.sandbox.broadcast.account import Row
from migrator.sandbox.broadcast.channel import Channel
from migrator.sandbox.broadcast.gate import refusal
from migrator.sandbox.broadcast.paging import for_migration, number
from migrator.sandbox.broadcast.topics import shown
from migrator.sandbox.web import Request, Response

BASE = "/api/migration/v1"
# The smallest picture there is: one grey pixel.
_GIF = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x80\x80\x80\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,"
_PIXEL = _GIF + b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"


class MigrationRoutes:
    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        if channel.profile != "current":
            return
        routes = channel.routes
        routes.add(f"GET {BASE}/manifest", self.manifest, admin_only=True)
        self._collections = self._all()
        for name, rows in self._collections.items():
            routes.add(f"GET {BASE}/{name}", self._page_of(rows), admin_only=True)
        routes.add(f"GET {BASE}/file_assets/{{id}}/download", self.download, admin_only=True)

    def manifest(self, request: Request) -> Row:
        channel = self.channel.account.channel
        days = min(max(number(request, "days_history") or 90, 1), 365)
        counts = {name: len(rows()) for name, rows in self._collections.items()}
        shown = {"id": channel["id"], "name": channel["name"]}
        return {"export_format_version": 1, "broadcast_channel": shown, "days_history": days, "counts": counts}

    def download(self, _: Request, id: str) -> Response:  # noqa: A002 - the route's own word
        if not any(str(row["id"]) == id for row in self.channel.account.file_assets):
            raise refusal(404, "File asset not found")
        return Response(200, _PIXEL, {"content-type": "image/gif"})

    def _page_of(self, rows: Callable[[], list[Any]]) -> Callable[[Request], Row]:
        return lambda request: for_migration(rows(), self._plain, request)

    def _plain(self, row: Any) -> Row:
        """Records as plain data. Where a person stands is told nowhere, not even here, unless the switch says so."""
        return row if isinstance(row, dict) else dict(msgspec.to_builtins(row, order=None))

    def _all(self) -> dict[str, Callable[[], list[Any]]]:
        account = self.channel.account

        def tags() -> list[Row]:
            names = sorted({tag for person in account.subscribers for tag in person.tags})
            return [{"id": index, "name": name} for index, name in enumerate(names, start=1)]

        def sequences() -> list[Row]:
            show, steps = self.channel.show, self.channel.show.steps
            count = self.channel.directory.current_count
            return [
                {**show.sequence(row, count(row), extra=True), "steps": steps(row.steps, full=True)}
                for row in account.sequences
            ]

        def tokens() -> list[Row]:
            return [
                {"id": index, "label": token.label, "permissions": token.permissions}
                for index, token in enumerate(account.tokens.values(), start=1)
            ]

        def unsubscribed_emails() -> list[Row]:
            owner = {"broadcast_channel_id": account.channel["id"]}
            return [
                {"id": row.id, "email": row.email, **owner, "created_at": row.created_at.isoformat()}
                | {"updated_at": row.created_at.isoformat()}
                for row in account.suppressions
            ]

        return {
            "channels": lambda: [account.channel],
            "subscribers": lambda: [
                self.channel.show.subscriber(row, topics=shown(account.topics, row)) for row in account.subscribers
            ],
            "templates": lambda: account.templates,
            "segments": lambda: account.segments,
            "sequences": sequences,
            "email_servers": lambda: account.email_servers,
            "opt_in_forms": lambda: account.forms,
            "broadcasts": lambda: account.broadcasts,
            "outbound_receipts": lambda: history_rows.receipts(account, self.channel.switches),
            "webhook_endpoints": lambda: account.webhook_endpoints,
            "tokens": tokens,
            "suppressions": lambda: account.global_suppressions,
            "unsubscribed_emails": unsubscribed_emails,
            "tags": tags,
            "users": lambda: account.users,
            "link_redirects": lambda: account.link_redirects,
            "link_clicks": lambda: history_rows.clicks(account, self.channel.switches),
            "subscriber_histories": lambda: account.histories,
            "file_assets": lambda: account.file_assets,
        }
