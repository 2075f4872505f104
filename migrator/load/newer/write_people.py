"""Writes a difference of people: opt-outs first, then new people, changed fields, tags and lists, all in bulk.

What has not arrived is told by address digest, so that the next comparison finds it again. Nothing enrols anybody.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from adapters.sequenzy import write
from migrator.errors import Conflict, NotFound, Rejected
from migrator.load.audience import emails_in
from migrator.load.checkpoint import State, Unit
from migrator.load.contact_imports import DOUBT, PeopleImport
from migrator.load.followups import TRIES, Answer, complain, join_list, tag_answer
from migrator.load.newer.people_difference import (
    ADD,
    COMPLAINTS,
    FIELDS,
    JOIN,
    LEAVE,
    NARROWED,
    REMOVE,
    PeopleDifference,
)
from migrator.load.work import Missing, Work, digest_of
from migrator.plan.folder import PlanFolder
from migrator.plan.open_plan import OpenPlan
from migrator.plan.people.import_files import Cutter
from migrator.plan.records import ImportPeople, Operation

FOLDER = ".newer"
PREFIX = "newer:"
RUN = "newer_run"
"""A note: how many newer plans were written to the end. Part of the keys of imports: a key that was used is done."""


@dataclass
class Arrived:
    failed: dict[bytes, str] = field(default_factory=dict)
    """Digest of an address to why something of this person has not arrived."""
    refused: set[bytes] = field(default_factory=set)
    """Of `failed`: people whose row the target does not take."""
    lost: set[bytes] = field(default_factory=set)
    """Of `failed`: people whom no import brought."""
    doubt: bool = False
    """Imports that do not say what became of every row."""


class PeopleWriter:
    def __init__(self, work: Work, difference: PeopleDifference) -> None:
        self._work, self._difference = work, difference
        self.arrived = Arrived()

    def narrow(self) -> None:
        """Who may no longer be mailed. First of all, and whatever else waits."""
        self._imports([(NARROWED, "merge", "default")])
        number = 0
        for emails in self._difference.emails(COMPLAINTS, ""):
            for email in emails:
                number += 1
                complain(self._work, Unit(f"{PREFIX}{COMPLAINTS}", str(number), position=number), email)
        self._forget(f"{PREFIX}{COMPLAINTS}")

    def others(self) -> None:
        heads = [
            (operation.key, str(operation.head.get("duplicateStrategy", "skip")), str(operation.head["optInMode"]))
            for operation in self._work.opened.operations(ImportPeople)
        ]
        self._imports([*heads, (FIELDS, "overwrite", "confirmed")])

    def tags_and_lists(self) -> None:
        """Of those who have arrived: a list call would create everybody else."""
        api = self._work.api
        self._call(REMOVE, lambda name, emails: tag_answer(write.remove_tags(api, [name], emails), emails))
        self._call(ADD, lambda name, emails: tag_answer(write.add_tags(api, [name], emails), emails))
        self._call(LEAVE, self._leave)
        self._call(JOIN, self._join)

    # --- imports ---

    def _imports(self, kinds: Iterable[tuple[str, str, str]]) -> None:
        """Each kind with its duplicate strategy and its way of opting in."""
        work = self._work
        folder = work.checkpoint.path.with_name(FOLDER)
        planned, operations = PlanFolder(folder), list[Operation]()
        try:
            for kind, strategy, opt_in in kinds:
                operation = self._planned(planned, kind, strategy, opt_in)
                self._forget(f"{PREFIX}{kind}")
                if operation is not None:
                    operations.append(operation)
            if not operations:
                return
            planned.close_lines()
            files = dict(planned.files)
            plan = msgspec.structs.replace(work.opened.plan, operations=tuple(operations), files=files)
            planned.finish(msgspec.json.encode(plan))
            opened = OpenPlan.open(folder, check=False)
            run = int(work.checkpoint.note(RUN, 0))
            plan = msgspec.structs.replace(opened.plan, marker=f"{work.opened.plan.marker}-newer-{run}")
            inner = replace(work, opened=replace(opened, plan=plan), writes=0, single=work.contract == "seed")
            for operation in opened.operations(ImportPeople):
                PeopleImport(inner, operation).run()
                self._outcome(inner, operation)
                self._forget(operation.key)
            work.writes += inner.writes
        finally:
            planned.clean()
            shutil.rmtree(folder, ignore_errors=True)

    def _planned(self, folder: PlanFolder, kind: str, strategy: str, opt_in: str) -> ImportPeople | None:
        path = f"people/{hashlib.sha256(kind.encode()).hexdigest()[:12]}.jsonl"
        cutter, some = Cutter(folder, path), False
        for line in self._difference.lines(kind):
            cutter.add(line, 1)
            some = True
        if not some:
            return None
        head = {
            "fileName": f"{self._work.opened.plan.marker}-newer",
            "duplicateStrategy": strategy,
            "optInMode": opt_in,
            "enrollInSequences": False,
            "listIds": [],
        }
        return ImportPeople(key=f"{PREFIX}{kind}", file=path, head=head, batches=cutter.finish())

    def _outcome(self, inner: Work, operation: ImportPeople) -> None:
        for unit in inner.checkpoint.units(operation.key):
            if unit.state is State.REJECTED:
                for email in emails_in(inner, operation, unit):
                    self.arrived.failed[digest_of(email)] = unit.error or "refused"
                    self.arrived.refused.add(digest_of(email))
            self.arrived.doubt = self.arrived.doubt or DOUBT in unit.result

    def _forget(self, key: str) -> None:
        with self._work.checkpoint.writing():
            for unit in self._work.checkpoint.units(key):
                self._work.checkpoint.forget(unit)

    # --- tags and lists ---

    def _call(self, kind: str, call: Callable[[str, Sequence[str]], Answer]) -> None:
        for name in self._difference.names(kind):
            for emails in self._difference.emails(kind, name):
                absent = self.arrived.refused | self.arrived.lost
                asked = [email for email in emails if digest_of(email) not in absent]
                for email, why in self._tried(name, asked, call).items():
                    self.arrived.failed[digest_of(email)] = why

    def _tried(self, name: str, emails: list[str], call: Callable[[str, Sequence[str]], Answer]) -> dict[str, str]:
        """Whom the target failed in the end, and why."""
        work, reasons = self._work, dict[str, str]()
        for again in range(TRIES):
            if not emails:
                break
            if again:
                work.api.clock.sleep(float(again))
            work.writes += 1
            work.save_pace()
            try:
                answer = call(name, emails)
            except (Rejected, Conflict, NotFound) as error:
                return dict.fromkeys(emails, str(error.problem.message))
            except Missing as error:
                return dict.fromkeys(emails, f"it needs {error.key}, which is not at the target")
            reasons = {email: answer.failed[email.lower()] for email in emails if email.lower() in answer.failed}
            emails = list(reasons)
        return reasons

    def _leave(self, key: str, emails: Sequence[str]) -> Answer:
        write.remove_members(self._work.api, self._work.target_id(key), emails)
        return Answer()

    def _join(self, key: str, emails: Sequence[str]) -> Answer:
        answer = join_list(self._work, key, self._work.target_id(key), emails)
        ours = answer.joined | answer.failed.keys()
        self._difference.were_there(JOIN, key, [email for email in emails if email.lower() not in ours])
        return answer
