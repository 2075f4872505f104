"""The one pass over all contacts: every row becomes an import record, is kept for mending.py because another row has
the same person, or is rejected with a reason. It is used in planning.py; its vocabulary is in vocabulary.py.

Memory does not grow with the number of contacts. What a record looks like is decided in mappings/import_record.py.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from datetime import UTC, datetime

from mappings.addresses import LONGEST_LOCAL, AddressCheck, mailbox, normal_form, problem, writable
from mappings.consent import TargetStatus
from mappings.import_record import (
    LOCALE_KEY,
    LONGEST_NAME,
    OLDEST_DATE,
    SINCE_KEY,
    STATE_KEY,
    ImportRecord,
    PersonLowering,
    plain,
)
from mappings.value_marks import may_hold_markup
from migrator.bundle import Bundle
from migrator.errors import BundleError
from migrator.model import ConsentState, Contact, ListMembership
from migrator.plan.folder import PlanFolder
from migrator.plan.people.blocked import SAID_NO, Blocked
from migrator.plan.people.census import Census
from migrator.plan.people.contact_row import LeanConsent, LeanContact
from migrator.plan.people.field_shapes import FieldShapes
from migrator.plan.people.import_files import ImportFile
from migrator.plan.people.people_plan import (
    ACTIVE,
    ACTIVES,
    COMPLAINTS,
    NOWHERE,
    OPT_OUTS,
    REJECTED_ROW,
    STOPPED,
    Outcome,
    Told,
    Wishes,
    outcome_of,
)
from migrator.plan.people.rejected_rows import Rejects
from migrator.plan.people.same_address import SameAddress
from migrator.plan.people.tag_sets import TagSets


class PeoplePass:
    def __init__(self, bundle: Bundle, folder: PlanFolder, wishes: Wishes, told: Told | None) -> None:
        self.folder, self.told = folder, told
        self.census, self.person = Census(), PersonLowering(bundle.manifest.exported_at)
        self.read_at = bundle.manifest.exported_at
        self.shapes, self.tags = FieldShapes(wishes.keys), TagSets(wishes.tag_renames, wishes.tags_ignored)
        self.rejects, self.blocked = Rejects(folder), Blocked(bundle.suppressions())
        self.files = {STOPPED: ImportFile(folder, OPT_OUTS), ACTIVE: ImportFile(folder, ACTIVES)}
        self.members = {list_id: f"people/members-{number}.jsonl" for number, list_id in enumerate(wishes.lists, 1)}
        self.outcomes = {state.value: outcome_of(state, wishes.table) for state in ConsentState}
        self.fates: Counter[tuple[ConsentState, str]] = Counter()
        self.same, self.same_ids = SameAddress(folder.scratch("addresses")), SameAddress(folder.scratch("ids"))
        self.has_ids = False
        self.went = folder.scratch("went") / "rows"
        self._went = bytearray()
        self._tally: dict[str, int] = defaultdict(int)
        """Of the fates, those that follow from a contact's own state alone."""
        self._check = AddressCheck()

    # --- the quick way, for nearly everybody ---

    def block(self, contacts: list[LeanContact]) -> None:
        start = self.census.read
        self.census.read += len(contacts)
        check, outcomes, blocked = self._check.problem, self.outcomes, self.blocked.hashes
        lower_fields, lower_tags, person, read_at = self.shapes.lower, self.tags.lower, self.person, self.read_at
        plain_local, domains = self._check.plain, self._check.domains
        emails = ["" if contact.email is None else contact.email.strip().lower() for contact in contacts]
        together = "".join(emails)
        spelled_alike = together.isascii() and "xn--" not in together
        hashes = [hash(email) for email in (emails if spelled_alike else map(mailbox, emails))]
        some_blocked = not blocked.isdisjoint(hashes)
        went = bytearray((ACTIVE,)) * len(contacts)
        stopped: list[ImportRecord] = []
        active: list[ImportRecord] = []
        tally = self._tally
        for place, (contact, email) in enumerate(zip(contacts, emails, strict=True)):
            attributes = lower_fields(contact.attributes) if contact.attributes else {}
            tags = lower_tags(contact.tags) if contact.tags else []
            local, _, domain = email.partition("@")
            if (
                domain not in domains or len(local) > LONGEST_LOCAL or not (local.isalnum() or plain_local(local))
            ) and (fault := check(email)) is not None:
                meant = self._meant(contact.consent.state, email)
                if meant is None:
                    self._unwritable(contact, fault if contact.email else "there is no address")
                    hashes[place] = -(start + place) - 2
                    went[place] = NOWHERE
                    continue
                email = meant
                hashes[place] = hash(mailbox(email))
                some_blocked = some_blocked or hashes[place] in blocked
            own, since = contact.consent.state, contact.consent.since
            try:
                outcome = outcomes[own]
            except KeyError:
                where = f"row {start + place + 1}"
                raise BundleError("A contact has a state that no bundle has", where=where) from None
            if some_blocked and hashes[place] in blocked and (other := self.blocked.state(email)) is not None:
                outcome = outcomes[self.narrowest((ConsentState(own), other)).value]
                self.fates[ConsentState(own), outcome.fate] += 1
                since = self._since(own, since, outcome, mailbox(email))
                if own == ConsentState.REDACTED:
                    attributes, tags, contact = {}, [], _shell(contact)
            else:
                tally[own] += 1
            if contact.lists:
                self._count_lists(contact.lists)
            if outcome.status is None:
                why = f"left behind: {outcome.state.value.replace('_', ' ')}"
                self.rejects.hold(start + place, contact.source_id, contact.email or "", why)
                went[place] = NOWHERE
                continue
            if email is not emails[place]:
                person.lost["address-unwrapped"] += 1
            first, last = contact.first_name or None, contact.last_name or None
            if (first and len(first) > LONGEST_NAME) or (last and len(last) > LONGEST_NAME):
                first, last = person.name(first), person.name(last)
            moment = contact.subscribed_at or contact.created_at
            if moment is not None and (
                moment.tzinfo is not UTC or moment.microsecond or not OLDEST_DATE <= moment <= read_at
            ):
                moment = person.created(contact)
            if contact.locale:
                attributes[LOCALE_KEY] = contact.locale
            if contact.sms_consent:
                person.texts(contact.sms_consent)
            record = ImportRecord(
                email,
                outcome.written,
                first,
                last,
                tags,
                attributes,
                moment,
                person.external_id(contact.external_id) if contact.external_id else None,
                person.phone(contact.phone) if contact.phone else None,
                person.timezone(contact.timezone) if contact.timezone else None,
            )
            if outcome.active:
                active.append(record)
            else:
                attributes[STATE_KEY] = outcome.state.value
                if since is not None and outcome.dated:
                    attributes[SINCE_KEY] = plain(since)
                stopped.append(record)
                went[place] = STOPPED
            if contact.lists or self.told is not None or outcome.status is TargetStatus.COMPLAINED:
                self.belongs(contact.lists, email, outcome)
                if self.told is not None:
                    self.told(start + place, contact.source_id, email, outcome.active, tags)
        self._note(hashes, went, contacts)
        lines = (self.files[STOPPED].extend(stopped), self.files[ACTIVE].extend(active))
        if any(map(may_hold_markup, lines)):
            self.shapes.look_for_markup(contact.attributes for contact in contacts)

    def all_read(self) -> None:
        for own, count in self._tally.items():
            self.fates[ConsentState(own), self.outcomes[own].fate] += count
        self._tally.clear()

    def _note(self, hashes: list[int], went: bytearray, contacts: list[LeanContact]) -> None:
        self.same.extend(hashes)
        ids = [contact.external_id for contact in contacts]
        if self.has_ids or any(ids):
            if not self.has_ids:
                self.has_ids = True
                self.same_ids.extend(list(range(-2, -2 - (self.census.read - len(contacts)), -1)))
            start = self.census.read - len(contacts)
            self.same_ids.extend([hash(one.strip()) if one else -row - 2 for row, one in enumerate(ids, start)])
        self._went += went
        if len(self._went) > 1 << 16:
            self.spill()

    def spill(self) -> None:
        """Where the rows went is on disk, not in memory."""
        with self.went.open("ab") as file:
            file.write(self._went)
        self._went.clear()

    def _unwritable(self, contact: LeanContact, fault: str) -> None:
        self.rejects.add(contact.source_id, contact.email, fault)
        self.fates[ConsentState(contact.consent.state), REJECTED_ROW] += 1
        if contact.lists:
            self._count_lists(contact.lists)

    def _count_lists(self, lists: Iterable[ListMembership]) -> None:
        for one in lists:
            self.census.list_members[one.list_id] += 1
            if one.state is not ConsentState.SUBSCRIBED:
                self.census.list_left[one.list_id] += 1

    # --- what also serves people who are put together from several rows ---

    def outcome_of(self, contact: Contact, email: str) -> Outcome:
        state = contact.consent.state
        other = self.blocked.state(email) if hash(mailbox(email)) in self.blocked.hashes else None
        return self.outcomes[(state if other is None else self.narrowest((state, other))).value]

    def outcome_of_all(self, states: Iterable[ConsentState], box: str) -> Outcome:
        """Of a mailbox of which its rows tell these states."""
        other = self.blocked.about(box) if hash(box) in self.blocked.hashes else None
        return self.outcomes[self.narrowest(states if other is None else (*states, other)).value]

    def address(self, contact: Contact) -> str | None:
        """In the form in which it is written; None where the row is rejected for it."""
        email = normal_form(contact.email or "")
        return email if problem(email) is None else self._meant(contact.consent.state, email)

    def _meant(self, state: str, email: str) -> str | None:
        """The plain address in one with a name or an unseen sign, of somebody who will not be mailed: as on a
        do-not-send list, an opt-out counts however it is spelled. Nobody is mailed on such a guess."""
        outcome = self.outcomes.get(state)
        meant = writable(email)
        return None if outcome is None or outcome.active or problem(meant) is not None else meant

    def narrowest(self, states: Iterable[ConsentState]) -> ConsentState:
        """The state that holds where several speak of one person: a no before everything else, then what keeps mail
        away under the person's own policies, whatever they vouch for."""
        return min(states, key=lambda state: (state not in SAID_NO, self.outcomes[state.value].active, state.rank))

    def record(self, contact: Contact, email: str, outcome: Outcome) -> ImportRecord:
        attributes = self.shapes.untallied(contact.attributes)
        if contact.locale:
            attributes[LOCALE_KEY] = contact.locale
        if contact.sms_consent:
            self.person.texts(contact.sms_consent)
        if not outcome.active:
            attributes[STATE_KEY] = outcome.state.value
            since = self._since(contact.consent.state, contact.consent.since, outcome, mailbox(email))
            if since is not None and outcome.dated:
                attributes[SINCE_KEY] = plain(since)
        return ImportRecord(
            email,
            outcome.written,
            self.person.name(contact.first_name),
            self.person.name(contact.last_name),
            self.tags.untallied(contact.tags),
            attributes,
            self.person.created(contact),
            self.person.external_id(contact.external_id),
            self.person.phone(contact.phone),
            self.person.timezone(contact.timezone),
        )

    def _since(self, own: str, since: datetime | None, outcome: Outcome, box: str) -> datetime | None:
        """When somebody opted out: the moment of the word that counts, else of another no."""
        if outcome.state == own and since is not None:
            return since
        listed = self.blocked.since(box)
        return since if listed is None and own in SAID_NO else listed

    def belongs(self, lists: Collection[ListMembership], email: str, outcome: Outcome) -> None:
        """Notes the person's lists, and a complaint."""
        if outcome.status is TargetStatus.COMPLAINED:
            self.folder.lines(COMPLAINTS).write(address_line(email), 1)
        if outcome.active:
            for list_id in _on(lists):
                path = self.members.get(list_id)
                if path:
                    self.folder.lines(path).write(address_line(email), 1)
        else:
            self.wait_for_lists(lists, outcome, 1)

    def wait_for_lists(self, lists: Collection[ListMembership], outcome: Outcome, people: int) -> None:
        """Counts who would be on a list if they might be mailed. Who said no has left them all."""
        if not (outcome.active or outcome.dated or outcome.status is None):
            for list_id in _on(lists):
                self.census.list_waiting[list_id] += people


def _on(lists: Collection[ListMembership]) -> list[str]:
    """The lists that somebody is on, and has not left by another word."""
    left = {one.list_id for one in lists if one.state is not ConsentState.SUBSCRIBED}
    return list(dict.fromkeys(one.list_id for one in lists if one.list_id not in left))


def address_line(email: str) -> bytes:
    return json.dumps(email).encode() + b"\n"


def _shell(contact: LeanContact) -> LeanContact:
    """Of somebody who was erased at the source, only the opt-out that another word gives is carried over."""
    return LeanContact(
        source_id=contact.source_id, email=contact.email, consent=LeanConsent(state=contact.consent.state)
    )
