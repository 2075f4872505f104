"""What a server tells about itself: the key's reach, the channel's state, the limits, and its own description."""

from __future__ import annotations

from collections.abc import Callable

from migrator.sandbox.broadcast.account import Row, Token
from migrator.sandbox.broadcast.channel import Channel
from migrator.sandbox.broadcast.show import UNPUBLISHED
from migrator.sandbox.web import Request, Response

SKILL = """---
name: broadcast
description: Send email with Broadcast.
---

# Broadcast

Read before you write. Ask a person before anything is sent.
"""
_PUBLISHED = (
    *("action", "label", "parent_id", "true_branch", "subject", "preheader", "body", "html_body", "template_id"),
    *("blocks_json", "delay", "condition_setting", "taggify_list"),
)


class DiscoveryRoutes:
    def __init__(self, channel: Channel, token_of: Callable[[Request], Token]) -> None:
        self.channel, self._token_of = channel, token_of
        if channel.profile == "current":
            add = channel.routes.add
            add("GET /api/v1/whoami", self.whoami, names_channel=False)
            add("GET /api/v1/status", self.status)
            add("GET /api/v1/prime", self.prime, names_channel=False)
            add("GET /api/v1/skill", self.skill, names_channel=False)
            add("GET /api/v1/openapi", self.openapi, names_channel=False)

    def whoami(self, request: Request) -> Row:
        token, channel = self._token_of(request), self.channel.account.channel
        permissions: dict[str, list[str]] = {}
        for permission in token.permissions:
            name, _, act = permission.rpartition("_")
            permissions.setdefault(name, []).append(act)
        named = token.type == "channel_scoped" or request.arg("broadcast_channel_id") == str(channel["id"])
        shown = {key: channel[key] for key in ("id", "name", "slug")} if named else None
        return {"token": {"label": token.label, "type": token.type, "permissions": permissions}, "channel": shown}

    def status(self, _: Request) -> Row:
        account = self.channel.account
        active = sum(row.is_active and row.unsubscribed_at is None for row in account.subscribers)
        servers = [row for row in account.email_servers if row["active"]]
        ready = {
            name: any(row[f"use_for_{name}"] for row in servers)
            for name in ("broadcasts", "sequences", "transactionals")
        }
        shown = {"name": account.channel["name"], "sender_email": account.channel["sender_email"]}
        return {
            "channel": shown,
            "subscribers": {"total": len(account.subscribers), "active": active},
            "readiness": ready,
        }

    def prime(self, _: Request) -> Row:
        names = sorted({route.spec.split("/")[3] for route in self.channel.routes.all if "/api/v1/" in route.spec})
        return {
            "platform": {"name": "Broadcast", "version": self.channel.account.version},
            "capabilities": [{"resource": name} for name in names],
            "rate_limit": {"requests_per_minute": self.channel.switches.rate_limit},
        }

    def skill(self, _: Request) -> Response:
        return Response.text(SKILL, content_type="text/plain; charset=utf-8")

    def openapi(self, request: Request) -> Response:
        host = request.headers.get("host", "127.0.0.1")
        lines = ["openapi: 3.1.0", "info:", "  title: Broadcast API", f"  version: {self.channel.account.version}"]
        lines += ["servers:", f"  - url: http://{host}", "paths:"]
        paths: dict[str, list[str]] = {"/api/v1/sequences/{id}/steps": ["post"]}
        for route in self.channel.routes.all:
            method, path = route.spec.split(" ")
            if path.startswith("/api/"):
                paths.setdefault(path, []).append(method.lower())
        for path in sorted(paths):
            lines.append(f"  {path}:")
            for method in sorted(paths[path]):
                lines += [f"    {method}:", "      responses: {'200': {description: OK}}"]
                if method == "post" and path.endswith("/steps"):
                    lines += self._step_body()
        return Response.text("\n".join(lines) + "\n", content_type="application/yaml; charset=utf-8")

    def _step_body(self) -> list[str]:
        """The keys this very server accepts for a step, under the names its switch gives them."""
        indent = " " * 8
        lines = [f"{indent}requestBody:", f"{indent}  content:", f"{indent}    application/json:"]
        lines += [f"{indent}      schema:", f"{indent}        type: object", f"{indent}        properties:"]
        style = self.channel.switches.step_keys
        hidden = list(UNPUBLISHED.values() if style == "alias" else UNPUBLISHED)
        inner = " " * 18
        plain = [*_PUBLISHED, *(() if style in ("nested", "absent") else hidden)]
        lines += [f"{inner}{key}: {{}}" for key in plain]
        if style == "nested":
            lines += [f"{inner}settings:", f"{inner}  type: object", f"{inner}  properties:"]
            lines += [f"{inner}    {key}: {{}}" for key in hidden]
        return lines
