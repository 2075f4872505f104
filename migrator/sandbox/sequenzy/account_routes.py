"""The workspace: account and key, company settings, sender profiles, tracking and opt-in settings, sync rules."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from migrator.sandbox.sequenzy import events
from migrator.sandbox.sequenzy.bodies import given, read_object
from migrator.sandbox.sequenzy.keys import LIVE_DELIVERY
from migrator.sandbox.sequenzy.refusals import Refused, missing, shaped, wrong
from migrator.sandbox.sequenzy.replies import ok, stamp
from migrator.sandbox.sequenzy.state import DEFAULT_NOW
from migrator.sandbox.sequenzy.world import World
from migrator.sandbox.web import Request, Response, Router

MANAGE_URL = "https://sequenzy.com/settings/api-keys"


class CompanyBody(Struct, rename="camel", kw_only=True):
    name: str | UnsetType = UNSET
    address: str | UnsetType | None = UNSET
    default_subscriber_list_ids: list[str] | UnsetType | None = UNSET
    from_email: str | UnsetType = UNSET
    from_name: str | UnsetType = UNSET
    reply_to: str | UnsetType | None = UNSET
    language: str | UnsetType = UNSET
    email_preset: str | UnsetType = UNSET


class TrackingBody(Struct, rename="camel", kw_only=True):
    double_opt_in_enabled: bool | UnsetType = UNSET
    open_tracking_enabled: bool | UnsetType = UNSET
    click_tracking_enabled: bool | UnsetType = UNSET


class RuleActions(Struct, rename="camel", kw_only=True):
    add_tags: list[str]
    remove_tags: list[str]


class SyncRuleBody(Struct, rename="camel", kw_only=True):
    trigger_event: str
    actions: RuleActions
    conditions: dict[str, Any] | None = None


class SyncRulesBody(Struct, rename="camel", kw_only=True):
    sync_rules: list[SyncRuleBody] | None


class FrequencyCap(Struct, rename="camel", kw_only=True):
    max_emails: int
    window_hours: int


class ProfileName(Struct):
    name: str


def register(router: Router, world: World) -> None:
    _register_account(router, world)
    _register_settings(router, world)
    _register_senders(router, world)


def _register_account(router: Router, world: World) -> None:
    @router.on("GET /account")
    def account(request: Request) -> Response:
        world.need("account:read")
        settings, key = world.state.settings, world.caller
        lacking = [scope for scope in LIVE_DELIVERY if not key.may(scope)]
        permissions = {
            "scopes": list(key.scopes),
            "preset": key.preset,
            "fullAccess": key.preset == "full_access",
            "missingLiveDeliveryScopes": lacking,
            "canSendLive": not lacking,
            "currentScopeCount": len(key.scopes),
            "manageUrl": MANAGE_URL,
            "activeKey": {"id": "key_sandbox", "name": "Sandbox", "prefix": key.value[:12], "type": key.kind},
        }
        company = {"id": settings.company_id, "name": settings.company_name, "role": "owner"}
        return ok(
            {
                "user": {"id": "user_sandbox"},
                "companies": [company],
                "currentCompanyId": settings.company_id,
                "apiKeyPermissions": permissions,
                "message": "Account details",
            }
        )

    @router.on("GET /companies")
    def companies(request: Request) -> Response:
        world.need("account:read")
        return ok({"companies": [_company(world)], "currentCompanyId": world.state.settings.company_id})

    @router.on("POST /companies")
    def create_company(request: Request) -> Response:
        error = "Company creation requires a personal API key"
        raise Refused(403, {"success": False, "error": error, "code": "COMPANY_CREATE_REQUIRES_PERSONAL_KEY"})

    @router.on("GET /companies/{company_id}", "PATCH /companies/{company_id}")
    def company(request: Request, company_id: str) -> Response:
        settings = world.state.settings
        if company_id != settings.company_id:
            raise missing("Company")
        if request.method == "GET":
            world.need("account:read")
            return ok({"company": _company(world)})
        world.need("companies:manage")
        wish = shaped(read_object(request), CompanyBody)
        for list_id in given(wish.default_subscriber_list_ids) or ():
            if list_id not in world.state.lists:
                raise wrong("defaultSubscriberListIds", f"List not found: {list_id}")
        names = {"default_subscriber_list_ids": "default_list_ids", "name": "company_name"}
        for field in CompanyBody.__struct_fields__:
            if (value := getattr(wish, field)) is not UNSET:
                setattr(settings, names.get(field, field), value)
        return ok({"company": _company(world)})


def _company(world: World) -> dict[str, Any]:
    settings = world.state.settings
    return {
        "id": settings.company_id,
        "name": settings.company_name,
        "address": settings.address,
        "defaultSubscriberListIds": settings.default_list_ids,
        "emailPreset": settings.email_preset,
        "emailBranding": {
            "visible": True,
            "managedBy": "owner_subscription",
            "reason": "paid_plan",
            "removalAction": "none",
            "removalEntitled": True,
            "subscriptionStatus": "active",
            "subscriptionTier": "pro",
            "subscriptionUrl": "https://sequenzy.com/settings/billing",
        },
        "fromEmail": settings.from_email,
        "fromName": settings.from_name,
        "replyTo": settings.reply_to,
        "defaultFromEmail": settings.from_email,
        "defaultFromName": settings.from_name,
        "defaultReplyToEmail": settings.reply_to,
        "defaultSenderProfileId": "sender_sandbox",
        "defaultReplyProfileId": "reply_sandbox" if settings.reply_to else None,
        "language": settings.language,
        "status": "active",
        "createdAt": stamp(DEFAULT_NOW),
    }


def _register_settings(router: Router, world: World) -> None:
    @router.on("GET /tracking-settings", "PATCH /tracking-settings")
    def tracking(request: Request) -> Response:
        settings = world.state.settings
        if request.method == "PATCH":
            world.need("companies:manage")
            wish = shaped(read_object(request), TrackingBody)
            names = {"double_opt_in_enabled": "double_opt_in"}
            for field in TrackingBody.__struct_fields__:
                if isinstance(value := getattr(wish, field), bool):
                    setattr(settings, names.get(field, field.removesuffix("_enabled")), value)
        else:
            world.need("account:read")
        consent = {
            "doubleOptInEnabled": settings.double_opt_in,
            "doubleOptInEmailId": None,
            "doubleOptInRedirectUrl": None,
        }
        flags = {
            "openTrackingEnabled": settings.open_tracking,
            "clickTrackingEnabled": settings.click_tracking,
            "unsubscribeTrackingEnabled": True,
        }
        return ok({"consent": consent, "tracking": flags})

    @router.on("GET /sending-status")
    def sending_status(request: Request) -> Response:
        world.need("account:read")
        paused = world.state.settings.sending_paused
        reason = "Paused by hand" if paused else None
        return ok({"status": "paused" if paused else "active", "pausedAt": None, "pauseReason": reason})

    @router.on("GET /frequency-cap", "PUT /frequency-cap", "DELETE /frequency-cap")
    def frequency_cap(request: Request) -> Response:
        settings = world.state.settings
        if request.method == "GET":
            world.need("account:read")
        else:
            world.need("companies:manage")
            body = read_object(request) if request.method == "PUT" else None
            settings.frequency_cap = None if body is None else msgspec.to_builtins(shaped(body, FrequencyCap))
        return ok({"frequencyCap": settings.frequency_cap})

    @router.on("GET /sync-rules")
    def sync_rules(request: Request) -> Response:
        world.need("account:read")
        rules, preset = events.rules(world)
        return ok({"isDefault": preset, "syncRules": rules})

    @router.on("PUT /sync-rules")
    def replace_sync_rules(request: Request) -> Response:
        world.need("companies:manage")
        body = read_object(request)
        wish = shaped(body, SyncRulesBody)
        world.state.settings.sync_rules = None if wish.sync_rules is None else body["syncRules"]
        rules, preset = events.rules(world)
        return ok({"isDefault": preset, "syncRules": rules, "message": "Sync rules updated"})


def _register_senders(router: Router, world: World) -> None:
    def sender() -> dict[str, Any]:
        settings = world.state.settings
        domain = settings.from_email.rpartition("@")[2]
        return {
            "id": "sender_sandbox",
            "email": settings.from_email,
            "name": settings.from_name,
            "domain": domain,
            "domainId": "domain_sandbox",
            "domainStatus": "verified",
            "canSend": True,
            "isDefault": True,
            "createdAt": stamp(DEFAULT_NOW),
        }

    @router.on("GET /sender-profiles")
    def profiles(request: Request) -> Response:
        world.need("account:read")
        reply_to = world.state.settings.reply_to
        replies = [{"id": "reply_sandbox", "email": reply_to, "name": reply_to, "isDefault": True}] if reply_to else []
        return ok(
            {
                "senderProfiles": [sender()],
                "replyProfiles": replies,
                "defaultSenderProfileId": "sender_sandbox",
                "defaultReplyProfileId": "reply_sandbox" if reply_to else None,
            }
        )

    @router.on("PATCH /sender-profiles/{profile_id}")
    def rename(request: Request, profile_id: str) -> Response:
        world.need("company_profile:manage")
        if profile_id != "sender_sandbox":
            raise missing("Sender profile")
        name = shaped(read_object(request), ProfileName).name
        renamed = name != world.state.settings.from_name
        world.state.settings.from_name = name
        return ok({"renamed": renamed, "senderProfile": sender()})
