"""What the demo's marketer answers: one line of mappings.toml for each question that has an obvious answer.

Questions without one (where somebody stood, which form to rebuild) stay open, as they would with a real account.
"""

from __future__ import annotations

from collections.abc import Iterable

from migrator.plan.answers.questions import Question

SAFE_ADDRESS = "https://hooks.acme.test/next"
"""Where a webhook goes that Broadcast called without encryption."""

LINES = (
    'opened = "segment"          # "opened" becomes: opened any email in the hours since',
    'merge_tags.replacements.month = "spring"',  # what Broadcast puts there at present
)


def answers(questions: Iterable[Question]) -> list[str]:
    lines = list(LINES)
    given = {line.partition(" = ")[0] for line in lines}
    for question in questions:
        head, _, value = question.line.partition(" = ")
        answer = _answer(head, value) if question.must else None
        if answer is not None and head not in given:
            given.add(head)
            lines.append(f"{head} = {answer}")
    return lines


def _answer(head: str, value: str) -> str | None:
    if head.endswith(".url"):
        return f'"{SAFE_ADDRESS}"'
    if head.startswith("merge_tags.replacements"):
        return value
    if head.endswith(".body") and head.startswith("steps."):
        return '\'{"email": "{{EMAIL}}"}\''
    return None
