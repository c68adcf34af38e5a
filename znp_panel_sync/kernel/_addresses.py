"""From a host's name to a connected socket, on an event loop."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from ipaddress import ip_address
from typing import Final, TypeVar

HEAD_START: Final = 0.25
"""Seconds that an address has for itself before the next one is tried beside it: RFC 8305, section 5."""

ADDRESSES_TRIED: Final = 4

T = TypeVar("T")
LookUp = Callable[[str, int], Awaitable[Sequence[str]]]


async def awaited(found: Future[T]) -> T:
    """Return what a thread finds; whoever gives up waiting leaves it to the others who wait."""
    known = asyncio.Event()
    when_done(found, known.set)
    await known.wait()
    return found.result()


def when_done(found: Future[T], act: Callable[[], object]) -> None:
    """Have the running loop call `act` once a thread has found something, unless the loop is closed by then."""
    loop = asyncio.get_running_loop()

    def tell(_: Future[T]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(act)

    found.add_done_callback(tell)


async def connect(host: str, port: int, look_up: LookUp) -> socket.socket:
    """Return a socket that is connected to one of the host's addresses; names are resolved by `look_up`."""
    try:
        addresses: Sequence[str] = [str(ip_address(host))]
    except ValueError:
        addresses = list(dict.fromkeys(await look_up(host, port)))[:ADDRESSES_TRIED]
    if len(addresses) == 1:
        return await _connect_to(addresses[0], port)
    return await _connect_to_first(addresses, port)


async def _connect_to(address: str, port: int) -> socket.socket:
    connection = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    try:
        connection.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connection, (address, port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        connection.close()
        raise
    return connection


async def _connect_to_first(addresses: Sequence[str], port: int) -> socket.socket:
    """Try the addresses in turn, each beside those that have been silent for a while."""
    left = list(reversed(addresses))
    attempts: set[asyncio.Task[socket.socket]] = set()
    failure: BaseException = OSError("the host name has no address")
    try:
        while left or attempts:
            if left:
                attempts.add(asyncio.create_task(_connect_to(left.pop(), port)))
            ended, _ = await asyncio.wait(
                attempts, timeout=HEAD_START if left else None, return_when=asyncio.FIRST_COMPLETED
            )
            for attempt in ended:
                attempts.discard(attempt)
                error = attempt.exception()
                if error is None:
                    return attempt.result()
                failure = error
    finally:
        for attempt in attempts:
            attempt.cancel()
            attempt.add_done_callback(_close_unused)
    raise failure


def _close_unused(attempt: "asyncio.Task[socket.socket]") -> None:
    if not attempt.cancelled() and attempt.exception() is None:
        attempt.result().close()
