"""Addresses on do-not-send lists: who of the contacts is among them, and who is among no contacts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from mappings.addresses import normal_form
from migrator.model import ConsentState, Suppression


class Blocked:
    """Kept as digests. `hashes` is the quick first look; who is in it must be asked for by `state`."""

    def __init__(self, entries: Iterable[Suppression]) -> None:
        self._states: dict[bytes, ConsentState] = {}
        self.hashes: set[int] = set()
        for entry in entries:
            address = normal_form(entry.email)
            digest = _digest(address)
            known = self._states.get(digest, entry.state)
            self._states[digest] = ConsentState.narrowest(known, entry.state)
            self.hashes.add(hash(address))
        self._alone = set(self._states)

    def state(self, address: str) -> ConsentState | None:
        """What the lists say about a contact's address (in its normal form)."""
        digest = _digest(address)
        self._alone.discard(digest)
        return self._states.get(digest)

    def alone(self, address: str) -> ConsentState | None:
        """What they say about an address that no contact has, the first time it is asked for."""
        digest = _digest(address)
        if digest not in self._alone:
            return None
        self._alone.discard(digest)
        return self._states[digest]


def _digest(address: str) -> bytes:
    return hashlib.blake2b(address.encode("utf-8", "surrogatepass"), digest_size=16).digest()
