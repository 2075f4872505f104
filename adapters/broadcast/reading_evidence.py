"""Reading what tells where people are: sent emails, clicks, histories. Only an installation key may, and only newer
servers have them; without them nothing is lost but certainty. They are read after the people, so that no email of a
person's past is missing."""

from __future__ import annotations

from adapters.base import PageStore
from adapters.broadcast import listings
from adapters.broadcast.enrolments import STEP_KEYS
from adapters.broadcast.fetch import Fetcher, Listing
from adapters.broadcast.wire import Row
from migrator.errors import AuthError, NotFound

EVIDENCE = (listings.MIGRATED_RECEIPTS, listings.MIGRATED_CLICKS, listings.MIGRATED_HISTORIES)


def read_evidence(fetcher: Fetcher) -> None:
    if _needs_evidence(fetcher.store):
        for listing in EVIDENCE:
            _try(fetcher, listing)


def _needs_evidence(store: PageStore) -> bool:
    """Whether somebody is in a sequence and the server does not name their step itself."""
    for sequence in store.rows("skeletons"):
        for stored in store.rows(f"enrolments/{sequence.source_id}"):
            row = Row(stored.data)
            if row.peek("completed_at") is None and row.peek(*STEP_KEYS) is None:
                return True
    return False


def _try(fetcher: Fetcher, listing: Listing) -> None:
    try:
        fetcher.walk(listing)
    except NotFound:
        return
    except AuthError as error:
        fetcher.api.require_key(error)
