"""What must be known about the target before anything is written. Reads only; `migrate doctor` and `load` share it.

`inspect_target` gives facts and findings of the workspace; `name_clashes` compares what is there with one plan.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal, TypeVar

from adapters.sequenzy import read
from adapters.sequenzy.account import EVERY_LIST, Account, read_account
from adapters.sequenzy.client import COMPANY, Sequenzy
from migrator.errors import AuthError, NotFound
from migrator.load.starting_sequences import in_full, is_live, watches_people
from migrator.plan.open_plan import OpenPlan
from migrator.plan.records import BuildSequence, CreateList, CreateSegment

T = TypeVar("T")

LOAD_SCOPES = (
    *("account:read", "subscribers:read", "subscribers:write", "subscribers:tag", "tags:read", "tags:write"),
    *("lists:read", "lists:write", "segments:read", "segments:write"),
    *("templates:read", "templates:write", "sequences:read", "sequences:write"),
)
"""What `load` and `verify` need. `undo` also needs segments:delete, `enable` sequences:activate."""
LATER_SCOPES = {"undo": ("segments:delete", "templates:delete"), "enable": ("sequences:activate",)}

Contract = Literal["current", "seed"]


@dataclass(frozen=True)
class Finding:
    """`level`: `stop` keeps a load from starting, `person` needs a look, `note` is good to know."""

    level: Literal["stop", "person", "note"]
    what: str
    fix: str = ""


@dataclass(frozen=True)
class Inventory:
    """What is there already, name to id. Contacts are counted only."""

    contacts: int | None = None
    lists: dict[str, str] = field(default_factory=dict)
    segments: dict[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    sequences: dict[str, str] = field(default_factory=dict)
    live_sequences: tuple[str, ...] = ()
    watching: tuple[str, ...] = ()
    """Those of them that look at segments or at the clock, or take in an audience: loading people can start them."""
    taking_in: tuple[str, ...] = ()
    """Those that take in an audience."""

    @property
    def empty(self) -> bool:
        return not (self.contacts or self.lists or self.segments or self.templates or self.sequences)


@dataclass(frozen=True)
class TargetFacts:
    address: str
    account: Account
    contract: Contract
    """`seed`: the server knows only the introductory documents' calls."""
    missing_scopes: tuple[str, ...] | None
    """None: the server does not tell what the key may do."""
    later_scopes: dict[str, tuple[str, ...]]
    """Command to the permissions that it will miss."""
    inventory: Inventory
    findings: tuple[Finding, ...] = ()

    @property
    def identity(self) -> str:
        """Names the workspace without a secret: a checkpoint belongs to one."""
        return f"workspace {self.account.company_id}" if self.account.company_id else f"the key's at {self.address}"

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """Label and text, for a person."""
        who, here = self.account, self.inventory
        return (
            ("workspace", f"{who.company_name or 'unnamed'} ({who.company_id or 'id unknown'})"),
            ("key", f"{who.key_kind or 'kind unknown'}, {_granted(self)}"),
            ("contract", "current" if self.contract == "current" else "the introductory documents' only"),
            ("double opt-in", _word(who.double_opt_in)),
            ("default lists", _lists(who.default_lists, here)),
            ("sending", {True: "paused", False: "active", None: "unknown"}[who.sending_paused]),
            ("verified senders", "unknown" if who.verified_senders is None else str(who.verified_senders)),
            ("already there", _already(here)),
        )


def inspect_target(api: Sequenzy, *, wanted_scopes: Iterable[str] = LOAD_SCOPES) -> TargetFacts:
    """A refused key, a wrong host or an answer that is none raises; what this server cannot tell is None."""
    total = read.contact_total(api)
    account = read_account(api)
    # Only the newer server knows what a key may do; the introductory documents have no such call.
    contract: Contract = "seed" if account.permissions is None and account.key_kind is None else "current"
    inventory = take_inventory(api, total)
    missing = _missing(account, wanted_scopes)
    later = {command: found for command, scopes in LATER_SCOPES.items() if (found := _missing(account, scopes) or ())}
    return TargetFacts(
        address=api.address,
        account=account,
        contract=contract,
        missing_scopes=missing,
        later_scopes=later,
        inventory=inventory,
        findings=tuple(_findings(account, contract, missing, later, inventory)),
    )


def take_inventory(api: Sequenzy, contacts: int | None) -> Inventory:
    sequences = _or_empty(read.sequences, api)
    live = [in_full(api, one) for one in sequences if is_live(one)]
    return Inventory(
        contacts=contacts,
        lists={one.name: one.id for one in _or_empty(read.lists, api)},
        segments={str(one.get("name")): str(one.get("id")) for one in _or_empty(read.segments, api)},
        tags=tuple(str(one.get("name")) for one in _or_empty(read.tags, api)),
        templates=tuple(one.name for one in _or_empty(read.templates, api)),
        sequences={one.name: one.id for one in sequences},
        live_sequences=tuple(one.name for one in live),
        watching=tuple(one.name for one in live if watches_people(one)),
        taking_in=tuple(one.name for one in live if one.takes_in),
    )


