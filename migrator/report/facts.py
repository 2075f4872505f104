"""What a report says: one set of typed facts, computed once (gather.py) and printed in four ways.

report.json is these records as they stand; its schema is in docs/report.md. No contact's address is in any of them:
people are counted, never named. Emails' bodies are not here either, see letters.py.
"""

from __future__ import annotations

import msgspec

from migrator.plan.answers.risk import Risk, setting_of

FORMAT_VERSION = 1
COPIED = tuple(risk.value for risk in Risk if risk.copied)


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    pass


class Tally(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """One kind of construct; exact + changed + manual + dropped = found."""

    kind: str
    name: str
    """As a person calls it, in the plural."""
    exact: int = 0
    changed: int = 0
    manual: int = 0
    dropped: int = 0

    @property
    def found(self) -> int:
        return self.exact + self.changed + self.manual + self.dropped


class Flow(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """So many people of one state at the source have one status at the target."""

    source: str
    target: str
    people: int


class People(Fact, frozen=True, kw_only=True, omit_defaults=True):
    read: int
    planned: int
    rejected: int = 0
    merged: int = 0
    from_suppressions: int = 0
    mailable_before: int = 0
    mailable_after: int = 0
    flows: tuple[Flow, ...] = ()


class Finding(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """Why one construct is not carried over exactly, and what to do."""

    number: int
    kind: str
    where: str
    verdict: str
    code: str
    reason: str
    remedy: str = ""
    settles: str = ""
    """The line of mappings.toml that answers it."""
    risk: str = ""
    """What that line can do: cosmetic, content, sends or consent."""
    count: int = 1
    sequence_id: str | None = None
    step_id: str | None = None


class Place(Fact, frozen=True, kw_only=True, omit_defaults=True):
    where: str
    reason: str = ""
    """Only where it says more than the task's title."""
    settles: str = ""
    risk: str = ""
    count: int = 1

    @property
    def copied(self) -> bool:
        """Whether its line may be offered for copying. The others are typed, one at a time."""
        return bool(self.settles) and self.risk in COPIED

    @property
    def setting(self) -> str:
        """What the line sets, without the value."""
        return setting_of(self.settles)


class Task(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """One thing for a person to decide or do, with all places where it shows."""

    code: str
    group: str
    """consent, sequences, people in sequences, emails, or other."""
    title: str
    remedy: str
    places: tuple[Place, ...]


class Node(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """One box of a picture. Boxes of both sides with the same `step` belong together."""

    id: str
    kind: str
    title: str
    text: str = ""
    verdict: str = "exact"
    step: str = ""
    people: int = 0
    """People who stand here."""


class Edge(Fact, frozen=True, kw_only=True, omit_defaults=True):
    source: str
    target: str
    label: str = ""
    resume: bool = False
    """Taken once, by people who stood in the middle."""


class Picture(Fact, frozen=True, kw_only=True, omit_defaults=True):
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


class Email(Fact, frozen=True, kw_only=True, omit_defaults=True):
    key: str
    """Names its bodies inside report.html."""
    label: str
    verdict: str = "exact"
    step_id: str | None = None
    subject_before: str = ""
    subject_after: str = ""
    preview_before: str = ""
    preview_after: str = ""


class Standing(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """People of a sequence who are treated alike."""

    people: int
    verdict: str
    says: str
    step_id: str | None = None


class Sequence(Fact, frozen=True, kw_only=True, omit_defaults=True):
    id: str
    name: str
    verdict: str
    active: bool | None = None
    taken: bool = True
    tally: dict[str, int] = {}
    """Verdict to constructs of this sequence."""
    in_it: int = 0
    """People who are in it at the source now: continues + finishes + needs_you."""
    continues: int = 0
    """People who continue at their step at Sequenzy."""
    finishes: int = 0
    """People who finish at the source."""
    needs_you: int = 0
    """People for whom you must decide."""
    standing: tuple[Standing, ...] = ()
    starts: tuple[str, ...] = ()
    """How it starts at the source, in words."""
    starts_after: str = ""
    """How it will start once somebody enables it."""
    settings: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()
    """Why it must not be enabled yet."""
    source: Picture
    target: Picture | None = None
    feeders: tuple[str, ...] = ()
    """Small sequences of ours that start this one."""
    emails: tuple[Email, ...] = ()

    @property
    def ready(self) -> bool:
        return self.taken and not self.blocks

    @property
    def mark(self) -> str:
        """The colour of its one mark: off, hold, part (ready, but nobody inside continues) or go."""
        if not self.taken:
            return "off"
        if not self.ready:
            return "hold"
        return "part" if self.in_it and not self.continues else "go"

    @property
    def state(self) -> str:
        """The one mark of a sequence. It never says ready without how many of its people continue."""
        if not self.taken:
            return "left out"
        word = "ready" if self.ready else "needs you"
        return f"{word}, {self.continues:,} of {self.in_it:,} continue" if self.in_it else word


class Inside(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """People who are in some sequence now: people = continues + finishes + needs_you."""

    people: int = 0
    continues: int = 0
    finishes: int = 0
    needs_you: int = 0
    says: str = ""


class Load(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """What `migrate load` will do and cost."""

    will: tuple[str, ...]
    will_not: tuple[str, ...]
    requests: int
    minutes: int
    """At the documented limit."""


class ProofRow(Fact, frozen=True, kw_only=True, omit_defaults=True):
    name: str
    planned: int
    found: int
    differs: int = 0

    @property
    def agrees(self) -> bool:
        return self.planned == self.found and not self.differs


class Proof(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """What was done and what reading it back showed."""

    loaded: bool = False
    """Every unit of the load is done."""
    verified: bool = False
    agrees: bool = False
    checked_at: str = ""
    rows: tuple[ProofRow, ...] = ()
    rejected: int = 0
    wider: int = 0
    """People who are more reachable at the target than planned: an alarm."""
    requests: int = 0
    seconds: float = 0.0
    sentences: tuple[str, ...] = ()


class Facts(Fact, frozen=True, kw_only=True, omit_defaults=True):
    format_version: int = FORMAT_VERSION
    tool_version: str
    platform: str
    account: str
    exported_at: str
    bundle: str
    plan: str
    marker: str
    fidelity: tuple[Tally, ...]
    people: People
    load: Load
    tasks: tuple[Task, ...]
    sequences: tuple[Sequence, ...]
    inside: Inside
    templates: tuple[Email, ...] = ()
    findings: tuple[Finding, ...] = ()
    unread: tuple[str, ...] = ()
    """What the export could not read."""
    proof: Proof | None = None
    stage: str = "plan"
    """export, plan, drafts, verified, switched, live or closed."""
    act: str = ""
    """What you do next yourself."""
    next: str = ""
    """The next command, without `migrate`."""

    @property
    def manual(self) -> int:
        return sum(one.manual for one in self.fidelity)

    @property
    def outcome(self) -> str:
        """What the proof shows so far."""
        if self.proof is None:
            return "planned"
        if not self.proof.verified:
            return "loaded" if self.proof.loaded else "loading"
        return "verified" if self.proof.agrees else "differs"
