"""Answers out of bytes, by both parsers: the same for everything that a kernel or a stranger may send."""

import gzip
import zlib
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from znp_panel_sync.kernel import _parser
from znp_panel_sync.kernel._parser import (
    OVERHEAD_LIMIT,
    AnswerParser,
    BrokenAnswerError,
    H11Parser,
    HttptoolsParser,
    TooLargeError,
    new_parser,
)

LIMIT = 1000
PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"

Kind = Callable[[int], AnswerParser]

both = pytest.mark.parametrize("kind", [HttptoolsParser, H11Parser])


def parsed(kind: Kind, *chunks: bytes, ends: bool = False) -> AnswerParser:
    parser = kind(LIMIT)
    for chunk in chunks:
        parser.feed(chunk)
    if ends:
        parser.feed_end()
    return parser


def with_body(body: bytes, *headers: bytes) -> bytes:
    lines = [b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *headers, b"", body]
    return b"\r\n".join(lines)


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\nRetry-After: 3\r\nContent-Encoding: br\r\n\r\n"
SECOND = b"HTTP/1.1 401 No\r\nContent-Length: 3\r\nRetry-After: 1\r\n\r\nxyz"

COMPLETE = {
    "plain": ([PLAIN], 200, b"abc", True),
    "byte by byte": ([bytes([byte]) for byte in PLAIN], 200, b"abc", True),
    "chunked": ([CHUNKED], 200, b"abc", True),
    "closing": ([b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc"], 200, b"abc", False),
    "HTTP/1.0": ([b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc"], 200, b"abc", False),
    "informational before": ([b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", PLAIN], 200, b"abc", True),
    "informational in one": ([CONTINUE + PLAIN], 200, b"abc", True),
    "no content": ([b"HTTP/1.1 204 No Content\r\n\r\n"], 204, b"", True),
    "refusal": ([b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"], 401, b"", True),
    "identity": ([with_body(b"abc", b"Content-Encoding: identity")], 200, b"abc", True),
    "gzip": ([with_body(gzip.compress(b"abc"), b"Content-Encoding: gzip")], 200, b"abc", True),
    "second answer": ([PLAIN + SECOND], 200, b"abc", False),
    "rubbish behind": ([PLAIN + b"RUBBISH\r\n\r\n"], 200, b"abc", False),
    "large body in one piece": ([with_body(b"a" * LIMIT, b"X: " + b"x" * 60_000)], 200, b"a" * LIMIT, True),
}


@both
@pytest.mark.parametrize(("chunks", "status", "content", "reusable"), COMPLETE.values(), ids=COMPLETE)
def test_a_complete_answer(kind: Kind, chunks: list[bytes], status: int, content: bytes, reusable: bool) -> None:
    parser = parsed(kind, *chunks)
    assert parser.complete
    assert (parser.status, parser.content(), parser.reusable) == (status, content, reusable)
    assert parser.header(b"retry-after") is None


@both
def test_a_body_without_length_ends_with_the_connection(kind: Kind) -> None:
    parser = parsed(kind, b"HTTP/1.1 200 OK\r\n\r\na", b"bc")
    assert not parser.complete
    parser.feed_end()
    assert (parser.complete, parser.reusable, parser.content()) == (True, False, b"abc")


BROKEN = {
    "early end of a length": [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"],
    "early end of chunks": [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"],
    "early end of headers": [b"HTTP/1.1 200 OK\r\nCont"],
    "nothing": [],
    "rubbish": [b"\x00\x01rubbish\r\n\r\n"],
    "another protocol": [b"SSH-2.0-OpenSSH_9.2\r\n"],
    "two lengths": [b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"],
    "negative length": [b"HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc"],
    "switched protocols": [b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nx"],
    "endless header": [b"HTTP/1.1 200 OK\r\nX: ", *[b"x" * 10_000] * 8],
    "endless headers": [b"HTTP/1.1 200 OK\r\n", *[b"X: " + b"x" * 1000 + b"\r\n"] * 80],
    "endless trailer": [CHUNKED[:-2], *[b"X: " + b"x" * 1000 + b"\r\n"] * 80],
    "endless extension of a chunk": [CHUNKED[: CHUNKED.index(b"2\r\n")] + b"2;x=", *[b"x" * 10_000] * 8],
    "endless informational answers": [b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"] * (OVERHEAD_LIMIT // 30),
}


@both
@pytest.mark.parametrize("chunks", BROKEN.values(), ids=BROKEN)
def test_what_is_no_answer_is_broken(kind: Kind, chunks: list[bytes]) -> None:
    with pytest.raises(BrokenAnswerError):
        parsed(kind, *chunks, ends=True)


BOMB = gzip.compress(b"\0" * 50_000)
USELESS = {
    "unknown encoding": (with_body(b"abc", b"Content-Encoding: br"), BrokenAnswerError),
    "gzip twice": (with_body(gzip.compress(gzip.compress(b"")), b"Content-Encoding: gzip, gzip"), BrokenAnswerError),
    "gzip in two headers": (with_body(b"", b"Content-Encoding: gzip", b"Content-Encoding: gzip"), BrokenAnswerError),
    "damaged gzip": (with_body(b"\x1f\x8b\x08 no gzip", b"Content-Encoding: gzip"), BrokenAnswerError),
    "gzip that ends early": (with_body(gzip.compress(b"abc")[:-6], b"Content-Encoding: gzip"), BrokenAnswerError),
    "deflate as gzip": (with_body(zlib.compress(b"abc"), b"Content-Encoding: gzip"), BrokenAnswerError),
    "bomb": (with_body(BOMB, b"Content-Encoding: gzip"), TooLargeError),
}


@both
@pytest.mark.parametrize(("data", "error"), USELESS.values(), ids=USELESS)
def test_a_body_that_cannot_be_unpacked(kind: Kind, data: bytes, error: type[Exception]) -> None:
    parser = parsed(kind, data)
    assert parser.complete
    with pytest.raises(error):
        parser.content()


@both
def test_a_body_above_the_limit_is_given_up_on_the_way(kind: Kind) -> None:
    parser = kind(LIMIT)
    parser.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n" + b"a" * LIMIT)
    with pytest.raises(TooLargeError):
        parser.feed(b"a")


@both
def test_headers_are_kept(kind: Kind) -> None:
    parser = parsed(kind, b"HTTP/1.1 429 No\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n")
    assert parser.header(b"retry-after") == b"7"


@both
def test_one_parser_reads_one_answer_after_the_other(kind: Kind) -> None:
    parser = kind(LIMIT)
    answers = [PLAIN, with_body(gzip.compress(b"x"), b"Content-Encoding: gzip"), PLAIN]
    for answer, content in zip(answers, [b"abc", b"x", b"abc"], strict=True):
        parser.begin()
        assert not parser.started
        parser.feed(answer)
        assert (parser.started, parser.complete, parser.content()) == (True, True, content)


@given(cuts=st.lists(st.integers(0, len(PLAIN)), max_size=6))
def test_it_does_not_matter_how_the_bytes_are_cut(cuts: list[int]) -> None:
    edges = sorted({0, len(PLAIN), *cuts})
    chunks = [PLAIN[start:end] for start, end in pairwise(edges)]
    for kind in (HttptoolsParser, H11Parser):
        parser = parsed(kind, *chunks)
        assert (parser.complete, parser.content(), parser.reusable) == (True, b"abc", True)


@given(data=st.binary(max_size=300), prefix=st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", PLAIN[:40]]))
def test_no_bytes_raise_anything_else(data: bytes, prefix: bytes) -> None:
    for kind in (HttptoolsParser, H11Parser):
        try:
            parser = parsed(kind, prefix + data, ends=True)
        except (BrokenAnswerError, TooLargeError):
            continue
        assert parser.complete


def test_the_faster_parser_is_used_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(new_parser(LIMIT), HttptoolsParser)
    monkeypatch.setattr(_parser, "httptools", None)
    assert isinstance(new_parser(LIMIT), H11Parser)
