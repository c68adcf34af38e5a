"""From a host's name to its addresses. `getaddrinfo` cannot be interrupted: it runs in threads that can be left behind.

Such a thread holds up no other name, not the end of an event loop, and not the end of the program.
"""

import socket
from collections.abc import Sequence
from concurrent.futures import Future
from threading import Thread
from typing import Any

Address = tuple[Any, ...]
AddressInfo = tuple[socket.AddressFamily, socket.SocketKind, int, str, Address]


def resolve(host: str, port: int) -> Future[Sequence[AddressInfo]]:
    """Begin to look a host up."""
    found: Future[Sequence[AddressInfo]] = Future()
    try:
        Thread(target=_fulfil, args=(found, host, port), name=f"resolve {host}", daemon=True).start()
    except RuntimeError:  # at the interpreter's end Python 3.12 lets no thread begin: agents that sign off wait for it
        _fulfil(found, host, port)
    return found


def _fulfil(found: Future[Sequence[AddressInfo]], host: str, port: int) -> None:
    try:
        found.set_result(look_up(host, port))
    except Exception as error:
        found.set_exception(error)  # raised where the result is waited for


def look_up(host: str, port: int) -> Sequence[AddressInfo]:
    """Look a host up, which may take long, unless it is an address."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
