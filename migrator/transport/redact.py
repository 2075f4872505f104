"""Takes registered secrets and e-mail addresses out of any text: raw, percent-encoded, base64, hex, JSON- or
HTML-escaped. What logs, errors and tracebacks show passes through here; the log set-up itself is in logs.py."""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Mapping

SECRET_MARK, ADDRESS_MARK = "[secret]", "[address]"
_SHORTEST_SECRET = 6
"""Shorter words would blank out half of every log; no platform issues such keys."""
_REACH = 400
"""An address is at most 320 characters; percent-encoding makes it longer, a megabyte of base64 is not one."""

# Every repetition is bounded: a long run of backslashes must not be walked once for each of them.
_AT = re.compile(r"@|＠|%(?:25){0,4}40|\\(?:u0040|x40)|&#0{0,5}64;|&#x0{0,5}40;|&commat;", re.IGNORECASE)
_NOT_LOCAL = frozenset(' \t\r\n"<>()[]{},;:=&?/|`\x00\u2028\u2029')
_NOT_DOMAIN = _NOT_LOCAL | frozenset("'!#$*^~\\")

_ENTITIES = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}

_lock = threading.Lock()
_forms: set[str] = set()
_pattern: re.Pattern[str] | None = None


def register_secret(value: str) -> None:
    """From now on no sink shows this value, nor its usual encodings."""
    global _pattern
    if len(value) < _SHORTEST_SECRET:
        return
    with _lock:
        new = _expressions(value) - _forms
        if new:
            _forms.update(new)
            # The longest first: a form that contains another must not leave its rest behind.
            _pattern = re.compile("|".join(sorted(_forms, key=len, reverse=True)), re.IGNORECASE)


def _expressions(value: str) -> set[str]:
    raw = value.encode("utf-8", "surrogatepass")
    encoded = {raw.hex()}
    for shift in range(3):
        # Inside a longer text (`user:key`) base64 has one of three shapes; the letters at both ends
        # depend on the neighbours and are left out.
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(b"\0" * shift + raw).decode("ascii")
            start = (0, 2, 3)[shift]
            end = len(text.rstrip("="))
            encoded.add(text[start : end - (1 if text.endswith("=") else 0)])
    plain = "".join(_any_spelling(character) for character in value)
    return {plain} | {re.escape(form) for form in encoded if len(form) >= _SHORTEST_SECRET}


def _any_spelling(character: str) -> str:
    """One character, raw or percent-encoded (even twice), JSON- or HTML-escaped: encoders differ in what they touch."""
    raw = character.encode("utf-8", "surrogatepass")
    units = character.encode("utf-16-be", "surrogatepass")
    code = ord(character)
    spellings = [
        r"\\{0,8}" + re.escape(character),
        "".join(f"%(?:25){{0,4}}{byte:02x}" for byte in raw),
        "".join(rf"\\{{1,8}}u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2)),
        "".join(rf"\\{{1,8}}x{byte:02x}" for byte in raw),
        rf"\\{{1,8}}x{code:02x}",
        rf"\\{{1,8}}u{code:08x}",
        f"&#(?:0{{0,5}}{code}|x0{{0,5}}{code:x});",
    ]
    if character in _ENTITIES:
        spellings.append(f"&{_ENTITIES[character]};")
    if character == " ":
        spellings.append(r"\+")
    return f"(?:{'|'.join(spellings)})"


def redact(text: str) -> str:
    pattern = _pattern
    if pattern is not None:
        text = pattern.sub(SECRET_MARK, text)
    return _without_addresses(text)


def _without_addresses(text: str) -> str:
    # Not one regular expression: `[^ ]+@` looks at a long text without an @ once for every letter.
    kept: list[str] = []
    done = 0
    for at in _AT.finditer(text):
        if at.start() < done:
            continue
        start = _left_end(text, at.start(), done)
        end = at.end()
        limit = min(len(text), end + _REACH)
        while end < limit and text[end] not in _NOT_DOMAIN:
            end += 1
        if start == at.start() or end == at.end():
            continue
        kept += (text[done:start], ADDRESS_MARK)
        done = end
    if not done:
        return text
    kept.append(text[done:])
    return "".join(kept)


def _left_end(text: str, at: int, floor: int) -> int:
    lowest = max(floor, at - _REACH)
    start = at
    if start > lowest and text[start - 1] == '"':
        # A quoted local part may hold blanks: "ada l"@example.com.
        opening = text.rfind('"', lowest, start - 1)
        if opening >= 0 and "\n" not in text[opening:start]:
            start = opening
    while start > lowest and text[start - 1] not in _NOT_LOCAL:
        start -= 1
    while start < at and text[start] in "'.":
        start += 1
    return start


def redact_value(value: object) -> object:
    """The same for nested data; keys too. Numbers, flags and None stay as they are, other objects become text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, bytes | bytearray):
        return redact(bytes(value).decode("utf-8", "backslashreplace"))
    if isinstance(value, Mapping):
        return {redact(str(key)): redact_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact_value(item) for item in value]
    return redact(str(value))
