"""MJML: the guarded compile beside a bare one.

    python bench/mjml.py [rounds]

Prints the ratio of the guarded compile (tags masked, attributes encoded, every tag looked for) to a bare one of the
same source, round by round in turns. Exits 1 if tags, text, links or images differ, or if the guarded compiles of all
sources together take more than the goal. A source of a few lines alone may be above it: there the fixed cost shows.
"""

from __future__ import annotations

import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "content")]

import mjml  # noqa: E402 - the paths above come first
from content_emails import fixture  # noqa: E402
from selectolax.lexbor import LexborHTMLParser  # noqa: E402

from mappings.email.mjml_source import compile_mjml  # noqa: E402
from mappings.merge_tags.dialect import dialect_named  # noqa: E402

GOAL = 3.0
_SECTION = """
    <mj-section padding="20px 0"><mj-column width="50%">
      <mj-image src="https://cdn.example.com/{n}.png" alt="Item {n}" href="https://shop.test/{n}?e={{{{ email }}}}" />
      <mj-text font-size="14px" color="#333333">Item {n} for {{{{ first_name | default: "you" }}}}</mj-text>
    </mj-column><mj-column><mj-button background-color="#222222" href="https://shop.test/buy/{n}">Buy</mj-button>
    </mj-column></mj-section>"""


def spans(text: str) -> list[tuple[int, int]]:
    return [(tag.start, tag.end) for tag in dialect_named("liquid").scan(text)]


def guarded(source: str) -> str:
    compiled = compile_mjml(source, spans=spans, includes={})
    if compiled.html is None:
        sys.exit(f"the guarded compile refused: {compiled.problem or compiled.lost}")
    return compiled.html


def contents(html: str) -> tuple[Counter[str], Counter[str], list[str]]:
    """Links and images, tags, and words."""
    tree = LexborHTMLParser(html)
    addresses = Counter(
        str(node.attributes.get(name)) for name in ("href", "src") for node in tree.css(f"a[{name}],img[{name}]")
    )
    words = (tree.body.text() if tree.body else "").split()
    return addresses, Counter(re.findall(r"\{[{%].*?[%}]\}", html)), words


def timed(work: Callable[[], object], times: int) -> float:
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) / times


def main(rounds: int) -> int:
    sections = [_SECTION.format(n=number) for number in range(20)]
    sources = {
        "shop of 12 sections": f"<mjml><mj-body>{''.join(sections[:12])}\n</mj-body></mjml>",
        "shop of 20 sections": f"<mjml><mj-body>{''.join(sections)}\n</mj-body></mjml>",
        "short newsletter": fixture("newsletter.mjml").replace("10px\n      20px", "10px 20px"),
    }
    same = True
    totals: list[float] = []
    shares: dict[str, list[tuple[float, float]]] = {name: [] for name in sources}
    for name, source in sources.items():
        if contents(guarded(source)) != contents(mjml.mjml2html(source)):
            print(f"{name}: tags, words, links or images DIFFER")
            same = False
    for _ in range(rounds):
        for name, source in sources.items():
            bare = timed(lambda: mjml.mjml2html(source), 40)  # noqa: B023 - called at once
            shares[name].append((bare, timed(lambda: guarded(source), 40)))  # noqa: B023 - called at once
        latest = [times[-1] for times in shares.values()]
        totals.append(sum(ours for _, ours in latest) / sum(bare for bare, _ in latest))
    for name, times in shares.items():
        ratio = statistics.median(ours / bare for bare, ours in times)
        milliseconds = statistics.median(ours for _, ours in times) * 1000
        print(f"{name} ({len(sources[name]) / 1000:.1f} KB): guarded {milliseconds:.2f} ms, ratio {ratio:.2f}")
    total = statistics.median(totals)
    print(f"together: ratio {total:.2f} (rounds {min(totals):.2f} to {max(totals):.2f}; goal {GOAL})")
    return 0 if same and total <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 9))
