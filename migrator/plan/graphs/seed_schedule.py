"""The same graph with the platform's first documents only: one POST of emails and discounts in a row, or nothing.

Those documents know no quiet trigger, so the draft is created with its natural one; a draft starts nobody.
"""

from __future__ import annotations

from mappings.target import END, START, Body, NodeKind, TargetGraph
from migrator.plan.records import Call

TRIGGERS = {
    "contact_added": {"listId"},
    "tag_added": {"tagName"},
    "segment_entered": {"segmentId"},
    "event_received": {"eventName"},
    "inactivity": {"eventName", "inactiveDays"},
}
STOPS = ("has_tag", "does_not_have_tag", "event_received", "added_to_list", "removed_from_list")
EMAIL_FIELDS = {"type", "name", "subject", "previewText", "html", "blocks"}
DROPPED = {"labels", "description", "activeSubscribersOnly", "frequencyCapEnabled"}
"""Settings that those documents do not have, and whose absence mails nobody more: only active contacts get
marketing emails in any case, and a cap that is not obeyed is one that those documents do not know."""
KEPT = {"enrollmentMode", "stopCondition"}


def seed_schedule(graph: TargetGraph) -> tuple[Call, ...] | None:
    trigger, settings = graph.final_trigger, graph.settings
    wanted = TRIGGERS.get(str(trigger.get("trigger")))
    stop = settings.get("stopCondition")
    if settings.get("frequencyCapEnabled"):
        return None
    if wanted is None or trigger.keys() - {"trigger"} != wanted or settings.keys() - DROPPED - KEPT:
        return None
    if stop is not None and (stop["type"] not in STOPS or "matchConfig" in stop):
        return None
    found = _steps(graph)
    if found is None:
        return None
    steps, keys = found
    body: Body = {"name": graph.name, **trigger}
    body |= {name: value for name, value in settings.items() if name in KEPT}
    return (Call(kind="create", body={**body, "steps": steps}, creates=tuple(keys)),)


def _steps(graph: TargetGraph) -> tuple[list[Body], list[str]] | None:
    nodes = {node.key: node for node in graph.nodes}
    beyond = {edge.source: edge.target for edge in graph.edges}
    if any(edge.lane is not None for edge in graph.edges):
        return None
    steps: list[Body] = []
    keys: list[str] = []
    delay: Body = {}
    key = beyond[START]
    while key != END:
        node = nodes[key]
        keys.append(key)
        if node.kind is NodeKind.DELAY:
            if delay or node.body.keys() != {"type", "delay"}:
                return None
            delay = {"delay": node.body["delay"]}
        elif node.kind is NodeKind.DISCOUNT or (node.kind is NodeKind.EMAIL and node.body.keys() <= EMAIL_FIELDS):
            steps.append({**delay, **node.body})
            delay = {}
        else:
            return None
        key = beyond[key]
    return None if delay or not steps else (steps, keys)
