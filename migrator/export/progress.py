"""How far an export is, for three kinds of readers: bars on a terminal, one line a collection in a pipe, JSON
events for scripts. All of it goes to standard error; nothing here holds an address."""

from __future__ import annotations

import json
import sys
from typing import Any, TextIO

from migrator.visible import visible


class Silent:
    def collection(self, name: str, total: int | None) -> None:
        pass

    def progress(self, name: str, rows: int) -> None:
        pass

    def finished(self, name: str, rows: int, remark: str = "") -> None:
        pass

    def say(self, sentence: str) -> None:
        pass

    def close(self) -> None:
        pass


class Lines(Silent):
    """One line when a collection is done."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr

    def finished(self, name: str, rows: int, remark: str = "") -> None:
        self.say(f"{name}: {rows:,}" + (f" ({remark})" if remark else ""))

    def say(self, sentence: str) -> None:
        print(visible(sentence, keep="\n"), file=self._out, flush=True)


class Events(Silent):
    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        self._totals: dict[str, int | None] = {}

    def collection(self, name: str, total: int | None) -> None:
        if self._totals.get(name, -1) != total:
            self._totals[name] = total
            self._tell("collection", name=name, total=total)

    def progress(self, name: str, rows: int) -> None:
        self._tell("progress", name=name, rows=rows, total=self._totals.get(name))

    def finished(self, name: str, rows: int, remark: str = "") -> None:
        self._tell("finished", name=name, rows=rows, remark=remark or None)

    def say(self, sentence: str) -> None:
        self._tell("said", text=sentence)

    def _tell(self, event: str, **facts: Any) -> None:
        print(json.dumps({"event": event, **facts}), file=self._out, flush=True)


class Bars(Lines):
    """A bar with rate and remaining time for the collection being read."""

    def __init__(self, out: TextIO | None = None) -> None:
        super().__init__(out)
        self._bar: Any = None
        self._name = ""

    def collection(self, name: str, total: int | None) -> None:
        from tqdm import tqdm

        if self._bar is not None and self._name != name:
            self.close()
        if self._bar is None:
            self._bar = tqdm(
                total=total, desc=visible(name), unit=" rows", file=self._out, leave=False, dynamic_ncols=True
            )
            self._name = name
        elif total is not None:
            self._bar.total = total

    def progress(self, name: str, rows: int) -> None:
        if self._bar is not None and self._name == name:
            self._bar.update(rows - self._bar.n)

    def finished(self, name: str, rows: int, remark: str = "") -> None:
        self.close()
        super().finished(name, rows, remark)

    def say(self, sentence: str) -> None:
        if self._bar is not None:
            self._bar.clear()
        super().say(sentence)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
