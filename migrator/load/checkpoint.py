"""What has been done: `checkpoint.sqlite` in the workspace, one row a unit of work, never a copy of the people.

Table `units`: key (`<operation key>#<part>`), operation, part, state, request_hash, target_id, attempts, error,
result (JSON), updated (epoch seconds). The states:

    intended   it will be done; nothing of it was sent
    sent       the request may have reached the target: look before repeating it
    confirmed  done; `result` holds what the target said
    rejected   the target refused this content for good; `error` says why

Table `notes`: name to JSON (plan_hash, marker, target, contract, fallbacks, warnings, send_times, ...).
Table `lock`: the process that writes. Table `present`: digests of addresses that were at the target before.

Every write is one transaction with a flush behind it (WAL, synchronous=FULL). The order of writes, and what follows
from it, is in docs/promises.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from migrator.load.checkpoint_file import NAME, CheckpointFile, OnCommit
from migrator.load.units import COLUMNS, State, Unit, as_json, unit_of


class Checkpoint(CheckpointFile):
    """The units of work, and who was at the target before them."""

    # --- units ---

    def unit(self, operation: str, part: str = "") -> Unit | None:
        row = self._db.execute(f"SELECT {COLUMNS} FROM units WHERE key = ?", (f"{operation}#{part}",)).fetchone()  # noqa: S608 - a constant
        return None if row is None else unit_of(row)

    def units(self, operation: str | None = None, *states: State) -> list[Unit]:
        where, values = [], []
        if operation is not None:
            where.append("operation = ?")
            values.append(operation)
        if states:
            where.append(f"state IN ({', '.join('?' * len(states))})")
            values += [state.value for state in states]
        clause = f"WHERE {' AND '.join(where)}" if where else ""
        rows = self._db.execute(f"SELECT {COLUMNS} FROM units {clause} ORDER BY operation, position, part", values)  # noqa: S608 - placeholders only
        return [unit_of(row) for row in rows]

    def tally(self) -> dict[str, dict[str, int]]:
        """Operation to state to units."""
        found: dict[str, dict[str, int]] = {}
        for operation, state, count in self._db.execute(
            "SELECT operation, state, count(*) FROM units GROUP BY operation, state"
        ):
            found.setdefault(operation, {})[state] = count
        return found

    def intend(self, units: Iterable[Unit]) -> None:
        """Units known already stay as they are."""
        now = self._clock.now().timestamp()
        with self.writing():
            self._db.executemany(
                "INSERT OR IGNORE INTO units (key, operation, part, position, state, request_hash, result, updated)"
                " VALUES (?, ?, ?, ?, 'intended', ?, ?, ?)",
                [
                    (unit.key, unit.operation, unit.part, unit.position, unit.request_hash, as_json(unit.result), now)
                    for unit in units
                ],
            )

    def sending(self, unit: Unit, *, request_hash: str | None = None, result: dict[str, Any] | None = None) -> None:
        """Before the request leaves. `result`: what a later look for it will need."""
        self._set(unit, State.SENT, request_hash=request_hash, result=result, attempt=1)

    def learned(self, unit: Unit, target_id: str | None, result: dict[str, Any] | None = None) -> None:
        """The target has answered, but is not done with it (an import that runs)."""
        self._set(unit, State.SENT, target_id=target_id, result=result)

    def confirm(self, unit: Unit, target_id: str | None = None, result: dict[str, Any] | None = None) -> None:
        self._set(unit, State.CONFIRMED, target_id=target_id, result=result)

    def reject(self, unit: Unit, error: str, result: dict[str, Any] | None = None) -> None:
        self._set(unit, State.REJECTED, error=error, result=result)

    def forget(self, unit: Unit) -> None:
        """Undone, or to be done from the start."""
        with self.writing():
            self._db.execute("DELETE FROM units WHERE key = ?", (unit.key,))

    def forget_operations(self, *prefixes: str) -> None:
        """All units of operations whose key begins so."""
        with self.writing():
            for prefix in prefixes:
                self._db.execute("DELETE FROM units WHERE substr(operation, 1, ?) = ?", (len(prefix), prefix))

    def _set(
        self,
        unit: Unit,
        state: State,
        *,
        target_id: str | None = None,
        request_hash: str | None = None,
        error: str | None = None,
        result: dict[str, Any] | None = None,
        attempt: int = 0,
    ) -> None:
        with self.writing():
            self._db.execute(
                "INSERT OR IGNORE INTO units (key, operation, part, position, state, updated)"
                " VALUES (?, ?, ?, ?, 'intended', 0)",
                (unit.key, unit.operation, unit.part, unit.position),
            )
            self._db.execute(
                "UPDATE units SET state = ?, target_id = coalesce(?, target_id), error = ?, updated = ?,"
                " request_hash = coalesce(?, request_hash), result = coalesce(?, result), attempts = attempts + ?"
                " WHERE key = ?",
                (
                    state.value,
                    target_id,
                    error,
                    self._clock.now().timestamp(),
                    request_hash,
                    None if result is None else as_json(result),
                    attempt,
                    unit.key,
                ),
            )

    # --- who was there before ---

    def put_present(self, rows: Iterable[tuple[bytes, str, str | None]]) -> None:
        """Digest of the address, status, and, of people whom the plan touches, what they were."""
        with self.writing():
            self._db.executemany("INSERT OR IGNORE INTO present VALUES (?, ?, ?)", rows)

    def present(self, digests: list[bytes]) -> dict[bytes, tuple[str, dict[str, Any] | None]]:
        """Those of the digests that were there: their status then, and what they were when the plan touches them."""
        marks = ", ".join("?" * len(digests))
        rows = self._db.execute(f"SELECT digest, status, before FROM present WHERE digest IN ({marks})", digests)  # noqa: S608 - placeholders only
        return {row[0]: (row[1], json.loads(row[2]) if row[2] else None) for row in rows}

    def met(self, rows: Iterable[tuple[bytes, str, str]]) -> None:
        """People whom a newer plan finds at the target: what they are then. Who is noted already stays as noted."""
        with self.writing():
            self._db.executemany(
                "INSERT INTO present VALUES (?, ?, ?)"
                " ON CONFLICT (digest) DO UPDATE SET before = excluded.before WHERE before IS NULL",
                rows,
            )

    def keep_before(self, digests: Iterable[bytes]) -> None:
        """Forgets what everybody else was: only people of the plan are of interest. `digests`: those of the plan."""
        with self.writing():
            self._db.execute("CREATE TEMP TABLE planned (digest BLOB PRIMARY KEY) WITHOUT ROWID")
            self._db.executemany("INSERT OR IGNORE INTO planned VALUES (?)", ((digest,) for digest in digests))
            self._db.execute("UPDATE present SET before = NULL WHERE digest NOT IN (SELECT digest FROM planned)")
            self._db.execute("DROP TABLE planned")

    def present_count(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM present").fetchone()[0])

    def forget_present(self) -> None:
        with self.writing():
            self._db.execute("DELETE FROM present")

    def touched(self) -> Iterator[dict[str, Any]]:
        """What people were who are at the target and in the plan."""
        for row in self._db.execute("SELECT before FROM present WHERE before IS NOT NULL ORDER BY digest"):
            yield json.loads(row[0])

    def latest(self) -> float:
        """When a unit last changed, in epoch seconds; 0 when there is none."""
        return float(self._db.execute("SELECT coalesce(max(updated), 0) FROM units").fetchone()[0])

    def last_error(self) -> str | None:
        row = self._db.execute("SELECT error FROM units WHERE error IS NOT NULL ORDER BY updated DESC").fetchone()
        return row[0] if row else None


__all__ = ["NAME", "Checkpoint", "OnCommit", "State", "Unit"]
