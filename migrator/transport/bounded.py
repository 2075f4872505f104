"""Reading one answer within limits: so many bytes once it is unpacked, and so long in all.

It is unpacked piece by piece, so that a small answer that unpacks to gigabytes never takes more memory than the limit.
What its bytes mean is in decode.py.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import httpx

from migrator.transport.clock import Clock

ENCODINGS = "gzip, deflate"
"""What we ask for. An answer packed in another way was not asked for, and is not read."""
PIECE = 1 << 16
MOST_LAYERS = 3


@dataclass(frozen=True)
class Limits:
    size: int = 64 << 20
    """Bytes, once unpacked. The largest page of a listing has a few million."""
    seconds: float = 300.0
    """From the first byte of the answer's body to the last."""


class Unbounded(Exception):
    """An answer that is not read to its end. `again`: another try may end better."""

    def __init__(self, status: int, why: str, *, again: bool) -> None:
        super().__init__(why)
        self.status, self.again = status, again


def whole_reply(reply: httpx.Response, limits: Limits, clock: Clock) -> httpx.Response:
    """The answer with its unpacked body. Of a refusal that is too long or too slow, only the status counts."""
    try:
        content = _content(reply, limits, clock)
    except Unbounded:
        if reply.is_success:
            raise
        content = b""
    finally:
        reply.close()
        # httpx ties stream and reply in a ring, which would keep the bytes of every request for a while.
        reply.stream = httpx.ByteStream(b"")
    dropped = ("content-encoding", "content-length", "transfer-encoding")
    headers = [(name, value) for name, value in reply.headers.multi_items() if name.lower() not in dropped]
    return httpx.Response(reply.status_code, headers=headers, content=content, extensions=reply.extensions)


def _content(reply: httpx.Response, limits: Limits, clock: Clock) -> bytes:
    status = reply.status_code
    declared = reply.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limits.size:
        raise _too_large(status, limits)
    if not isinstance(reply.stream, httpx.SyncByteStream):
        raise Unbounded(status, "cannot be read", again=False)
    pieces: Iterable[bytes] = _in_time(reply.stream, status, limits, clock)
    for name in reversed(_layers(reply)):
        pieces = _unpacked(pieces, name)
    content = bytearray()
    for piece in pieces:
        content += piece
        if len(content) > limits.size:
            raise _too_large(status, limits)
    return bytes(content)


def _in_time(stream: Iterable[bytes], status: int, limits: Limits, clock: Clock) -> Iterator[bytes]:
    """The bytes as they come: neither too many nor for too long, whatever they unpack to."""
    began, taken = clock.monotonic(), 0
    for piece in stream:
        taken += len(piece)
        if taken > limits.size:
            raise _too_large(status, limits)
        if clock.monotonic() - began > limits.seconds:
            raise Unbounded(status, f"is not whole after {limits.seconds:,.0f} seconds", again=True)
        yield piece


def _layers(reply: httpx.Response) -> list[str]:
    """In the order in which they were packed."""
    text = ",".join(value for name, value in reply.headers.multi_items() if name.lower() == "content-encoding")
    names = [name.strip().lower().removeprefix("x-") for name in text.split(",")]
    names = [name for name in names if name not in ("", "identity")]
    if len(names) > MOST_LAYERS or any(name not in ("gzip", "deflate") for name in names):
        raise Unbounded(reply.status_code, "is packed in a way that we did not ask for", again=False)
    return names


def _unpacked(packed: Iterable[bytes], name: str) -> Iterator[bytes]:
    unpacker, begun = _unpacker(name), False
    try:
        for data in packed:
            rest = data
            while rest:
                if unpacker.eof:
                    if name != "gzip" or not rest.startswith(b"\x1f"):
                        break  # padding behind the end
                    unpacker = _unpacker(name)
                if not begun and name == "deflate" and rest[0] & 0x0F != 8:
                    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)  # without the frame that the name promises
                begun = True
                yield unpacker.decompress(rest, PIECE)
                rest = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
        while begun and not unpacker.eof and (piece := unpacker.decompress(b"", PIECE)):
            yield piece
    except zlib.error:
        raise httpx.DecodingError("damaged") from None
    if begun and not unpacker.eof:
        raise httpx.DecodingError("cut off")


def _unpacker(name: str) -> zlib._Decompress:
    return zlib.decompressobj(zlib.MAX_WBITS | 16 if name == "gzip" else zlib.MAX_WBITS)


def _too_large(status: int, limits: Limits) -> Unbounded:
    return Unbounded(status, f"is larger than {limits.size >> 20:,} MB", again=False)
