"""Every damage to a bundle is found, by file and line, and no finding holds an address."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import small_bundle
from click.testing import CliRunner

from migrator.bundle import Bundle, BundleWriter, ExportOptions, Unread
from migrator.bundle.check import ProblemKind, check
from migrator.cli.bundle import command
from migrator.errors import BundleError
from migrator.model import Enrolment, EnrolmentStatus, ListMembership

FILES = sorted(
    [
        *(f"{name}.json" for name in ("manifest", "lists", "tags", "attributes", "segments", "forms", "other")),
        *(f"{name}.jsonl" for name in ("contacts", "enrolments", "suppressions", "campaigns", "members/vip")),
        *("manifest.sha256", "sequences/17.json", "templates/3.json", "sequences/hostile"),
    ]
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "bundle"
    small_bundle.export(folder)
    return folder


@pytest.fixture
def bundle(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "bundle"))


def file_of(folder: Path, name: str) -> Path:
    return next((folder / "sequences").glob("*~*.json")) if name.endswith("hostile") else folder / name


def read_everything(folder: Path) -> None:
    bundle = Bundle.open(folder)
    for path in bundle.manifest.files:
        for _ in bundle.records(path):
            pass


def change_manifest(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """As a program would that keeps the digest right."""
    found = json.loads((folder / "manifest.json").read_text())
    change(found)
    text = json.dumps(found).encode()
    (folder / "manifest.json").write_bytes(text)
    (folder / "manifest.sha256").write_text(f"{hashlib.sha256(text).hexdigest()}  manifest.json\n")


def places(size: int, most: int = 24) -> list[int]:
    """Up to `most` offsets, spread over the file; its first and last byte are always among them."""
    return sorted({round(at * (size - 1) / (most - 1)) for at in range(most)})


def test_the_list_of_damaged_files_names_every_file_of_the_bundle(bundle: Path) -> None:
    found = {path for path in bundle.rglob("*") if path.is_file()}
    assert found == {file_of(bundle, name) for name in FILES}


@pytest.mark.parametrize("name", FILES)
def test_every_flipped_byte_is_found_in_its_file(bundle: Path, name: str) -> None:
    file = file_of(bundle, name)
    data = file.read_bytes()
    for at in places(len(data)):
        for flip in (0x01, 0x80):
            file.write_bytes(data[:at] + bytes([data[at] ^ flip]) + data[at + 1 :])
            problems = check(bundle)
            expected = "manifest.json" if name.startswith("manifest") else file.relative_to(bundle).as_posix()
            assert expected in {problem.path for problem in problems}, f"byte {at}"
            with pytest.raises(BundleError):
                read_everything(bundle)


@pytest.mark.parametrize("name", FILES)
def test_every_truncation_is_found_in_its_file(bundle: Path, name: str) -> None:
    file = file_of(bundle, name)
    data = file.read_bytes()
    for size in places(len(data), 12):
        file.write_bytes(data[:size])
        problems = check(bundle)
        expected = "manifest.json" if name.startswith("manifest") else file.relative_to(bundle).as_posix()
        assert expected in {problem.path for problem in problems}, f"{size} bytes"
        with pytest.raises(BundleError):
            read_everything(bundle)


@pytest.mark.parametrize("name", FILES)
def test_every_missing_file_is_found(bundle: Path, name: str) -> None:
    file = file_of(bundle, name)
    file.unlink()
    expected = "manifest.json" if name.startswith("manifest") else file.relative_to(bundle).as_posix()
    assert expected in {problem.path for problem in check(bundle)}
    with pytest.raises(BundleError, match="missing"):
        read_everything(bundle)


@pytest.mark.parametrize("name", [name for name in FILES if not name.startswith("manifest")])
def test_a_renamed_file_is_found_as_missing_and_as_extra(bundle: Path, name: str) -> None:
    file = file_of(bundle, name)
    file.rename(file.with_name("renamed" + file.suffix))
    kinds = {problem.kind for problem in check(bundle)}
    assert {ProblemKind.MISSING, ProblemKind.EXTRA} <= kinds


@pytest.mark.parametrize(
    "name", ["notes.txt", "sequences/99.json", ".hidden", "members/x/y.jsonl", "manifest.json.tmp"]
)
def test_an_extra_file_is_found(bundle: Path, name: str) -> None:
    (bundle / name).parent.mkdir(exist_ok=True)
    (bundle / name).write_text("{}")
    assert (ProblemKind.EXTRA, name) in {(problem.kind, problem.path) for problem in check(bundle)}


def test_a_link_in_place_of_a_file_is_found(bundle: Path, tmp_path: Path) -> None:
    (bundle / "tags.json").rename(tmp_path / "elsewhere.json")
    (bundle / "tags.json").symlink_to(tmp_path / "elsewhere.json")
    assert [(ProblemKind.EXTRA, "tags.json")] == [(problem.kind, problem.path) for problem in check(bundle)]


@pytest.mark.parametrize(("version", "said"), [(2, "too new"), (99, "too new"), (0, "too old"), (-1, "too old")])
def test_a_bundle_of_another_version_is_refused_with_what_to_do(bundle: Path, version: int, said: str) -> None:
    change_manifest(bundle, lambda manifest: manifest.update(format_version=version, invented_by_the_future=1))
    (problem,) = check(bundle)
    assert said in problem.what
    assert problem.fix
    with pytest.raises(BundleError, match=said):
        Bundle.open(bundle)


def test_an_unknown_field_in_the_manifest_is_refused(bundle: Path) -> None:
    change_manifest(bundle, lambda manifest: manifest.update(surprise=1))
    with pytest.raises(BundleError, match="surprise"):
        Bundle.open(bundle)


def test_a_manifest_cannot_point_outside_its_folder(bundle: Path) -> None:
    change_manifest(bundle, lambda manifest: manifest["files"].update({"../x.json": manifest["files"]["tags.json"]}))
    assert [ProblemKind.MANIFEST] == [problem.kind for problem in check(bundle)]
    with pytest.raises(BundleError):
        Bundle.open(bundle)


def test_a_manifest_that_leaves_a_file_out_is_found(bundle: Path) -> None:
    change_manifest(bundle, lambda manifest: manifest["files"].pop("suppressions.jsonl"))
    found = {(problem.kind, problem.path) for problem in check(bundle)}
    assert (ProblemKind.MANIFEST, "suppressions.jsonl") in found
    with pytest.raises(BundleError):
        list(Bundle.open(bundle).suppressions())


def test_counts_that_do_not_add_up_are_found(bundle: Path) -> None:
    change_manifest(bundle, lambda manifest: manifest["counts"].update(contacts=13))
    (problem,) = check(bundle)
    assert (ProblemKind.COUNT, "manifest.json") == (problem.kind, problem.path)
    assert "13 contacts" in problem.what


def test_consent_counts_that_do_not_add_up_are_found(bundle: Path) -> None:
    change_manifest(bundle, lambda manifest: manifest["consent"].update(subscribed=2, unknown=0))
    assert [ProblemKind.COUNT] * 2 == [problem.kind for problem in check(bundle)]


def test_every_damaged_line_is_named(bundle: Path) -> None:
    lines = (bundle / "contacts.jsonl").read_bytes().splitlines(keepends=True)
    lines[2] = b"{}\n"
    lines[7] = b"not json\n"
    (bundle / "contacts.jsonl").write_bytes(b"".join(lines))
    found = [(problem.path, problem.line) for problem in check(bundle)]
    assert [("contacts.jsonl", 3), ("contacts.jsonl", 8)] == found
    with pytest.raises(BundleError, match=r"contacts\.jsonl, line 3"):
        read_everything(bundle)


def test_a_file_full_of_damage_does_not_fill_the_screen(bundle: Path) -> None:
    (bundle / "contacts.jsonl").write_bytes(b"x\n" * 5000)
    assert 101 == len(check(bundle))


def test_no_problem_shows_an_address_from_a_damaged_line(bundle: Path) -> None:
    data = (bundle / "contacts.jsonl").read_bytes()
    (bundle / "contacts.jsonl").write_bytes(data.replace(b'"state":"', b'"state":"secret@example.com'))
    problems = check(bundle)
    assert problems
    assert "@" not in "".join(map(str, problems))


def broken(folder: Path, **changes: Any) -> list[tuple[str, int | None]]:
    """An otherwise sound bundle in which an enrolment and a contact name things that are not there."""
    with BundleWriter(folder) as writer:
        people = writer.contacts()
        people.append(small_bundle.contact(1))
        people.append(small_bundle.contact(2, lists=(ListMembership(list_id="404"),)))
        people.append(small_bundle.contact(2, lists=()))
        small_bundle.write_rest(writer, "new")
        writer.clear("members")
        writer.put_segments([])
        standing = writer.enrolments()
        for contact_id, sequence_id in (("1", "17"), ("1", "405"), ("person9@example.com", "17")):
            standing.append(
                Enrolment(source_id="e", sequence_id=sequence_id, contact_id=contact_id, status=EnrolmentStatus.ACTIVE)
            )
        writer.finish(small_bundle.manifest(**changes))
    problems = check(folder)
    assert {ProblemKind.REFERENCE} == {problem.kind for problem in problems}
    assert "person9" not in "".join(map(str, problems))
    return sorted((problem.path, problem.line) for problem in problems)


TWICE, NO_LIST = ("contacts.jsonl", 3), ("contacts.jsonl", 2)
NO_SEQUENCE, NO_CONTACT = ("enrolments.jsonl", 2), ("enrolments.jsonl", 3)


def test_references_to_nothing_and_people_who_stand_twice_are_found(tmp_path: Path) -> None:
    assert [NO_LIST, TWICE, NO_SEQUENCE, NO_CONTACT] == broken(tmp_path / "bundle")


def test_what_a_partial_export_left_out_is_no_broken_reference(tmp_path: Path) -> None:
    only = ExportOptions(only=("contacts", "enrolments", "lists"), sequences=("17",))
    assert [NO_LIST, TWICE, NO_CONTACT] == broken(tmp_path / "bundle", options=only)


def test_what_the_manifest_says_it_could_not_read_is_no_broken_reference(tmp_path: Path) -> None:
    unread = (
        Unread(what="One sequence", why="Withheld", remedy="Rebuild it", scope="sequences/405"),
        Unread(what="The lists", why="Withheld", remedy="Rebuild them", scope="lists"),
    )
    assert [TWICE, NO_CONTACT] == broken(tmp_path / "bundle", unread=unread)


def test_a_segment_whose_members_file_is_missing_is_found(bundle: Path) -> None:
    change_manifest(bundle, lambda manifest: manifest["files"].pop("members/vip.jsonl"))
    found = {(problem.kind, problem.path, problem.line) for problem in check(bundle)}
    assert (ProblemKind.REFERENCE, "segments.json", 1) in found


def test_no_bundle_at_all_is_one_clear_problem(tmp_path: Path) -> None:
    (problem,) = check(tmp_path / "bundle")
    assert "no bundle" in problem.what


def test_the_command_says_whole_or_names_each_problem(bundle: Path) -> None:
    fine = CliRunner().invoke(command, ["check", str(bundle)])
    assert (0, "") == (fine.exit_code, fine.stderr)
    assert "is whole" in fine.output
    (bundle / "tags.json").unlink()
    bad = CliRunner().invoke(command, ["check", str(bundle.parent)])
    assert 1 == bad.exit_code
    assert "tags.json: The file is missing. Restore" in bad.output
    as_json = CliRunner().invoke(command, ["check", str(bundle), "--json"])
    assert 1 == as_json.exit_code
    report = json.loads(as_json.output)
    assert (False, "missing", "tags.json") == (
        report["whole"],
        report["problems"][0]["kind"],
        report["problems"][0]["path"],
    )
