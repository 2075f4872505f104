"""Bytes to text: which encoding a file is in, found in one quick pass before any row is read.

UTF-8, UTF-16 with its mark, else UTF-8 with some cells in Windows-1252, the way files grow that were pasted together.
"""

from __future__ import annotations

import codecs
import hashlib
import io
from dataclasses import dataclass
from typing import TextIO

from adapters.csvfile.inputs import Input
from migrator.errors import UsageError

BLOCK = 1 << 20
LONGEST_LINE = 32 << 20
ESCAPED = "surrogateescape"


@dataclass(frozen=True)
class Encoded:
    encoding: str
    mixed: bool
    """Some cells are not in this encoding: each is repaired by itself."""
    sha256: str
    bytes: int


def examine(source: Input, encoding: str | None = None) -> Encoded:
    """Reads all of it once. Refuses what is no text at all."""
    digest, size, since_line = hashlib.sha256(), 0, 0
    decoder: codecs.IncrementalDecoder | None = None
    chosen, mixed, first = encoding or "", False, True
    with source.open() as file:
        while block := file.read(BLOCK):
            if first:
                chosen = chosen or _by_mark(block, source.name)
                decoder = _decoder(chosen)
                first = False
            digest.update(block)
            size += len(block)
            last = max(block.rfind(b"\n"), block.rfind(b"\r"))
            since_line = len(block) - last - 1 if last >= 0 else since_line + len(block)
            if since_line > LONGEST_LINE:
                raise UsageError(
                    "The file is no table", where=source.name, why="a line has more than 32 MB", fix="Look at it."
                )
            if decoder is not None:
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    decoder, mixed = None, True
    if decoder is not None:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            mixed = True
    if mixed and chosen not in ("utf-8", "utf-8-sig"):
        raise UsageError(
            f"The file is not in the encoding {chosen}", where=source.name, fix="Give the right one with --encoding."
        )
    return Encoded(chosen or "utf-8", mixed, digest.hexdigest(), size)


def open_text(source: Input, encoded: Encoded) -> TextIO:
    errors = ESCAPED if encoded.mixed else "strict"
    return io.TextIOWrapper(source.open(), encoding=encoded.encoding, errors=errors, newline="")


def repaired(cell: str) -> str | None:
    """A cell that was not UTF-8, read as Windows-1252. None when it is neither."""
    if cell.isascii():
        return cell
    try:
        cell.encode("utf-8")
    except UnicodeEncodeError:
        try:
            return cell.encode("utf-8", ESCAPED).decode("cp1252")
        except (UnicodeDecodeError, UnicodeEncodeError):
            return None
    return cell


def _by_mark(block: bytes, name: str) -> str:
    if block.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if block.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if block[:4] in (b"PK\x03\x04", b"PAR1", b"%PDF", b"\xd0\xcf\x11\xe0"):
        raise UsageError(
            "The file is not text", where=name, why="it begins like another kind of file", fix="Export it as CSV."
        )
    head = block[:4096]
    if len(head) >= 4 and head.count(0) > len(head) // 4:
        return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
    return "utf-8"


def _decoder(encoding: str) -> codecs.IncrementalDecoder:
    try:
        return codecs.getincrementaldecoder(encoding)("strict")
    except LookupError:
        raise UsageError(
            "There is no such encoding", where=encoding, fix="Usual ones are utf-8, cp1252, latin-1 and utf-16."
        ) from None
