"""The first look at all contacts: which fields, tags and states there are, and which rows are one person.

Everything that must be known before the first record can be written. Writing them is in people.py.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from mappings.addresses import normal_form, problem
from mappings.attributes import LARGEST_EXACT, Path, Seen, flatten, type_of
from migrator.bundle import Bundle
from migrator.model import ConsentState, Contact
from migrator.plan.duplicates import AddressBook, digest_of
from migrator.plan.folder import PlanFolder


@dataclass
class Census:
    read: int = 0
    states: Counter[ConsentState] = field(default_factory=Counter)
    tags: Counter[str] = field(default_factory=Counter)
    attributes: dict[Path, Seen] = field(default_factory=dict)
    list_members: Counter[str] = field(default_factory=Counter)
    list_left: Counter[str] = field(default_factory=Counter)
    """People who belong to a list no more, though the source still has them under it."""
    last_row: dict[int, int] = field(default_factory=dict)
    """For rows that share an address: the row at which that person is written, the last of them."""
    suppressed: dict[bytes, ConsentState] = field(default_factory=dict)
    """Digest of an address on a do-not-send list to the narrowest state the lists give it."""
    suppressed_alone: set[bytes] = field(default_factory=set)
    """Those on a list whom no contact stands for."""


def take_census(bundle: Bundle, folder: PlanFolder) -> Census:
    census = Census()
    for entry in bundle.suppressions():
        digest = digest_of(normal_form(entry.email))
        known = census.suppressed.get(digest, entry.state)
        census.suppressed[digest] = ConsentState.narrowest(known, entry.state)
    census.suppressed_alone = set(census.suppressed)
    book = AddressBook(folder.scratch("addresses"))
    for row, contact in enumerate(bundle.contacts()):
        _count(census, contact)
        address = normal_form(contact.email or "")
        if not problem(address):
            digest = digest_of(address)
            book.add(digest, row)
            census.suppressed_alone.discard(digest)
    for _, rows in book.groups():
        for row in rows:
            census.last_row[row] = rows[-1]
    return census


def _count(census: Census, contact: Contact) -> None:
    census.read += 1
    census.states[contact.consent.state] += 1
    for tag in contact.tags:
        census.tags[tag] += 1
    for membership in contact.lists:
        census.list_members[membership.list_id] += 1
        if membership.state is not ConsentState.SUBSCRIBED:
            census.list_left[membership.list_id] += 1
    for path, value in flatten(contact.attributes):
        seen = census.attributes.get(path)
        if seen is None:
            seen = census.attributes[path] = Seen(types=set())
        seen.count += 1
        kind = type_of(value)
        seen.types.add(kind)
        if kind == "number" and isinstance(value, int) and abs(value) > LARGEST_EXACT:
            seen.types.add("large number")
