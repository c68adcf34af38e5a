"""Brings changes to the store, and then to the listeners.

A store that fails or hangs holds up neither the polling nor, for longer than a call of it may take, the listeners.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from random import Random
from typing import Final

from znp_panel_sync.polling.backoff import Backoff
from znp_panel_sync.polling.metrics import PollerMetrics
from znp_panel_sync.polling.model import NodeId, StatusChange
from znp_panel_sync.polling.store import NodeStore

logger: Final = logging.getLogger("znp_panel_sync.polling")

BATCH: Final = 500
"""Changes written at a time: few enough that one write does not hold the database's lock for long."""

_PAUSES: Final = Backoff(1.0, maximum=30.0, jitter=0.5)


class Writer:
    """Keeps for each node the newest change that the store does not have, and writes them in batches.

    `announce` is called with each change once: after the store has taken it, or as soon as the store turns out not
    to. Changes that the store refuses, since the node is disabled by now, are not announced; `refused` is called.
    """

    def __init__(
        self,
        store: NodeStore,
        *,
        random: Random,
        metrics: PollerMetrics,
        announce: Callable[[Sequence[StatusChange]], None],
        refused: Callable[[], None],
    ) -> None:
        self._store = store
        self._random = random
        self._metrics = metrics
        self._announce = announce
        self._refused = refused
        self._unwritten: dict[NodeId, StatusChange] = {}
        self._unheard: list[StatusChange] = []
        self._failures = 0
        self._wanted = asyncio.Event()
        self._hurry = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def unwritten(self) -> Collection[NodeId]:
        """The nodes whose status in the store is out of date."""
        return self._unwritten.keys()

    def add(self, changes: Sequence[StatusChange]) -> None:
        """Take changes; of each node the newest is written."""
        for change in changes:
            self._unwritten.pop(change.node_id, None)  # to the end of the line
            self._unwritten[change.node_id] = change
        if self._failures:
            self._announce(changes)
        else:
            self._unheard.extend(changes)
        self._idle.clear()
        self._wanted.set()

    def retain(self, wanted: Callable[[NodeId], bool]) -> None:
        """Forget the changes of nodes that are not wanted: they are somebody else's to write, and to announce."""
        self._unwritten = {node_id: change for node_id, change in self._unwritten.items() if wanted(node_id)}
        self._unheard = [change for change in self._unheard if wanted(change.node_id)]

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            while self._unwritten:
                await self._write(list(self._unwritten.values())[:BATCH])
            self._idle.set()

    async def drain(self) -> None:
        """Wait until everything is written; a pause after a failure is cut short."""
        self._hurry.set()
        await self._idle.wait()

    async def _write(self, batch: list[StatusChange]) -> None:
        began = asyncio.get_running_loop().time()
        try:
            written = await self._store.apply(batch)
        except Exception as error:
            self._report(batch, began, failed=True)
            await self._failed(error)
        else:
            self._report(batch, began, failed=False)
            self._succeeded(batch, frozenset(written))

    def _report(self, batch: list[StatusChange], began: float, *, failed: bool) -> None:
        self._metrics.stored(len(batch), asyncio.get_running_loop().time() - began, failed=failed)

    async def _failed(self, error: Exception) -> None:
        self._failures += 1
        if self._failures == 1:
            logger.warning("The node store takes no changes (%r); they wait, and polling goes on", error)
        unheard, self._unheard = self._unheard, []
        self._announce(unheard)
        with suppress(TimeoutError):
            async with asyncio.timeout(_PAUSES.delay(self._failures, self._random.uniform(-1, 1))):
                await self._hurry.wait()
                self._hurry.clear()

    def _succeeded(self, batch: list[StatusChange], written: frozenset[NodeId]) -> None:
        if self._failures:
            logger.info("The node store takes changes again")
            self._failures = 0
        for change in batch:
            if self._unwritten.get(change.node_id) is change:
                del self._unwritten[change.node_id]
        self._hear(batch, written)
        if len(written) < len(batch):
            self._refused()

    def _hear(self, batch: list[StatusChange], written: frozenset[NodeId]) -> None:
        """Announce what was waiting for this batch, earlier changes of its nodes included."""
        nodes = {change.node_id for change in batch}
        waiting, self._unheard = self._unheard, []
        heard = []
        for change in waiting:
            if change.node_id not in nodes or self._unwritten.get(change.node_id) is change:
                self._unheard.append(change)
            elif change.node_id in written:
                heard.append(change)
        self._announce(heard)
