"""Whether a checkpoint belongs to a plan and to a target: one account and one workspace, known before any write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from migrator.errors import PlanError, WorkspaceError
from migrator.load.checkpoint import Checkpoint, State
from migrator.plan.open_plan import OpenPlan

ACCOUNT = "account"
"""A note in the checkpoint: platform, host and name of the account that was loaded."""


def is_newer(opened: OpenPlan, checkpoint: Checkpoint) -> bool:
    """Whether another plan is loaded, in part at least."""
    known = checkpoint.note("plan_hash")
    started = bool(checkpoint.units(None, State.SENT, State.CONFIRMED, State.REJECTED))
    return started and known is not None and known != opened.hash


def belongs(opened: OpenPlan, checkpoint: Checkpoint, identity: str | None, *, adopt: bool = True) -> None:
    """A checkpoint is about one account and one workspace; `adopt`: a newer plan of that account may take it over."""
    known = checkpoint.note("plan_hash")
    started = bool(checkpoint.units(None, State.SENT, State.CONFIRMED, State.REJECTED))
    newer = is_newer(opened, checkpoint)
    former_account, account = checkpoint.note(ACCOUNT), account_of(opened.plan.source)
    if newer and former_account != account:
        raise PlanError(
            "A plan of another account is loaded already",
            where=checkpoint.path.name,
            why=f"it is about {_named(former_account)}, this plan is about {_named(account)}",
            fix="Use another workspace for this account, or undo the former load with its own bundle and plan.",
        )
    former = checkpoint.note("target")
    if former is not None and identity is not None and former != identity and started:
        raise WorkspaceError(
            "The checkpoint is about another Sequenzy workspace",
            where=checkpoint.path.name,
            why=f"it was written for {former}, the key leads to {identity}",
            fix=f"Set the former key and address. To load into this one too, move {checkpoint.path.name} away first.",
        )
    if not started and not adopt:
        raise PlanError("Nothing of this plan is loaded yet", fix="Run `migrate load` first.")
    if newer and not adopt:
        raise PlanError(
            "This plan is newer than what is loaded",
            where=checkpoint.path.name,
            why="Sequenzy still holds what an earlier plan says",
            fix="Run `migrate load`: it writes only what changed.",
        )
    if newer:
        return
    if known != opened.hash or (identity is not None and former != identity):
        with checkpoint.writing():
            for unit in checkpoint.units():
                checkpoint.forget(unit)
            checkpoint.put_note("plan_hash", opened.hash)
            checkpoint.put_note("marker", opened.plan.marker)
            checkpoint.put_note("target", identity)
            checkpoint.put_note(ACCOUNT, account)


def account_of(source: Mapping[str, Any]) -> list[str]:
    """Of a plan's or a bundle's source."""
    return [str(source.get(name) or "") for name in ("platform", "host", "account")]


def _named(account: list[str] | None) -> str:
    return " ".join(part for part in account or () if part) or "an account that it does not name"
