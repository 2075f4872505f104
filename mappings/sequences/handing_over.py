"""Handing a person to another sequence, for steps that move people and for feeders: a tag of ours that starts it.

The tag is taken off first, so that adding it counts even for somebody who was handed over before. Where the other
sequence only keeps people who have its own tag, that tag is what starts it, so that its stop condition holds for
everybody in it and nobody is started by two tags at once.
"""

from __future__ import annotations

from mappings.context import Known, LoweringContext
from mappings.findings import find
from mappings.sequences.fragments import Fork, Fragment, Piece, tag_piece
from mappings.target import NodeKind
from mappings.verdicts import Finding, Lowered
from migrator.model.steps import MoveToSequence


def start_parts(known: Known, part: str = "step") -> tuple[Piece | Fork, ...]:
    again = (
        tag_piece(NodeKind.REMOVE_TAG, known.start_tag, part),
        tag_piece(NodeKind.ADD_TAG, known.start_tag, part),
    )
    if known.keeps_tag is None:
        return again
    return (
        Fork(
            condition={"conditionType": "has_tag", "tagName": known.keeps_tag},
            yes=again,
            no=(tag_piece(NodeKind.ADD_TAG, known.keeps_tag, part),),
            label=f"Has {known.keeps_tag}?",
            part=part,
        ),
    )


def started_by(tag: str, context: LoweringContext) -> dict[str, Known]:
    """The sequences that this tag of the target starts, by their ids."""
    return {key: one for key, one in context.sequences.items() if tag in one.start_tags}


def also_started(known: Known, context: LoweringContext, besides: str = "") -> str:
    """The names of other sequences that begin when somebody is given the tag which this one keeps people by."""
    if known.keeps_tag is None:
        return ""
    found = started_by(known.keeps_tag, context)
    return ", ".join(one.name for key, one in found.items() if one.slug != known.slug and key != besides)


def lower_move(move: MoveToSequence, here: str, settles: str, context: LoweringContext) -> Lowered[Fragment]:
    known = None if move.sequence_id is None else context.sequences.get(move.sequence_id)
    if known is None:
        why = (
            "names none" if move.sequence_id is None else f"{move.sequence_id} is not taken along, or not in the export"
        )
        finding = find("move-unknown", why=why, settles=f'{settles}.sequence_id = "..."')
        return Lowered(value=None, findings=(finding,))
    if move.sequence_id == here:
        return Lowered(value=None, findings=(find("move-to-itself", settles=settles + ".skip = true"),))
    findings: list[Finding] = []
    if known.keeps_tag is not None:
        # Who is in the sequence they are moved from does not begin it anew by the tag that it began with.
        others = also_started(known, context, besides=here)
        code = "move-tag-shared" if others else "move-tag-added"
        findings.append(
            find(code, tag=known.keeps_tag, others=others, settles=settles + ".skip = true" if others else "")
        )
    if known.once:
        findings.append(find("move-once"))
    if known.off:
        findings.append(find("move-off", name=known.name))
    return Lowered(value=Fragment(start_parts(known), ends=not move.stays), findings=tuple(findings))


def lower_leave(sequence_id: str | None, settles: str, context: LoweringContext) -> Lowered[Fragment]:
    known = context.sequences.get(sequence_id or "")
    name = known.name if known else sequence_id or "not told"
    return Lowered(value=None, findings=(find("leave-other", name=name, settles=settles + ".skip = true"),))
