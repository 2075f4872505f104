"""The part of the filter language that reading needs: `equals(field,"value")`, joined by commas."""

from __future__ import annotations

import re
from typing import Any

from migrator.sandbox.klaviyo.gate import refusal

_EQUALS = re.compile(r"""equals\(([\w.]+),["']([^"']*)["']\)\Z""")


def one_equals(text: str) -> tuple[str, str]:
    """Field and value of a filter; anything else is refused, as the platform refuses what a collection cannot do."""
    match = _EQUALS.match(text.strip())
    if match is None:
        raise refusal(400, "invalid", "Invalid input.", "This filter is not supported here.", "filter")
    return match[1], match[2]


def suppressed_for(subscriptions: dict[str, Any], reason: str) -> bool:
    found = subscriptions["email"]["marketing"]["suppression"]
    return any(item["reason"] == reason for item in found)
