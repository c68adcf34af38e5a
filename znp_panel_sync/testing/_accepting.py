"""How a server of asyncio stops without losing connections that it is just accepting."""

import asyncio
import socket
from typing import Final

_ROUNDS: Final = 3
"""Of the event loop from `accept()` to `connection_made()`: one begins a task, one makes the transport, one tells."""


async def stop_accepting(server: asyncio.Server, listener: socket.socket) -> None:
    """Close a server on its only listening socket, once its protocols know of all connections that were accepted.

    `Server.close()` alone leaves a connection that has no transport yet open for ever: up to Python 3.12 an assertion
    in asyncio fails for it, unseen.
    """
    asyncio.get_running_loop().remove_reader(listener)
    for _ in range(_ROUNDS):
        await asyncio.sleep(0)
    server.close()
