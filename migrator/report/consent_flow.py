"""The picture of people by consent: bands from the source's states to the target's, as wide as they are many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from migrator.report.facts import Flow

HEIGHT, GAP, THINNEST = 230.0, 12.0, 3.0
LEFT, RIGHT, BAR = 190.0, 450.0, 8.0
LABEL_ROOM = 20.0


@dataclass(frozen=True)
class End:
    name: str
    people: int
    y: float
    height: float
    label_y: float
    mailable: bool


@dataclass(frozen=True)
class Band:
    path: str
    source: str
    target: str
    people: int
    mailable: bool


@dataclass(frozen=True)
class FlowPicture:
    left: tuple[End, ...]
    right: tuple[End, ...]
    bands: tuple[Band, ...]
    height: float


def flow_picture(flows: Sequence[Flow]) -> FlowPicture:
    total = sum(one.people for one in flows) or 1
    sizes = {one: max(THINNEST, HEIGHT * one.people / total) for one in flows}
    left = _ends(flows, sizes, [one.source for one in flows], source=True)
    right = _ends(flows, sizes, [one.target for one in flows], source=False)
    start = {name: one.y for name, one in zip(dict.fromkeys(one.source for one in flows), left, strict=True)}
    end = {name: one.y for name, one in zip(dict.fromkeys(one.target for one in flows), right, strict=True)}
    bands = []
    for one in flows:
        a, b, size = start[one.source], end[one.target], sizes[one]
        start[one.source], end[one.target] = a + size, b + size
        x, z = LEFT + BAR, RIGHT
        m = (x + z) / 2
        path = (
            f"M{x:.0f} {a:.1f}C{m:.0f} {a:.1f} {m:.0f} {b:.1f} {z:.0f} {b:.1f}"
            f"V{b + size:.1f}C{m:.0f} {b + size:.1f} {m:.0f} {a + size:.1f} {x:.0f} {a + size:.1f}Z"
        )
        bands.append(Band(path, one.source, one.target, one.people, one.target == "active"))
    bottom = max((max(one.y + one.height, one.label_y + 16) for one in (*left, *right)), default=0.0)
    return FlowPicture(left, right, tuple(bands), bottom + 6)


def _ends(flows: Sequence[Flow], sizes: dict[Flow, float], names: list[str], *, source: bool) -> tuple[End, ...]:
    found, y, room = [], 4.0, 0.0
    for name in dict.fromkeys(names):
        mine = [one for one in flows if (one.source if source else one.target) == name]
        height = sum(sizes[one] for one in mine)
        label = max(y + height / 2, room + LABEL_ROOM)
        room = label
        mailable = name in ("subscribed", "active")
        found.append(End(name.replace("_", " "), sum(one.people for one in mine), y, height, label, mailable))
        y += height + GAP
    return tuple(found)
