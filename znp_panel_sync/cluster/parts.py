"""A part in a cluster that an event loop takes."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from znp_panel_sync.cluster.ownership import Ownership


class LoopPart:
    """Takes part in `cluster` from its making until `leave`, in the event loop that runs.

    `changed` is called in that loop with each new version. Raises what the cluster raises that cannot be started.
    """

    def __init__(self, cluster: Ownership, changed: Callable[[], None]) -> None:
        self._cluster = cluster
        self._loop = asyncio.get_running_loop()
        self._changed = changed
        cluster.enter(self._heard, self._echo)

    async def leave(self, timeout: float) -> None:
        """Leave, and return when the engine knows of it, after `timeout` seconds at the latest."""
        left = asyncio.wrap_future(self._cluster.leave(self._heard))
        await asyncio.wait([left], timeout=timeout)
        left.cancel()

    def _heard(self) -> None:
        self._echo(self._changed)

    def _echo(self, answer: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop may have been closed
            self._loop.call_soon_threadsafe(answer)
