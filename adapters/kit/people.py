"""What is seen on people while they are written: tags and custom fields, also where the platform lists none."""

from __future__ import annotations

from typing import Any

from adapters.kit.wire import instant
from migrator.model import Attribute, AttributeType, Contact


class Census:
    """Counts tags and custom fields, person by person."""

    def __init__(self) -> None:
        self.tags: dict[str, int] = {}
        self._fields: dict[str, dict[AttributeType, int]] = {}

    def count(self, contact: Contact) -> None:
        for tag in contact.tags:
            self.tags[tag] = self.tags.get(tag, 0) + 1
        for key, value in contact.attributes.items():
            kinds = self._fields.setdefault(key, {})
            kinds[kind_of(value)] = kinds.get(kind_of(value), 0) + 1

    def attributes(self) -> list[Attribute]:
        found = []
        for key, kinds in sorted(self._fields.items()):
            known = [kind for kind in kinds if kind is not AttributeType.UNKNOWN]
            kind = known[0] if len(known) == 1 else AttributeType.MIXED if known else AttributeType.UNKNOWN
            found.append(Attribute(key=key, type=kind, contact_count=sum(kinds.values())))
        return found

    def holding_lists(self) -> list[str]:
        """Fields that always hold a list: perhaps tags."""
        return [key for key, kinds in sorted(self._fields.items()) if set(kinds) == {AttributeType.LIST}]


def kind_of(value: Any) -> AttributeType:
    match value:
        case None:
            return AttributeType.UNKNOWN
        case bool():
            return AttributeType.BOOLEAN
        case int() | float():
            return AttributeType.NUMBER
        case str():
            dated = len(value) >= 10 and value[:4].isdigit() and value[4] == "-" and instant(value) is not None
            return AttributeType.DATE if dated else AttributeType.TEXT
        case list():
            return AttributeType.LIST
    return AttributeType.OBJECT
