"""Which step a key of [steps] means: `"7/104"`, or the table `"7"."104"` where an id holds a slash.

Older files say `"a/b/c"` for such a step too. That counts where one step alone can be meant; what two could be is
refused, because an answer about one step must never settle another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, NamedTuple

from mappings.answer_lines import step_head
from mappings.wording import printable, sendable
from migrator.errors import SettingsError
from migrator.model import Sequence, Step
from migrator.plan.answers.checks import refusal
from migrator.plan.answers.schema import unknown_key
from migrator.plan.ledger import brief

FieldsOf = Callable[[Step], Collection[str]]


class Meant(NamedTuple):
    sequence: Sequence
    step: Step
    said: Any
    path: tuple[str, ...]


class StepNames:
    def __init__(self, sequences: Iterable[Sequence], fields_of: FieldsOf) -> None:
        self.sequences: dict[str, Sequence] = {}
        self._fields_of = fields_of
        self._flat: dict[str, list[tuple[Sequence, Step]]] = {}
        self._spelled: dict[str, list[tuple[Sequence, Step]]] = {}
        """The same as a file can hold it, which has no half characters, or as older files show it."""
        for one in sequences:
            self.sequences.setdefault(one.source_id, one)
        for one in self.sequences.values():
            for step in {step.id: step for step in reversed(one.steps)}.values():
                flat = f"{one.source_id}/{step.id}"
                self._flat.setdefault(flat, []).append((one, step))
                for spelled in {sendable(flat), printable(flat)} - {flat}:
                    self._spelled.setdefault(spelled, []).append((one, step))
        self._ids = {sendable(source_id): one for source_id, one in reversed(self.sequences.items())}

    def meant(self, key: str, said: Any, where: str) -> Iterator[Meant]:
        """Each step that the value of one key speaks of. Raises SettingsError where that is none, or not clear."""
        several = self._flat.get(key) or self._spelled.get(key) or []
        whole = self.sequences.get(key) or self._ids.get(key)
        if whole is None or not isinstance(said, dict):
            if not several:
                raise unknown_key(("steps", key), [*self._flat, *self.sequences], where, "the bundle has no such step")
            yield Meant(*_only(several, key, where), said, ("steps", key))
            return
        steps = {sendable(step.id): step for step in reversed(whole.steps)}
        steps |= {step.id: step for step in reversed(whole.steps)}
        rest = dict(said)
        for name, fields in said.items():
            if several and not (name in steps and isinstance(fields, dict)):
                continue
            if name not in steps:
                raise unknown_key(("steps", key, name), list(steps), where, "that sequence has no such step")
            if several and name in self._fields_of(_only(several, key, where)[1]):
                raise _unclear(("steps", key, name), [several[0], (whole, steps[name])], where)
            yield Meant(whole, steps[name], rest.pop(name), ("steps", key, name))
        if rest:
            yield Meant(*_only(several, key, where), rest, ("steps", key))


def _only(several: list[tuple[Sequence, Step]], key: str, where: str) -> tuple[Sequence, Step]:
    if len(several) > 1:
        raise _unclear(("steps", key), several, where)
    return several[0]


def _unclear(path: tuple[str, ...], several: Iterable[tuple[Sequence, Step]], where: str) -> SettingsError:
    ways = [brief(step_head(one.source_id, step.id), 150) for one, step in several]
    return refusal(path, "could mean two steps", where, fix=f"Write {' or '.join(ways[:3])}, as the questions do.")
