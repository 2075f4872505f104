"""Sent emails, clicks and histories of the installation's export, as evidence of where people are.

The rows are published nowhere. They are read by what they hold: a row that lacks a person, a time or its step is
counted and never used, and while there is one, no email counts as not sent. What was understood is named once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from adapters.base import PageStore, StoredRow
from adapters.broadcast import history_keys as keys
from adapters.broadcast.evidence import Evidence, Mail
from adapters.broadcast.surprises import Surprises
from adapters.broadcast.wire import Row, filled, instant, text_id
from adapters.wording import counted
from migrator.model import Enrolment, Sequence
from migrator.model.steps import SendEmail

RECEIPTS, CLICKS, HISTORIES = "migrated_receipts", "migrated_clicks", "migrated_histories"
_BEFORE = timedelta(seconds=5)
_HALTS = ("paused", "resumed", "restarted", "halted")


class _Sent:
    """One row, as far as it is understood."""

    def __init__(self, stored: StoredRow) -> None:
        row = Row(stored.data)
        self.source_id, self.data = stored.source_id, row
        self.time_key = keys.key_in(row, keys.SENT)
        if row.has("sent_at") and row.peek("sent_at") is None:
            # It stands in a queue: the record is older than the email.
            self.time_key = None
        self.at = instant(row.peek(self.time_key)) if self.time_key else None
        self.step_key, self.sequence_key = keys.key_in(row, keys.STEP), keys.key_in(row, keys.SEQUENCE)
        self.enrolment_key = keys.key_in(row, keys.ENROLMENT)
        self.step = text_id(row.peek(self.step_key)) if self.step_key else None
        self.sequence = text_id(row.peek(self.sequence_key)) if self.sequence_key else None
        self.enrolment = text_id(row.peek(self.enrolment_key)) if self.enrolment_key else None
        owner = keys.owner(row)
        if owner is not None and owner[0].endswith("step"):
            self.step_key, self.step = "the step that owns it", owner[1]
        elif owner is not None and owner[0] in ("subscribersequence", "sequencesubscriber", "enrolment", "enrollment"):
            self.enrolment = owner[1]
        elif owner is not None and owner[0] == "sequence":
            self.sequence = owner[1]
        self.of_a_sequence = bool(self.step or self.sequence or self.enrolment)
        self.subject = filled(row.peek("subject"))
        status = filled(row.peek(*keys.STATUS))
        went = status is None or status.strip().lower() in keys.WENT_OUT
        self.understood = bool(stored.key and self.at and went and (self.step or (self.of_a_sequence and self.subject)))

    def moment(self, names: tuple[str, ...]) -> datetime | None:
        return instant(self.data.peek(*names))


class SentEvidence:
    """Looks over everything once, then answers for one person after the other from the store."""

    def __init__(self, store: PageStore, surprises: Surprises) -> None:
        self.store = store
        self.rows, self.odd, self.opens, self.clicks = 0, 0, False, store.count(CLICKS) > 0
        self.oldest: datetime | None = None
        self.until: datetime | None = None
        self._spelled: Counter[str] = Counter()
        for stored in store.rows(RECEIPTS):
            self._look(_Sent(stored), stored.fetched_at)
        walked = store.note(f"walk:{RECEIPTS}") or {}
        self.whole = bool(walked.get("done")) and not walked.get("missing") and not walked.get("shifted")
        self.whole = self.whole and not self.odd
        self._subjects: dict[str, dict[str, frozenset[str]]] = {}
        if self.rows:
            surprises.note(self._sentence())
        self._name_others(surprises)

    def of(self, enrolment: Enrolment, sequence: Sequence) -> Evidence:
        """What is known of one enrolment; nothing where the export told nothing."""
        started = enrolment.started_at
        if started is None or (not self.rows and not self.store.count(HISTORIES)):
            return Evidence()
        mails: list[Mail] = []
        whole = self.whole and self.oldest is not None and self.oldest <= started
        for sent in self._rows(RECEIPTS, enrolment):
            row = _Sent(sent)
            if not self._belongs(row, enrolment, sequence, started):
                continue
            steps = self._steps(row, sequence)
            if row.at is None or not row.understood or not steps:
                whole = False
                continue
            mails.append(self._mail(row, row.at, steps))
        mails.sort(key=lambda mail: mail.at)
        return Evidence(
            mails=tuple(mails),
            mails_whole=whole and all(mail.sure for mail in mails),
            mails_until=self.until,
            opens_told=self.opens,
            clicks_told=self.clicks,
            halted_at=self._halted(enrolment),
        )

    # One person ---------------------------------------------------------------------------------------------

    def _rows(self, collection: str, enrolment: Enrolment) -> Iterable[StoredRow]:
        found = self.store.by_key(collection, enrolment.contact_id)
        address = (enrolment.email or "").strip().lower()
        return found + self.store.by_key(collection, address) if address else found

    @staticmethod
    def _belongs(row: _Sent, enrolment: Enrolment, sequence: Sequence, started: datetime) -> bool:
        if row.enrolment is not None:
            return row.enrolment == enrolment.source_id
        if row.at is not None and row.at < started - _BEFORE:
            return False
        if row.sequence is not None:
            return row.sequence == sequence.source_id
        return any(step.id == row.step for step in sequence.steps)

    def _steps(self, row: _Sent, sequence: Sequence) -> frozenset[str]:
        if row.step is not None:
            known = any(step.id == row.step and isinstance(step.action, SendEmail) for step in sequence.steps)
            return frozenset({row.step}) if known else frozenset()
        if sequence.source_id not in self._subjects:
            self._subjects[sequence.source_id] = _by_subject(sequence)
        return self._subjects[sequence.source_id].get((row.subject or "").strip(), frozenset())

    def _mail(self, row: _Sent, at: datetime, steps: frozenset[str]) -> Mail:
        clicked = [row.moment(keys.CLICKED)]
        if self.clicks:
            clicks = self.store.by_key(CLICKS, row.source_id)
            clicked += [instant(Row(click.data).peek(*keys.HAPPENED)) for click in clicks]
        moments = [moment for moment in clicked if moment is not None]
        return Mail(at=at, steps=steps, opened_at=row.moment(keys.OPENED), clicked_at=min(moments, default=None))

    def _halted(self, enrolment: Enrolment) -> datetime | None:
        found = []
        for stored in self._rows(HISTORIES, enrolment):
            row = Row(stored.data)
            action, at = (filled(row.peek(*keys.ACTION)) or "").lower(), instant(row.peek(*keys.HAPPENED))
            same = text_id(row.peek(*keys.SEQUENCE)) in (None, enrolment.sequence_id)
            if at is not None and same and any(word in action for word in _HALTS):
                found.append(at)
        return max(found, default=None)

    # The whole ----------------------------------------------------------------------------------------------

    def _look(self, row: _Sent, fetched_at: datetime | None) -> None:
        self.rows += 1
        if fetched_at is not None:
            self.until = fetched_at if self.until is None else min(self.until, fetched_at)
        if not row.understood:
            # Mail of campaigns is none of ours, unless nobody can tell what it is.
            campaign = not row.of_a_sequence and keys.key_in(row.data, ("broadcast_id", "transactional_id"))
            self.odd += 0 if campaign or "broadcast" in (keys.owner(row.data) or ("",))[0] else 1
            return
        if row.at is not None:
            self.oldest = row.at if self.oldest is None else min(self.oldest, row.at)
        for what, key in (("step", row.step_key), ("time", row.time_key), ("enrolment", row.enrolment_key)):
            self._spelled[f"{what} by {key}"] += key is not None
        opened, clicked = row.moment(keys.OPENED), row.moment(keys.CLICKED)
        self.opens, self.clicks = self.opens or opened is not None, self.clicks or clicked is not None

    def _sentence(self) -> str:
        told = ", ".join(name for name, count in self._spelled.items() if count) or "nothing that names a step"
        more = [name for name, known in (("opens", self.opens), ("clicks", self.clicks)) if known]
        said = f"{counted(self.rows, 'sent email')} tell where people are: {told}"
        said += f"; {' and '.join(more)} too" if more else ""
        if self.odd:
            said += f". {counted(self.odd, 'row')} could not be understood; none of them is used"
        return said + "."

    def _name_others(self, surprises: Surprises) -> None:
        for collection, what in ((CLICKS, "click"), (HISTORIES, "history row")):
            rows = self.store.count(collection)
            lost = sum(1 for stored in self.store.rows(collection) if stored.key is None)
            if rows:
                odd = f"; {lost:,} could not be understood and are not used" if lost else ""
                surprises.note(f"{counted(rows, what)} read as evidence of where people are{odd}.")


def _by_subject(sequence: Sequence) -> dict[str, frozenset[str]]:
    """A subject that changes from person to person tells nothing."""
    found: dict[str, frozenset[str]] = {}
    for step in sequence.steps:
        if isinstance(step.action, SendEmail) and step.action.content is not None:
            subject = (step.action.content.subject or "").strip()
            if subject and "{" not in subject:
                found[subject] = found.get(subject, frozenset()) | {step.id}
    return found
