"""report.html of 500 sequences with 20 steps each, beside plain string building without any escaping.

    python bench/report.py [rounds]

Both variants get the same facts and lay out the same 1,000 pictures; the baseline then joins strings, ours fills the
page with escaping, packing and the emails' facts. Round by round in turns, the ratio is what counts. Exits 1 when it is
above 1.6, when a sequence takes more than 4 kB, when boxes overlap or when the page names an address outside.
"""

from __future__ import annotations

import io
import random
import re
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from migrator.report.facts import (
    Edge,
    Email,
    Facts,
    Finding,
    Flow,
    Load,
    Node,
    People,
    Picture,
    Sequence,
    Standing,
    Tally,
)
from migrator.report.layout import WIDTH, place
from migrator.report.page import write_page
from migrator.report.tasks import tasks_of
from migrator.report.wrapping import wrapped

SEQUENCES, STEPS, ROUNDS = 500, 20, 5
MOST_RATIO, MOST_BYTES = 1.6, 4000
KINDS = ("email", "wait", "tag", "email", "wait", "branch", "webhook")
VERDICTS = ("exact", "exact", "exact", "changed", "manual")


def picture(rng: random.Random, side: str) -> Picture:
    """A row with branches that rejoin, as real ones are."""
    nodes = [
        Node(
            id=f"{side}{number}",
            kind=rng.choice(KINDS),
            title=f"{rng.choice(('Lesson', 'Wait', 'Offer <b>', 'Reminder & more'))} {number}",
            text=rng.choice(("", "Has the tag “customer”", "Your weekly digest, {{first_name}}", "09:00 Europe/Paris")),
            step=str(number),
            verdict=rng.choice(VERDICTS),
            people=rng.choice((0, 0, 0, rng.randrange(400))),
        )
        for number in range(STEPS)
    ]
    edges = [Edge(source=f"{side}{number}", target=f"{side}{number + 1}") for number in range(STEPS - 1)]
    for _ in range(3):
        start = rng.randrange(STEPS - 5)
        edges.append(Edge(source=f"{side}{start}", target=f"{side}{start + rng.randint(2, 4)}", label="No"))
    return Picture(nodes=tuple(nodes), edges=tuple(edges))


def facts() -> Facts:
    rng = random.Random("report")
    sequences, findings = [], []
    for number in range(SEQUENCES):
        key = str(1000 + number)
        emails = tuple(
            Email(
                key=f"{key}/{step}",
                label=f"Lesson {step}",
                step_id=str(step),
                verdict=rng.choice(VERDICTS),
                subject_before=f"{{{{ first_name }}}}, lesson {step} of {number}",
                subject_after=f"{{{{FIRST_NAME}}}}, lesson {step} of {number}",
            )
            for step in range(0, STEPS, 3)
        )
        findings += [
            Finding(
                number=len(findings) + place,
                kind="step",
                where=f"Flow {number} › Lesson {rng.randrange(STEPS)}",
                verdict=rng.choice(("changed", "manual")),
                code=rng.choice(("opened-asked", "webhook-secret", "wait-rounded")),
                reason="Sequenzy has no condition for opened emails. Until you choose, nobody passes this branch.",
                remedy="Choose segment, clicked or event.",
                settles=f'sequences."{key}".opened = "segment"',
                sequence_id=key,
            )
            for place in range(4)
        ]
        sequences.append(
            Sequence(
                id=key,
                name=f"Flow <{number}>",
                verdict="manual",
                tally={"exact": 30, "changed": 4, "manual": 2},
                in_it=rng.randrange(900),
                standing=(Standing(people=40, verdict="changed", says="They enter by a lane of their own."),),
                starts=("Tag “lead” added",),
                starts_after="Tag added “lead”",
                source=picture(rng, "a"),
                target=picture(rng, "b"),
                emails=emails,
            )
        )
    return Facts(
        tool_version="0",
        platform="Broadcast",
        account="Acme",
        exported_at="2026-03-02 10:00 UTC",
        bundle="0" * 64,
        plan="1" * 64,
        marker="migrate-000000000000",
        fidelity=(Tally(kind="step", name="Steps", exact=9000, changed=700, manual=300),),
        people=People(read=100, planned=100, flows=(Flow(source="subscribed", target="active", people=100),)),
        load=Load(will=("Build drafts.",), will_not=("Send anything.",), requests=9000, minutes=90),
        tasks=tasks_of(findings),
        sequences=tuple(sequences),
        findings=tuple(findings),
    )


