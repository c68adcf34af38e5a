"""Reading an answer's body: inflated, and never more than the limit of it in memory."""

import zlib
from typing import Final, Protocol

_GZIP: Final = 16 + zlib.MAX_WBITS
_ZLIB: Final = zlib.MAX_WBITS
_RAW_DEFLATE: Final = -zlib.MAX_WBITS
_PLAIN: Final = ("", "identity")
_INFLATABLE: Final = ("gzip", "x-gzip", "deflate")
_DIGITS: Final = 18
"""More digits than any limit has; longer numbers are not even converted."""


class BodyTooLargeError(Exception):
    """The body is larger than the limit; `BodyReader.content()` has what came before it."""


class UndecodableBodyError(Exception):
    """The body is not what its headers say."""


class _Inflater(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


def declares_more_than(limit: int, length: str) -> bool:
    """Tell whether a `Content-Length` announces more than the limit."""
    return length.isascii() and length.isdigit() and (len(length) > _DIGITS or int(length) > limit)


class BodyReader:
    """Collects the chunks of one body.

    `encoding` is the value of `Content-Encoding`: one of gzip and deflate is inflated, several or unknown ones are
    refused, since bombs are built by nesting. The limit holds for what is received as well as for what it inflates to.
    """

    def __init__(self, limit: int, encoding: str = "") -> None:
        self._limit = limit
        self._encoding = encoding.strip().lower()
        self._chunks: list[bytes] = []
        self._size = 0
        self._received = 0
        self._inflater: _Inflater | None = None

    def feed(self, chunk: bytes) -> None:
        """Take the next chunk as it was received."""
        self._received += len(chunk)
        if self._encoding in _PLAIN:
            self._keep(chunk)
        elif self._encoding in _INFLATABLE:
            self._inflate(chunk)
        else:
            raise UndecodableBodyError("the body is encoded in a way that was not asked for")
        if self._received > self._limit:
            raise BodyTooLargeError

    def finish(self) -> bytes:
        """Return the body, after its last chunk."""
        if self._inflater is not None and not self._inflater.eof:
            raise UndecodableBodyError("the compressed body ends too early")
        return self.content()

    def content(self) -> bytes:
        """Return what has been read so far, at most the limit of it."""
        return self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)

    def _inflate(self, data: bytes) -> None:
        while data:
            if self._inflater is None or self._inflater.eof:
                self._inflater = self._new_inflater(data)
            try:
                inflated = self._inflater.decompress(data, self._limit - self._size + 1)
            except zlib.error:
                raise UndecodableBodyError("the compressed body is damaged") from None
            data = self._inflater.unused_data if self._inflater.eof else self._inflater.unconsumed_tail
            self._keep(inflated)

    def _new_inflater(self, data: bytes) -> _Inflater:
        """Choose by the name, and for deflate by the first byte: some servers leave its zlib header out."""
        if self._encoding != "deflate":
            return zlib.decompressobj(_GZIP)
        return zlib.decompressobj(_ZLIB if data[0] & 0x0F == 8 else _RAW_DEFLATE)

    def _keep(self, data: bytes) -> None:
        room = self._limit - self._size
        self._chunks.append(data[:room] if len(data) > room else data)
        self._size += len(data)
        if len(data) > room:
            raise BodyTooLargeError
