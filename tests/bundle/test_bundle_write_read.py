"""What goes into a bundle comes out of it, private to its owner, with its numbers right."""

from __future__ import annotations

import json
import math
import shutil
import stat
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import small_bundle
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator import __version__
from migrator.bundle import Bundle, BundleWriter, Mark, SegmentMember, path_for, safe_name, settle
from migrator.bundle.bundle_files import collection_of
from migrator.bundle.check import check
from migrator.errors import BundleError, WorkspaceError
from migrator.model import Campaign, Contact, ContactList, Sequence, Suppression, Template
from tests.looks import looks
from tests.strategies import contacts, enrolments, ids, records, sequences, texts


@settings(max_examples=looks(25), deadline=None)
@given(
    people=st.lists(contacts(), max_size=4),
    standing=st.lists(enrolments(), max_size=2),
    refused=st.lists(records(Suppression), max_size=2),
    sent=st.lists(records(Campaign), max_size=2),
    flows=st.lists(sequences(), max_size=2, unique_by=lambda sequence: sequence.source_id),
    templates=st.lists(records(Template), max_size=2, unique_by=lambda template: template.source_id),
    lists=st.lists(records(ContactList), max_size=3),
)
def test_everything_written_is_read_back_the_same(
    people: Any, standing: Any, refused: Any, sent: Any, flows: Any, templates: Any, lists: Any
) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "bundle")
        with BundleWriter(folder) as writer:
            writer.contacts().extend(people)
            writer.enrolments().extend(standing)
            writer.suppressions().extend(refused)
            writer.campaigns().extend(sent)
            for flow in flows:
                writer.put_sequence(flow)
            for template in templates:
                writer.put_template(template)
            writer.put_lists(lists)
            digest = writer.finish(small_bundle.manifest())
        bundle = Bundle.open(folder)
        assert digest == bundle.hash
        assert people == list(bundle.contacts())
        assert standing == list(bundle.enrolments())
        assert refused == list(bundle.suppressions())
        assert sent == list(bundle.campaigns())
        assert lists == bundle.lists()
        assert {flow.source_id: flow for flow in flows} == {flow.source_id: flow for flow in bundle.sequences()}
        assert templates == [bundle.template(template.source_id) for template in templates]
        assert Counter(person.consent.state for person in people) == +Counter(bundle.manifest.consent)
        assert len(people) == bundle.manifest.counts["contacts"]


def test_a_small_account_is_whole_and_has_every_file(tmp_path: Path) -> None:
    digest = small_bundle.export(tmp_path / "bundle")
    bundle = Bundle.open(tmp_path / "bundle")
    assert [] == check(tmp_path / "bundle")
    assert digest == bundle.hash
    assert __version__ == bundle.manifest.tool_version
    assert all(bundle.manifest.counts.values())
    assert [SegmentMember(contact_id=str(number)) for number in range(3)] == list(bundle.members("vip"))
    assert [] == list(bundle.members("unknown"))
    found = bundle.sequence(small_bundle.HOSTILE_ID)
    assert found is not None
    assert "new" == found.name
    assert bundle.sequence("nothing") is None