def ours(told: Facts) -> str:
    out = io.StringIO()
    write_page(told, (), out)
    return out.getvalue()


def baseline(told: Facts) -> str:
    """The same pictures and words by joining strings, without escaping anything."""
    parts = ["<!doctype html><title>Report</title>"]
    for one in told.sequences:
        parts.append(f"<details><summary>{one.name} {one.verdict} {one.in_it}</summary>")
        for side in (one.source, one.target):
            if side is None:
                continue
            words = {node.id: wrapped(node.title, node.text, bool(node.people)) for node in side.nodes}
            placed = place(
                {key: text.height for key, text in words.items()}, ((edge.source, edge.target) for edge in side.edges)
            )
            parts.append(f'<svg width="{placed.width}" height="{placed.height}">')
            for edge in side.edges:
                points = placed.bends.get((edge.source, edge.target), ())
                line = " ".join(f"{x},{y}" for x, y in (placed.boxes[edge.source], *points, placed.boxes[edge.target]))
                parts.append(f'<polyline points="{line}"/><text>{edge.label}</text>')
            for node in side.nodes:
                x, y = placed.boxes[node.id]
                text = words[node.id]
                lines = "".join(
                    f'<text y="{15 * n}">{line}</text>' for n, line in enumerate((*text.title, *text.lines))
                )
                parts.append(
                    f'<g class="{node.kind} {node.verdict}" transform="translate({x} {y})">'
                    f'<rect width="{WIDTH}" height="{text.height}"/>{lines}<text>{node.people}</text></g>'
                )
            parts.append("</svg>")
        parts += [f"<li>{email.label} {email.subject_before} {email.subject_after}</li>" for email in one.emails]
        parts.append("</details>")
    for finding in told.findings:
        parts.append(f"<li>{finding.where} {finding.reason} {finding.remedy} <code>{finding.settles}</code></li>")
    return "".join(parts)


def overlaps(told: Facts) -> int:
    found = 0
    for one in told.sequences:
        for side in (one.source, one.target):
            if side is None:
                continue
            heights = {node.id: wrapped(node.title, node.text, bool(node.people)).height for node in side.nodes}
            placed = place(heights, ((edge.source, edge.target) for edge in side.edges))
            boxes = [(x, y, x + WIDTH, y + heights[key]) for key, (x, y) in placed.boxes.items()]
            found += sum(
                a < g and e < c and b < h and f < d
                for number, (a, b, c, d) in enumerate(boxes)
                for e, f, g, h in boxes[number + 1 :]
            )
    return found


def timed(build: Callable[[Facts], str], told: Facts) -> tuple[float, str]:
    begin = time.perf_counter()
    text = build(told)
    return time.perf_counter() - begin, text


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    told = facts()
    page = ours(told)
    ratios = []
    for number in range(rounds):
        floor, _ = timed(baseline, told)
        mine, _ = timed(ours, told)
        ratios.append(mine / floor)
        print(f"round {number + 1}: string join {floor:.2f} s, report.html {mine:.2f} s, ratio {mine / floor:.2f}")
    ratio, size = statistics.median(ratios), len(page.encode()) / SEQUENCES
    over = overlaps(told)
    outside = re.findall(r"""(?:src|href)=["']?(?:https?:)?//""", page)
    print(f"median ratio {ratio:.2f} (at most {MOST_RATIO}); {size:,.0f} bytes a sequence (at most {MOST_BYTES})")
    print(f"{over} overlapping boxes, {len(outside)} addresses outside")
    return int(ratio > MOST_RATIO or size > MOST_BYTES or bool(over) or bool(outside))


if __name__ == "__main__":
    sys.exit(main())
