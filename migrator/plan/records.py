"""The plan on disk: what will be written, in order, with the bytes that will be sent.

plan/
  plan.json            the header below: hashes, counts, operations in order, the files beside it
  ledger.json          one entry a construct
  people/*.jsonl       one ready import record a line; batches are byte ranges of these files
  rejected.csv         rows that cannot be written, each with its reason
  sequences/*.json     one target graph with its schedule of calls

How a plan is made is in the modules beside this one; the loader only reads these records.
"""

from __future__ import annotations

from typing import Any

import msgspec

from mappings.target import Body, TargetGraph
from mappings.verdicts import Finding, Verdict

FORMAT_VERSION = 1
BATCH_SIZE = 5000


class PlanRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    pass


# The ledger -----------------------------------------------------------------------------------------------


class LedgerEntry(PlanRecord, frozen=True, kw_only=True, omit_defaults=True):
    kind: str
    """sequence, trigger, entry_filter, step, lane, exit_rule, email_filter, re_entry, sending_window, merge_tag, list,
    tag, attribute, segment, template, campaign, form, consent_state, profile, enrolment, other."""
    id: str
    """Unique within its kind."""
    label: str = ""
    count: int = 1
    """People behind one entry (consent states, positions); 1 for a thing."""
    sequence_id: str | None = None
    step_id: str | None = None
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    target: tuple[str, ...] = ()
    """Keys of the operations or nodes it became."""


# Operations, in the order in which they are written -------------------------------------------------------


class Batch(PlanRecord, frozen=True, kw_only=True, omit_defaults=True):
    """One import call: a byte range of whole lines. Borders never move, so that a repeated call has the same bytes."""

    start: int
    end: int
    count: int
    sha256: str


class ImportPeople(PlanRecord, frozen=True, kw_only=True, omit_defaults=True, tag="import_people"):
    """POST /subscribers/imports, one call a batch. `head` is the body without `subscribers` and idempotencyKey."""

    key: str
    file: str
    head: Body
    batches: tuple[Batch, ...]


class MarkComplaints(PlanRecord, frozen=True, kw_only=True, omit_defaults=True, tag="mark_complaints"):
    """PATCH /subscribers/{email} with `{"status":"complained"}`, for each e-mail in the file (a JSON string a line)."""

    key: str
    file: str
    count: int


class CreateList(PlanRecord, frozen=True, kw_only=True, omit_defaults=True, tag="create_list"):
    key: str
    """`list:<source id>`"""
    body: Body


class AddMembers(PlanRecord, frozen=True, kw_only=True, omit_defaults=True, tag="add_members"):
    """POST /lists/{id}/subscribers, up to 500 e-mails a call, never with enrolment or opt-in mail."""

    key: str
    list_key: str
    file: str
    count: int


class AddTags(PlanRecord, frozen=True, kw_only=True, omit_defaults=True, tag="add_tags"):
    """POST /subscribers/bulk/tags/add without automations: for contacts that already were at the target."""

    key: str
    tags: tuple[str, ...]
    file: str
    count: int


class CreateSegment(PlanRecord, frozen=True, kw_only=True, omit_defaults=True, tag="create_segment"):
    key: str
    body: Body


class CreateTemplate(PlanRecord, frozen=True, kw_only=True, omit_defaults=True, tag="create_template"):
    key: str
    body: Body


class BuildSequence(PlanRecord, frozen=True, kw_only=True, omit_defaults=True, tag="build_sequence"):
    """A draft, built by the calls of the `SequencePlan` in `file`."""

    key: str
    name: str
    file: str
    calls: int = 0
    """How many requests build it."""


class EnrolPeople(PlanRecord, frozen=True, kw_only=True, omit_defaults=True, tag="enrol_people"):
    """People who are or were in a sequence. Planned and shown, never carried out by `load`.

    A line a person: `{"email", "customAttributes", "enrol", "code"}`; the code says why. The attributes are written for
    everybody before the sequence is enabled, by `enable` too; then the cut-over enrols those with `enrol`. The others
    are kept out by their attribute.
    """

    key: str
    sequence_key: str
    file: str
    count: int
    """Those with `enrol`."""


Operation = (
    ImportPeople
    | MarkComplaints
    | CreateList
    | AddMembers
    | AddTags
    | CreateSegment
    | CreateTemplate
    | BuildSequence
    | EnrolPeople
)


# One sequence ---------------------------------------------------------------------------------------------


class Call(PlanRecord, frozen=True, kw_only=True, omit_defaults=True):
    """One request that builds a part of the graph; in `body`, ids known only while loading stand as `Ref`s.

    `creates` names the nodes it makes:
    create    the row behind the trigger of the read-back graph, waits included (the answer names no ids)
    insert    `insertedNodeIds`, one for one
    branch    one key: `addedBranchNodeId`; its lanes' nodes are in `creates_in_lanes`, lane id to keys, as
              `addedBranchPathNodeIds` gives them (lanes without new nodes have an empty tuple)
    edges     nothing; replaces all edges; `{"$ref": "revision"}` is the graph's revision right before the call
    settings  nothing; fields of emails that an insertion does not take
    """

    kind: str
    """create (POST /sequences), or insert, branch, edges, settings (each a PUT /sequences/{id})."""
    body: Body
    creates: tuple[str, ...] = ()
    creates_in_lanes: dict[str, tuple[str, ...]] = {}


class SequencePlan(PlanRecord, frozen=True, kw_only=True, omit_defaults=True):
    graph: TargetGraph
    calls: tuple[Call, ...]
    seed_calls: tuple[Call, ...] | None = None
    """The same with the user's original documents only (--contract seed); None when that cannot express it."""


# The header -----------------------------------------------------------------------------------------------


class PlanFile(PlanRecord, frozen=True, kw_only=True, omit_defaults=True):
    sha256: str
    bytes: int
    records: int | None = None


class PeopleCounts(PlanRecord, frozen=True, kw_only=True, omit_defaults=True):
    """read = planned + rejected + merged, asserted when the plan is made."""

    read: int
    planned: int
    rejected: int
    merged: int = 0
    """Rows of an address that another row already stood for."""
    from_suppressions: int = 0
    """Addresses on a do-not-send list whom no contact stood for: written as opted-out contacts, beyond `planned`."""
    flow: dict[str, dict[str, int]] = {}
    """Source consent state to target state to people."""


class Plan(PlanRecord, frozen=True, kw_only=True, omit_defaults=True):
    format_version: int
    tool_version: str
    bundle_hash: str
    mappings_hash: str
    marker: str
    """The label on everything this plan creates; made from the bundle, so that a rerun finds its own work."""
    source: dict[str, Any]
    people: PeopleCounts
    verdicts: dict[str, dict[str, int]] = {}
    """Kind to verdict to count."""
    holds: tuple[str, ...] = ()
    """Why nothing may be loaded yet: what a person must settle about people first."""
    operations: tuple[Operation, ...] = ()
    files: dict[str, PlanFile] = {}