def test_only_the_owner_can_read_a_bundle_also_while_it_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "acme" / "bundle"
    with BundleWriter(folder) as writer:
        writer.contacts().append(small_bundle.contact(1))
        small_bundle.write_rest(writer, "new")
        everything = [writer.partial, *writer.partial.rglob("*")]
        assert all(_mode(path) == (0o700 if path.is_dir() else 0o600) for path in everything)
        writer.finish(small_bundle.manifest())
    everything = [folder, *folder.rglob("*")]
    assert len(everything) > 15
    assert all(_mode(path) == (0o700 if path.is_dir() else 0o600) for path in everything)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_nothing_is_visible_and_the_old_bundle_stays_until_the_new_one_is_finished(tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    with BundleWriter(folder) as writer:
        writer.contacts().append(small_bundle.contact(1))
    assert not folder.exists()
    first = small_bundle.export(folder, name="old")
    with BundleWriter(folder) as writer:
        writer.contacts().append(small_bundle.contact(1))
        assert first == Bundle.open(folder).hash


def test_an_unfinished_file_is_continued_at_its_last_mark(tmp_path: Path) -> None:
    with BundleWriter(tmp_path / "bundle") as writer:
        file = writer.contacts()
        file.extend(small_bundle.contact(number) for number in range(5))
        mark = file.checkpoint()
        file.extend(small_bundle.contact(number) for number in range(90, 95))
        file.flush()
        path = file.path
    with path.open("ab") as torn:
        torn.write(b'{"source_id":"half')
    with BundleWriter(tmp_path / "bundle") as writer:
        assert writer.resumed
        writer.contacts(mark).extend(small_bundle.contact(number) for number in range(5, 12))
        small_bundle.write_rest(writer, "new")
        digest = writer.finish(small_bundle.manifest(notes=("new",)))
    assert small_bundle.export(tmp_path / "unbroken" / "bundle") == digest


def test_going_back_to_a_mark_forgets_what_came_after_it(tmp_path: Path) -> None:
    with BundleWriter(tmp_path / "bundle") as writer:
        file = writer.contacts()
        file.extend(small_bundle.contact(number) for number in range(5))
        mark = file.checkpoint()
        before = file.entry, dict(file.tallied)
        file.extend(small_bundle.contact(number) for number in range(5, 9))
        file.checkpoint()
        file.append(small_bundle.contact(10))
        file.reopen(mark)
        assert before == (file.entry, dict(file.tallied))
        assert 5 == file.records


@pytest.mark.parametrize("mark", [Mark(10, 1), Mark(10**6, 3), Mark(0, 1)])
def test_a_mark_that_does_not_fit_the_file_is_refused(tmp_path: Path, mark: Mark) -> None:
    with BundleWriter(tmp_path / "bundle") as writer:
        file = writer.contacts()
        file.extend(small_bundle.contact(number) for number in range(3))
        file.checkpoint()
        with pytest.raises(BundleError):
            writer.contacts(mark)


def test_a_later_run_may_finish_files_that_an_earlier_one_completed(tmp_path: Path) -> None:
    with BundleWriter(tmp_path / "bundle") as writer:
        file = writer.contacts()
        file.extend(small_bundle.contact(number) for number in range(12))
        file.close()
        small_bundle.write_rest(writer, "new")
        for other in (writer.partial.glob("*.jsonl"), (writer.partial / "members").glob("*")):
            assert all(path.exists() for path in other)
    with BundleWriter(tmp_path / "bundle") as writer:
        writer.clear("enrolments")
        writer.clear("sequences")
        writer.clear("suppressions")
        writer.clear("campaigns")
        writer.clear("members")
        small_bundle.write_rest(writer, "new")
        digest = writer.finish(small_bundle.manifest(notes=("new",)))
    assert small_bundle.export(tmp_path / "unbroken" / "bundle") == digest


def test_a_torn_file_of_an_earlier_run_stops_the_bundle(tmp_path: Path) -> None:
    with BundleWriter(tmp_path / "bundle") as writer:
        file = writer.contacts()
        file.append(small_bundle.contact(1))
        file.close()
    with file.path.open("ab") as torn:
        torn.write(b'{"source_id":"half')
    with BundleWriter(tmp_path / "bundle") as writer, pytest.raises(BundleError, match="cut off"):
        writer.finish(small_bundle.manifest())
    assert not (tmp_path / "bundle").exists()


def test_a_fresh_start_keeps_nothing_of_the_unfinished_export(tmp_path: Path) -> None:
    with BundleWriter(tmp_path / "bundle") as writer:
        writer.put_sequence(Sequence(source_id="stale", name="Stale"))
        (writer.progress / "note").write_text("x")
    with BundleWriter(tmp_path / "bundle", fresh=True) as writer:
        assert not writer.resumed
        assert [] == list(writer.progress.iterdir())
        writer.finish(small_bundle.manifest())
    assert [] == list(Bundle.open(tmp_path / "bundle").sequences())


def test_two_exports_cannot_write_one_bundle(tmp_path: Path) -> None:
    with BundleWriter(tmp_path / "bundle"), pytest.raises(WorkspaceError, match="still running"):
        BundleWriter(tmp_path / "bundle")
    BundleWriter(tmp_path / "bundle").close()


def test_numbers_that_json_cannot_say_are_kept_as_words(tmp_path: Path) -> None:
    odd = {"a": math.nan, "b": [math.inf, {"c": -math.inf}], "d": None, "e": "NaN", "f": 10**40}
    with BundleWriter(tmp_path / "bundle") as writer:
        writer.contacts().append(small_bundle.contact(1, attributes=odd))
        writer.finish(small_bundle.manifest())
    (back,) = Bundle.open(tmp_path / "bundle").contacts()
    said = {"a": "NaN", "b": ["Infinity", {"c": "-Infinity"}], "d": None, "e": "NaN", "f": 10**40}
    assert said == back.attributes


@pytest.mark.parametrize(
    "changes",
    [{"raw": {"x": b"bytes"}}, {"raw": {"x": 10**5000}}, {"source_id": 7}, {"tags": ("a", 1)}],
    ids=["bytes", "endless number", "id of the wrong type", "tag of the wrong type"],
)
def test_a_record_that_could_not_be_read_back_is_refused_when_written(tmp_path: Path, changes: Any) -> None:
    with BundleWriter(tmp_path / "bundle") as writer:
        file = writer.contacts()
        file.append(small_bundle.contact(1))
        file.append(small_bundle.contact(2, **changes))
        with pytest.raises(BundleError, match=r"contacts\.jsonl, line 2") as caught:
            file.checkpoint()
    assert "example.com" not in str(caught.value)


@settings(max_examples=looks(300), deadline=None)
@given(pair=st.tuples(ids() | texts(200), ids() | texts(200)))
def test_file_names_are_safe_everywhere_and_never_clash(pair: tuple[str, str]) -> None:
    names = [safe_name(source_id) for source_id in pair]
    assert (pair[0] == pair[1]) == (names[0].lower() == names[1].lower())
    for source_id in pair:
        path = path_for("sequences", source_id)
        found = collection_of(path)
        assert found is not None
        assert "sequences" == found.name
        assert len(path) < 100
        assert path.isascii()


@pytest.mark.parametrize("path", ["../x.json", "sequences/../x.json", "/etc/passwd", "sequences/A.json", "a.json", ""])
def test_a_path_outside_the_format_belongs_to_no_collection(path: str) -> None:
    assert collection_of(path) is None


def test_plain_ids_keep_their_name_and_case_only_differences_do_not_clash() -> None:
    assert "17" == safe_name("17")
    assert "01hxyz-9_a" == safe_name("01hxyz-9_a")
    taken = [safe_name(name) for name in ("abc", "ABC", "Abc", "con", "CON", "a/b", "a.b", "", "x" * 300, "x" * 301)]
    assert len(taken) == len(set(taken))
    assert "con" not in taken


def test_a_line_longer_than_any_block_is_read_back(tmp_path: Path) -> None:
    long = {"x": "y" * 2_000_000}
    with BundleWriter(tmp_path / "bundle") as writer:
        writer.contacts().extend(small_bundle.contact(n, raw=long if n == 1 else {}) for n in range(3))
        writer.finish(small_bundle.manifest())
    assert [{}, long, {}] == [found.raw for found in Bundle.open(tmp_path / "bundle").contacts()]


def test_the_manifest_can_be_checked_with_common_tools(tmp_path: Path) -> None:
    import hashlib

    digest = small_bundle.export(tmp_path / "bundle")
    text = (tmp_path / "bundle" / "manifest.json").read_bytes()
    assert digest == hashlib.sha256(text).hexdigest()
    assert f"{digest}  manifest.json\n" == (tmp_path / "bundle" / "manifest.sha256").read_text()
    for path, entry in json.loads(text)["files"].items():
        assert entry["sha256"] == hashlib.sha256((tmp_path / "bundle" / path).read_bytes()).hexdigest()


def test_a_copied_bundle_has_the_same_hash(tmp_path: Path) -> None:
    digest = small_bundle.export(tmp_path / "bundle")
    shutil.copytree(tmp_path / "bundle", tmp_path / "copy")
    assert digest == Bundle.open(tmp_path / "copy").hash
    assert [] == check(tmp_path / "copy")
    assert isinstance(next(Bundle.open(tmp_path / "copy").contacts()), Contact)


def test_an_unfinished_export_is_no_bundle(tmp_path: Path) -> None:
    with BundleWriter(tmp_path / "bundle") as writer:
        small_bundle.write_rest(writer, "new")
    with pytest.raises(BundleError, match="no finished bundle"):
        Bundle.open(tmp_path / "bundle")


def test_an_export_killed_after_its_last_read_needs_no_second_one(tmp_path: Path) -> None:
    digest = small_bundle.export(tmp_path / "bundle")
    (tmp_path / "bundle").rename(tmp_path / "bundle.partial")
    assert settle(tmp_path / "bundle")
    assert digest == Bundle.open(tmp_path / "bundle").hash
    assert not settle(tmp_path / "bundle")


def test_the_old_bundle_comes_back_when_the_new_one_never_was(tmp_path: Path) -> None:
    digest = small_bundle.export(tmp_path / "bundle")
    (tmp_path / "bundle").rename(tmp_path / "bundle.old")
    assert digest == Bundle.open(tmp_path / "bundle").hash
    assert ["bundle"] == [path.name for path in tmp_path.iterdir()]
