"""One writer at a time at the target, also from two machines: an empty draft, whose name says which run and when.

Whoever finds another run's draft beside its own gives way: the younger at once, the elder after a short while in which
the younger should have gone. So of two that start together one goes on, and never both. The draft is renewed while its
run makes calls, and counts no more after half an hour without that; a run that is started again replaces its own.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, NamedTuple, Self

from adapters.sequenzy import read, write
from adapters.sequenzy.shapes import Labelled
from migrator.errors import Interrupted, MigrateError, NotFound, Rejected, Uncertain, WorkspaceError
from migrator.load.work import Work

FILE = ".target-lock"
"""Beside the checkpoint: the mark of this folder's runs, from before the draft is made until it is gone. It survives a
checkpoint that is lost."""
EXPIRES, EVERY = 1800.0, 300.0
TRIES, ROUNDS, PAUSE = 3, 5, 1.0
_STEP = {"subject": "A migration is at work", "html": "<p>Delete this draft when it has ended.</p>"}
_NAME = re.compile(r"^\[migrate at work\] (\S+) run ([0-9a-f]{12})-([0-9a-f]{8}) seen (\S+)$")


class Holder(NamedTuple):
    since: str
    """When the target made it."""
    mark: str
    """Of a folder: its next run takes up what its last one left."""
    token: str
    """Of a run."""
    id: str
    marker: str
    seen: datetime
    """The last sign of life: by the target's clock where it tells, by the run's own otherwise."""

    @property
    def shown(self) -> str:
        return f"run {self.mark} of {self.marker}, last seen {self.seen:%Y-%m-%d %H:%M} UTC"


class TargetLock:
    """Held while the block runs. Raises WorkspaceError when another run holds it."""

    def __init__(self, work: Work, there: Mapping[str, str]) -> None:
        """`there`: names of the target's sequences and their ids, as just read."""
        self._work, self._api, self._there = work, work.api, there
        self._mark, self._token, self._id = "", secrets.token_hex(4), ""
        self._file = work.checkpoint.path.with_name(FILE)
        self._beaten = 0.0
        self._busy = threading.Lock()

    def __enter__(self) -> Self:
        former = left_behind(self._work)
        self._mark = former or secrets.token_hex(6)
        if not former:
            self._file.write_text(self._mark)
            self._file.chmod(0o600)
        if not self._taken_up():
            self._place()
            self._settle_or_leave()
        self._api.on_call = self._beat
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._api.on_call = None
        try:
            self._remove()
        except (MigrateError, Interrupted):
            if error is None:
                raise
            # The error that ends the run matters more; the next run takes the draft up.

    def _taken_up(self) -> bool:
        """What an earlier run of this folder left stands until somebody takes it away. It gets a new name in time."""
        holding = {found[2]: (found, row_id) for name, row_id in self._there.items() if (found := _NAME.match(name))}
        if self._mark not in holding:
            return False
        found, self._id = holding[self._mark]
        self._token, self._beaten = found[3], self._api.clock.monotonic()
        age = self._api.clock.now() - datetime.fromisoformat(found[4])
        if len(holding) > 1 or not timedelta() <= age < timedelta(seconds=EVERY):
            self._token = secrets.token_hex(4)
            try:
                self._rename()
            except NotFound:
                self._id = ""
                return False
        if len(holding) > 1:
            self._settle_or_leave()
        return True

    def _settle_or_leave(self) -> None:
        if not self._id:
            return
        try:
            self._settle()
        except WorkspaceError:
            self._remove()
            raise

    def _place(self) -> None:
        name, nobody = self._name(), f"{self._work.marker}-nobody"
        # Some workspaces know no trigger that nothing starts, and the introductory documents want a step.
        quiet = {"name": name, "trigger": "manual"}
        tagged = {"name": name, "trigger": "tag_added", "tagName": nobody}
        bodies = [quiet, tagged] if self._work.contract == "current" else [tagged | {"steps": [_STEP]}]
        why = ""
        for body in bodies:
            try:
                self._id = self._made(body)
            except Rejected as error:
                why = error.problem.message
            else:
                self._beaten = self._api.clock.monotonic()
                return
        self._work.fall_back(
            f"The target takes no draft that keeps other runs out ({why}): see to it that no other machine loads into "
            "it meanwhile."
        )

    def _made(self, body: dict[str, Any]) -> str:
        """After a lost answer it is looked for, and made again where it is not there."""
        for _ in range(TRIES - 1):
            try:
                return write.create_sequence(self._api, body)[0]
            except Uncertain:
                for holder in self._holders():
                    if holder.token == self._token:
                        return holder.id
        return write.create_sequence(self._api, body)[0]

    def _settle(self) -> None:
        for number in range(ROUNDS + 1):
            holders = self._holders()
            mine = next((holder for holder in holders if holder.token == self._token), None)
            if mine is None:
                raise _taken("its own draft is gone again")
            rivals = []
            for holder in holders:
                if holder.token == self._token:
                    continue
                if holder.mark == self._mark or (mine.seen - holder.seen).total_seconds() > EXPIRES:
                    write.delete_sequence(self._api, holder.id)
                else:
                    rivals.append(holder)
            if not rivals:
                return
            if number == ROUNDS or min(rivals) < mine:
                raise _taken(min(rivals).shown)
            self._api.clock.sleep(PAUSE)

    def _holders(self) -> list[Holder]:
        return [holder for row in read.sequences(self._api) if (holder := _holder(row)) is not None]

    def _beat(self) -> None:
        """A sign of life, and a look whether the lock is still ours; before a call, at most every few minutes."""
        if not self._id or self._api.clock.monotonic() - self._beaten < EVERY:
            return
        if not self._busy.acquire(blocking=False):
            return
        try:
            self._beaten = self._api.clock.monotonic()
            if not any(holder.token == self._token for holder in self._holders()):
                raise _taken("another run has taken this one's place, or somebody deleted its draft")
            self._rename()
        finally:
            self._busy.release()

    def _rename(self) -> None:
        self._beaten = self._api.clock.monotonic()
        with contextlib.suppress(Uncertain):  # the next sign says it as well
            write.update_sequence(self._api, self._id, {"name": self._name()})

    def _remove(self) -> None:
        if self._id:
            write.delete_sequence(self._api, self._id)
        self._file.unlink(missing_ok=True)

    def _name(self) -> str:
        seen = self._api.clock.now().isoformat(timespec="seconds").replace("+00:00", "Z")
        return f"[migrate at work] {self._work.marker} run {self._mark}-{self._token} seen {seen}"


def left_behind(work: Work) -> str:
    """The mark of a run of this folder that did not come to its end; empty when there was none."""
    try:
        text = work.checkpoint.path.with_name(FILE).read_text().strip()
    except (OSError, UnicodeDecodeError):
        return ""
    return text if re.fullmatch("[0-9a-f]{12}", text) else ""


def _holder(row: Labelled) -> Holder | None:
    found = _NAME.match(row.name.strip())
    if found is None:
        return None
    told = row.updated_at or found[4]
    try:
        seen = datetime.fromisoformat(told)
    except ValueError:
        return None
    return Holder(row.created_at or found[4], found[2], found[3], row.id, found[1], seen)


def _taken(why: str) -> WorkspaceError:
    return WorkspaceError(
        "Another run is writing to this Sequenzy workspace",
        why=why,
        fix="Wait for it to end, then run this command again. If it was killed, start it again where it ran; from "
        "elsewhere it can be replaced half an hour after its last sign of life.",
    )