def name_clashes(opened: OpenPlan, inventory: Inventory, ours: Collection[str]) -> Iterable[Finding]:
    """What is there under a name that the plan will use. `ours`: target ids that an earlier run of this plan made."""
    for lists in opened.operations(CreateList):
        name = str(lists.body.get("name", "")).strip()
        if inventory.lists.get(name, "") not in ("", *ours):
            yield Finding("note", f"List {name!r} is there already: it is used, and its members stay.")
    for segments in opened.operations(CreateSegment):
        name = str(segments.body.get("name", "")).strip()
        if inventory.segments.get(name, "") not in ("", *ours):
            fix = "With the same rules it is used; with others rename one of the two."
            yield Finding("person", f"Segment {name!r} is there already.", fix)
    for sequences in opened.operations(BuildSequence):
        if inventory.sequences.get(sequences.name, "") not in ("", *ours):
            yield Finding("note", f"A sequence named {sequences.name!r} is there already; the plan's carries a label.")


def _or_empty(reader: Callable[[Sequenzy], list[T]], api: Sequenzy) -> list[T]:
    """A collection this server does not have, or this key may not see (its missing permission is a finding)."""
    try:
        return reader(api)
    except (NotFound, AuthError):
        return []


def _missing(account: Account, wanted: Iterable[str]) -> tuple[str, ...] | None:
    given = account.permissions
    if given is None:
        return None
    if given.full_access:
        return ()
    return tuple(scope for scope in wanted if not any(fnmatchcase(scope, one) for one in given.scopes))


def _findings(
    account: Account,
    contract: Contract,
    missing: tuple[str, ...] | None,
    later: dict[str, tuple[str, ...]],
    inventory: Inventory,
) -> Iterable[Finding]:
    if missing:
        manage = account.permissions.manage_url if account.permissions else None
        where = f" at {manage}" if manage else ""
        yield Finding("stop", f"The key may not: {', '.join(missing)}.", f"Give the key these permissions{where}.")
    for command, scopes in later.items():
        yield Finding("note", f"`migrate {command}` will also need: {', '.join(scopes)}.")
    if account.key_kind == "personal" and account.other_companies:
        fix = f"Set {COMPANY} to the id of the workspace that is meant."
        yield Finding("person", f"A personal key for several workspaces; it acts on {account.company_id}.", fix)
    if account.default_lists == EVERY_LIST:
        yield Finding(
            "note",
            "A contact added without lists joins EVERY list, present and future. The load always names its lists.",
            "Set the default lists to none, unless forms and your own software rely on this.",
        )
    if account.double_opt_in:
        yield Finding(
            "note",
            "Double opt-in is on. The load asks nobody again: it writes recorded consent and never sends a mail.",
        )
    if account.sending_paused:
        yield Finding("person", "Sending is paused.", "A load does not need it; settle it before anything is enabled.")
    if account.verified_senders == 0:
        yield Finding("person", "No verified sender.", "Verify a domain before a sequence is enabled.")
    if contract == "seed":
        yield Finding(
            "person",
            "The server knows the introductory documents' calls only: no bulk import, lists, segments or branches.",
            "Contacts are then created one by one, and sequences that need more stay with you.",
        )
    if inventory.watching:
        yield Finding(
            "person",
            f"Live there, and looks at the contacts themselves (a segment, inactivity, or an audience that it takes "
            f"in): {', '.join(inventory.watching[:5])}. People whom the load brings could be mailed by it.",
            "Disable it until the load is done, or load with --live-too if it may start them.",
        )
    if others := len(inventory.live_sequences) - len(inventory.watching):
        what = "1 sequence is" if others == 1 else f"{others} sequences are"
        yield Finding("note", f"{what} live there that no import starts; the load starts none of them for anybody.")


def _granted(facts: TargetFacts) -> str:
    given = facts.account.permissions
    if given is None:
        return "permissions unknown"
    if given.full_access:
        return "full access"
    return f"{len(given.scopes)} permissions" + (f", {len(facts.missing_scopes or ())} missing for a load")


def _word(flag: bool | None) -> str:
    return {True: "on", False: "off", None: "unknown"}[flag]


def _lists(default: tuple[str, ...] | str | None, inventory: Inventory) -> str:
    if default is None:
        return "unknown"
    if isinstance(default, str):
        return default
    names = {list_id: name for name, list_id in inventory.lists.items()}
    return ", ".join(names.get(one, one) for one in default) or "none"


def _already(inventory: Inventory) -> str:
    contacts = "an unknown number of" if inventory.contacts is None else f"{inventory.contacts:,}"
    counts = (
        (len(inventory.lists), "lists"),
        (len(inventory.segments), "segments"),
        (len(inventory.templates), "templates"),
        (len(inventory.sequences), "sequences"),
    )
    return ", ".join([f"{contacts} contacts", *(f"{count} {name}" for count, name in counts)])
