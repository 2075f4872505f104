"""Whether a contact is in a segment, for the sequence side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from migrator.sandbox.sequenzy.state import State, Subscriber


def in_segment(state: State, person: Subscriber, segment: str | Mapping[str, Any]) -> bool:
    """`segment` is an id or a tree of filters. An unknown id matches nobody."""
    # Segments read people, people call the engine, and the engine asks for segments: the circle is cut here.
    from migrator.sandbox.sequenzy import segments

    return segments.matches(state, person, segment)
