"""What has to be done for nodes that came back: bounded in number and time, tried again, beside the polling."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import Executor
from random import Random
from typing import Final

from attrs import frozen

from znp_panel_sync.polling.backoff import Backoff
from znp_panel_sync.polling.listeners import call
from znp_panel_sync.polling.metrics import PollerMetrics
from znp_panel_sync.polling.model import Node, NodeId

logger: Final = logging.getLogger("znp_panel_sync.polling")

RecoveryAction = Callable[[Node], Awaitable[object] | object]

_PAUSES: Final = Backoff(1.0, maximum=60.0, jitter=0.5)


@frozen
class RecoveryLimits:
    """How many recoveries run at a time, the seconds that each action may take, and how often it is tried."""

    concurrency: int
    timeout: float
    attempts: int


class Recoveries:
    """Runs the recovery actions, in their order, for each node that recovered."""

    def __init__(
        self,
        actions: Sequence[RecoveryAction],
        limits: RecoveryLimits,
        *,
        threads: Executor,
        random: Random,
        metrics: PollerMetrics,
    ) -> None:
        self._actions = actions
        self._limits = limits
        self._threads = threads
        self._random = random
        self._metrics = metrics
        self._places = asyncio.Semaphore(limits.concurrency)
        self._tasks: dict[NodeId, asyncio.Task[None]] = {}

    def begin(self, node: Node) -> None:
        """Begin the recovery of a node; one that is under way for it is given up, as it is out of date."""
        if self._actions:
            self.give_up(node.id)
            self._tasks[node.id] = asyncio.get_running_loop().create_task(self._recover(node))

    def give_up(self, node_id: NodeId) -> None:
        """Give up the recovery of a node that has gone again."""
        task = self._tasks.pop(node_id, None)
        if task is not None:
            task.cancel()

    @property
    def under_way(self) -> Collection[asyncio.Task[None]]:
        """The recoveries that have not come to their end."""
        return self._tasks.values()

    async def finish(self) -> None:
        """Wait until every recovery has come to its end."""
        if self._tasks:
            await asyncio.wait(self._tasks.values())

    async def _recover(self, node: Node) -> None:
        for action in self._actions:
            await self._insist(action, node)
        self._tasks.pop(node.id, None)

    async def _insist(self, action: RecoveryAction, node: Node) -> None:
        for attempt, pause in zip(range(1, self._limits.attempts + 1), _PAUSES.delays(self._random), strict=False):
            if await self._succeeds(action, node, attempt):
                return
            if attempt < self._limits.attempts:
                await asyncio.sleep(pause)
        logger.error("A recovery action of node %s failed %d times and is given up", node.id, self._limits.attempts)

    async def _succeeds(self, action: RecoveryAction, node: Node, attempt: int) -> bool:
        async with self._places:
            try:
                await asyncio.wait_for(call(action, node, threads=self._threads), self._limits.timeout)
            except Exception as error:
                logger.warning("A recovery action of node %s failed (attempt %d): %r", node.id, attempt, error)
                self._metrics.recovered(failed=True)
                return False
        self._metrics.recovered(failed=False)
        return True
