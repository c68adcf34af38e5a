"""A request as bytes, and an answer's headers out of them."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.kernel._calls import Call
from znp_panel_sync.kernel._parser import RawHeaders

_REQUEST_LINE: Final = re.compile(r"[A-Z]+ /[!-~]* HTTP/1\.1")
_HEADER_LINE: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+: [\t -~\x80-\xff]*")
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})


def request_bytes(call: Call) -> bytes:
    """Return a call's request for HTTP/1.1; raise `ConfigurationError` where a part would break out of its line."""
    content = call.request.content
    line = f"{call.request.method} {call.target.prefix}{call.path} HTTP/1.1"
    _check(_REQUEST_LINE, line, "request")
    headers = [f"Host: {call.target.host}", *map(": ".join, call.headers)]
    if content is not None or call.request.method in _WITH_BODY:
        headers.append(f"Content-Length: {len(content or b'')}")
    for header in headers:
        _check(_HEADER_LINE, header, "headers")
    head = "\r\n".join([line, *headers, "", ""]).encode("latin-1")
    return head if content is None else head + content


def _check(pattern: re.Pattern[str], line: str, field: str) -> None:
    if not pattern.fullmatch(line):
        raise ConfigurationError(field, "holds characters that cannot be sent there")


class AnswerHeaders(Mapping[str, str]):
    """An answer's headers; names are looked up whatever their case, and the values of one name are joined."""

    __slots__ = ("_raw",)

    def __init__(self, raw: RawHeaders) -> None:
        self._raw = raw

    def __getitem__(self, name: str) -> str:
        wanted = name.lower().encode("latin-1", "replace")
        values = [_text(value) for known, value in self._raw if known == wanted]
        if not values:
            raise KeyError(name)
        return ", ".join(values)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name.decode("latin-1") for name, _ in self._raw))

    def __len__(self) -> int:
        return len({name for name, _ in self._raw})

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self)})"


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
