"""Who gets the emails of a sequence: its topic, and the segments that are left out. Both are judged when an email
leaves, and cost a person that email, not their place. What cannot be read here stays an unread limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from adapters.broadcast.topics import Topic
from adapters.broadcast.wire import text_id
from migrator.model import EmailFilter, Raw
from migrator.model.rules import AnyOf, Comparison, FieldRule, ListRule, Not, Rule, SegmentRule

_TOPICS, _SEGMENTS = ("topic_id", "topic"), ("excluded_segment_ids", "excluded_segments")


def email_filters(rest: Raw, topics: Mapping[str, Topic]) -> tuple[tuple[EmailFilter, ...], frozenset[str]]:
    """The filters, and the keys of the row that they say wholly."""
    found: dict[str, EmailFilter] = {}
    read: set[str] = set()
    for key in _SEGMENTS:
        told = rest.get(key)
        ids = [_id_of(one) for one in told] if isinstance(told, list) else []
        if ids and None not in ids:
            read.add(key)
            found |= {one.label: one for one in map(_left_out, filter(None, ids))}
    for key in _TOPICS:
        topic = topics.get(_id_of(rest.get(key)) or "")
        if topic is not None and topic.is_read:
            read.add(key)
            wanted = _receives(topic)
            found[wanted.label] = wanted
    return tuple(found.values()), frozenset(read)


def _left_out(segment_id: str) -> EmailFilter:
    return EmailFilter(rule=Not(rule=SegmentRule(segment_id=segment_id)), label=f"excluded segment: {segment_id}")


def _receives(topic: Topic) -> EmailFilter:
    """Its list holds who receives it, and loses whoever leaves it later. Who never chose may come to it anew."""
    rule: Rule = ListRule(list_id=topic.list_id)
    if topic.default and topic.key is not None:
        unset = FieldRule(key=topic.key, comparison=Comparison.IS_EMPTY)
        rule = AnyOf(rules=(rule, unset))
    return EmailFilter(rule=rule, label=f"topic: {topic.name or topic.list_id}")


def _id_of(told: object) -> str | None:
    return text_id(told.get("id")) if isinstance(told, dict) else text_id(told)


def topics_by_id(topics: Iterable[Topic]) -> dict[str, Topic]:
    return {topic.list_id: topic for topic in topics}
