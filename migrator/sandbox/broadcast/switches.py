"""Everything in which one Broadcast server may differ from another, and everything that may go wrong, as settings.

Each switch is honoured where its subject lives; this file only names them. `for_profile` gives the usual set of a
server generation.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Profile = Literal["seed", "legacy", "current"]
ClockWait = Literal["next_occurrence", "next_day"]
FaultKind = Literal[
    "500", "502_html", "hang", "truncate", "reset", "html_200", "redirect_other_host", "redirect_same_host"
]


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Misbehaves on the `nth` request that matches `route`, a glob on `METHOD /path` such as `GET */segments*`."""

    route: str
    kind: FaultKind
    nth: int = 1
    always: bool = False
    """From the nth match onwards; otherwise once."""
    acted: bool = False
    """Whether the server did the work before it failed. `truncate` always has."""


class Switches(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    steps_endpoint: Literal["full", "short", "404", "403"] = "full"
    include_steps: Literal["short", "full", "ignored"] = "short"
    list_envelope: Literal["object", "array", "no_total"] = "object"
    """For the offset lists."""
    limit_cap: int | None = None
    """An undocumented ceiling on `limit` in the offset lists."""
    p1: Literal["full", "no_from_to", "only_total"] = "full"
    p1_page_size: int = 250
    p2_page_size: int = 10
    beyond_end: Literal["empty", "repeat_last"] = "empty"
    """What a page number past the end gives, in both page styles."""
    repeat_page: int | None = None
    """This page of every page list shows the rows of the page before it."""
    current_step_key: Literal["absent", "current_step_id"] = "absent"
    condition_rows: Literal["branch_nodes", "branch_less"] = "branch_nodes"
    step_keys: Literal["canonical", "alias", "nested", "absent"] = "canonical"
    """Spelling of the step keys that no published document names."""
    receipt_keys: Literal["own", "rails", "nested", "thin", "none"] = "own"
    """Spelling of the installation's export of sent emails, which no document publishes; `none`: it keeps none."""
    clock_wait: ClockWait = "next_occurrence"
    """When a wait until a clock time ends for people who come before that time: the same day, or the next one."""
    ids: Literal["int", "string"] = "int"
    html_body: Literal["bool", "string"] = "bool"
    subscriber_fields: Literal["newest", "older"] = "newest"
    """Older servers tell `redacted` and `last_email_sent_at`, newer ones the double opt-in."""
    filters: Literal["newest", "older"] = "newest"
    rate_headers: Literal["iso", "epoch", "off"] = "iso"
    rate_limit: int = 120
    enforce_rate_limit: bool = False
    refuse_every: int = 0
    """429 on every nth request; 0 never."""
    retry_after: int = 1
    missing_permission: Literal[401, 403] = 401
    bad_filter_warnings: bool = True
    demo_mode: bool = False
    between_pages: Literal["nothing", "insert", "delete"] = "nothing"
    """What happens to the subscribers once, after the first page of them was read."""
    busy_once: bool = False
    """The first read of a waiting enrolment finds it `busy`."""
    revoke_after: int | None = None
    """The key stops working after so many answered requests."""
    closing_puts_out: bool = False
    """A sequence whose starting tag or segment is changed puts out everybody who is in it."""
    refuse_changes: int | None = None
    """The status with which every change of a sequence or a form is refused."""
    faults: list[Fault] = []

    @classmethod
    def for_profile(cls, profile: Profile) -> Switches:
        if profile == "legacy":
            return cls(ids="string", p1="no_from_to", subscriber_fields="older", filters="older")
        return cls()
