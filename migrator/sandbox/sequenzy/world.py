"""What every rule of the local Sequenzy works on: its state, who is calling, and the switches of this run.

The ground floor: it imports no rule and no route. The app that answers requests is built on it.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from migrator.sandbox.sequenzy.faults import Fault, ImportTrouble
from migrator.sandbox.sequenzy.keys import Key
from migrator.sandbox.sequenzy.replies import missing_scope
from migrator.sandbox.sequenzy.state import State


class World:
    def __init__(
        self,
        state: State,
        *,
        contract: str = "current",
        import_seconds: float = 30.0,
        state_file: Path | None = None,
    ) -> None:
        self.state = state
        self.state_file = state_file
        self.lock = threading.RLock()
        self.contract = contract
        self.caller = Key("", "custom", ())
        self.faults: list[Fault] = []
        self.manual_trigger = True
        self.import_polls = 1
        """How often an import answers `running` first."""
        self.import_seconds = import_seconds
        self.import_overlap_503 = 0
        self.import_troubles: list[ImportTrouble] = []
        """What goes wrong inside the next imports, one each; an import beyond them goes well."""
        self.recorded: list[dict[str, Any]] = []

    def need(self, *scopes: str) -> None:
        """Stops the call with a 403 when the key lacks a scope."""
        lacking = [scope for scope in scopes if not self.caller.may(scope)]
        if lacking:
            raise missing_scope(*lacking)

    def need_any(self, *scopes: str) -> None:
        if not any(self.caller.may(scope) for scope in scopes):
            raise missing_scope(scopes[0])

    def save(self, path: Path | str | None = None) -> Path | None:
        """Writes the state to `path` or the state file; does nothing when there is neither."""
        target = Path(path) if path else self.state_file
        if target is not None:
            with self.lock:
                self.state.save(target)
        return target
