"""Texts made to make a converter slow: eight times the text must not take 64 times as long.

    python bench/hostile.py [rounds]

Each pattern is measured against an eighth of itself in the same run; 8 would be linear, the goal is at most 24 for each
(short times differ more from run to run than long ones). Exits 1 when one is above it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:1] = [str(ROOT), str(ROOT / "tests" / "content")]
sys.path.append(str(ROOT / "bench"))  # behind Python's own csv and html

from content_emails import CONTEXT  # noqa: E402 - the paths above come first
from hostile_texts import DJANGO_PATTERNS, LINK_PATTERNS, PATTERNS, REDACTED_PATTERNS  # noqa: E402

from mappings.email.formats import actual_format, text_to_html  # noqa: E402
from mappings.email.inventory import take_inventory  # noqa: E402
from mappings.email.mjml_source import depth_of, encode_risky  # noqa: E402
from mappings.merge_tags.convert import convert  # noqa: E402
from migrator.model.content import BodyFormat  # noqa: E402
from migrator.transport.redact import redact  # noqa: E402

GOAL = 24
SIZE, PARTS = 48_000, 8
SHORTEST = 0.000_5
"""Seconds: what is done sooner is not measured but noise."""
LINK = '<a href="{{ unsubscribe_url }}">Leave</a>'


def liquid(text: str) -> None:
    convert(text, dialect="liquid", context=CONTEXT, kind="html", label="x")
    actual_format(text, BodyFormat.FRAGMENT)
    text_to_html(text)
    encode_risky(text)
    depth_of(text)


def django(text: str) -> None:
    convert(text, dialect="django", context=CONTEXT, kind="html", label="x")


def inventory(text: str) -> None:
    take_inventory(f"<p>{text}", ("oldplatform.test",))


def behind_a_link(text: str) -> None:
    liquid(LINK + text)


def cases() -> Iterator[tuple[str, Callable[[str], object], str]]:
    for name, pattern in PATTERNS.items():
        yield f"liquid: {name}", liquid, pattern
        yield f"inventory: {name}", inventory, pattern
    for name, pattern in DJANGO_PATTERNS.items():
        yield f"django: {name}", django, pattern
    for pattern in LINK_PATTERNS:
        yield f"behind a link: {pattern}", behind_a_link, pattern
    for pattern in REDACTED_PATTERNS:
        yield f"redacted: {pattern}", redact, pattern


def best(work: Callable[[str], object], text: str, rounds: int) -> float:
    times = []
    for _ in range(rounds):
        fresh = text[:1] + text[1:]  # the tags of a text that was just seen are not looked for again
        start = time.process_time()
        work(fresh)
        times.append(time.process_time() - start)
    return min(times)


def growth(work: Callable[[str], object], pattern: str, rounds: int) -> float:
    text = pattern * (SIZE // len(pattern))
    return best(work, text, rounds) / max(best(work, text[: len(text) // PARTS], 2 * rounds), SHORTEST)


def main(arguments: list[str]) -> int:
    rounds = int(arguments[0]) if arguments else 3
    found = sorted(((growth(work, pattern, rounds), name) for name, work, pattern in cases()), reverse=True)
    for ratio, name in found[:5]:
        print(f"{ratio:5.1f}  {name}")
    print(f"{len(found)} patterns; the worst takes {found[0][0]:.1f} times as long for 8 times the text (goal {GOAL})")
    return int(found[0][0] > GOAL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
