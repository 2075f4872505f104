"""Contacts by bulk import: batches of ready bytes, a few under way at once, seldom asked about; refused ones cut
into pieces until the bad row is alone.

A batch's key is made from its content, so that sending it twice is the same import. Contacts one by one are in
contacts_singly.py; rows that an import lost are in lost_rows.py.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from adapters.sequenzy import write
from adapters.sequenzy.shapes import Import
from migrator.errors import ApiProblem, NotFound, Rejected, Unavailable
from migrator.load.checkpoint import State, Unit
from migrator.load.contacts_singly import counted, create_one_by_one, keep_opt_out
from migrator.load.counts import MISSING
from migrator.load.import_pieces import Piece, about_the_head, body_of, cut, key_of, pieces_of
from migrator.load.work import Work
from migrator.plan.records import ImportPeople

UNDER_WAY = 20
"""Imports that may run at the same time."""
FIRST_LOOK, LONGEST_LOOK = 1.0, 15.0
LONGEST_IMPORT = 3600.0
MOST_REFUSALS = 15
"""Refused pieces without a single accepted one: then it is not the rows."""
DOUBT = "doubt"
"""In a unit's outcome: why its rows are not taken as written before they are seen at the target."""


class PeopleImport:
    def __init__(self, work: Work, operation: ImportPeople) -> None:
        self.work, self.operation = work, operation
        self.head: dict[str, Any] = {**work.filled(operation.head), "enrollInSequences": False}
        self._key_prefix = work.key_prefix
        self._position = 0
        self._refused, self._accepted = 0, 0
        self._running: list[tuple[Piece, Unit, str]] = []
        self._learned: list[tuple[Unit, str]] = []
        self._queue: deque[Piece] = deque()
        self._rows = 0

    def run(self) -> None:
        work, operation = self.work, self.operation
        pieces = pieces_of(operation, work.opened, work.wanted.limit)
        if work.single:
            create_one_by_one(work, operation, self.head, self._open(pieces))
            return
        work.watcher.collection(operation.key, sum(piece.count for piece in pieces))
        work.checkpoint.intend(self._unit(piece, number) for number, piece in enumerate(pieces))
        self._position = len(pieces)
        self._queue.extend(pieces)
        try:
            while self._queue or self._running:
                if not self._queue or len(self._running) >= UNDER_WAY:
                    self._settle()
                    continue
                piece = self._queue.popleft()
                if not self._start(piece):
                    # This server has no bulk import: everybody left goes one by one.
                    self._settle()
                    create_one_by_one(work, operation, self.head, [piece, *self._queue])
                    return
        finally:
            self._write_learned()
        work.watcher.finished(operation.key, self._rows)

    def _unit(self, piece: Piece, position: int | None = None) -> Unit:
        known = self.work.checkpoint.unit(self.operation.key, piece.part)
        if known is not None:
            return known
        if position is None:
            self._position += 1
            position = self._position
        return Unit(self.operation.key, piece.part, position=position, result={"rows": piece.count})

    def _open(self, pieces: list[Piece]) -> list[Piece]:
        """Those of which an import, or a newer plan, has not settled every row."""
        left: list[Piece] = []
        for piece in pieces:
            unit = self.work.checkpoint.unit(self.operation.key, piece.part)
            if unit is None or not unit.done:
                left.append(piece)
            elif spans := unit.result.get("split"):
                left += self._open([Piece(piece.batch, *span) for span in spans])
        return left

    # --- sending ---

    def _start(self, piece: Piece) -> bool:
        """False when the server has no such call."""
        work, unit = self.work, self._unit(piece)
        if unit.done:
            self._done(unit, piece)
            return True
        if DOUBT in unit.result or MISSING in unit.result:
            self._rows += piece.count
            return True
        if unit.state is State.SENT and unit.target_id is not None:
            self._running.append((piece, unit, unit.target_id))
            return True
        if unit.state is State.INTENDED:
            work.started_here.add(unit.key)
        content, key = self._content(piece)
        with work.checkpoint.writing():
            self._write_learned()
            work.sending(unit, key)
        try:
            started = write.start_import(work.api, content)
        except NotFound:
            work.single = True
            work.fall_back("The server has no bulk import: contacts are created one by one.")
            return False
        except Rejected as error:
            self._refuse(piece, unit, error)
            return True
        self._accepted += 1
        self._learned.append((unit, started.id))
        self._running.append((piece, unit, started.id))
        return True

    def _content(self, piece: Piece) -> tuple[bytes, str]:
        """The bytes to send and their key. The lines are not kept: a batch is large."""
        lines = piece.lines(self.work.opened, self.operation.file)
        key = key_of(self._key_prefix, piece, lines)
        return body_of(self.head, key, lines), key

    def _write_learned(self) -> None:
        """Ids of started imports ride along with the next flush: losing one only means the same import again."""
        if self._learned:
            with self.work.checkpoint.writing():
                for unit, import_id in self._learned:
                    self.work.checkpoint.learned(unit, import_id)
            self._learned.clear()

    def _refuse(self, piece: Piece, unit: Unit, error: Rejected) -> None:
        self._refused += 1
        hopeless = self._refused >= MOST_REFUSALS and not self._accepted
        if hopeless or about_the_head(error.problem, self.head):
            raise error
        if piece.count == 1:
            self._give_up(piece, unit, str(error.problem.message), {"rows": 1})
            return
        self._cut(piece, unit, error.problem, {})

    def _give_up(self, piece: Piece, unit: Unit, why: str, counts: dict[str, Any]) -> None:
        """One row that the target does not take."""
        line = piece.lines(self.work.opened, self.operation.file)
        kept = keep_opt_out(self.work, self.operation.key, self.head, line, why)
        if kept is None:
            self.work.checkpoint.reject(unit, why, counts)
        else:
            self.work.checkpoint.confirm(unit, kept.id, counted(kept))

    def _cut(self, piece: Piece, unit: Unit, problem: ApiProblem | None, result: dict[str, Any]) -> None:
        parts = cut(piece, piece.lines(self.work.opened, self.operation.file), problem)
        spans = [[part.start, part.end, part.count] for part in parts]
        with self.work.checkpoint.writing():
            self.work.checkpoint.confirm(unit, result={"rows": piece.count, **result, "split": spans})
            self.work.checkpoint.intend(self._unit(part) for part in parts)
        self._queue.extendleft(reversed(parts))

    # --- waiting ---

    def _settle(self) -> None:
        """The newest first: imports are worked through in order, so the others are ready when it is."""
        if not self._running:
            return
        self._write_learned()
        running, self._running = self._running, []
        ended = [(piece, unit, end_of(self.work, name, self.operation.key)) for piece, unit, name in reversed(running)]
        with self.work.checkpoint.writing():
            for piece, unit, found in reversed(ended):
                self._end(piece, unit, found)
            self.work.save_pace()

    def _end(self, piece: Piece, unit: Unit, found: Import | None) -> None:
        """What the target says of it. Rows that it does not call in place are looked for in lost_rows.py."""
        self._rows += piece.count
        self.work.people += piece.count
        self.work.watcher.progress(self.operation.key, self._rows)
        if found is not None and found.whole(piece.count):
            reasons = {"reasons": found.skipped_reasons} if found.skipped_reasons else {}
            self.work.checkpoint.confirm(unit, found.id, _told(piece, found) | reasons)
            return
        told = {"rows": piece.count} if found is None else _told(piece, found)
        self.work.checkpoint.learned(unit, found.id if found else None, {**told, DOUBT: _why(found)})

    def _done(self, unit: Unit, piece: Piece) -> None:
        spans = unit.result.get("split")
        if spans:
            self._queue.extendleft(reversed([Piece(piece.batch, *span) for span in spans]))
            return
        self._accepted += 1
        self._rows += piece.count
        self.work.watcher.progress(self.operation.key, self._rows)


