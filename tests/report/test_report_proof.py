"""The proof on the report's page tells drafts and live sequences apart, as verification found them."""

from __future__ import annotations

from migrator.report.proof import _verify_rows
from migrator.verify.report_files import Counts


def counted(drafts: int, live: int, elsewhere: int = 0) -> list[tuple[str, int, int, int]]:
    counts = Counts()
    for standing, number in ((counts.drafts, drafts), (counts.live, live)):
        standing.planned = standing.equal = number
    whole = counts.kinds["sequence"]
    whole.planned = whole.equal = drafts + live
    whole.unexpected = elsewhere
    return [(row.name, row.planned, row.found, row.differs) for row in _verify_rows(counts.facts())]


def test_drafts_and_live_sequences_have_a_row_each() -> None:
    assert counted(3, 2) == [("Sequences, as drafts", 3, 3, 0), ("Sequences, live", 2, 2, 0)]


def test_a_row_without_sequences_is_left_out() -> None:
    assert counted(0, 2) == [("Sequences, live", 2, 2, 0)]
    assert counted(3, 0) == [("Sequences, as drafts", 3, 3, 0)]


def test_sequences_of_neither_sort_have_a_row_of_their_own() -> None:
    assert counted(1, 1, elsewhere=2)[-1] == ("Other sequences", 0, 0, 2)
