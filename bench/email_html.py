"""Email content: nothing changes outside the edits, and the whole task costs a fraction of bs4's.

    python bench/html.py [rounds]

Prints ratios to BeautifulSoup doing the same task (parse, rewrite tags, list links and images, print) in the same
run, round by round in turns. Exits 1 if a byte outside an edit differs or the ratio is above its goal.
"""

from __future__ import annotations

import gc
import re
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "content")]

from bs4 import BeautifulSoup  # noqa: E402 - the paths above come first
from bs4.element import NavigableString, Tag  # noqa: E402
from content_emails import CONTEXT, fixture, fixture_names, long_email  # noqa: E402
from content_hazards import HAZARDS  # noqa: E402

from mappings.email.prepare import prepare_email  # noqa: E402
from mappings.merge_tags.convert import convert  # noqa: E402
from migrator.model.content import EmailContent  # noqa: E402

GOAL = 0.06
_TAG = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}|\{%.*?%\}", re.DOTALL)
_NAMES = {"first_name": "FIRST_NAME", "subscriber.last_name": "LAST_NAME", "email": "EMAIL"}


def rewritten(match: re.Match[str]) -> str:
    name, _, rest = (match[1] or "").partition("|")
    fallback = re.search(r"[\"'](.*?)[\"']", rest)
    return "{{" + _NAMES.get(name.strip(), name.strip()) + (f"|{fallback[1]}" if fallback else "") + "}}"


def with_bs4(html: str) -> tuple[str, list[str], list[str]]:
    """The same task the usual way."""
    soup = BeautifulSoup(html, "html.parser")
    links, images = [], []
    for node in list(soup.descendants):
        if isinstance(node, Tag):
            for name, value in node.attrs.items():
                if isinstance(value, str) and "{{" in value:
                    node.attrs[name] = _TAG.sub(rewritten, value)
            if node.name == "a" and node.get("href"):
                links.append(str(node["href"]))
            elif node.name == "img" and node.get("src"):
                images.append(str(node["src"]))
        elif isinstance(node, NavigableString) and "{{" in node:
            node.replace_with(NavigableString(_TAG.sub(rewritten, node)))
    return str(soup), links, images


def with_ours(content: EmailContent) -> None:
    """With the list of links and images, as in the other."""
    assert prepare_email(content, CONTEXT).inventory.addresses


def changed_bytes(text: str) -> int:
    """Bytes that differ outside the edits, for a text converted as HTML."""
    result = convert(text, dialect="liquid", context=CONTEXT, kind="html", label="bench")
    position, place, wrong = 0, 0, 0
    for edit in result.edits:
        kept = text[position : edit.start]
        wrong += sum(one != other for one, other in zip(kept, result.text[place : place + len(kept)], strict=False))
        wrong += text[edit.start : edit.end] != edit.before
        place += len(kept) + len(edit.after)
        position = edit.end
    return wrong + (text[position:] != result.text[place:])


def timed(work: Callable[[], object], times: int) -> float:
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) / times


def main(rounds: int) -> int:
    texts = {name: fixture(name) for name in fixture_names()}
    texts |= {f"hazard {name}": hazard for name, hazard in HAZARDS.items()}
    email = long_email()
    texts["long email"] = email
    wrong = {name: count for name, text in texts.items() if (count := changed_bytes(text))}
    print(f"bytes changed outside edits: {sum(wrong.values())} in {len(texts)} texts {wrong or ''}")

    content = EmailContent(subject='Hi {{ first_name | default: "you" }}', body=email)
    prepared = prepare_email(content, CONTEXT)
    _, links, images = with_bs4(email)
    ours = [address.url for address in prepared.inventory.links if address.where == "html"]
    agree = len(ours) == len(set(links)) and len(prepared.inventory.images) == len(set(images))
    print(f"links and images as bs4 sees them: {'yes' if agree else 'NO'} ({len(ours)}, {len(set(images))})")

    ratios, base, mine = [], [], []
    gc.collect()
    for _ in range(rounds):
        theirs = timed(lambda: with_bs4(email), 3)
        our = timed(lambda: with_ours(content), 30)
        base.append(theirs * 1000)
        mine.append(our * 1000)
        ratios.append(our / theirs)
    ratio = statistics.median(ratios)
    print(
        f"{len(email) / 1000:.0f} KB, {email.count('{{')} tags: ours {statistics.median(mine):.2f} ms, "
        f"bs4 {statistics.median(base):.1f} ms, ratio {ratio:.3f} "
        f"(rounds {min(ratios):.3f} to {max(ratios):.3f}; goal {GOAL})"
    )
    return 0 if not wrong and agree and ratio <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 7))
