"""Bodies: inflated, and never more than the limit of them in memory."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from znp_panel_sync.kernel._body import BodyReader, BodyTooLargeError, UndecodableBodyError, declares_more_than


def raw_deflate(content: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(content) + compressor.flush()


def read(wire: bytes, encoding: str = "", *, limit: int = 10_000, step: int = 7) -> bytes:
    reader = BodyReader(limit, encoding)
    for start in range(0, len(wire), step):
        reader.feed(wire[start : start + step])
    return reader.finish()


ENCODERS = [
    ("", bytes),
    ("identity", bytes),
    ("gzip", gzip.compress),
    (" GZIP ", gzip.compress),
    ("x-gzip", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", raw_deflate),
]


@pytest.mark.parametrize(("encoding", "encode"), ENCODERS)
@given(content=st.binary(max_size=300), step=st.integers(1, 400))
def test_a_body_comes_back_however_it_is_cut(encoding: str, encode: type[bytes], content: bytes, step: int) -> None:
    assert read(encode(content), encoding, step=step) == content


def test_several_gzip_members_are_one_body() -> None:
    assert read(gzip.compress(b"one ") + gzip.compress(b"two"), "gzip") == b"one two"


def test_no_body_at_all_is_empty() -> None:
    assert read(b"", "gzip") == b""


@pytest.mark.parametrize(("encoding", "encode"), ENCODERS)
def test_a_body_of_exactly_the_limit_is_fine_and_one_byte_more_is_not(encoding: str, encode: type[bytes]) -> None:
    assert read(encode(b"x" * 5000), encoding, limit=5000, step=1000) == b"x" * 5000
    with pytest.raises(BodyTooLargeError):
        read(encode(b"x" * 5001), encoding, limit=5000, step=1000)


def test_a_bomb_stops_at_the_limit() -> None:
    reader = BodyReader(1000, "gzip")
    with pytest.raises(BodyTooLargeError):
        reader.feed(gzip.compress(bytes(50_000_000)))
    assert reader.content() == bytes(1000)


def test_what_is_received_counts_even_when_it_inflates_to_nothing() -> None:
    reader = BodyReader(1000, "gzip")
    with pytest.raises(BodyTooLargeError):
        reader.feed(gzip.compress(b"") * 60)


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "zstd", "deflate, gzip", "gzip gzip"])
def test_nested_and_unknown_encodings_are_refused(encoding: str) -> None:
    with pytest.raises(UndecodableBodyError, match="not asked for"):
        read(gzip.compress(b"x"), encoding)


@pytest.mark.parametrize(
    "wire", [b"plain text", gzip.compress(b"x" * 100)[:10] + b"\xff" * 10], ids=["no gzip", "broken gzip"]
)
def test_damage_is_refused(wire: bytes) -> None:
    with pytest.raises(UndecodableBodyError, match="damaged"):
        read(wire, "gzip", step=100)


def test_a_compressed_body_that_ends_too_early_is_refused() -> None:
    with pytest.raises(UndecodableBodyError, match="too early"):
        read(gzip.compress(b"x" * 100)[:-4], "gzip")


@pytest.mark.parametrize(
    ("length", "more"),
    [
        ("", False),
        ("100", False),
        ("101", True),
        ("9" * 5000, True),
        ("many", False),
        ("٣" * 20, False),
        ("-101", False),
    ],
)
def test_a_declared_length_is_compared(length: str, more: bool) -> None:
    assert declares_more_than(100, length) is more
