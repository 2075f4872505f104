"""From answer bytes to data. What cannot be read raises `Unreadable`; nothing is ever read as empty by mistake."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

import msgspec

_SURROGATE = re.compile("[\ud800-\udfff]")
_BOM = b"\xef\xbb\xbf"
REPLACEMENT = "\ufffd"


class Unreadable(ValueError):
    pass


def decode_json(content: bytes, charset: str | None = None) -> tuple[Any, bool]:
    """The data, and whether half characters (a cut emoji) had to be replaced to read it."""
    body = content.removeprefix(_BOM)
    try:
        return msgspec.json.decode(body), False
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        text = body.decode(charset or "utf-8", "strict")
        data = json.loads(text, parse_constant=_not_json)
    except (ValueError, LookupError, RecursionError) as error:
        # The decoder's own words may quote the body, and the body holds people.
        raise Unreadable(f"not JSON ({type(error).__name__})") from None
    return whole(data)


def whole(data: Any) -> tuple[Any, bool]:
    """Half characters replaced, as in every answer that is read, and whether there were any. msgspec refuses them, json
    lets them in, and no UTF-8 file could hold them."""
    if isinstance(data, str):
        fixed = _SURROGATE.sub(REPLACEMENT, data)
        return fixed, fixed != data
    if isinstance(data, list):
        items = [whole(item) for item in data]
        return [item for item, _ in items], any(mended for _, mended in items)
    if isinstance(data, dict):
        pairs = [(whole(key), whole(value)) for key, value in data.items()]
        return {key: value for (key, _), (value, _) in pairs}, any(k or v for (_, k), (_, v) in pairs)
    return data, False


def _not_json(name: str) -> NoReturn:
    raise ValueError(name)


def looks_like_page(content: bytes, content_type: str) -> bool:
    """An HTML page in place of an answer: maintenance, a login form, a proxy's opinion."""
    if content_type.partition(";")[0].strip().lower() in ("text/html", "application/xhtml+xml"):
        return True
    start = content.removeprefix(_BOM).lstrip()[:64].lower()
    return start.startswith((b"<!doctype", b"<html", b"<head", b"<body", b"<!--", b"<?xml"))
