"""What a person said about a topic, and whether they receive it. Nobody's silence is ever written down as an answer."""

from __future__ import annotations

from migrator.sandbox.broadcast.account import Row, Subscriber


def stored(topic: Row, person: Subscriber) -> bool | None:
    if topic["storage"] == "tag":
        return True if topic["tag_name"] in person.tags else None
    wish = (person.custom_data or {}).get(topic["custom_data_key"])
    return None if wish is None else wish is True or wish == 1


def receives(topic: Row, person: Subscriber) -> bool:
    """Judged at the moment of sending."""
    wish = stored(topic, person)
    return bool(topic["unset_receives"]) if wish is None else wish


def shown(topics: list[Row], person: Subscriber) -> list[Row]:
    return [{"id": topic["id"], "name": topic["name"], "value": stored(topic, person)} for topic in topics]
