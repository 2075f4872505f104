"""Who we are to this server: the kind of key, the channel, the version, the limit, and which doors are open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.base import Probe
from adapters.broadcast.client import Broadcast, need_channel
from adapters.broadcast.listings import MIGRATION
from adapters.broadcast.wire import text, text_id, whole
from migrator.errors import ApiError, ApiProblem, AuthError, NotFound, Rejected, Unavailable

ADMIN = "admin_cross_channel"
DOOR_CHANNEL, DOOR_BOTH = "channel-api", "migration-export-api + channel-api"
_READS = (
    *("subscribers", "sequences", "segments", "templates", "broadcasts", "opt_in_forms", "email_servers"),
    *("webhook_endpoints", "suppressions", "file_assets"),
)


def probe(api: Broadcast) -> Probe:
    whoami = api.whoami()
    token = _part(whoami, "token")
    kind = text(token.get("type"))
    admin = kind == ADMIN
    if admin and not api.channel_id:
        raise need_channel()
    # A server too old for whoami cannot say what the key is for: the channel is named when it was given.
    api.send_channel = bool(api.channel_id) and (admin or whoami is None)
    warnings: list[str] = []
    if whoami is not None and not admin and api.channel_id:
        own = text_id(_part(whoami, "channel").get("id"))
        if own not in (None, api.channel_id):
            warnings.append(f"The key belongs to channel {own}; the channel id {api.channel_id} is not used.")
    status, prime = _optional(api, "/api/v1/status"), _optional(api, "/api/v1/prime")
    manifest = _migration_manifest(api) if admin or (whoami is None and api.channel_id) else None
    channel = _part(whoami, "channel") or _part(status, "channel") or _part(manifest, "broadcast_channel")
    if admin:
        channel = _part(manifest, "broadcast_channel") or _part(status, "channel") or channel
    name = text(channel.get("name"))
    channel_id = (api.channel_id if api.send_channel else None) or text_id(channel.get("id")) or "of the key"
    version = text(_part(prime, "platform").get("version"))
    facts = [
        ("key", {ADMIN: "installation", None: "unknown (old server)"}.get(kind, "channel")),
        ("channel", f"{name or 'unnamed'} ({channel_id})"),
        ("version", version or "unknown"),
        ("door", DOOR_BOTH if manifest is not None else DOOR_CHANNEL),
    ]
    warnings += _permission_warnings(token)
    if admin and manifest is None:
        warnings.append("The migration export interface is closed here (demo mode or an old server).")
    return Probe(
        identity=f"{api.host} channel {channel_id}",
        host=api.host,
        account=name,
        door=DOOR_BOTH if manifest is not None else DOOR_CHANNEL,
        version=version,
        requests_per_minute=whole(_part(prime, "rate_limit").get("requests_per_minute")),
        facts=tuple(facts),
        warnings=tuple(warnings),
    )


def step_keys(api: Broadcast) -> str | None:
    """What this very server accepts for a step, from its own description; the only source for unpublished keys."""
    try:
        described = api.get_text("/api/v1/openapi")
    except ApiError:
        return None
    start = described.find("/sequences/{")
    at = described.find("/steps:", start) if start >= 0 else -1
    return described[at : at + 6000] if at >= 0 else None


def _permission_warnings(token: Mapping[str, Any]) -> list[str]:
    granted = token.get("permissions")
    if not isinstance(granted, dict):
        return []
    missing = [name for name in _READS if "read" not in (granted.get(name) or ())]
    writes = sorted(name for name, verbs in granted.items() if isinstance(verbs, list) and "write" in verbs)
    found = []
    if missing:
        found.append("The key may not read: " + ", ".join(missing) + ".")
    if writes:
        found.append("The key may also write (" + ", ".join(writes) + "). An export never does; read rights suffice.")
    return found


def _part(data: Mapping[str, Any] | None, name: str) -> Mapping[str, Any]:
    found = data.get(name) if data else None
    return found if isinstance(found, dict) else {}


def _optional(api: Broadcast, path: str) -> Mapping[str, Any] | None:
    """None where an old server does not know the question, or this key may not ask it."""
    try:
        data = api.get(path).data
    except (NotFound, AuthError, Rejected):
        return None
    return data if isinstance(data, dict) else None


def _migration_manifest(api: Broadcast) -> Mapping[str, Any] | None:
    found = _optional(api, f"{MIGRATION}/manifest")
    if found is None:
        return None
    named = text_id(_part(found, "broadcast_channel").get("id"))
    if named not in (None, api.channel_id):
        raise Unavailable(
            "Broadcast answers for another channel than the one asked for",
            problem=ApiProblem(200, f"channel {named}"),
            fix="Check BROADCAST_CHANNEL_ID.",
        )
    return found
