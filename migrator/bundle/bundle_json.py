"""Records to JSON and back, so that what was written is what is read: also half emojis and numbers like NaN.

msgspec does the work. Python's own json steps in for the few texts that it refuses: lone surrogates.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any, Generic, NoReturn, TypeVar

import msgspec

from migrator.errors import BundleError
from migrator.model import Record

R = TypeVar("R", bound=Record)

_ENCODER = msgspec.json.Encoder()
_UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)
_RESTORE = "Restore the bundle from a copy, or export it again."


class Codec(Generic[R]):
    """Encodes and decodes one kind of record."""

    def __init__(self, record: type[R], careful: type[R] | None = None) -> None:
        """`careful` reads the few lines that msgspec refuses, where `record` has parts that only msgspec can read."""
        self.record = record
        self.careful = careful or record
        self._decoder = msgspec.json.Decoder(record)
        self._array = msgspec.json.Decoder(list[msgspec.Raw])

    def decode_lines(self, lines: list[bytes], where: str, first_line: int) -> list[R]:
        """`first_line` is the number of the first of `lines` in its file."""
        try:
            records = self._decoder.decode_lines(b"".join(lines))
        except _UNREADABLE:
            records = []
        # msgspec skips empty lines and needs no line end; a bundle has neither, so the numbers must agree.
        if len(records) == len(lines) and lines[-1].endswith(b"\n"):
            return records
        return [self._decode_line(line, f"{where}, line {first_line + at}") for at, line in enumerate(lines)]

    def _decode_line(self, line: bytes, where: str) -> R:
        if not line.endswith(b"\n"):
            raise BundleError("The file is cut off", where=where, why="its last line has no end", fix=_RESTORE)
        return self.decode(line, where)

    def decode(self, data: bytes | msgspec.Raw, where: str) -> R:
        try:
            try:
                return self._decoder.decode(data)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                if isinstance(error, msgspec.ValidationError) or b"\\u" not in bytes(data):
                    raise
                return msgspec.convert(json.loads(bytes(data), parse_constant=_refuse), self.careful)
        except _UNREADABLE as error:
            raise unreadable(where, error) from None

    def decode_array(self, data: bytes, where: str) -> list[R]:
        try:
            parts: list[Any] = self._array.decode(data)
        except _UNREADABLE as error:
            try:
                parts = [json.dumps(part).encode() for part in json.loads(data, parse_constant=_refuse)]
            except (ValueError, TypeError, RecursionError):
                raise unreadable(where, error) from None
        return [self.decode(part, f"{where}, entry {number}") for number, part in enumerate(parts, 1)]

    def encode_lines(self, records: Sequence[R], where: str, first_line: int) -> tuple[bytes, list[R]]:
        """The lines, and the records as a reader will see them: a record that would be read back different
        is refused here, where the exporter can still say so, and not found by the plan."""
        try:
            lines = _ENCODER.encode_lines(records)
            seen = self._decoder.decode_lines(lines)
            if seen == records:
                return lines, seen
        except (*_UNREADABLE, TypeError):
            pass
        single = [self.encode(record, f"{where}, line {first_line + at}") for at, record in enumerate(records)]
        return b"".join(line + b"\n" for line in single), [self.decode(line, where) for line in single]

    def encode(self, record: R, where: str) -> bytes:
        try:
            try:
                line = _ENCODER.encode(record)
                if self._decoder.decode(line) == record:
                    return line
            except (UnicodeEncodeError, msgspec.DecodeError):
                pass
            plain = _sayable(msgspec.to_builtins(record, builtin_types=(bytes, bytearray)))
            line = json.dumps(plain, separators=(",", ":"), allow_nan=False).encode()
            if self.decode(line, where) == msgspec.convert(plain, self.record):
                return line
        except BundleError as error:
            raise _unwritable(where, error.why) from None
        except (*_UNREADABLE, TypeError) as error:
            raise _unwritable(where, _reason(error)) from None
        raise _unwritable(where, "it would be read back different")

    def encode_array(self, records: Sequence[R], where: str) -> bytes:
        rows = [self.encode(record, f"{where}, entry {number}") for number, record in enumerate(records, 1)]
        return b"[\n" + b",\n".join(rows) + b"\n]\n" if rows else b"[]\n"

    def encode_document(self, record: R, where: str) -> bytes:
        line = self.encode(record, where)
        try:
            return msgspec.json.format(line, indent=2) + b"\n"
        except msgspec.DecodeError:
            return line + b"\n"


def _sayable(value: Any) -> Any:
    """The nearest thing JSON can say: a number such as NaN as its name in text, never as a null."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, str):
        # Two halves of one emoji side by side are one emoji to every JSON reader.
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    if isinstance(value, dict):
        return {_sayable(key) if isinstance(key, str) else key: _sayable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_sayable(item) for item in value]
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _reason(error: Exception) -> str:
    """msgspec and Python quote the value they stumbled over, which may be an address."""
    return re.sub(r"(['\"]).*\1", "…", str(error))


def unreadable(where: str, error: Exception) -> BundleError:
    return BundleError("A record of the bundle cannot be read", where=where, why=_reason(error), fix=_RESTORE)


def _unwritable(where: str, why: str) -> BundleError:
    return BundleError(
        "A record cannot be written to the bundle",
        where=where,
        why=why,
        fix="This is a mistake in the adapter that read it; please report it with the kind of record.",
    )
