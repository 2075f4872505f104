"""What every stage of a load holds: the plan, the target, the checkpoint, and what was asked for.

Also the two things that all stages do alike: put real ids in the place of references, and note a request before it
leaves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from adapters.sequenzy.client import Sequenzy, encode
from mappings.target import REF
from migrator.errors import Bug
from migrator.load.checkpoint import Checkpoint, State, Unit
from migrator.load.target_checks import Contract
from migrator.plan.open_plan import OpenPlan

GENERATION = "generation"
"""A note in the checkpoint: how often this plan was undone. Part of every import's key."""

KINDS = ("people", "lists", "tags", "segments", "templates", "sequences")
"""What `--only` may name; `lists` are lists with their members."""


class Watcher(Protocol):
    """Who is told how far a run is. Nothing passed here holds an address or a secret."""

    def collection(self, name: str, total: int | None) -> None: ...

    def progress(self, name: str, rows: int) -> None: ...

    def finished(self, name: str, rows: int, remark: str = "") -> None: ...

    def say(self, sentence: str) -> None: ...


class Silent:
    def collection(self, name: str, total: int | None) -> None:
        pass

    def progress(self, name: str, rows: int) -> None:
        pass

    def finished(self, name: str, rows: int, remark: str = "") -> None:
        pass

    def say(self, sentence: str) -> None:
        pass


@dataclass(frozen=True)
class Wanted:
    """What was asked for. Empty: everything."""

    only: tuple[str, ...] = ()
    sequences: tuple[str, ...] = ()
    """Source ids; their own drafts only, nothing else is left out."""
    limit: int | None = None
    """At most so many opted-out and so many active contacts: a trial."""
    live_too: bool = False
    """Also while sequences are live there that could start people whom the load brings."""
    bring_back: bool = False
    """Also people who are not at the target any more, where nothing tells a lost import from a deletion."""

    def has(self, kind: str) -> bool:
        return not self.only or kind in self.only


@dataclass
class Work:
    opened: OpenPlan
    api: Sequenzy
    checkpoint: Checkpoint
    wanted: Wanted = Wanted()
    watcher: Watcher = field(default_factory=Silent)
    contract: Contract = "current"
    single: bool = False
    """Contacts are created one by one."""
    people: int = 0
    """Written in this run."""
    contacts_there: int = 0
    """At the target when the run began."""
    started_here: set[str] = field(default_factory=set)
    """Keys of the imports that this very run was the first to send."""
    writes: int = 0
    """Requests of this run that were meant to change something."""
    once: dict[str, Any] = field(default_factory=dict)
    """What is read once a run, by name."""

    @property
    def marker(self) -> str:
        return self.opened.plan.marker

    @property
    def key_prefix(self) -> str:
        """Of import keys: the run, and which time it is that the plan is loaded."""
        generation = self.checkpoint.note(GENERATION, 0)
        return f"{self.marker}-{generation}" if generation else self.marker

    def sending(self, unit: Unit, body: Any, result: dict[str, Any] | None = None) -> None:
        """One flush: this request is about to leave, and when the latest ones left."""
        data = body if isinstance(body, bytes) else encode(body)
        self.writes += 1
        with self.checkpoint.writing():
            self.checkpoint.sending(unit, request_hash=hashlib.sha256(data).hexdigest(), result=result)
            self.save_pace()

    def save_pace(self) -> None:
        self.checkpoint.put_note("send_times", [round(moment, 3) for moment in self.api.pacer.export_times()])

    def warn(self, where: str, warnings: Iterable[str]) -> None:
        self.checkpoint.add_to_note("warnings", *(f"{where}: {text}" for text in warnings))

    def fall_back(self, sentence: str) -> None:
        self.checkpoint.add_to_note("fallbacks", sentence)
        self.watcher.say(sentence)

    def target_id(self, key: str) -> str:
        """The id of something this plan has created or found."""
        unit = self.checkpoint.unit(key)
        if unit is None or unit.state is not State.CONFIRMED or unit.target_id is None:
            raise Missing(key)
        return unit.target_id

    def filled(self, value: Any, local: dict[str, str] | None = None) -> Any:
        """With ids in the place of references; `local` are those known to the caller alone."""
        if isinstance(value, dict):
            if set(value) == {REF}:
                key = value[REF]
                if local and key in local:
                    return local[key]
                if key.startswith("node:") or key == "revision":
                    raise Bug("A sequence refers to a step that no call has made", where=key)
                return self.target_id(key)
            return {name: self.filled(one, local) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.filled(one, local) for one in value]
        return value


class Missing(Exception):
    """Something this needs is not at the target: it was refused, or left out on request."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def digest_of(email: str) -> bytes:
    """For looking somebody up without keeping their address."""
    return hashlib.blake2b(email.strip().lower().encode("utf-8", "surrogatepass"), digest_size=16).digest()
