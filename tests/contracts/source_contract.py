"""What every source must keep, whatever it reads from. A source joins with one short file:

    from tests.contracts.source_contract import Case, Contract, Cut, Person

    class TestMySource(Contract):
        def case(self, folder: Path) -> Case: ...

`Case` says how to open one account and what is truly in it; the account should hold more people than fit on a page
and the hostile values of HOSTILE_TAGS and HOSTILE_VALUES. Claims about the bundle are made here, once for all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.base import Reading
from migrator.bundle import Bundle
from migrator.bundle.bundle_files import BY_NAME
from migrator.bundle.check import check
from migrator.errors import Interrupted, MigrateError
from migrator.export.run import export
from migrator.model import ConsentState
from migrator.transport.clock import Clock, FakeClock

BEGIN = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
HOSTILE_TAGS = ("=HYPERLINK(1)", "../../etc/passwd", "NULL", "naïve 李 🎉", "tag'; drop table x --", "CON")
HOSTILE_VALUES = (
    *("01234", "1234567890123456789", "NaN", "true", "=1+1", "a\u2028b", "line\nbreak", "{{ unknown }}", "\u202eright"),
    *(" <script>alert(1)</script>", "'quoted'", "null"),
)
COLLECTIONS = (
    *("contacts", "enrolments", "suppressions", "campaigns", "sequences", "templates"),
    *("lists", "tags", "attributes", "segments", "forms", "other"),
)


@dataclass(frozen=True)
class Person:
    """One address at the source, whatever number of rows it has there. `state` is the narrowest that is true."""

    state: ConsentState
    tags: frozenset[str] = frozenset()
    attributes: Mapping[str, Any] = field(default_factory=dict)


class Cut:
    """Called at every request (or batch of rows); ends the run after so many of them, as Ctrl-C would."""

    def __init__(self, after: int | None = None) -> None:
        self.after, self.calls = after, 0

    def __call__(self) -> None:
        self.calls += 1
        if self.after is not None and self.calls > self.after:
            raise Interrupted("The run was stopped here by the test")


class CutClock(FakeClock):
    """For sources that ask the clock, batch by batch, whether the person stopped the run."""

    def __init__(self, cut: Cut) -> None:
        super().__init__(BEGIN)
        self._cut = cut

    def sleep(self, seconds: float) -> None:
        self._cut()
        super().sleep(seconds)


@dataclass
class Case:
    source: Any
    """The `Source` itself."""
    open: Callable[[Cut], Reading]
    """Opens the account anew; the cut is to be called at each request or batch."""
    people: Mapping[str, Person]
    """By lower-case address. Rows the source rejects by documented rule are not people."""
    sequences: frozenset[str] = frozenset()
    templates: frozenset[str] = frozenset()
    steps: Mapping[str, int] = field(default_factory=dict)
    """Steps by sequence."""
    lists: frozenset[str] = frozenset()
    """Names of lists, where the platform has no tags: the hostile names are tried on them."""
    rejected: int = 0
    """Rows that cannot be people; the bundle must say how many."""
    methods: Callable[[], list[str]] = list
    """HTTP methods the platform has seen; none for files."""
    fetches: bool = True
    """Whether `fetch` keeps pages, so that a second run asks for less."""
    secrets: tuple[str, ...] = ()
    clock: Callable[[], Clock] = lambda: FakeClock(BEGIN)


class Listener:
    """Hears all that is told while reading."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def collection(self, name: str, total: int | None) -> None:
        self.heard.append(name)

    def progress(self, name: str, rows: int) -> None:
        self.heard.append(f"{name} {rows}")

    def finished(self, name: str, rows: int, remark: str = "") -> None:
        self.heard.append(f"{name} {rows} {remark}")

    def say(self, sentence: str) -> None:
        self.heard.append(sentence)


def run(case: Case, folder: Path, cut: Cut | None = None, listener: Listener | None = None) -> Bundle:
    reading = case.open(cut or Cut())
    try:
        done = export(reading, folder / "bundle", clock=case.clock(), watcher=listener or Listener())
    finally:
        reading.close()
    return Bundle.open(done.folder)


