"""Compiles MJML behind two guards: tags are masked, and attribute values that the compiler garbles are encoded.

The compiler replaces some attribute values in silence, so every tag is looked for afterwards. Includes are read
from a mapping only, never from a disk.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mappings.email.masking import Mask

DEEPEST = 300
"""More open tags than this within each other, includes counted in, are refused: the compiler is recursive, and
too deep a source would not raise an error but end the process."""
_TOO_DEEP = f"more than {DEEPEST} tags stand within each other"
_SIGNS = (
    r"\x00-\x1f\\\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e"
    r"\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
)
_RISKY = re.compile(rf'["{_SIGNS}]')
_ATTRIBUTE = re.compile(
    rf"""([\w:-]\s{{0,20}}=\s{{0,20}})("[^"<{_SIGNS}]*[{_SIGNS}][^"<]*"|'[^'"<{_SIGNS}]*["{_SIGNS}][^'<]*')"""
)
"""Only attributes with a delicate sign in them: most sources have none, and looking must cost little."""
_SIGN = re.compile(r"<(/?)([A-Za-z][\w:-]*)[^<>]*?(/?)>")
_LOOSE = re.compile(r">(?:(?<=[^\x00-\x7f]>)|(?<=[^\x00-\x7f][^<>]>))")
_MARKUP = re.compile(r"<!--.*?-->|<(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*>", re.DOTALL)
_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})


@dataclass(frozen=True, slots=True)
class Compiled:
    html: str | None
    lost: tuple[str, ...] = ()
    problem: str = ""


def compile_mjml(
    source: str, *, spans: Callable[[str], Sequence[tuple[int, int]]], includes: Mapping[str, str]
) -> Compiled:
    """`spans` says where the tags of a text are. No html: `problem` or `lost` says why."""
    import mjml  # a compiled library that only this function needs

    source = _with_plain_ends(source)
    includes = {path: _with_plain_ends(text) for path, text in includes.items()}
    mask = Mask(source, *includes.values())
    guarded = encode_risky(mask.hide(source, spans(source)))
    problems: list[str] = []
    depth = depth_of(guarded) if includes or guarded.count("<") > DEEPEST else 0

    def load(path: str) -> str:
        nonlocal depth
        text = includes.get(path, includes.get(path.removeprefix("./")))
        if text is None:
            problems.append(f"the file {path} that it includes is not at hand")
            raise ValueError(problems[-1])
        depth += depth_of(text) + 1
        if depth > DEEPEST:
            problems.append(_TOO_DEEP)
            raise ValueError(problems[-1])
        return encode_risky(mask.hide(text, spans(text)))

    if depth > DEEPEST:
        return Compiled(None, problem=_TOO_DEEP)
    try:
        html = mjml.mjml2html(guarded, include_loader=load)
    except ValueError as error:
        return Compiled(None, problem=problems[0] if problems else str(error))
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        return Compiled(None, problem="the compiler itself failed on it")
    lost = mask.missing_from(html)
    return Compiled(None if lost else mask.restore(html), tuple(lost))


def _with_plain_ends(source: str) -> str:
    """With the line ends that the compiler was made for: others shift its places."""
    return source.replace("\r\n", "\n").replace("\r", "\n") if "\r" in source else source


def encode_risky(source: str) -> str:
    """Line ends and tabs in attribute values become blanks; other delicate signs become numeric entities."""
    return _ATTRIBUTE.sub(_encoded_attribute, _without_loose_signs(source))


def _without_loose_signs(source: str) -> str:
    """A ">" of the text close behind a letter of more than one byte breaks the compiler: `Café > Menu`."""
    if source.isascii() or not _LOOSE.search(source):
        return source
    pieces: list[str] = []
    position = 0
    for found in _MARKUP.finditer(source):
        pieces += (_LOOSE.sub("&gt;", source[position : found.start()]), found.group())
        position = found.end()
    return "".join((*pieces, _LOOSE.sub("&gt;", source[position:])))


def _encoded_attribute(match: re.Match[str]) -> str:
    name, value = match.groups()
    inner = value[1:-1]
    return name + value[0] + _RISKY.sub(_encoded_sign, inner) + value[0]


def _encoded_sign(match: re.Match[str]) -> str:
    sign = match.group()
    return " " if sign in "\r\n\t\f\v" else f"&#{ord(sign)};"


def depth_of(source: str) -> int:
    """How many tags stand open at once; never less than the truth."""
    deepest = depth = 0
    for closing, name, alone in _SIGN.findall(source):
        if closing:
            depth = max(0, depth - 1)
        elif not alone and name.lower() not in _VOID:
            depth += 1
            deepest = max(deepest, depth)
    return deepest
