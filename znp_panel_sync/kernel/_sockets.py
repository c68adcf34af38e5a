"""Blocking sockets under one deadline for everything that is done with them.

Timeouts of sockets are for each read, so that a peer which sends a byte now and then would be waited for for ever.
Here each operation gets what is left of the whole request's time.
"""

import os
import socket
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from ipaddress import ip_address
from typing import Final, Self

from znp_panel_sync.kernel._names import AddressInfo, look_up, resolve

MAX_IDLE_CONNECTIONS: Final = 20
"""How many are kept by one kernel object, at most."""

IDLE_SECONDS: Final = 60.0
"""Longer than the usual interval of polls and beats, so that these do not connect anew each time."""

_SHORTEST_WAIT: Final = 0.001
"""A timeout of 0 would make a socket non-blocking."""


class Deadline(float):
    """A number of seconds that shrinks as time goes by.

    Its value is the time at the start, for whoever takes any number as a timeout; `remaining()` is what is left.
    """

    _clock: Callable[[], float]
    _at: float

    def __new__(cls, seconds: float, clock: Callable[[], float]) -> Self:
        deadline = super().__new__(cls, seconds)
        deadline._clock = clock
        deadline._at = clock() + seconds
        return deadline

    def remaining(self) -> float:
        """Return the seconds that are left; 0 or less when the deadline has passed."""
        return self._at - self._clock()

    def rest(self) -> Self:
        """Return a deadline at the same moment whose value is what is left now."""
        rest = type(self)(max(self.remaining(), 0.0), self._clock)
        rest._at = self._at
        return rest

    def check(self) -> None:
        """Raise `TimeoutError` when the deadline has passed."""
        if self.remaining() <= 0:
            raise TimeoutError("the deadline has passed")

    def restart(self, seconds: float) -> None:
        """Let the deadline be this many seconds from now."""
        self._at = self._clock() + seconds


def _remaining(timeout: float | None) -> float | None:
    """Return what a socket may wait now; raise `TimeoutError` when the deadline has passed."""
    if not isinstance(timeout, Deadline):
        return timeout
    timeout.check()
    return max(timeout.remaining(), _SHORTEST_WAIT)


def connect(host: str, port: int, timeout: float | None) -> socket.socket:
    """Connect to the first of the host's addresses that answers; each gets its share of the time that is left."""
    addresses = _resolve(host, port, timeout)
    failure: OSError = OSError(f"no address is known for {host}")
    for tried, address in enumerate(addresses):
        left = _remaining(timeout)
        try:
            return _connect_one(address, None if left is None else left / (len(addresses) - tried))
        except OSError as error:
            failure = error
    raise failure


def _connect_one(address: AddressInfo, timeout: float | None) -> socket.socket:
    family, kind, protocol, _, target = address
    connection = socket.socket(family, kind, protocol)
    try:
        connection.settimeout(timeout)
        connection.connect(target)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        connection.close()
        raise
    return connection


def _resolve(host: str, port: int, timeout: float | None) -> Sequence[AddressInfo]:
    if _is_literal(host):
        return look_up(host, port)
    try:
        return resolve(host, port).result(_remaining(timeout))
    except FutureTimeoutError:
        raise TimeoutError(f"the name {host} was not resolved in time") from None


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


class BoundedSocket:
    """A connected socket, plain or with TLS, whose every operation ends at the given deadline at the latest."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._pid = os.getpid()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return the next bytes; empty at the end."""
        self._socket.settimeout(_remaining(timeout))
        return self._socket.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of it."""
        unsent = memoryview(buffer)
        while unsent:
            self._socket.settimeout(_remaining(timeout))
            unsent = unsent[self._socket.send(unsent) :]

    def secured(self, context: ssl.SSLContext, hostname: str | None, timeout: float | None) -> socket.socket:
        """Shake hands for TLS and return the secured socket; this one is of no use afterwards."""
        try:
            self._socket.settimeout(_remaining(timeout))
            return context.wrap_socket(self._socket, server_hostname=hostname)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the socket, and wake whoever is waiting on it in another thread."""
        self.abort()
        self._socket.close()

    def abort(self) -> None:
        """Cut the connection without closing the socket: a thread that is reading from it sees the end.

        A forked child leaves it alone, as the connection is its parent's.
        """
        if os.getpid() != self._pid:
            return
        with suppress(OSError):
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def get_extra_info(self, info: str) -> object:
        """Tell what a connection pool asks: whether something can be read from the idle connection, and about TLS."""
        if info == "is_readable":
            return is_readable(self._socket)
        if info == "ssl_object" and isinstance(self._socket, ssl.SSLSocket):
            return self._socket
        return self._socket if info == "socket" else None


def is_readable(connection: socket.socket) -> bool:
    """Tell whether an idle connection has ended, or has sent what nobody asked for; it does not block afterwards."""
    try:
        connection.settimeout(0)
        socket.socket.recv(connection, 1, socket.MSG_PEEK)  # below TLS, whose sockets know no flags
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
