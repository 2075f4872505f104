"""The to-do list: what a person must decide or do, one task a reason, the gravest first."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile

from migrator.report.facts import Finding, Place, Task

GROUPS = ("consent", "sequences", "people in sequences", "emails", "other")
_OF_KIND = {
    "consent_state": "consent",
    "unread": "consent",
    **dict.fromkeys(
        ("sequence", "trigger", "entry_filter", "step", "lane", "exit_rule", "email_filter", "re_entry"), "sequences"
    ),
    "sending_window": "sequences",
    "enrolment": "people in sequences",
    "merge_tag": "emails",
    "template": "emails",
    "campaign": "emails",
}
MOST_NAMED = 3
FEWEST_WORDS = 5


def tasks_of(findings: Iterable[Finding]) -> tuple[Task, ...]:
    by_code: dict[str, list[Finding]] = {}
    for one in findings:
        if one.verdict == "manual":
            by_code.setdefault(one.code, []).append(one)
    tasks = [_task(code, several) for code, several in by_code.items()]
    tasks.sort(key=lambda task: (GROUPS.index(task.group), -len(task.places), task.code))
    return tuple(tasks)


def _task(code: str, findings: list[Finding]) -> Task:
    group = "emails" if any(one.kind == "merge_tag" for one in findings) else _OF_KIND.get(findings[0].kind, "other")
    shared = _shared([one.reason for one in findings])
    places: dict[str, list[Finding]] = {}
    for one in findings:
        # A line that answers several places is one decision.
        places.setdefault(one.settles or f"{one.where} {one.reason}", []).append(one)
    return Task(
        code=code,
        group=group,
        title=shared,
        remedy=_shared([one.remedy for one in findings]),
        places=tuple(_place(several, shared) for several in places.values()),
    )


def _place(findings: list[Finding], title: str) -> Place:
    where = list(dict.fromkeys(one.where for one in findings))
    first = findings[0]
    more = f" and {len(where) - MOST_NAMED} more" if len(where) > MOST_NAMED else ""
    return Place(
        where=", ".join(where[:MOST_NAMED]) + more,
        reason="" if first.reason == title else first.reason,
        settles=first.settles,
        risk=first.risk,
        count=max(one.count for one in findings),
    )


def _shared(reasons: list[str]) -> str:
    """What all places have in common: the whole reason, else the first sentence with dots where they differ, else
    the first one's first sentence."""
    if len(set(reasons)) == 1:
        return reasons[0]
    heads = [_sentences(one)[:1] for one in reasons]
    first = [(head[0] if head else "").split() for head in heads]
    start = _common(first)
    end = _common([words[::-1] for words in first])[::-1]
    if len(set(map(tuple, first))) == 1 or len(start) + len(end) < FEWEST_WORDS:
        return " ".join(first[0])
    shortest = min(map(len, first))
    return " ".join([*start, "…", *end[max(0, len(start) + len(end) - shortest) :]])


def _common(rows: list[list[str]]) -> list[str]:
    """The words with which all rows begin."""
    return [same[0] for same in takewhile(lambda words: len(set(words)) == 1, zip(*rows, strict=False))]


def _sentences(text: str) -> list[str]:
    parts = text.split(". ")
    return [part if part.endswith(".") else f"{part}." for part in parts if part]
