"""Who would be mailed because Sequenzy does not know what people did before the move.

A filter such as "has never bought", or a rule such as "leaves who has ever clicked", keeps people out at the source by
facts that stay behind. Forgetting those lets people in, which is worse than keeping some out.
"""

from __future__ import annotations

from mappings.context import LoweringContext
from migrator.model.rules import ActivityRule, ActivityScope, AllOf, AnyOf, Not, Rule, SegmentRule
from migrator.model.sequences import Sequence

FORGOTTEN = (
    "its filter looks at what people did before the move, which is not known here",
    "a rule for leaving looks at what people did before the move, which is not known here",
)


def lets_more_in(sequence: Sequence, context: LoweringContext) -> tuple[str, ...]:
    """What keeps fewer people out than at the source, in words."""
    found = []
    if sequence.entry_filter is not None and _turns(sequence.entry_filter, True, context):
        found.append(FORGOTTEN[0])
    if any(_turns(one.rule, False, context) for one in sequence.exit_rules):
        found.append(FORGOTTEN[1])
    return tuple(found)


def lets_more_through(rule: Rule, context: LoweringContext) -> bool:
    """Whether forgetting what people did before the move sends an email to somebody who would not get it."""
    return _turns(rule, True, context)


def _turns(rule: Rule, into: bool, context: LoweringContext) -> bool:
    """Whether forgetting what was done can make the rule true (or false) that was not."""
    match rule:
        case AllOf(rules=rules) | AnyOf(rules=rules):
            return any(_turns(one, into, context) for one in rules)
        case Not(rule=inner):
            return _turns(inner, not into, context)
        case SegmentRule(segment_id=segment_id):
            return segment_id in context.history_segments
        case ActivityRule(scope=ActivityScope.ANY | ActivityScope.MESSAGE, fewer_than=fewer, at_least=least):
            return fewer is not None if into else bool(least)
    return False
