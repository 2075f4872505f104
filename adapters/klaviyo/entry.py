"""Who is let in, how often, and who leaves: a flow's profile filter holds at the door and again before every action.

Three of its conditions have a better word: "not been in this flow for a while" is a rule of re-entry, "has not done
it since starting" is a rule for leaving, and everything else is both a door and a rule for leaving.
"""

from __future__ import annotations

from dataclasses import dataclass

from adapters.kit.wire import part, rows, whole
from adapters.klaviyo.conditions import Names, read_filter
from adapters.klaviyo.filters import seconds_of
from migrator.model import ExitRule, Raw, ReEntry, Rule
from migrator.model.rules import Activity, ActivityRule, ActivityScope, Not

_UNITS = {"hour": 3600, "day": 86_400, "week": 604_800}


@dataclass(frozen=True)
class EntryRules:
    lets_in: tuple[Rule, ...]
    exits: tuple[ExitRule, ...]
    again: ReEntry
    again_after: int | None = None


def read_entry(definition: Raw, names: Names, flow_id: str, triggers: object) -> EntryRules:
    told = definition.get("profile_filter")
    groups = part(told).get("condition_groups")
    lets_in: list[Rule] = []
    exits: list[ExitRule] = []
    pauses: list[int | None] = []
    for group in groups if isinstance(groups, list) else [told] if told else []:
        pause = _not_in_flow(group)
        if pause is not None:
            pauses.append(pause.seconds)
            continue
        whole_group = {"condition_groups": [group]} if isinstance(groups, list) else group
        rule = read_filter(whole_group, names, flow_id)
        if rule is None:
            continue
        stopping = _stops_on_event(rule)
        if stopping is not None:
            exits.append(ExitRule(rule=stopping))
        else:
            lets_in.append(rule)
            exits.append(ExitRule(rule=Not(rule=rule), label="No longer passes the filter"))
    again, after = _again(definition.get("reentry_criteria"), pauses, triggers)
    return EntryRules(tuple(lets_in), tuple(exits), again, after)


@dataclass(frozen=True)
class _Pause:
    seconds: int | None
    """None: never again."""


def _not_in_flow(group: object) -> _Pause | None:
    conditions = rows(part(group).get("conditions"))
    if len(conditions) != 1 or conditions[0].get("type") != "profile-not-in-flow":
        return None
    frame = part(conditions[0].get("timeframe_filter"))
    if frame.get("operator") in (None, "alltime"):
        return _Pause(None)
    # A window that cannot be read counts as the longest: nobody comes in twice by mistake.
    return _Pause(seconds_of(frame) if frame.get("operator") == "in-the-last" else None)


def _stops_on_event(rule: Rule) -> Rule | None:
    """ "Not once since starting this flow" as the event that ends it."""
    match rule:
        case ActivityRule(
            activity=Activity.EVENT, scope=ActivityScope.THIS_SEQUENCE, at_least=None | 0, fewer_than=1, where=where
        ):
            return ActivityRule(
                activity=Activity.EVENT, scope=ActivityScope.THIS_SEQUENCE, event_name=rule.event_name, where=where
            )
    return None


def _again(told: object, pauses: list[int | None], triggers: object) -> tuple[ReEntry, int | None]:
    """The stricter of the two places wins. What is not said is `unknown`, which lets nobody in twice."""
    if None in pauses:
        return ReEntry.ONCE, None
    waits = [pause for pause in pauses if pause is not None]
    criteria = part(told)
    if criteria:
        duration, unit = whole(criteria.get("duration")), str(criteria.get("unit"))
        if duration is None or duration < 1 or unit not in _UNITS:
            # "All time" is seen in the wild and explained nowhere.
            return ReEntry.UNKNOWN, None
        waits.append(duration * _UNITS[unit])
    if waits:
        return ReEntry.AFTER_DELAY, max(waits)
    kinds = {str(one.get("type")) for one in rows(triggers)}
    return (ReEntry.ONCE, None) if kinds and kinds <= {"list", "segment"} else (ReEntry.UNKNOWN, None)
