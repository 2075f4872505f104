"""The panic button: every sequence of a migration is switched off at the target, whatever state anything is in.

It needs the target's address and key, and nothing else: no plan, no bundle, no journal. What one of them would tell
is used where it can be read. A refusal for one sequence keeps no other one on.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.sequenzy import read, write
from adapters.sequenzy.client import Sequenzy
from adapters.sequenzy.shapes import Labelled
from migrator.errors import MigrateError, NotFound
from migrator.load.checkpoint import Checkpoint
from migrator.load.source_label import MARKED, names
from migrator.transport.clock import Clock

OFF = ("draft", "paused", "disabled", "inactive", "archived")


@dataclass
class Stopped:
    off: list[str] = field(default_factory=list)
    """Names of those that were on."""
    were_off: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    """Name to the reason."""

    def facts(self) -> dict[str, Any]:
        return {"ok": not self.failed, "off": self.off, "were_off": self.were_off, "failed": self.failed}


def ours_by_id(workspace: Path, clock: Clock) -> tuple[set[str], str]:
    """Ids of sequences that the checkpoint knows, and the marker of its run; nothing where it cannot be read."""
    try:
        checkpoint = Checkpoint.look(workspace, clock=clock)
        if checkpoint is None:
            return set(), ""
        try:
            units = [unit for unit in checkpoint.units(None) if unit.operation.startswith("sequence:")]
            return {unit.target_id for unit in units if unit.target_id}, str(checkpoint.note("marker") or "")
        finally:
            checkpoint.close()
    except (MigrateError, OSError, ValueError):
        return set(), ""


def stop(api: Sequenzy, known: Collection[str], marker: str) -> Stopped:
    """`known` and `marker` empty: nothing is known of this folder's run, and every migration's sequences go off."""
    done = Stopped()
    for sequence in read.sequences(api):
        if not _is_ours(sequence, known, marker):
            continue
        if (sequence.effective_status or sequence.status) in OFF and sequence.status in OFF:
            done.were_off += 1
            continue
        try:
            write.disable_sequence(api, sequence.id)
        except NotFound:
            done.were_off += 1
        except MigrateError as error:
            done.failed[sequence.name] = str(error)
        else:
            done.off.append(sequence.name)
    return done


def _is_ours(sequence: Labelled, known: Collection[str], marker: str) -> bool:
    labels = names(sequence)
    if sequence.id in known or (marker and marker in labels):
        return True
    return not known and not marker and any(label.startswith(MARKED) for label in labels)
