"""report.html: one file that opens from disk, asks no network and runs no code but its own.

The first screen and the to-do list are written out by the template. Sequences, findings and emails are data, packed
at the end of the file, which the page's script turns into text (never into markup) when somebody looks at them.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, TextIO

import msgspec

from migrator.plan.answers.risk import setting_of
from migrator.report.consent_flow import flow_picture
from migrator.report.emails import Piece
from migrator.report.facts import COPIED, Facts, Finding, Picture, Sequence
from migrator.report.layout import place
from migrator.report.markdown import TYPED
from migrator.report.wrapping import wrapped

ASSETS = Path(__file__).parent / "assets"
CHUNK = 20
"""Sequences packed together: small enough to open at once, large enough to pack well."""

Letters = Iterable[tuple[str, list[Piece]]]


def write_page(facts: Facts, letters: Letters, out: TextIO) -> None:
    """Streams: no more than one chunk of sequences or one email is held at a time."""
    script, style = _asset("report.js"), _asset("report.css")
    stream = _template().stream(
        facts=facts,
        typed=TYPED,
        inside_first=_most_to_decide(facts.sequences),
        flow=flow_picture(facts.people.flows),
        style=style,
        script=script,
        policy=policy(script),
        data=_data(facts),
        letters=_letters(letters),
    )
    stream.enable_buffering(64)
    out.writelines(stream)


def _most_to_decide(sequences: Iterable[Sequence]) -> list[Sequence]:
    return sorted((one for one in sequences if one.in_it), key=lambda one: (-one.needs_you, -one.in_it))


def policy(script: str) -> str:
    """Only our script, by its hash. Styles may be inline and images remote because previews inherit this policy;
    each preview's own policy then forbids remote images until the person allows them."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; "
        "img-src data: http: https:; base-uri 'none'; form-action 'none'"
    )


def pack(value: Any) -> str:
    try:
        plain = msgspec.json.encode(value)
    except UnicodeEncodeError:
        import json

        plain = json.dumps(value, ensure_ascii=True).encode()  # half an emoji: only an escape can say it
    squeezer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return base64.b64encode(squeezer.compress(plain) + squeezer.flush()).decode()


# The data at the end --------------------------------------------------------------------------------------


def _data(facts: Facts) -> Iterator[tuple[str, str]]:
    """Id and content of each block: f findings, s0.. sequences, i the index of them."""
    yield "f", pack([_told(one) for one in facts.findings])
    for number in range(0, len(facts.sequences), CHUNK):
        yield f"s{number // CHUNK}", pack([_drawn(one) for one in facts.sequences[number : number + CHUNK]])
    outlines = [_outline(one) for one in facts.sequences]
    yield "i", pack({"chunk": CHUNK, "sequences": outlines, "templates": facts.templates})


def _letters(letters: Letters) -> Iterator[tuple[str, str]]:
    """m0.. the bodies, equal ones once; e says which is whose. They come last: the page works before they are read."""
    known: dict[str, int] = {}
    places: dict[str, int] = {}
    for key, pieces in letters:
        content = pack(pieces)
        digest = hashlib.sha256(content.encode()).hexdigest()
        if digest not in known:
            known[digest] = len(known)
            yield f"m{known[digest]}", content
        places[key] = known[digest]
    yield "e", pack(places)


def _told(finding: Finding) -> dict[str, Any]:
    """Only what may be copied reaches the page as a line; of any other answer, the setting alone."""
    facts: dict[str, Any] = msgspec.to_builtins(finding)
    if finding.settles and finding.risk not in COPIED:
        facts["typed"] = f"{TYPED} {setting_of(facts.pop('settles'))}"
    return facts


def _outline(one: Sequence) -> dict[str, Any]:
    names = ("id", "name", "active", "taken", "in_it", "continues", "finishes", "needs_you", "ready", "state", "mark")
    return {name: getattr(one, name) for name in names} | {"steps": len(one.source.nodes), "emails": len(one.emails)}


def _drawn(one: Sequence) -> dict[str, Any]:
    facts = {name: getattr(one, name) for name in one.__struct_fields__ if name not in ("source", "target")}
    return facts | {"source": drawing(one.source), "target": None if one.target is None else drawing(one.target)}


def drawing(picture: Picture) -> dict[str, Any]:
    """Boxes with their places and lines of text; ways with their bends."""
    texts = {node.id: wrapped(node.title, node.text, bool(node.people)) for node in picture.nodes}
    placed = place(
        {key: text.height for key, text in texts.items()}, ((one.source, one.target) for one in picture.edges)
    )
    number = {node.id: position for position, node in enumerate(picture.nodes)}
    nodes = []
    for node in picture.nodes:
        x, y = placed.boxes[node.id]
        text = texts[node.id]
        box: dict[str, Any] = {"x": x, "y": y, "h": text.height, "k": node.kind, "v": node.verdict}
        box |= {"t": text.title, "l": text.lines, "s": node.step, "p": node.people}
        if text.cut:
            box["f"] = f"{node.title}. {node.text}"
        nodes.append({name: value for name, value in box.items() if value or name in ("x", "y")})
    edges = []
    for edge in picture.edges:
        way = (edge.source, edge.target)
        line: dict[str, Any] = {"a": number[edge.source], "b": number[edge.target], "l": edge.label}
        line |= {"w": placed.bends.get(way), "r": edge.resume, "u": way in placed.back}
        edges.append({name: value for name, value in line.items() if value or name in ("a", "b")})
    return {"w": placed.width, "h": placed.height, "n": nodes, "e": edges}


# The template ---------------------------------------------------------------------------------------------


@cache
def _asset(name: str) -> str:
    return (ASSETS / name).read_text("utf-8")


@cache
def _template() -> Any:
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    filters: dict[str, Callable[..., Any]] = {"number": lambda value: f"{value:,}"}
    environment.filters.update(filters)
    return environment.from_string(_asset("report.html.j2"))
