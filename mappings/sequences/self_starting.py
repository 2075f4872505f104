"""A sequence whose own step does what starts it. The source starts nobody who is inside; here some starts come a
moment later, through a small sequence or a segment, when the person may be through and would get everything again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mappings.answer_lines import line
from mappings.context import Known
from mappings.findings import find
from mappings.triggers import Starts
from mappings.verdicts import Lowered
from mappings.wording import printable
from migrator.model.sequences import AttributeChanged, ListJoined, Trigger
from migrator.model.steps import AddToList, SetAttribute, Step


def with_own_starts(starts: Starts, triggers: tuple[Trigger, ...], steps: Iterable[Step], known: Known) -> Starts:
    if known.once:
        return starts
    several = tuple(steps)
    found = list(starts.triggers)
    for place, (trigger, lowered) in enumerate(zip(triggers, starts.triggers, strict=True)):
        fed = any(place in feeder.sources for feeder in starts.feeders)
        late = isinstance(trigger, AttributeChanged) or (isinstance(trigger, ListJoined) and fed)
        step = next((one for one in several if late and _does(one, trigger)), None)
        if step is not None and lowered.value is not None:
            settles = line(("sequences", known.source_id, "enters_once"), True)
            finding = find("starts-itself", step=printable(step.label) or step.id, settles=settles)
            found[place] = Lowered(value=lowered.value, findings=(*lowered.findings, finding))
    return replace(starts, triggers=tuple(found))


def _does(step: Step, trigger: Trigger) -> bool:
    match trigger, step.action:
        case ListJoined(list_id=wanted), AddToList(list_id=list_id):
            return list_id == wanted
        case AttributeChanged(key=wanted, to=to), SetAttribute(key=key, value=value, operation="set"):
            return key == wanted and (to is None or str(value).lower() == str(to).lower())
    return False
