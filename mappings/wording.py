"""Texts of a source as they can be sent: no half characters; and short enough for a name or label."""

from __future__ import annotations


def sendable(text: str | None) -> str:
    """The same text; half of a character, which nobody can send, becomes the sign for that."""
    return (text or "").encode("utf-8", "replace").decode()


def printable(text: str | None, limit: int = 120) -> str:
    """A name or label as JSON and a dashboard can hold it."""
    whole = sendable(text)
    shown = whole if whole.isprintable() else "".join(sign if sign.isprintable() else " " for sign in whole)
    return " ".join(shown.split())[:limit]
