"""What does not add up, and what the lesser door cannot see: said in the manifest, with a way out."""

from __future__ import annotations

from adapters.base import PageStore
from adapters.wording import counted
from migrator.bundle import Mismatch, Unread
from migrator.model import Sequence

_SCOPES = {
    "subscribers": "contacts",
    "migrated_suppressions": "suppressions",
    "migrated_unsubscribed": "suppressions",
    "global_suppressions": "suppressions",
    "broadcasts": "campaigns",
    "topics": "lists",
    "email_servers": "other",
    "webhook_endpoints": "other",
    "migrated_sequences": "sequences",
}

NEVER_SHOWN = (
    Unread(
        what="Emails that your applications send by themselves (transactional)",
        why="no interface lists them",
        remedy="Let your applications send them through the new platform before the old account ends.",
        scope="other",
    ),
)
"""What every account has and no server of any age shows."""

SETTINGS_UNREAD = (
    Unread(
        what="The footer that is put under every email",
        why="this server does not show the channel's settings",
        remedy="Copy its words and the postal address into the footer of the new platform.",
        scope="other",
    ),
    Unread(
        what="From whom and through which domain the mail comes",
        why="this server does not show the channel's settings",
        remedy="Verify the sending domain at the new platform and set the senders there.",
        scope="other",
    ),
)
"""What is in the channel's settings, which older servers do not show."""


def findings(store: PageStore, sequences: list[Sequence]) -> tuple[list[Unread], list[Mismatch]]:
    unread: list[Unread] = []
    mismatches: list[Mismatch] = []
    for collection, state in sorted(store.notes("walk:").items()):
        missing = state.get("missing")
        if missing is None:
            continue
        found, total = store.count(collection), state.get("total")
        scope = _SCOPES.get(collection, collection.partition("/")[0])
        why = "the list was walked twice and did not agree with its own count"
        if state.get("shifted"):
            why += "; it changed or repeated itself while being read"
        mismatches.append(Mismatch(what=f"Rows of {collection}", expected=total, found=found, why=why, scope=scope))
        if missing:
            remedy = "Export again with --fresh at a quiet moment; if it stays, tell the server's operator."
            unread.append(
                Unread(what=f"{counted(missing, 'row')} of {collection}", why=why, remedy=remedy, scope=scope)
            )
    mismatches += _people_in_sequences(store, sequences)
    unread += _short_steps(sequences)
    return unread, mismatches


def _people_in_sequences(store: PageStore, sequences: list[Sequence]) -> list[Mismatch]:
    """A sequence counts only the people who are in it now; the list also shows those who are through."""
    found: list[Mismatch] = []
    for sequence in sequences:
        if sequence.enrolled_count is None or not store.note(f"walk:enrolments/{sequence.source_id}"):
            continue
        rows = store.rows(f"enrolments/{sequence.source_id}")
        statuses = [row.data.get("status") for row in rows]
        current = sum(status not in ("completed", "removed") for status in statuses)
        without_errors = sum(status not in ("completed", "removed", "error") for status in statuses)
        if sequence.enrolled_count not in (current, without_errors):
            found.append(
                Mismatch(
                    what=f"People in sequence {sequence.source_id}",
                    expected=sequence.enrolled_count,
                    found=current,
                    why="the count and the list were read at different moments, or the list leaves somebody out",
                    scope="enrolments",
                )
            )
    return found


def _short_steps(sequences: list[Sequence]) -> list[Unread]:
    found: list[Unread] = []
    for sequence in sequences:
        if not sequence.steps:
            found.append(
                Unread(
                    what=f"The steps of sequence {sequence.source_id}",
                    why="the server shows this sequence without its steps",
                    remedy="Update the server, or rebuild this sequence by hand: it is not carried over.",
                    scope=f"steps/{sequence.source_id}",
                )
            )
        short = [step for step in sequence.steps if step.content_missing]
        if short:
            steps, ids = counted(len(short), "step"), ", ".join(step.id for step in short)
            these = "this step holds" if len(short) == 1 else "these steps hold"
            which = f"step {ids}" if len(short) == 1 else f"steps {ids}"
            found.append(
                Unread(
                    what=f"The content of {steps} of sequence {sequence.source_id} ({which})",
                    why=f"the server shows the tree of the sequence and not what {these}",
                    remedy="Fill in the gaps in mappings.toml; nothing of such a step is ever sent before that.",
                    scope=f"steps/{sequence.source_id}",
                )
            )
    return found