def content(bundle: Bundle) -> dict[str, Any]:
    """All that a bundle holds, without the moments at which rows were read."""

    def plain(record: Any) -> Any:
        found = msgspec.to_builtins(record)
        found.pop("read_at", None)
        if found.get("position"):
            found["position"].pop("remaining_seconds", None)
        return found

    held: dict[str, Any] = {name: [plain(one) for one in getattr(bundle, name)()] for name in COLLECTIONS}
    held["unread"] = msgspec.to_builtins(bundle.manifest.unread)
    held["mismatches"] = msgspec.to_builtins(bundle.manifest.mismatches)
    held["notes"] = bundle.manifest.notes
    return held


def narrowest_by_address(bundle: Bundle) -> dict[str, ConsentState]:
    """What a plan will make of each person: all rows and do-not-send entries of an address together."""
    found: dict[str, ConsentState] = {}
    for contact in bundle.contacts():
        key = (contact.email or "").lower()
        found[key] = ConsentState.narrowest(found.get(key, contact.consent.state), contact.consent.state)
    for entry in bundle.suppressions():
        key = entry.email.lower()
        found[key] = ConsentState.narrowest(found.get(key, entry.state), entry.state)
    return found


class Contract:
    """Subclass it as Test... with a `case`. Fixtures are in conftest.py beside: `told` is the case, `read` one unbroken
    run with its cut and its listener, `bundle` what that run wrote."""

    def case(self, folder: Path) -> Case:
        raise NotImplementedError

    # Conservation -------------------------------------------------------------------------------------------

    def test_the_bundle_is_whole(self, told: Case, bundle: Bundle) -> None:
        assert [str(problem) for problem in check(bundle.folder)] == []

    def test_everybody_is_in_the_bundle_and_nobody_else(self, told: Case, bundle: Bundle) -> None:
        found = set(narrowest_by_address(bundle))
        assert found == set(told.people)

    def test_each_person_has_their_tags_and_values_to_the_letter(self, told: Case, bundle: Bundle) -> None:
        tags: dict[str, set[str]] = {}
        values: dict[str, dict[str, Any]] = {}
        for contact in bundle.contacts():
            key = (contact.email or "").lower()
            tags.setdefault(key, set()).update(contact.tags)
            values.setdefault(key, {}).update(contact.attributes)
        for email, person in told.people.items():
            assert tags.get(email, set()) == person.tags, email
            there = values.get(email, {})
            assert {key: there.get(key) for key in person.attributes} == dict(person.attributes), email

    def test_hostile_values_are_really_tried(self, told: Case) -> None:
        tags = {tag for person in told.people.values() for tag in person.tags}
        values = [value for person in told.people.values() for value in person.attributes.values()]
        assert set(HOSTILE_TAGS) <= tags | told.lists
        assert all(value in values for value in HOSTILE_VALUES)

    def test_lists_keep_their_names_to_the_letter(self, told: Case, bundle: Bundle) -> None:
        assert told.lists <= {found.name for found in bundle.lists()}

    def test_every_tag_and_list_a_person_has_is_named(self, told: Case, bundle: Bundle) -> None:
        tags, lists = {one.name for one in bundle.tags()}, {one.source_id for one in bundle.lists()}
        attributes = {one.key for one in bundle.attributes()}
        for contact in bundle.contacts():
            assert set(contact.tags) <= tags
            assert {membership.list_id for membership in contact.lists} <= lists
            assert set(contact.attributes) <= attributes

    def test_every_sequence_template_and_step_is_there(self, told: Case, bundle: Bundle) -> None:
        sequences = {one.source_id: one for one in bundle.sequences()}
        assert set(sequences) == told.sequences
        assert {one.source_id for one in bundle.templates()} == told.templates
        for source_id, steps in told.steps.items():
            assert len(sequences[source_id].steps) == steps
            ids = {step.id for step in sequences[source_id].steps}
            assert {end for edge in sequences[source_id].edges for end in (edge.source, edge.target)} <= ids

    def test_rows_that_are_no_people_are_counted(self, told: Case, bundle: Bundle) -> None:
        if told.rejected:
            assert any(str(told.rejected) in item.what for item in bundle.manifest.unread)

    # Consent ------------------------------------------------------------------------------------------------

    def test_nobody_is_more_reachable_than_at_the_source(self, told: Case, bundle: Bundle) -> None:
        for email, state in narrowest_by_address(bundle).items():
            assert not state.widens(told.people[email].state), email

    def test_each_state_is_told_as_it_is(self, told: Case, bundle: Bundle) -> None:
        found = narrowest_by_address(bundle)
        assert {email: found[email] for email in told.people} == {
            email: person.state for email, person in told.people.items()
        }

    def test_the_account_holds_people_who_said_no(self, told: Case) -> None:
        states = {person.state for person in told.people.values()}
        assert ConsentState.SUBSCRIBED in states
        assert ConsentState.UNSUBSCRIBED in states

    def test_the_manifest_counts_consent(self, told: Case, bundle: Bundle) -> None:
        manifest = bundle.manifest
        assert sum(manifest.consent.values()) == manifest.counts["contacts"]

    # Reading ------------------------------------------------------------------------------------------------

    def test_it_only_reads(self, told: Case, source_folder: Path, tmp_path: Path) -> None:
        before = {path: path.read_bytes() for path in source_folder.rglob("*") if path.is_file()}
        run(told, tmp_path)
        assert set(told.methods()) <= {"GET", "HEAD"}
        assert {path: path.read_bytes() for path in source_folder.rglob("*") if path.is_file()} == before

    def test_the_same_account_gives_the_same_bundle(self, told: Case, bundle: Bundle, tmp_path: Path) -> None:
        assert content(run(told, tmp_path)) == content(bundle)

    def test_it_reads_in_several_pieces(self, read: tuple[Bundle, Cut, Listener]) -> None:
        assert read[1].calls >= 2

    def test_stopped_anywhere_and_run_again_it_ends_the_same(
        self, told: Case, read: tuple[Bundle, Cut, Listener], tmp_path: Path
    ) -> None:
        unbroken, whole = content(read[0]), read[1]
        for number, after in enumerate(sorted({1, whole.calls // 2, whole.calls - 1})):
            folder = tmp_path / f"cut-{number}"
            with pytest.raises(Interrupted):
                run(told, folder, Cut(after))
            assert not (folder / "bundle").exists(), "half a bundle must not look like one"
            assert content(run(told, folder)) == unbroken

    def test_what_was_fetched_is_not_asked_for_again(
        self, told: Case, read: tuple[Bundle, Cut, Listener], tmp_path: Path
    ) -> None:
        whole, rest = read[1], Cut()
        with pytest.raises(Interrupted):
            run(told, tmp_path / "cut", Cut(whole.calls - 1))
        run(told, tmp_path / "cut", rest)
        assert rest.calls < whole.calls or not told.fetches

    # What is told -------------------------------------------------------------------------------------------

    def test_nothing_told_holds_an_address_or_a_secret(self, told: Case, read: tuple[Bundle, Cut, Listener]) -> None:
        bundle, _, listener = read
        reading = told.open(Cut())
        probe = repr(reading.probe())
        reading.close()
        summary = msgspec.json.encode((bundle.manifest.notes, bundle.manifest.unread, bundle.manifest.mismatches))
        for text in (*listener.heard, probe, summary.decode(), bundle.manifest.source.account or ""):
            lower = text.lower()
            assert not [email for email in told.people if email in lower]
            assert not [secret for secret in told.secrets if secret in text]

    def test_no_secret_is_on_disk(self, told: Case, bundle: Bundle) -> None:
        for path in bundle.folder.rglob("*"):
            if path.is_file():
                data = path.read_bytes()
                assert not [secret for secret in told.secrets if secret.encode() in data], path.name

    def test_it_says_what_it_can_give_in_words_of_the_bundle(self, told: Case) -> None:
        assert {item.collection for item in told.source.readable} <= set(BY_NAME)
        assert told.source.cannot, "every platform keeps something to itself"
        assert told.source.title

    def test_without_settings_it_says_what_is_missing(self, told: Case) -> None:
        with pytest.raises(MigrateError) as refused:
            told.source.open({}, clock=FakeClock(BEGIN))
        assert refused.value.fix
        for setting in told.source.settings:
            if setting.required:
                assert setting.variable in str(refused.value)
                break
