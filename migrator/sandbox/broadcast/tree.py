"""A sequence's steps as the tree they form: every step names its parent, and the order of rows means nothing."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.sandbox.broadcast.account import Row


class Tree:
    def __init__(self, steps: list[Row]) -> None:
        self.steps: dict[int, Row] = {step["id"]: step for step in steps}
        self._children: dict[int | None, list[Row]] = {}
        for step in sorted(steps, key=lambda step: int(step["id"])):
            self._children.setdefault(step["parent_id"], []).append(step)
        self.root: Row | None = next((step for step in steps if step["action"] == "entry_point"), None)

    def children(self, step_id: int) -> list[Row]:
        return self._children.get(step_id, [])

    def after(self, step_id: int) -> Row | None:
        """The step that runs next; a fork that no editor draws takes the oldest child."""
        return next(iter(self.children(step_id)), None)

    def branch(self, condition_id: int, answer: bool) -> Row | None:
        """The first step of one side, whether or not the side has a row of its own."""
        return next((step for step in self.children(condition_id) if step["true_branch"] is answer), None)

    def emails_above(self, step_id: int) -> Iterator[Row]:
        """The emails on the way to this step, nearest first."""
        seen: set[int] = set()
        here = self.steps.get(step_id)
        while here is not None and here["id"] not in seen:
            seen.add(here["id"])
            here = self.steps.get(here["parent_id"])
            if here is not None and here["action"] == "send_email":
                yield here


def without_branch_rows(steps: list[Row]) -> list[Row]:
    """The same tree as servers show it that keep no row for a branch: the children carry the side themselves."""
    sides = {step["id"]: step for step in steps if step["action"] == "condition_branch"}
    shown = []
    for step in steps:
        if step["id"] in sides:
            continue
        side = sides.get(step["parent_id"])
        if side is not None:
            step = {**step, "parent_id": side["parent_id"], "true_branch": side["true_branch"]}
        shown.append(step)
    return shown
