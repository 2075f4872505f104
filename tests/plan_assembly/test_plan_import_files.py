"""Ready records on disk: every line in one batch, borders between whole lines, what was taken out is out."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import migrator.plan.people.import_files as import_files
from mappings.import_record import ImportRecord
from migrator.plan.folder import PlanFolder
from migrator.plan.people.import_files import ImportFile
from migrator.plan.people.same_address import SameAddress
from migrator.plan.records import PlanFile
from tests.looks import looks

FILE = "people/actives.jsonl"


def record(number: int, weight: int = 1) -> ImportRecord:
    return ImportRecord(f"p{number}@example.com", "active", "é" * weight)


def line(number: int, weight: int = 1) -> bytes:
    return msgspec.json.encode(record(number, weight)) + b"\n"


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[list[int]], dict[int, bytes | None], int, int]:
    """Blocks of records by their weights, lines to change or leave out, most lines and bytes of a batch."""
    blocks = draw(st.lists(st.lists(st.integers(0, 60), max_size=9), max_size=8))
    count = sum(map(len, blocks))
    numbers = st.integers(0, max(0, count - 1))
    changed = draw(st.dictionaries(numbers, st.one_of(st.none(), st.just(line(9_999))), max_size=count))
    return blocks, changed, draw(st.integers(1, 12)), draw(st.integers(40, 400))


@settings(max_examples=looks(120), deadline=None)
@given(case=cases())
def test_every_line_is_in_one_batch_as_it_was_or_as_it_was_changed(
    case: tuple[list[list[int]], dict[int, bytes | None], int, int],
) -> None:
    blocks, changed, most, most_bytes = case
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as name:
        patch.setattr(import_files, "BATCH_SIZE", most)
        patch.setattr(import_files, "BATCH_BYTES", most_bytes)
        patch.setattr(import_files, "_SPILL", 200)
        folder = PlanFolder(Path(name) / "plan")
        file = ImportFile(folder, FILE)
        wanted: list[bytes] = []
        for weights in blocks:
            start = len(wanted)
            file.extend([record(start + place, weight) for place, weight in enumerate(weights)])
            wanted += [line(start + place, weight) for place, weight in enumerate(weights)]
        file.change((number, changed[number]) for number in sorted(changed) if number < len(wanted))
        file.finish()
        folder.close_lines()
        entry: PlanFile = folder.files[FILE]
        written = (folder.partial / FILE).read_bytes()
        folder.clean()

    kept = [changed.get(number, old) for number, old in enumerate(wanted)]
    assert written == b"".join(new for new in kept if new is not None)
    assert hashlib.sha256(written).hexdigest() == entry.sha256
    assert entry.records == sum(batch.count for batch in file.batches) == sum(new is not None for new in kept)
    end = 0
    for batch in file.batches:
        lines = written[batch.start : batch.end]
        assert batch.start == end
        assert lines.count(b"\n") == batch.count <= most
        assert lines.endswith(b"\n")
        assert hashlib.sha256(lines).hexdigest() == batch.sha256
        assert len(lines) <= most_bytes or batch.count == 1
        end = batch.end
    assert end == len(written)


def test_batches_are_as_full_as_they_may_be() -> None:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as name:
        patch.setattr(import_files, "BATCH_SIZE", 10)
        folder = PlanFolder(Path(name) / "plan")
        file = ImportFile(folder, FILE)
        for start in range(0, 49, 7):
            file.extend([record(start + place) for place in range(7)])
        file.change([(3, None), (30, None)])
        file.finish()
        folder.clean()
    assert [batch.count for batch in file.batches] == [10, 10, 10, 10, 7]


@settings(max_examples=looks(60), deadline=None)
@given(
    hashes=st.lists(st.integers(-(1 << 63), (1 << 63) - 1) | st.integers(-3, 3), max_size=300),
    chunk=st.integers(1, 80),
    step=st.integers(1, 40),
)
def test_rows_with_the_same_hash_find_each_other(hashes: list[int], chunk: int, step: int) -> None:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as name:
        patch.setattr("migrator.plan.people.same_address._CHUNK", chunk)
        same = SameAddress(Path(name))
        for start in range(0, len(hashes), step):
            same.extend(hashes[start : start + step])
        assert list(same.candidates()) == [row for row, one in enumerate(hashes) if hashes.count(one) > 1]