def end_of(work: Work, import_id: str, where: str) -> Import | None:
    """Waits for it. None when the target does not know this import any more."""
    look, waited = FIRST_LOOK, 0.0
    while True:
        try:
            found = write.read_import(work.api, import_id)
        except NotFound:
            return None
        if found.ended:
            return found
        if waited > LONGEST_IMPORT:
            raise Unavailable(
                "An import does not come to its end at the target",
                problem=ApiProblem(None, f"it has been running for {round(waited / 60)} minutes"),
                where=where,
                fix="Look at the import history there, then run the same command again.",
            )
        work.api.clock.sleep(look)
        waited += look
        look = min(LONGEST_LOOK, look * 2)


def _told(piece: Piece, found: Import) -> dict[str, Any]:
    return {
        "rows": piece.count,
        "added": found.added_count,
        "updated": found.updated_count,
        "skipped": found.skipped_count,
        "failed": found.failed_count,
        "duplicates": found.duplicate_rows,
    }


def _why(found: Import | None) -> str:
    if found is None:
        return "the target does not know this import any more"
    reasons = [*found.failed_reasons, *found.failed_chunk_reasons]
    if reasons:
        return "; ".join(reasons)
    if found.status != "completed":
        return f"the import ended as {found.status}"
    return "the import does not say what became of every row"
