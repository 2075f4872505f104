"""A unit of work and its states; how they are kept is in checkpoint.py."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class State(StrEnum):
    INTENDED = "intended"
    SENT = "sent"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Unit:
    operation: str
    part: str = ""
    state: State = State.INTENDED
    request_hash: str | None = None
    target_id: str | None = None
    attempts: int = 0
    error: str | None = None
    result: dict[str, Any] = field(default_factory=dict)
    position: int = 0
    updated: float = 0.0

    @property
    def key(self) -> str:
        return f"{self.operation}#{self.part}"

    @property
    def done(self) -> bool:
        return self.state in (State.CONFIRMED, State.REJECTED)


COLUMNS = "operation, part, state, request_hash, target_id, attempts, error, result, position, updated"


def unit_of(row: tuple[Any, ...]) -> Unit:
    operation, part, state, request_hash, target_id, attempts, error, result, position, updated = row
    kept = json.loads(result or "{}")
    return Unit(operation, part, State(state), request_hash, target_id, attempts, error, kept, position, updated)


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))
