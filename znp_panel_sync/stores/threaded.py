"""Node stores whose methods block, used from an event loop: one thread reads, another writes."""

import asyncio
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from znp_panel_sync.polling.model import Node, NodeId, StatusChange

T = TypeVar("T")


class BlockingNodeStore(Protocol):
    """`NodeStore` with plain methods, as a panel without an event loop writes it.

    Reading and writing may happen in two threads at once, each of them one call after the other.
    """

    def list_nodes(self) -> Sequence[Node]:
        """Return all nodes, disabled ones included."""
        ...

    def site_settings(self) -> Mapping[str, object]:
        """Return the site's settings that matter here, by name."""
        ...

    def apply(self, changes: Sequence[StatusChange]) -> Collection[NodeId]:
        """Write the changed statuses, leave out nodes that must not be written, and return the ids written."""
        ...


class StoreThreads:
    """The two threads of one store, made when they are first needed, anew in each process."""

    def __init__(self) -> None:
        self._pid = 0
        self._reading: ThreadPoolExecutor | None = None
        self._writing: ThreadPoolExecutor | None = None

    async def read(self, work: Callable[[], T]) -> T:
        """Do something in the reading thread."""
        self._renew_after_fork()
        self._reading = self._reading or ThreadPoolExecutor(1, thread_name_prefix="znp-store-read")
        return await asyncio.get_running_loop().run_in_executor(self._reading, work)

    async def write(self, work: Callable[[], T]) -> T:
        """Do something in the writing thread."""
        self._renew_after_fork()
        self._writing = self._writing or ThreadPoolExecutor(1, thread_name_prefix="znp-store-write")
        return await asyncio.get_running_loop().run_in_executor(self._writing, work)

    def close(self) -> None:
        """End the threads once what they are doing is done."""
        self._renew_after_fork()
        for threads in (self._reading, self._writing):
            if threads is not None:
                threads.shutdown(wait=False, cancel_futures=True)
        self._reading = self._writing = None

    def _renew_after_fork(self) -> None:
        """Leave the parent's threads to the parent: they do not exist in a child."""
        if self._pid != os.getpid():
            self._pid = os.getpid()
            self._reading = self._writing = None


class ThreadedNodeStore:
    """Makes a `NodeStore` of a `BlockingNodeStore`.

    A thread cannot be interrupted: what a call has begun when its caller gives up, it completes.
    """

    def __init__(self, store: BlockingNodeStore) -> None:
        self._store = store
        self._threads = StoreThreads()

    async def list_nodes(self) -> Sequence[Node]:
        """Return all nodes."""
        return await self._threads.read(self._store.list_nodes)

    async def site_settings(self) -> Mapping[str, object]:
        """Return the site's settings."""
        return await self._threads.read(self._store.site_settings)

    async def apply(self, changes: Sequence[StatusChange]) -> Collection[NodeId]:
        """Write the changed statuses."""
        return await self._threads.write(lambda: self._store.apply(changes))

    def close(self) -> None:
        """End the threads once what they are doing is done; a later use starts new ones."""
        self._threads.close()
