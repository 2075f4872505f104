"""Step rows to steps and edges. The flow is the tree given by `parent_id`; the order of the rows means nothing.

A condition and its branch rows become one step with a lane a branch. Whatever is bent (orphans, cycles, several
roots, forks, branches nobody can tell apart) is kept as found and noted on the step, never repaired.
"""

from __future__ import annotations

import msgspec

from adapters.broadcast.step_keys import OTHER_KINDS, SECONDS
from adapters.broadcast.steps import Templates, read_step
from adapters.broadcast.surprises import Surprises
from adapters.broadcast.unread_steps import EXPECTED, steps_named, switched_off, unknown_words
from adapters.broadcast.wire import Row, filled, flag, id_order, text, text_id, whole
from adapters.secrets import scrub_raw
from migrator.model import Action, Edge, Lane, Raw, Step, Suggestion
from migrator.model.rules import Activity, ActivityRule, ActivityScope, OpaqueRule, Rule
from migrator.model.steps import Branch, ChangeConsent, MoveToSequence, Opaque

TRUE, FALSE = "true", "false"
YEAR = 365 * 86_400
_SETTINGS = {
    "any_email_opened": (Activity.OPENED, ActivityScope.THIS_SEQUENCE),
    "any_email_clicked": (Activity.CLICKED, ActivityScope.THIS_SEQUENCE),
    "previous_email_opened": (Activity.OPENED, ActivityScope.PREVIOUS_EMAIL),
    "previous_email_clicked": (Activity.CLICKED, ActivityScope.PREVIOUS_EMAIL),
}


def read_tree(rows: list[Raw], templates: Templates, surprises: Surprises) -> tuple[tuple[Step, ...], tuple[Edge, ...]]:
    return _Tree(rows, templates, surprises).read()


def _parent(value: object) -> str | None:
    """A parent nobody can read is not a step here; it is no sign of standing at the top."""
    return text_id(value) or (None if value in (None, "", [], {}) else "unknown")


