"""Addresses on do-not-send lists: who of the contacts is among them, and who is among no contacts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

from mappings.addresses import mailbox, normal_form, spellings, writable
from mappings.import_record import plain
from migrator.model import ConsentState, Suppression

SAID_NO = frozenset((ConsentState.COMPLAINED, ConsentState.BOUNCED, ConsentState.SUPPRESSED, ConsentState.UNSUBSCRIBED))
"""Whoever stands on a list is out. Any other word beside the entry must not turn it into a case for a policy: people
who are left behind, or whom somebody vouches for."""


class Blocked:
    """Kept as digests. `hashes` is the quick first look; who is in it must be asked for by `state`.

    A contact is blocked under whatever spelling of the mailbox a list has it; each spelling on a list that no contact
    has becomes an opted-out contact of its own, for nobody knows which of them the target would take for the same.
    """

    def __init__(self, entries: Iterable[Suppression]) -> None:
        self._words: dict[bytes, int] = {}
        self._alone: set[bytes] = set()
        self.hashes: set[int] = set()
        for entry in entries:
            address = normal_form(entry.email)
            digest = exact = _digest(address)
            self.hashes.add(hash(address))
            if (plain := mailbox(address)) != address or not address.isascii():
                digest, exact = _digest(plain), _digest(writable(address))
                self.hashes.update(map(hash, spellings(address)))
            state = entry.state if entry.state in SAID_NO else ConsentState.SUPPRESSED
            word = _word(state, entry.since)
            self._words[digest] = min(word, self._words.get(digest, word))
            self._alone.add(exact)

    def state(self, address: str) -> ConsentState | None:
        """What the lists say about a contact's address (in its normal form)."""
        self._alone.discard(_digest(address))
        return self.about(mailbox(address))

    def about(self, box: str) -> ConsentState | None:
        """What they say about a mailbox, without a contact in mind."""
        word = self._words.get(_digest(box))
        return None if word is None else _STATES[word >> _MOMENT_BITS]

    def since(self, box: str) -> datetime | None:
        """When that began; the first time, where several entries say the same."""
        moment = self._words.get(_digest(box), _NEVER) & _NEVER
        return None if moment == _NEVER else datetime.fromtimestamp(moment, UTC)

    def alone(self, address: str) -> ConsentState | None:
        """What they say about an address that no contact has, the first time it is asked for."""
        exact = _digest(writable(address))
        if exact not in self._alone:
            return None
        self._alone.discard(exact)
        return self.about(mailbox(address))


_STATES = tuple(ConsentState)
_MOMENT_BITS = 40
_NEVER = (1 << _MOMENT_BITS) - 1


def _word(state: ConsentState, since: datetime | None) -> int:
    """Both in one number, so that millions of entries stay small: the least is the narrowest, then the earliest."""
    moment = _NEVER if since is None else max(0, min(_NEVER - 1, int(plain(since).timestamp())))
    return state.rank << _MOMENT_BITS | moment


def _digest(address: str) -> bytes:
    return hashlib.blake2b(address.encode("utf-8", "surrogatepass"), digest_size=16).digest()
