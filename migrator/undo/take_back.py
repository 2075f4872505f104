"""Takes back what this plan created and nobody has touched since, in the reverse order of the load.

Everything is compared with the plan before it is deleted; what differs stays and is named. Contacts who were there
before are never deleted: they get back what they had, except that nobody is re-subscribed. It can be stopped anywhere
and run again: what is gone is gone, what is left is compared anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from adapters.sequenzy import read, write
from adapters.sequenzy.client import Sequenzy
from migrator.cutover.mark_positions import NOTE as MARKED
from migrator.errors import Conflict, NeedsPerson, NotFound, Rejected
from migrator.load.belonging import belongs
from migrator.load.checkpoint import Checkpoint, State, Unit
from migrator.load.chunks import chunks
from migrator.load.expected import tag_name
from migrator.load.lists_and_templates import same_rules
from migrator.load.newer.synced_state import SyncedState
from migrator.load.present_before import NOTE as PRESENT_NOTE
from migrator.load.present_before import TAGS_NOTE, page_size
from migrator.load.refused_people import MARKS_LEFT_OUT
from migrator.load.run import UNDOING
from migrator.load.sequence_drafts import known_ids, read_back
from migrator.load.target_checks import inspect_target
from migrator.load.target_lock import TargetLock
from migrator.load.work import GENERATION, Silent, Watcher, Work, digest_of
from migrator.plan.open_plan import OpenPlan
from migrator.plan.records import (
    AddMembers,
    AddTags,
    BuildSequence,
    CreateList,
    CreateSegment,
    CreateTemplate,
    ImportPeople,
    MarkComplaints,
)
from migrator.undo.restore_people import Undone, UndoPeople
from migrator.verify.compare_content import template_differences
from migrator.verify.planned_people import PlannedPeople

OPEN = "active,waiting,paused"


def undo(
    opened: OpenPlan,
    api: Sequenzy,
    checkpoint: Checkpoint,
    workspace: Path,
    *,
    dry_run: bool = False,
    live_too: bool = False,
    watcher: Watcher | None = None,
) -> Undone:
    """`live_too`: sequences that are enabled or hold people as well. Raises NeedsPerson for those otherwise."""
    api.pacer.import_times(checkpoint.note("send_times") or [])
    target = inspect_target(api)
    belongs(opened, checkpoint, target.identity, adopt=False)
    work = Work(opened, api, checkpoint, watcher=watcher or Silent(), contract=target.contract)
    run = _Undo(work, dry_run, Undone())
    if not live_too:
        run.refuse_live()
    # A load or an enable elsewhere would add to what is being taken away.
    with nullcontext() if dry_run else TargetLock(work, target.inventory.sequences):
        if not (dry_run or live_too):
            run.refuse_live()  # enabled elsewhere until the lock was ours
        if not dry_run:
            checkpoint.put_note(UNDOING, True)
        people = PlannedPeople(opened, checkpoint, workspace / ".undo.sqlite")
        try:
            run.sequences()
            run.templates()
            run.segments()
            run.tags()
            run.lists(people)
            with_people = UndoPeople(work, people, run.found, dry_run)
            with_people.contacts()
            with_people.tag_definitions()
        finally:
            people.close()
    if not dry_run:
        # Last of all: what is forgotten cannot be gone on from.
        run.close()
    return run.found


class _Undo:
    def __init__(self, work: Work, dry_run: bool, found: Undone) -> None:
        self.work, self.dry_run, self.found = work, dry_run, found
        self.ids = known_ids(work)

    # --- before anything ---

    def refuse_live(self) -> None:
        live = []
        for operation, unit in self._ours(BuildSequence):
            there = read.sequence(self.work.api, str(unit.target_id))
            if there is not None and (there.get("status") != "draft" or self._holds_people(str(unit.target_id))):
                live.append(operation.name)
        if live:
            raise NeedsPerson(
                f"{len(live)} sequences of this plan are enabled or hold people",
                where=", ".join(live[:5]),
                fix="Disable them and look who is inside; `--live-too` removes them all the same.",
            )

    def _holds_people(self, sequence_id: str) -> bool:
        try:
            answer = self.work.api.get(f"/sequences/{sequence_id}/enrollments", {"status": OPEN, "limit": 1})
        except (NotFound, Rejected):
            return False
        return bool(answer.data.get("enrollments"))

    # --- things ---

    def sequences(self) -> None:
        for operation, unit in self._ours(BuildSequence):
            plan, documented = self.work.opened.sequence(operation), bool(unit.result.get("documented"))
            match, there = read_back(self.work, plan, str(unit.target_id), self.ids, documented)
            if not there:
                self._forget(unit)
            elif not match.same:
                self.found.keep("sequence", operation.key, f"changed since: {match.differences[0]}")
            else:
                self._remove("sequence", unit, write.delete_sequence)
        for unit in self.work.checkpoint.units(None, State.REJECTED):
            # What the target built otherwise than it was told was kept as a draft, for a person to look at.
            draft = str(unit.result.get("draft") or "")
            left = read.sequence(self.work.api, draft) if draft else None
            if left and left.get("status") == "draft":
                self._remove("sequence", replace(unit, target_id=draft), write.delete_sequence)

    def templates(self) -> None:
        for operation, unit in self._ours(CreateTemplate):
            there = read.template(self.work.api, str(unit.target_id))
            if there is None:
                self._forget(unit)
            elif changed := template_differences(operation.body, there):
                self.found.keep("template", operation.key, f"changed since: {changed[0][0]}")
            else:
                self._remove("template", unit, write.delete_template)

    def segments(self) -> None:
        ours = list(self._ours(CreateSegment))
        there = {str(one["id"]): one for one in read.segments(self.work.api)} if ours else {}
        # The latest first: segments may refer to earlier ones.
        for operation, unit in reversed(ours):
            found = there.get(str(unit.target_id))
            if found is None:
                self._forget(unit)
            elif not same_rules(self.work.filled(operation.body), found):
                self.found.keep("segment", operation.key, "its rules were changed since")
            else:
                self._remove("segment", unit, write.delete_segment)

    def tags(self) -> None:
        """From people who were there before and did not have the tag; everybody else goes with the contact."""
        for operation in self.work.opened.operations(AddTags):
            wanted = {tag_name(tag) for tag in operation.tags}
            for emails in (chunk.emails for chunk in chunks(self.work.opened, operation.file)):
                there = self.work.checkpoint.present([digest_of(email) for email in emails])
                without = [
                    email
                    for email in emails
                    if (was := there.get(digest_of(email)))
                    and not wanted & {tag_name(tag) for tag in (was[1] or {}).get("tags", [])}
                ]
                if without and not self.dry_run:
                    write.remove_tags(self.work.api, operation.tags, without)
            for unit in self.work.checkpoint.units(operation.key):
                self._forget(unit)

    def lists(self, people: PlannedPeople) -> None:
        kept = set()
        for operation in self.work.opened.operations(CreateList):
            unit = self.work.checkpoint.unit(operation.key)
            if unit is None or unit.state is not State.CONFIRMED or not unit.target_id:
                continue
            if unit.result.get("existed"):
                self._leave_list(operation, unit.target_id)
            else:
                kept |= self._remove_list(people, operation, unit)
        for members in self.work.opened.operations(AddMembers):
            if members.list_key not in kept:
                for unit in self.work.checkpoint.units(members.key):
                    self._forget(unit)

    def _leave_list(self, operation: CreateList, list_id: str) -> None:
        """A list that was there before: whom we put on it leaves it; whoever was on it stays."""
        for members in self.work.opened.operations(AddMembers):
            if members.list_key != operation.key:
                continue
            for chunk in chunks(self.work.opened, members.file):
                unit = self.work.checkpoint.unit(members.key, str(chunk.start))
                joined = unit.result.get("joined") if unit is not None else []
                leaving = chunk.emails if joined is True else [chunk.emails[at] for at in joined or []]
                if leaving and not self.dry_run:
                    write.remove_members(self.work.api, list_id, leaving)

    def _remove_list(self, people: PlannedPeople, operation: CreateList, unit: Unit) -> set[str]:
        there = {one.id: one.name for one in read.lists(self.work.api)}
        list_id = str(unit.target_id)
        if list_id not in there:
            self._forget(unit)
            return set()
        if there[list_id] != str(operation.body.get("name")).strip():
            self.found.keep("list", operation.key, "it was renamed since")
            return {operation.key}
        strangers = 0
        for rows in read.contact_pages(self.work.api, list_id=list_id, page=page_size(self.work)):
            emails = [str(row.email).lower() for row in rows if row.email]
            strangers += len(emails) - len(people.find(emails)) if emails else 0
        if strangers:
            self.found.keep("list", operation.key, f"{strangers} other people are on it since")
            return {operation.key}
        self._remove("list", unit, write.delete_list)
        return set()

    # --- the end ---

    def close(self) -> None:
        """People are to be imported anew by a later load; what was kept stays known as done."""
        checkpoint, opened = self.work.checkpoint, self.work.opened
        complaints = any(checkpoint.units(one.key, State.CONFIRMED) for one in opened.operations(MarkComplaints))
        if complaints:
            self.found.remark("Recorded complaints stay: the platform has no way to take them back.")
        keys = [one.key for one in opened.operations(ImportPeople)]
        keys += [one.key for one in opened.operations(MarkComplaints)]
        with checkpoint.writing():
            for key in keys:
                for unit in checkpoint.units(key):
                    checkpoint.forget(unit)
            for unit in checkpoint.units(None, State.INTENDED, State.SENT, State.REJECTED):
                checkpoint.forget(unit)
            checkpoint.forget_present()
            # The target still knows the former imports by their keys, and would not make them again.
            checkpoint.put_note(GENERATION, checkpoint.note(GENERATION, 0) + 1)
            for name in (UNDOING, PRESENT_NOTE, TAGS_NOTE, MARKED, MARKS_LEFT_OUT, "warnings", "fallbacks"):
                checkpoint.drop_note(name)
        with SyncedState.open(checkpoint.path.parent) as state:
            state.clear()

    def _ours(self, kind: type[Any]) -> Iterator[tuple[Any, Unit]]:
        for operation in self.work.opened.operations(kind):
            unit = self.work.checkpoint.unit(operation.key)
            if unit and unit.state is State.CONFIRMED and unit.target_id and not unit.result.get("existed"):
                yield operation, unit

    def _remove(self, kind: str, unit: Unit, delete: Callable[[Sequenzy, str], None]) -> None:
        if not self.dry_run:
            try:
                delete(self.work.api, str(unit.target_id))
            except (Conflict, Rejected) as error:
                self.found.keep(kind, unit.operation, error.problem.message)
                return
            self.work.checkpoint.forget(unit)
        self.found.count(kind)

    def _forget(self, unit: Unit) -> None:
        if not self.dry_run:
            self.work.checkpoint.forget(unit)
