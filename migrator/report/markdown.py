"""report.md: the same facts for a text editor, a review or an archive. Every text of the source is made harmless."""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrator.plan.answers.risk import setting_of
from migrator.report.facts import COPIED, Facts, Sequence, Task
from migrator.report.words import plural
from migrator.visible import visible

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+!|~$&])")


TYPED = "Decides who gets mail. Type your answer in mappings.toml:"


def safe(text: str) -> str:
    """One line that no reader of Markdown takes for anything but text."""
    line = " ".join(visible(text, keep="\n").split())
    line = _SPECIAL.sub(r"\\\1", line)
    line = re.sub(r"(?i)\b(https?|ftp|mailto|xmpp):", r"\1\\:", line)
    line = re.sub(r"(?i)\b(www)\.|@", lambda found: f"{found[1]}\\." if found[1] else "\\@", line)
    # At the start of a line these begin a list, a rule or a heading.
    return re.sub(r"^(\d*)([.)=-])", r"\1\\\2", line)


def code(text: str) -> str:
    line = " ".join(visible(text, keep="\n").split())
    ticks = "`" * (max((len(run) for run in re.findall(r"`+", line)), default=0) + 1)
    pad = " " if "`" in line else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def markdown(facts: Facts) -> str:
    return "\n".join(_lines(facts)) + "\n"


def _lines(facts: Facts) -> Iterator[str]:
    people = facts.people
    yield f"# {safe(facts.account)}: from {safe(facts.platform)} to Sequenzy"
    yield ""
    yield f"{OUTCOMES[facts.outcome]} {plural(len(facts.tasks), 'thing')} to decide or do."
    yield f"{people.mailable_after:,} of {people.planned:,} people may be mailed; {people.mailable_before:,} before."
    yield f"Stage: {facts.stage.capitalize()}. {safe(facts.act)}".rstrip()
    if facts.next:
        yield f"Next: {code('migrate ' + facts.next)}"
    if facts.inside.people:
        yield f"{plural(facts.inside.people, 'person')} in sequences: {safe(facts.inside.says)}."
        yield from _inside(facts)
    if facts.proof is not None:
        yield "\n## Proof\n"
        yield from facts.proof.sentences
        yield "\n| What | Planned | At Sequenzy | Differences |\n|---|---:|---:|---:|"
        for row in facts.proof.rows:
            yield f"| {safe(row.name)} | {row.planned:,} | {row.found:,} | {row.differs:,} |"
    yield "\n## What is carried over\n"
    yield "| Kind | Exact | Changed | Needs you | Left out | Found |\n|---|---:|---:|---:|---:|---:|"
    for one in facts.fidelity:
        cells = (one.exact, one.changed, one.manual, one.dropped, one.found)
        yield f"| {one.name} | " + " | ".join(f"{cell:,}" for cell in cells) + " |"
    yield "\n## People by consent\n"
    yield f"| At {safe(facts.platform)} | At Sequenzy | People |\n|---|---|---:|"
    for flow in people.flows:
        yield f"| {flow.source.replace('_', ' ')} | {flow.target} | {flow.people:,} |"
    yield (
        f"\n{people.read:,} read = {people.planned:,} planned + {people.merged:,} joined with another row"
        f" + {people.rejected:,} rejected."
    )
    yield "\n## When you load\n"
    yield from (f"- {line}" for line in facts.load.will)
    yield f"- {plural(facts.load.requests, 'request')}, {plural(facts.load.minutes, 'minute')} at the documented limit."
    yield "\nIt will not:\n"
    yield from (f"- {line}" for line in facts.load.will_not)
    yield "\n## To do\n"
    if not facts.tasks:
        yield "Nothing is open."
    for number, task in enumerate(facts.tasks, 1):
        yield from _task(number, task)
    if facts.unread:
        yield "\n## Could not be read at the source\n"
        yield from (f"- {safe(line)}" for line in facts.unread)
    yield "\n## Sequences\n"
    for sequence in facts.sequences:
        yield from _sequence(sequence)
    yield "## Findings\n"
    for finding in facts.findings:
        more = f" ({finding.count:,})" if finding.count > 1 else ""
        yield f"- **{finding.verdict}** {safe(finding.where)}{more}: {safe(finding.reason)} {safe(finding.remedy)}"
        if finding.settles:
            yield f"  {_answer(finding.settles, finding.risk)}"
    yield f"\nmigrate {facts.tool_version}, bundle {facts.bundle[:12]}, plan {facts.plan[:12]}, marker {facts.marker}"


OUTCOMES = {
    "planned": "Planned; nothing has been written yet.",
    "loading": "A load is under way.",
    "loaded": "Loaded, not verified yet.",
    "verified": "Loaded and verified: no difference.",
    "differs": "Verified: something differs.",
}


def _inside(facts: Facts) -> Iterator[str]:
    yield "\n## People in sequences\n"
    yield f"| Sequence | State | In it | Continue | Finish at {safe(facts.platform)} | Need you |"
    yield "|---|---|---:|---:|---:|---:|"
    for one in facts.sequences:
        if one.in_it:
            cells = " | ".join(f"{count:,}" for count in (one.in_it, one.continues, one.finishes, one.needs_you))
            yield f"| {safe(one.name)} | {one.state} | {cells} |"


def _task(number: int, task: Task) -> Iterator[str]:
    yield f"{number}. [ ] {safe(task.title)} *{safe(task.remedy)}*"
    for place in task.places:
        more = f" ({place.count:,})" if place.count > 1 else ""
        reason = f": {safe(place.reason)}" if place.reason else ""
        yield f"   - {safe(place.where)}{more}{reason}"
        if place.settles:
            yield f"     {_answer(place.settles, place.risk)}"


def _answer(line: str, risk: str) -> str:
    if risk in COPIED:
        return code(line)
    return f"{TYPED} {code(setting_of(line))}"


def _sequence(one: Sequence) -> Iterator[str]:
    yield f"### {safe(one.name)}\n"
    yield f"{one.state}; {plural(len(one.source.nodes), 'step')}, {plural(one.in_it, 'person')} in it."
    yield f"Starts: {safe(' or '.join(one.starts) or 'no start found')}; then: {safe(one.starts_after or 'nothing')}.\n"
    for text in one.blocks:
        yield f"- Before it may be enabled: {safe(text)}"
    for row in one.standing:
        yield f"- {plural(row.people, 'person')}: {safe(row.says)}"
    for email in one.emails:
        yield f"- Email {safe(email.label)} ({email.verdict}): {safe(email.subject_after or email.subject_before)}"
    yield ""
