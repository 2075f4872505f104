"""Topics: how one is stored, and what each person said about it. A person without a value is judged by the topic.

A topic reads a key of the custom data or a tag; newer servers also tell each person's stored value. Where two of these
differ, the no counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.broadcast.surprises import Surprises
from adapters.broadcast.wire import Row, filled, flag, instant, opened, text_id
from migrator.model import ConsentState, ContactList, ListKind, ListMembership, Raw

Stored = Mapping[str, bool | None]
"""What a person said, by whatever names the topic: its id, its name, its key or its tag."""
_NAMES = ("topic_id", "id", "custom_data_key", "key", "tag_name", "tag", "name", "label", "slug")
_VALUES = ("value", "stored_value", "stored", "receives", "subscribed", "opted_in", "enabled", "state")
_DEFAULTS = ("unset_receives", "default", "default_for_unset", "default_value")
_EXPECTED = frozenset(
    {"storage", "storage_kind", "custom_data_key", "data_key", "tag", "tag_name", "unset_receives", "default"}
    | {"updated_at"}
)


@dataclass(frozen=True)
class Topic:
    """How a topic reads from a person: a key of the custom data, or a tag."""

    list_id: str
    key: str | None = None
    tag: str | None = None
    default: bool | None = None
    """What holds for people without a value; None: the source does not say."""
    name: str | None = None

    @property
    def is_read(self) -> bool:
        """Whether its people are known."""
        return self.tag is not None or (self.key is not None and self.default is not None)

    def membership(
        self, tags: Sequence[str], data: Mapping[str, Any], stored: Stored | None = None
    ) -> ListMembership | None:
        wish = self.said(stored or {})
        by_data = self._by_data(tags, data)
        said = [value for value in (wish, by_data) if value is not None]
        on = all(said) if said else self.default
        if not said and self.tag is not None and not self._is_told(stored or {}):
            on = False
        if on is None:
            return None
        state = ConsentState.SUBSCRIBED if on else ConsentState.UNSUBSCRIBED
        return ListMembership(list_id=self.list_id, state=state)

    def said(self, stored: Stored) -> bool | None:
        return next((stored[name] for name in self._names if name in stored), None)

    def _is_told(self, stored: Stored) -> bool:
        return any(name in stored for name in self._names)

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(name for name in (self.list_id, self.key, self.tag, self.name) if name is not None)

    def _by_data(self, tags: Sequence[str], data: Mapping[str, Any]) -> bool | None:
        """A missing tag is no answer: the stored value tells, or the topic."""
        if self.tag is not None:
            return True if self.tag in tags else None
        if self.key is None or data.get(self.key) is None:
            return None
        return data[self.key] is True or data[self.key] == 1


def stored_topics(value: object) -> Stored | None:
    """None where anything of it cannot be read: half of what somebody said may lack the no."""
    found = opened(value)
    pairs: list[tuple[str, object]] = []
    if isinstance(found, dict):
        for name, told in found.items():
            pairs.append((str(name), _value(told) if isinstance(told, dict) else told))
    elif isinstance(found, list):
        for told in found:
            if not isinstance(told, dict):
                return None
            names = [name for key in _NAMES if (name := text_id(told.get(key)))]
            pairs += [(name, _value(told)) for name in names]
            if not names:
                return None
    else:
        return None
    if any(told is not None and flag(told) is None for _, told in pairs):
        return None
    stored: dict[str, bool | None] = {}
    for name, told in pairs:
        wish = None if told is None else flag(told)
        # Two topics may go by one word; a no of either is heard.
        stored[name] = False if stored.get(name) is False else wish
    return stored


def answers_told(topics: Sequence[Topic], stored: Stored) -> dict[str, bool]:
    """Under its key of the custom data, what a person said of a topic: nobody who said no is one who never chose."""
    told = ((topic.key, topic.said(stored)) for topic in topics)
    return {key: wish for key, wish in told if key is not None and wish is not None}


def blank_noes(topics: Sequence[Topic], data: Mapping[str, object]) -> dict[str, bool]:
    """A stored blank is a no at the source. Sequenzy takes an empty field for no answer, so the no is spelled out."""
    stored = ((topic.key, data.get(topic.key)) for topic in topics if topic.key is not None)
    return {key: False for key, value in stored if isinstance(value, str) and not value.strip()}


def _value(told: Mapping[str, object]) -> object:
    """What no key of this row tells is not an answer that can be read."""
    return next((told[key] for key in _VALUES if key in told), "unread")


def read_topic(data: Raw, source_id: str, surprises: Surprises) -> tuple[ContactList, Topic]:
    row = Row(data)
    row.know("id")
    name = row.take(filled, "name", "label")
    description = row.take(filled, "description")
    visible = row.take(flag, "visible")
    created = row.take(instant, "created_at")
    rest = row.rest()
    key, tag = _place(rest)
    default = next((flag(rest[word]) for word in _DEFAULTS if word in rest), None)
    if key and tag:
        key = tag = None
        _without_people(source_id, "it names a key and a tag and not which of them counts", surprises)
    elif not key and not tag:
        _without_people(source_id, "it does not say how it is stored", surprises)
    elif key and default is None:
        why = "it does not say what holds for them; they are not on its list"
        what = f"Who never chose whether to get topic {source_id}"
        surprises.lose(what, why, "Look at the topic at the source, and add them by hand.", f"lists/{source_id}")
    surprises.unknown_keys("topics", rest, _EXPECTED)
    found = ContactList(
        source_id=source_id,
        name=name or f"Topic {source_id}",
        kind=ListKind.TOPIC,
        description=description,
        private=None if visible is None else not visible,
        created_at=created,
        raw=rest,
    )
    return found, Topic(source_id, key, tag, default, name)


def _place(rest: Raw) -> tuple[str | None, str | None]:
    """The key or the tag that holds it; both where it does not say which."""
    storage = (filled(rest.get("storage")) or filled(rest.get("storage_kind")) or "").lower()
    key = filled(rest.get("custom_data_key")) or filled(rest.get("data_key"))
    tag = filled(rest.get("tag_name")) or filled(rest.get("tag"))
    if storage.startswith("tag") and tag:
        return None, tag
    if storage.startswith(("custom", "data")) and key:
        return key, None
    if storage or any(rest.get(word) not in (None, "") for word in ("storage", "storage_kind")):
        return None, None
    return key, tag


def _without_people(source_id: str, why: str, surprises: Surprises) -> None:
    remedy = "Look at the topic at the source, and put its people on the list by hand."
    surprises.lose(
        f"Who gets topic {source_id} and who does not", f"{why}; nobody is on it", remedy, f"lists/{source_id}"
    )
