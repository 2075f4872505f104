"""Rules for leaving. The target has one stop condition a sequence, looked at before every step; a tag that must stay
takes it first. Every further rule becomes a guard: a branch to the end in front of each step that does something.
"""

from __future__ import annotations

from dataclasses import dataclass

from mappings.capitals import capitals
from mappings.conditions import Expression, Where, lower_rule
from mappings.context import Known, LoweringContext
from mappings.event_filters import property_filters
from mappings.findings import find
from mappings.target import Body, ref
from mappings.verdicts import Finding, Lowered
from mappings.wording import sendable
from migrator.model.rules import (
    Activity,
    ActivityRule,
    ActivityScope,
    AnyOf,
    ListRule,
    Not,
    Rule,
    TagRule,
)
from migrator.model.sequences import ExitRule, Sequence, TagAdded


@dataclass(frozen=True)
class Leaving:
    stop: Body | None
    guards: tuple[Expression, ...]
    """Who matches goes to the end before the next email."""
    by_trigger: dict[int, tuple[Finding, ...]]
    """What a trigger's own "leaves when removed" comes to, by its place."""
    by_rule: tuple[Lowered[str], ...]
    """One for each exit rule: `stop` or `guard`."""
    kept_tag: str | None = None


def lower_leaving(sequence: Sequence, known: Known, context: LoweringContext) -> Leaving:
    stop: Body | None = None
    by_trigger: dict[int, tuple[Finding, ...]] = {}
    for place, trigger in enumerate(sequence.triggers):
        if not isinstance(trigger, TagAdded) or not trigger.leaves_when_removed:
            continue
        if trigger.tag in context.left_tags:
            by_trigger[place] = (find("tag-left-behind", tag=trigger.tag),)
        elif known.keeps_tag is None:
            by_trigger[place] = (find("exit-several-tags"),)
        else:
            stop = {"type": "does_not_have_tag", "value": known.keeps_tag}
            again = (find("exit-not-again", tag=known.keeps_tag),) if known.once else ()
            by_trigger[place] = (find("exit-before-step", undone="gets the tag back"), *again)
    guards: list[Expression] = []
    by_rule: list[Lowered[str]] = []
    where = Where(sequence.source_id, None, None)
    for rule in sequence.exit_rules:
        lowered, stop = _one(rule, stop, guards, where, context)
        by_rule.append(lowered)
    return Leaving(stop, tuple(guards), by_trigger, tuple(by_rule), known.keeps_tag)


def _one(
    rule: ExitRule, stop: Body | None, guards: list[Expression], where: Where, context: LoweringContext
) -> tuple[Lowered[str], Body | None]:
    """Alternatives of one rule are looked at one by one: each is enough to leave."""
    findings: list[Finding] = []
    made: list[Expression] = []
    taken = stop
    for one in rule.rule.rules if isinstance(rule.rule, AnyOf) else (rule.rule,):
        wanted = stop_for(one, context)
        if taken is None and wanted is not None:
            taken = wanted
            # What has happened stays so; a tag or a membership may be gone again before the next step.
            if wanted["type"] != "event_received":
                findings.append(find("exit-before-step", undone="no longer matches"))
            findings += capitals(one.where) if isinstance(one, ActivityRule) else ()
            continue
        expression = lower_rule(one, where, context)
        if expression.value is None:
            findings += [*expression.findings, find("exit-unsupported")]
            return Lowered(value=None, findings=tuple(dict.fromkeys(findings))), stop
        made.append(expression.value)
        findings += [*expression.findings, find("exit-guard")]
    guards += made
    if taken is stop and not made:
        return Lowered(value=None, findings=(find("exit-unsupported"),)), stop
    return Lowered(value="guard" if made else "stop", findings=tuple(dict.fromkeys(findings))), taken


def stop_for(rule: Rule, context: LoweringContext) -> Body | None:
    """The stop condition that says the rule, or None. A segment has a guard: whether `entered_segment` stops somebody
    who was in the segment before they entered the sequence, no document says."""
    match rule:
        case TagRule(tag=tag) | Not(rule=TagRule(tag=tag)) if tag in context.left_tags:
            return None
        case TagRule(tag=tag) if context.tag(tag):
            return {"type": "has_tag", "value": context.tag(tag)}
        case Not(rule=TagRule(tag=tag)) if context.tag(tag):
            return {"type": "does_not_have_tag", "value": context.tag(tag)}
        case ListRule(list_id=list_id) if list_id in context.lists:
            return {"type": "added_to_list", "value": ref(context.lists[list_id])}
        case Not(rule=ListRule(list_id=list_id)) if list_id in context.lists:
            return {"type": "removed_from_list", "value": ref(context.lists[list_id])}
        case ActivityRule(activity=Activity.EVENT, scope=ActivityScope.THIS_SEQUENCE):
            # Only events since the person entered stop it; "ever" is for a guard, which sees those before as well.
            return _event(rule)
    return None


def _event(rule: ActivityRule) -> Body | None:
    plain = rule.at_least == 1 and rule.fewer_than is None and rule.within_seconds is None
    if not rule.event_name or not plain or rule.link or rule.message_id:
        return None
    stop: Body = {"type": "event_received", "value": sendable(rule.event_name)}
    if rule.where is not None:
        filters = property_filters(rule.where)
        if filters is None:
            return None
        stop["matchConfig"] = {"mode": "event_property_filter", "propertyFilters": filters}
    return stop
