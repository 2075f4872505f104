"""An answer has limits: in bytes once it is unpacked, and in time. Whatever a server sends, memory stays small, the run
goes on or ends with a sentence that names the request, and a create is never taken for done or undone."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable, Iterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator import errors
from migrator.transport.answers import Safety
from migrator.transport.bounded import Limits
from migrator.transport.client import Client, Platform
from migrator.transport.clock import FakeClock
from migrator.transport.secret import Secret

SMALL = Limits(size=1 << 20, seconds=300.0)
MANY = 64


class Pieces(httpx.SyncByteStream):
    """A body as it comes over the wire: piece by piece, packed as it is."""

    def __init__(self, pieces: Callable[[], Iterator[bytes]]) -> None:
        self.pieces, self.taken, self.closed = pieces, 0, False

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces():
            self.taken += len(piece)
            yield piece

    def close(self) -> None:
        self.closed = True


def serve(
    body: Pieces, encoding: str | None = None, status: int = 200, clock: FakeClock | None = None, limits: Limits = SMALL
) -> tuple[Client, list[httpx.Request]]:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        headers = {"content-type": "application/json"} | ({"content-encoding": encoding} if encoding else {})
        return httpx.Response(status, headers=headers, stream=body)

    platform = Platform("Local", "https://api.example.com", Secret("k" * 20), limits=limits)
    return Client(platform, clock=clock or FakeClock(), http_transport=httpx.MockTransport(answer)), asked


def zeros(bits: int) -> Callable[[], Iterator[bytes]]:
    """64 MB of spaces, packed into some 60 KB."""

    def packed() -> Iterator[bytes]:
        packer = zlib.compressobj(wbits=bits)
        for _ in range(MANY):
            yield packer.compress(b" " * (1 << 20))
        yield packer.flush()

    return packed


def twice() -> Iterator[bytes]:
    yield gzip.compress(b"".join(zeros(31)()))


@pytest.mark.parametrize(
    ("encoding", "pieces"),
    [
        ("gzip", zeros(31)),
        ("x-gzip", zeros(31)),
        ("deflate", zeros(15)),
        ("deflate", zeros(-15)),
        ("gzip, gzip", twice),
        (None, lambda: iter([b" " * (1 << 16)] * (MANY << 4))),
        ("gzip", lambda: iter([gzip.compress(b"")] * (MANY << 12))),
    ],
)
def test_an_answer_that_unpacks_to_too_much_ends_with_a_sentence_and_little_memory(
    encoding: str | None, pieces: Callable[[], Iterator[bytes]]
) -> None:
    client, asked = serve(Pieces(pieces), encoding)
    tracemalloc.start()
    with pytest.raises(errors.Unavailable, match=r"GET /contacts") as raised:
        client.get("/contacts")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "larger than 1 MB" in str(raised.value)
    assert peak < 6 << 20
    assert len(asked) == 1


def test_an_answer_that_says_itself_that_it_is_too_large_is_not_begun() -> None:
    body = Pieces(lambda: iter([b" "]))

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-length": str(SMALL.size + 1)}, stream=body)

    platform = Platform("Local", "https://api.example.com", Secret("k" * 20), limits=SMALL)
    client = Client(platform, clock=FakeClock(), http_transport=httpx.MockTransport(answer))
    with pytest.raises(errors.Unavailable, match="larger than 1 MB"):
        client.get("/x")
    assert body.taken == 0
    assert body.closed


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, br", "compress", "gzip,gzip,gzip,gzip"])
def test_what_is_packed_in_a_way_that_we_never_asked_for_is_not_read(encoding: str) -> None:
    body = Pieces(lambda: iter([b"\x00" * 100]))
    client, asked = serve(body, encoding)
    with pytest.raises(errors.Unavailable, match="did not ask for"):
        client.get("/x")
    assert asked[0].headers["accept-encoding"] == "gzip, deflate"
    assert body.taken == 0


def test_a_create_whose_answer_is_too_large_may_have_happened() -> None:
    client, asked = serve(Pieces(zeros(31)), "gzip")
    with pytest.raises(errors.Uncertain, match="POST /lists"):
        client.request("POST", "/lists", safety=Safety.ONCE, json={})
    assert len(asked) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 422])
def test_a_refusal_stays_a_refusal_however_large_it_is(status: int) -> None:
    client, asked = serve(Pieces(zeros(31)), "gzip", status)
    with pytest.raises(errors.ApiError) as raised:
        client.get("/x")
    assert raised.value.problem.status == status
    assert not isinstance(raised.value, errors.Unavailable)
    assert len(asked) == 1


def test_an_answer_that_drips_for_ever_is_given_up() -> None:
    clock = FakeClock()

    def drip() -> Iterator[bytes]:
        while True:
            clock.advance(50.0)
            yield b" "

    body = Pieces(drip)
    client, _ = serve(body, clock=clock)
    with pytest.raises(errors.Unavailable, match=r"not whole after 300 seconds") as raised:
        client.get("/contacts")
    assert "GET /contacts" in str(raised.value)
    assert body.closed
    assert body.taken < 20


def test_an_answer_that_is_slow_once_is_asked_for_again() -> None:
    clock = FakeClock()
    waits = iter([200.0, 0.0])

    def slow() -> Iterator[bytes]:
        clock.advance(next(waits))
        yield b"{}"

    client, asked = serve(Pieces(slow), clock=clock, limits=Limits(seconds=100.0))
    assert client.get("/x").data == {}
    assert len(asked) == 2


@given(
    st.recursive(st.none() | st.integers(-9, 9) | st.text(max_size=30), lambda inner: st.lists(inner, max_size=6)),
    st.sampled_from(["gzip", "deflate", "raw deflate", "two members", "gzip, deflate", "identity", "padded"]),
    st.integers(1, 40),
)
def test_whatever_is_packed_comes_out_as_it_was(data: object, way: str, size: int) -> None:
    text = json.dumps({"data": data}).encode()
    raw = zlib.compressobj(wbits=-15)
    packed, encoding = {
        "gzip": (gzip.compress(text), "gzip"),
        "deflate": (zlib.compress(text), "deflate"),
        "raw deflate": (raw.compress(text) + raw.flush(), "deflate"),
        "two members": (gzip.compress(text[:5]) + gzip.compress(text[5:]), "gzip"),
        "gzip, deflate": (zlib.compress(gzip.compress(text)), "gzip, deflate"),
        "identity": (text, "identity"),
        "padded": (gzip.compress(text) + b"\0" * 9, "gzip"),
    }[way]
    client, _ = serve(Pieces(lambda: (packed[at : at + size] for at in range(0, len(packed), size))), encoding)
    assert client.get("/x").data == {"data": data}


def test_a_packed_answer_that_is_cut_off_is_never_an_answer() -> None:
    packed = gzip.compress(b'{"contacts": []}' + b" " * 5000)
    client, asked = serve(Pieces(lambda: iter([packed[:-10]])), "gzip")
    with pytest.raises(errors.Unavailable, match="damaged"):
        client.get("/x")
    assert len(asked) > 1
