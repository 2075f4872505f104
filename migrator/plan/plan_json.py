"""Plan records to JSON and back, the same bytes for the same record. Half an emoji, which UTF-8 and msgspec cannot
say, goes as an escape by Python's own json.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder()


def encode(record: Any) -> bytes:
    """One line for machines."""
    try:
        return _ENCODER.encode(record)
    except UnicodeEncodeError:
        return json.dumps(msgspec.to_builtins(record), separators=(",", ":")).encode()


def encode_for_people(record: Any, *, readable: int | None = None) -> bytes:
    """With line breaks and indents, for files that somebody may read. What is longer than `readable` bytes is read
    with a program, and stays one line."""
    line = encode(record)
    if readable is not None and len(line) > readable:
        return line + b"\n"
    try:
        return msgspec.json.format(line, indent=2) + b"\n"
    except msgspec.DecodeError:
        return line + b"\n"


def decode(data: bytes, kind: Any) -> Any:
    """Raises msgspec.MsgspecError, UnicodeDecodeError or ValueError."""
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError):
        if b"\\u" not in data:
            raise
        return msgspec.convert(json.loads(data), kind)
