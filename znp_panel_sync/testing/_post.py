"""One HTTP POST of which only the status matters."""

import asyncio
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

import h11

_CHUNK = 65_536


class PostError(Exception):
    """The receiver could not be reached, or did not answer in HTTP; says why."""


def check_loopback(url: str) -> None:
    """Raise `PostError` unless the URL's host is this machine itself."""
    try:
        host = urlsplit(url).hostname or ""
        is_loopback = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise PostError("not a loopback address; set `anywhere` to post to other machines")


async def post(url: str, headers: Mapping[str, str], content: bytes, timeout: float) -> int:
    """Post `content` and return the status of the answer; at most `timeout` seconds are spent."""
    try:
        async with asyncio.timeout(timeout):
            return await _exchange(urlsplit(url), headers, content)
    except TimeoutError:
        raise PostError("timed out") from None
    except (OSError, ValueError, h11.ProtocolError) as error:
        raise PostError(f"{type(error).__name__}: {error}") from None


async def _exchange(url: SplitResult, headers: Mapping[str, str], content: bytes) -> int:
    if url.scheme not in ("http", "https") or url.hostname is None or url.port == 0:
        raise ValueError("not the URL of an HTTP server")
    connection = h11.Connection(h11.CLIENT)
    request = _encode(connection, url, headers, content)
    is_secure = url.scheme == "https"
    port = url.port or (443 if is_secure else 80)
    reader, writer = await asyncio.open_connection(url.hostname, port, ssl=is_secure or None)
    try:
        writer.write(request)
        return await _read_status(connection, reader)
    finally:
        writer.transport.abort()


def _encode(connection: h11.Connection, url: SplitResult, headers: Mapping[str, str], content: bytes) -> bytes:
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    framing = {"Host": url.netloc.rpartition("@")[2], "Content-Length": str(len(content)), "Connection": "close"}
    request = h11.Request(method="POST", target=target, headers=[*{**framing, **headers}.items()])
    return b"".join(connection.send(part) or b"" for part in (request, h11.Data(content), h11.EndOfMessage()))


async def _read_status(connection: h11.Connection, reader: asyncio.StreamReader) -> int:
    while True:
        event = connection.next_event()
        if isinstance(event, h11.Response):
            return event.status_code
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(_CHUNK))
