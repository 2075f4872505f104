"""What an action becomes before it is put into a graph: nodes in a row, or a small fork, or nothing."""

from __future__ import annotations

from dataclasses import dataclass

from mappings.target import Body, NodeKind


@dataclass(frozen=True)
class Piece:
    kind: NodeKind
    body: Body
    part: str = "step"
    """Which part of the source step it is."""
    key_date: tuple[str, str] | None = None
    """A date that the whole sequence must know for it: key and moment."""


@dataclass(frozen=True)
class Fork:
    """Two ways that meet again behind it: `condition` as a lane takes it."""

    condition: Body
    yes: tuple[Piece, ...]
    no: tuple[Piece, ...]
    label: str
    part: str = "step"


@dataclass(frozen=True)
class Fragment:
    parts: tuple[Piece | Fork, ...] = ()
    ends: bool = False
    """Nothing follows at the source, so the path goes to the end."""


def tag_piece(kind: NodeKind, tag: str, part: str = "step") -> Piece:
    return Piece(kind, {"nodeType": kind.value, "config": {"tagName": tag}}, part)