class _Tree:
    def __init__(self, rows: list[Raw], templates: Templates, surprises: Surprises) -> None:
        self.templates, self.surprises = templates, surprises
        self.rows: dict[str, Raw] = {}
        for number, row in enumerate(rows, 1):
            self.rows[text_id(row.get("id")) or f"row-{number}"] = row
        self.order = sorted(self.rows, key=id_order)
        self.parent = {step_id: _parent(row.get("parent_id")) for step_id, row in self.rows.items()}
        self.children: dict[str, list[str]] = {step_id: [] for step_id in self.order}
        for step_id in self.order:
            parent = self.parent[step_id]
            if parent in self.children and parent != step_id:
                self.children[parent].append(step_id)
        self.branch_rows = {
            step_id
            for step_id in self.order
            if self.action(step_id) == "condition_branch" and self.action(self.parent[step_id]) == "condition"
        }
        self.notes: dict[str, list[str]] = {step_id: [] for step_id in self.order}
        self.missing: dict[str, list[str]] = {step_id: [] for step_id in self.order}
        self.below: dict[str, str] = {}
        """Orphans, to the parent that is not here."""
        self.edges: list[Edge] = []

    def action(self, step_id: str | None) -> str | None:
        row = self.rows.get(step_id) if step_id is not None else None
        return text(row.get("action")) if row else None

    def read(self) -> tuple[tuple[Step, ...], tuple[Edge, ...]]:
        self._note_roots_and_cycles()
        steps: dict[str, Step] = {}
        for step_id in self.order:
            if step_id in self.branch_rows:
                continue
            if self.action(step_id) == "condition":
                steps[step_id] = self._condition(step_id)
            else:
                steps[step_id] = read_step(self.rows[step_id], step_id, self.templates, self.surprises)
                self._ordinary_edges(step_id, steps[step_id].action)
        self._note_unreachable(steps)
        placed = self._depth_first(steps)
        position = {step_id: number for number, step_id in enumerate(placed)}
        edges = sorted(self.edges, key=lambda edge: (position[edge.source], position[edge.target]))
        return tuple(self._finish(steps[step_id]) for step_id in placed), tuple(edges)

    def _finish(self, step: Step) -> Step:
        notes, missing = self.notes[step.id], self.missing[step.id]
        if not notes and not missing:
            return step
        return msgspec.structs.replace(
            step,
            content_missing=(*step.content_missing, *missing),
            notes=(*step.notes, *notes),
            hangs_below=self.below.get(step.id),
        )

    def _ordinary_edges(self, step_id: str, action: Action) -> None:
        children = [*self.children[step_id]]
        if isinstance(action, Opaque):
            named = steps_named(self.rows[step_id], self.rows.keys() - {step_id, self.parent[step_id]})
            for other in named:
                children += self.children[other] if other in self.branch_rows else [other]
            children = list(dict.fromkeys(children))
        self.edges += [Edge(source=step_id, target=child) for child in children]
        if len(children) > 1:
            self.notes[step_id].append(
                f"{len(children)} steps follow this one although it is not a condition: {', '.join(children)}."
            )

    # Conditions ---------------------------------------------------------------------------------------------

    def _condition(self, step_id: str) -> Step:
        row = Row(self.rows[step_id])
        row.know("id", "action", "parent_id", "true_branch")
        label = row.take(text, "label")
        setting = row.take(filled, "condition_setting")
        rule: Rule
        suggestions: tuple[Suggestion, ...] = ()
        if setting in _SETTINGS:
            activity, scope = _SETTINGS[setting]
            rule = ActivityRule(activity=activity, scope=scope)
        else:
            rule = OpaqueRule(description=setting or "the source does not tell the condition")
            self.missing[step_id].append("condition")
            if setting:
                self.notes[step_id].append(f"The condition '{setting}' is not known.")
        lanes = self._lanes(step_id, rule)
        if setting in _SETTINGS and "branches" in self.missing[step_id]:
            # No lane can hold the rule until a person says which one is for yes.
            self.missing[step_id].append("condition")
            suggestions = (Suggestion(field="condition", value=setting, because="the step says so"),)
        wait = self._wait_before(step_id, row)
        if wait is None and setting is None:
            self.missing[step_id].append("evaluate_after_seconds")
        rest = row.rest()
        self.surprises.unknown_keys("steps (condition)", rest, EXPECTED | {*SECONDS})
        caveats = [*unknown_words(rest, OTHER_KINDS | {*SECONDS})]
        if off := switched_off(rest):
            caveats.append(f"Its '{off}' may say that the source does not run it.")
            self.missing[step_id].append("condition")
        beside, more = self._beside(step_id)
        action = Branch(lanes=lanes, evaluate_after_seconds=wait)
        return Step(
            id=step_id,
            action=action,
            label=label,
            suggestions=suggestions,
            caveats=(*caveats, *more),
            raw=scrub_raw({**rest, **beside}),
        )

    def _beside(self, step_id: str) -> tuple[Raw, tuple[str, ...]]:
        """What the branch rows of a condition say beside which branch they are."""
        kept: Raw = {}
        caveats: list[str] = []
        for child in self.children[step_id]:
            if child not in self.branch_rows:
                continue
            row = Row(self.rows[child])
            row.know("id", "action", "parent_id", "true_branch")
            row.take(text, "label")
            rest = {key: value for key, value in row.rest().items() if value not in (None, "", [], {})}
            self.surprises.unknown_keys("steps (condition_branch)", rest, EXPECTED)
            said = list(unknown_words(rest, OTHER_KINDS))
            if off := switched_off(rest):
                said.append(f"Its '{off}' may say that the source does not run it.")
                self.missing[step_id].append("condition")
            if said:
                kept[f"branch {child}"] = rest
                caveats += [f"Branch {child}: {one[0].lower()}{one[1:]}" for one in said]
        return kept, tuple(caveats)

    def _wait_before(self, step_id: str, row: Row) -> int | None:
        seconds = row.peek(*SECONDS)
        number = whole(seconds)
        if number is not None and 0 < number <= YEAR:
            row.take(whole, *SECONDS)
            return number
        said = "does not say how long it waits" if seconds is None else f"says {seconds!r} as its wait"
        self.notes[step_id].append(f"The condition {said} before it looks: it may look at once or wait for ever.")
        return None

    def _lanes(self, step_id: str, rule: Rule) -> tuple[Lane, ...]:
        lanes: dict[str, Lane] = {}
        for child in self.children[step_id]:
            own = flag(self.rows[child].get("true_branch"))
            is_row = child in self.branch_rows
            key = TRUE if own else FALSE if own is not None else f"step-{child}"
            if is_row and key in lanes:
                self.notes[step_id].append(f"The {key} branch stands twice; the second is row {child}.")
                key = f"{key}-{child}"
            if key not in lanes:
                lanes[key] = self._lane(key, rule, child if is_row else None)
            if own is None:
                self.notes[step_id].append(f"Nothing says whether {child} is on the true or the false branch.")
                if "branches" not in self.missing[step_id]:
                    self.missing[step_id].append("branches")
            self._lane_edges(step_id, key, child, is_row)
        for key in (TRUE, FALSE):
            if key not in lanes and not any(lane.startswith("step-") for lane in lanes):
                lanes[key] = self._lane(key, rule, None)
        order = {TRUE: 0, FALSE: 2}
        return tuple(sorted(lanes.values(), key=lambda lane: (order.get(lane.key, 1), lane.key)))

    def _lane(self, key: str, rule: Rule, row_id: str | None) -> Lane:
        label = text(self.rows[row_id].get("label")) if row_id else None
        if key == FALSE:
            return Lane(key=key, label=label, source_id=row_id)
        if key == TRUE:
            return Lane(key=key, rule=rule, label=label, source_id=row_id)
        return Lane(key=key, rule=OpaqueRule(description="which branch this is, is not known"), source_id=row_id)

    def _lane_edges(self, step_id: str, key: str, child: str, is_row: bool) -> None:
        targets = self.children[child] if is_row else [child]
        already = [edge for edge in self.edges if edge.source == step_id and edge.lane == key]
        self.edges += [Edge(source=step_id, target=target, lane=key) for target in targets]
        if len(targets) + len(already) > 1:
            self.notes[step_id].append(f"More than one step follows on the {key} branch.")

    # What is bent -------------------------------------------------------------------------------------------

    def _note_roots_and_cycles(self) -> None:
        roots = [step_id for step_id in self.order if self.parent[step_id] is None]
        for step_id in self.order:
            parent, action = self.parent[step_id], self.action(step_id)
            if parent is None and action != "entry_point":
                self.notes[step_id].append("It has no parent and is not the entry point.")
            elif parent is None and roots and step_id != roots[0] and action == "entry_point":
                self.notes[step_id].append("The sequence has more than one entry point.")
            elif parent is not None and parent not in self.rows:
                self.notes[step_id].append(f"Orphan: its parent {parent} is not a step of this sequence.")
                self.below[step_id] = parent
            elif action == "entry_point" and parent is not None:
                self.notes[step_id].append("An entry point with a parent.")
            if action == "condition_branch" and step_id not in self.branch_rows:
                self.notes[step_id].append("A branch row whose parent is not a condition.")
            if self._in_cycle(step_id):
                self.notes[step_id].append("Part of a cycle: its parents lead back to itself.")

    def _in_cycle(self, step_id: str) -> bool:
        seen: set[str] = set()
        at = self.parent[step_id]
        while at in self.rows and at not in seen:
            if at == step_id:
                return True
            seen.add(at)
            at = self.parent[at]
        return False

    def _note_unreachable(self, steps: dict[str, Step]) -> None:
        for step_id, step in steps.items():
            if isinstance(step.action, (MoveToSequence, ChangeConsent)):
                for child in self.children[step_id]:
                    self.notes[child].append(f"Never reached: the step before it ({step_id}) leaves the sequence.")

    def _depth_first(self, steps: dict[str, Step]) -> list[str]:
        """For display only: from the entry point down, the true branch before the false one, the rest behind."""
        follow: dict[str, list[Edge]] = {}
        for edge in self.edges:
            follow.setdefault(edge.source, []).append(edge)
        rank = {TRUE: 0, FALSE: 2}
        placed: dict[str, None] = {}
        entries = [step_id for step_id in self.order if self.action(step_id) == "entry_point"]
        targets = {edge.target for edge in self.edges}
        starts = [*entries, *(step_id for step_id in self.order if step_id in steps and step_id not in targets)]
        for start in [*starts, *(step_id for step_id in self.order if step_id in steps)]:
            stack = [start]
            while stack:
                step_id = stack.pop()
                if step_id in placed or step_id not in steps:
                    continue
                placed[step_id] = None
                edges = sorted(
                    follow.get(step_id, []), key=lambda edge: (rank.get(edge.lane or "", 1), id_order(edge.target))
                )
                stack += [edge.target for edge in reversed(edges)]
        return list(placed)
