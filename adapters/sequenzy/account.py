"""Who we are to this workspace, and how it is set up: what must be known before the first write. Reads only.

A question that this server does not know, or that the key may not ask, is answered with None: unknown is not "off".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from adapters.sequenzy.client import Sequenzy
from adapters.sequenzy.shapes import KeyPermissions
from migrator.errors import AuthError, NotFound, Rejected

EVERY_LIST = "every list"


@dataclass(frozen=True)
class Account:
    company_id: str | None = None
    company_name: str | None = None
    other_companies: tuple[str, ...] = ()
    key_kind: str | None = None
    """`company` or `personal`; None on a server that does not tell."""
    permissions: KeyPermissions | None = None
    default_lists: tuple[str, ...] | str | None = None
    """Ids of the lists a contact joins when none are named, or EVERY_LIST; None: unknown."""
    double_opt_in: bool | None = None
    sending_paused: bool | None = None
    verified_senders: int | None = None


def read_account(api: Sequenzy) -> Account:
    me = _part(_optional(api, "/subscribers/me"), "account")
    account = _optional(api, "/account")
    company_id = _text(me.get("companyId")) or _text((account or {}).get("currentCompanyId"))
    companies = [row for row in (account or {}).get("companies") or [] if isinstance(row, dict)]
    company = _part(_optional(api, f"/companies/{company_id}"), "company") if company_id and account else {}
    consent = _part(_optional(api, "/tracking-settings"), "consent") if account else {}
    sending = _optional(api, "/sending-status") if account else None
    senders = _optional(api, "/sender-profiles") if account else None
    return Account(
        company_id=company_id,
        company_name=_text(me.get("companyName")) or _text(company.get("name")),
        other_companies=tuple(str(row.get("id")) for row in companies if row.get("id") != company_id),
        key_kind=_text(me.get("apiKeyType")),
        permissions=_permissions(account),
        default_lists=_default_lists(company),
        double_opt_in=_flag(consent.get("doubleOptInEnabled")),
        sending_paused=None if sending is None else sending.get("status") == "paused",
        verified_senders=_verified(senders),
    )


def _permissions(account: Mapping[str, Any] | None) -> KeyPermissions | None:
    given = _part(account, "apiKeyPermissions")
    try:
        return msgspec.convert(given, KeyPermissions, strict=False) if given else None
    except msgspec.ValidationError:
        return None


def _default_lists(company: Mapping[str, Any]) -> tuple[str, ...] | str | None:
    if "defaultSubscriberListIds" not in company:
        return None
    ids = company["defaultSubscriberListIds"]
    return EVERY_LIST if ids is None else tuple(str(one) for one in ids)


def _verified(senders: Mapping[str, Any] | None) -> int | None:
    if senders is None:
        return None
    rows = [row for row in senders.get("senderProfiles") or [] if isinstance(row, dict)]
    return sum(bool(row.get("canSend")) for row in rows)


def _optional(api: Sequenzy, path: str) -> Mapping[str, Any] | None:
    try:
        data = api.get(path).data
    except (NotFound, AuthError, Rejected):
        return None
    return data if isinstance(data, dict) else None


def _part(data: Mapping[str, Any] | None, name: str) -> Mapping[str, Any]:
    found = data.get(name) if data else None
    return found if isinstance(found, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None
