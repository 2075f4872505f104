"""What is known and made so far while one sequence is lowered. The steps are taken from the last to the first."""

from __future__ import annotations

from dataclasses import dataclass, field

from mappings.answer_lines import step_head
from mappings.context import Known, LoweringContext
from mappings.sequences.email_filters import EmailFilters
from mappings.sequences.stop_conditions import Leaving
from mappings.tags import slug
from mappings.target import END
from mappings.verdicts import Finding, Verdict
from mappings.wording import printable
from migrator.model.sequences import Sequence
from migrator.model.steps import Step
from migrator.plan.graphs.build_graph import GraphBuilder
from migrator.plan.graphs.path_lengths import Spans
from migrator.plan.graphs.source_graph import SoundGraph


@dataclass
class Work:
    sequence: Sequence
    known: Known
    context: LoweringContext
    sound: SoundGraph
    leaving: Leaving
    spans: Spans
    filters: EmailFilters
    builder: GraphBuilder = field(default_factory=GraphBuilder)
    entry_of: dict[str, str] = field(default_factory=dict)
    """Step to the node where it begins; `end` when nothing is left of it and nothing follows."""
    behind: dict[str, str] = field(default_factory=dict)
    """Step to the node where people go on who have waited its wait."""
    held: set[str] = field(default_factory=set)
    """Steps that a stand-in takes the place of, or that nothing stands for until a person has settled them."""
    open_ends: set[str] = field(default_factory=set)
    """Steps that come to nothing, but not because the source ends there."""
    unsettled: set[str] = field(default_factory=set)
    """Steps behind which the way ends, but not because the source ends there."""
    step_findings: dict[str, tuple[Finding, ...]] = field(default_factory=dict)
    lane_findings: dict[tuple[str, int], tuple[Finding, ...]] = field(default_factory=dict)
    lane_nodes: dict[tuple[str, int], str] = field(default_factory=dict)
    blocks: list[str] = field(default_factory=list)
    """Why the sequence must not be enabled yet, in words."""

    def following(self, step: Step, lane: str) -> str:
        target = self.sound.ways[step.id].get(lane)
        return END if target is None else self.entry_of[target]

    def ways(self, step: Step) -> dict[str, str]:
        return {lane: self.following(step, lane) for lane in self.sound.ways[step.id]}

    def hold(self, step: Step, findings: tuple[Finding, ...], ways: dict[str, str]) -> str:
        reason = self.block(step, findings)
        self.held.add(step.id)
        tag = f"{self.context.prefix}hold-{self.known.slug}-{slug(step.id, 20)}"
        return self.builder.hold(ways, tag, base_of(step), step.id, reason)

    def block(self, step: Step, findings: tuple[Finding, ...]) -> str:
        reason = next((one.reason for one in findings if one.verdict is Verdict.MANUAL), "Needs a person.")
        self.blocks.append(f"{printable(step.label) or printable(step.id)}: {reason}")
        return reason

    def settles(self, step: Step) -> str:
        return step_head(self.sequence.source_id, step.id)


def base_of(step: Step) -> str:
    """The head of the keys of all nodes that come from a step."""
    return f"step/{printable(step.id)}"
