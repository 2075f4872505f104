"""A process that exports a local account over and over in forked children; used by test_export_crash.py and
test_klaviyo_killed.py.

Arguments: folder, contacts, how, platform. Prints one JSON document. Writes are counted where a later run could see
them: each transaction of the page store, and each open, flush, rename, removal and new folder of the bundle. Each has
a kind, such as `sql before: page enrolments`; a child kills itself at the nth write of a kind. Forked, because a fresh
interpreter would cost ten times as much as the export.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2]))

sys.path.append(str(Path(__file__).parents[1] / "export_klaviyo"))

from test_export_faults import content

from migrator.bundle import Bundle
from migrator.bundle.check import check
from migrator.export.observations import OBSERVATIONS
from migrator.export.store import SqlitePages

FOLDER, CONTACTS, HOW, PLATFORM = Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:5]
STRIDE = 9


def traveller() -> Callable[[Path], Any]:
    """Opens one export into a folder; the account is made once, before anything is forked."""
    if PLATFORM == "broadcast":
        import export_support

        export_support.account_of(CONTACTS)
        return lambda folder: export_support.trip_in(folder, export_support.account_of(CONTACTS))
    import kl_support

    from migrator.sandbox.klaviyo.generate import generate
    from migrator.sandbox.klaviyo.switches import Switches

    account = generate(CONTACTS)
    return lambda folder: kl_support.trip_in(folder, account, switches=Switches(page_size=6))


trip = traveller()

seen: list[str] = []
deadly: tuple[str, int] | None = None


def step(kind: str) -> None:
    seen.append(kind)
    if deadly is not None and kind == deadly[0] and seen.count(kind) == deadly[1]:
        os.kill(os.getpid(), signal.SIGKILL)


def plain(name: object) -> str:
    """A path or a name without what differs from one record or run to the next."""
    text = os.fspath(name) if isinstance(name, (str, os.PathLike)) else "file"
    text = text.removeprefix(str(FOLDER))
    text = re.sub(r"^/[^/]+", "", text)  # one folder a run
    return re.sub(r"[0-9a-f]{8,}|\d+", "N", text)


def watch_writes() -> None:
    real_write, real_sync = SqlitePages._write, os.fsync

    def write(self: SqlitePages, work: list[tuple[str, list[tuple[Any, ...]]]]) -> None:
        statement, values = work[0]
        into = re.search(r"(?:into|from) (\w+)", statement)
        first = str((values or work[-1][1])[0][0]) if values or work[-1][1] else ""
        kind = f"{'page' if len(work) > 1 else into[1] if into else statement} {re.split('[:/]', first)[0]}"
        step(f"sql before: {kind}")
        real_write(self, work)
        step(f"sql after: {kind}")

    def fsync(number: int) -> None:
        step(f"fsync: {plain(Path(f'/proc/self/fd/{number}').readlink())}")
        real_sync(number)

    def on_audit(event: str, args: tuple[object, ...]) -> None:
        # Files written through file objects are seen when they are opened for writing.
        writing = event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR)
        if writing or event in ("os.rename", "os.remove", "os.mkdir", "shutil.rmtree", "os.truncate"):
            step(f"{event}: {plain(args[0])}")

    SqlitePages._write = write  # type: ignore[method-assign]
    os.fsync = fsync  # type: ignore[assignment]  # called with numbers only
    sys.addaudithook(on_audit)


def in_child(work: Callable[[], Any]) -> tuple[int, Any]:
    """How it ended, and what it gave (or its traceback)."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        code = 0
        try:
            answer = work()
        except BaseException:  # noqa: BLE001 - a child must never return into its parent's code
            code, answer = 1, traceback.format_exc()
        with os.fdopen(writing, "w") as pipe:
            json.dump(answer, pipe)
        os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), json.loads(said) if said else None


def exported(name: str, kill_at: tuple[str, int] | None = None) -> Callable[[], Any]:
    def work() -> Any:
        global deadly
        deadly = kill_at
        watch_writes()
        trip(FOLDER / name).export()
        return seen

    return work


def outcome(name: str) -> Callable[[], Any]:
    def work() -> Any:
        bundle = Bundle.open(FOLDER / name / "bundle")
        leftovers = [path.name for path in (FOLDER / name).iterdir() if path.name not in ("bundle", OBSERVATIONS)]
        return {"content": content(bundle), "problems": [str(one) for one in check(bundle.folder)], "left": leftovers}

    return work


def chosen(writes: list[str]) -> list[tuple[str, int]]:
    """Where to kill: first, middle and last write of every kind, and every so many-th of all; or just a few."""
    places, counts = [], Counter[str]()
    for kind in writes:
        counts[kind] += 1
        places.append((kind, counts[kind]))
    if HOW == "some":
        return [places[1], places[len(places) // 3], places[len(places) * 2 // 3], places[-2]]
    ends = {(kind, n) for kind, count in counts.items() for n in (1, (count + 1) // 2, count)}
    return [place for number, place in enumerate(places) if place in ends or number % STRIDE == 0]


def main() -> None:
    code, writes = in_child(exported("unbroken"))
    assert code == 0, writes
    expected = in_child(outcome("unbroken"))[1]
    report: dict[str, Any] = {"writes": len(writes), "kinds": sorted(set(writes)), "killed": [], "wrong": []}
    if HOW == "often":
        runs, interval = 0, len(writes) // 4
        while runs < 20:
            # Each run gets a little further, for it writes the bundle's files anew and only the pages are there.
            code, said = in_child(exported_until("often", interval * (runs + 1)))
            if code == 0:
                break
            runs += 1
        report["runs"] = runs
        if in_child(outcome("often"))[1] != expected:
            report["wrong"].append("often")
        sys.stdout.write(json.dumps(report))
        return
    for number, place in enumerate(chosen(writes)):
        name = f"run-{number}"
        code, said = in_child(exported(name, place))
        if code == 0:
            report["wrong"].append(f"{place}: not reached")
        elif code not in (0, -signal.SIGKILL):
            report["wrong"].append(f"{place}: {said}")
        report["killed"] += [place[0]] if code == -signal.SIGKILL else []
        code, said = in_child(exported(name))
        found = in_child(outcome(name))[1] if code == 0 else said
        if found != expected:
            report["wrong"].append(f"{place}: {str(found)[-2000:]}")
        shutil.rmtree(FOLDER / name)
    sys.stdout.write(json.dumps(report))


def exported_until(name: str, writes: int) -> Callable[[], Any]:
    def work() -> Any:
        global step
        real = step

        def counting(kind: str) -> None:
            real(kind)
            if len(seen) == writes:
                os.kill(os.getpid(), signal.SIGKILL)

        step = counting
        return exported(name)()

    return work


if __name__ == "__main__":
    main()
