"""One run of a poller, from its start to its end: the parts put together, and the tasks that drive them."""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Final

from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.polling._bounded import bounded
from znp_panel_sync.polling._channel import Channels
from znp_panel_sync.polling._engine import Engine
from znp_panel_sync.polling._owned import OwnedNodes
from znp_panel_sync.polling._recovery import Recoveries, RecoveryAction, RecoveryLimits
from znp_panel_sync.polling._writer import Writer
from znp_panel_sync.polling.backoff import Backoff
from znp_panel_sync.polling.listeners import Announcer
from znp_panel_sync.polling.metrics import PollerMetrics
from znp_panel_sync.polling.model import Node, NodeId, NodeStatus, StatusChange
from znp_panel_sync.polling.options import PollerOptions
from znp_panel_sync.polling.probe import OfflineProbe
from znp_panel_sync.polling.store import NodeStore
from znp_panel_sync.settings import KernelSettings

if TYPE_CHECKING:
    from znp_panel_sync.cluster.ownership import Ownership

logger: Final = logging.getLogger("znp_panel_sync.polling")

_LISTING_RETRY_SECONDS: Final = 1.0
_LISTENER_THREADS: Final = 32
_FINISHING_SHARE: Final = 0.8
"""The part of the time for stopping in which changes are written, and recoveries under way come to their end."""
_LAST_WORDS_SHARE: Final = 0.15
"""The part that listeners have for the last changes. The rest is for what is cancelled then."""


class Run:
    """What exists while a poller runs."""

    def __init__(
        self,
        store: NodeStore,
        settings: KernelSettings,
        options: PollerOptions,
        *,
        channels: Channels,
        actions: Sequence[RecoveryAction],
        metrics: PollerMetrics,
        wall_clock: Callable[[], float],
        random: Random,
        cluster: "Ownership | None" = None,
    ) -> None:
        store = bounded(store, options.store_timeout)
        self._owned = None if cluster is None else OwnedNodes(store, cluster)
        self._store = store = self._owned or store
        self._settings = settings
        self._options = options
        self._channels = channels
        self._metrics = metrics
        self._loop = asyncio.get_running_loop()
        self._listener_threads = ThreadPoolExecutor(_LISTENER_THREADS, "znp-poller-listener")
        self._recovery_threads = ThreadPoolExecutor(options.recovery_concurrency, "znp-poller-recovery")
        self.announcer = Announcer(options.listener_backlog, self._listener_threads)
        limits = RecoveryLimits(options.recovery_concurrency, options.recovery_timeout, options.recovery_attempts)
        self._recoveries = Recoveries(actions, limits, threads=self._recovery_threads, random=random, metrics=metrics)
        self._refresh_wanted = asyncio.Event()
        self._writer = Writer(
            store,
            random=random,
            metrics=metrics,
            announce=self._announce,
            refused=self._refresh_wanted.set,
        )
        self.engine = Engine(
            loop=self._loop,
            wall_clock=wall_clock,
            random=random,
            channels=channels,
            options=options,
            backoff=_backoff(settings),
            probe=OfflineProbe(settings.offline_probe_max_interval, options.zone),
            metrics=metrics,
            on_changes=self._writer.add,
        )
        self._refreshing = asyncio.Lock()
        self._listing: asyncio.Timeout | None = None
        self._stopping = False
        self._advised = False
        self._useless_setting = ""
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def enabled(self) -> bool:
        """Whether anything is polled at all."""
        return self._settings.status_poll_interval > 0

    def start(self) -> None:
        """Begin."""
        if self.enabled:
            if self._owned is not None:
                self._owned.enter(partial(self._ownership_changed, self._owned.owns))
            self._tasks = [self._loop.create_task(work) for work in (self._writer.run(), self._keep_fresh())]
        else:
            logger.info("The status poll interval is 0: nothing is polled")

    async def stop(self, timeout: float) -> None:
        """End everything within `timeout` seconds."""
        deadline = self._loop.time() + timeout
        self._stopping = True
        self.engine.stop()
        self._give_up_listing()
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout * _FINISHING_SHARE):
                await self._writer.drain()
                await self._recoveries.finish()
                await self._refreshing.acquire()  # what is listed is claimed, too: not after the nodes are handed over
        if self._owned is not None:
            await self._owned.leave(max(0.0, deadline - self._loop.time()))
        late = await self.announcer.end(timeout * _LAST_WORDS_SHARE)
        await self._cancel([*self._tasks, *self._recoveries.under_way, *late], deadline)
        await self._channels.close()
        for threads in (self._listener_threads, self._recovery_threads):
            threads.shutdown(wait=False, cancel_futures=True)

    async def _cancel(self, tasks: Collection[asyncio.Task[None]], deadline: float) -> None:
        """Cancel tasks; one that resists is not waited for beyond the deadline."""
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=max(0.0, deadline - self._loop.time()))

    def _give_up_listing(self) -> None:
        """End the reading of nodes that is under way, and have none begin."""
        self._refresh_wanted.set()
        if self._listing is not None and not self._listing.expired():
            self._listing.reschedule(self._loop.time())

    async def refresh(self) -> None:
        """Read the nodes and the site's settings, and take them over; `stop()` cuts that short."""
        if self.enabled:
            async with self._refreshing:
                if not self._stopping:
                    await self._refresh()

    async def _refresh(self) -> None:
        listed_at = self._loop.time()
        try:
            nodes, site = await self._list()
        except Exception:
            self._metrics.listed(0, self._loop.time() - listed_at, failed=True)
            if self._stopping:
                return
            raise
        self._metrics.listed(len(nodes), self._loop.time() - listed_at, failed=False)
        self._take_site_settings(site)
        taken_over = self._owned is not None and self._owned.taken_over
        self.engine.update(nodes, listed_at=listed_at, unwritten=self._writer.unwritten, in_phase=taken_over)
        self._compare_with_connections(self.engine.kernels)

    async def _list(self) -> tuple[Sequence[Node], Mapping[str, object]]:
        try:
            async with asyncio.timeout(None) as self._listing:  # each call has its own bound; `stop()` sets this one
                return await self._store.list_nodes(), await self._store.site_settings()
        finally:
            self._listing = None

    def _compare_with_connections(self, kernels: int) -> None:
        """Say once when connections cannot all be kept, which makes most polls several times as expensive."""
        _, kept = self._options.within_descriptors()
        if kernels > kept and not self._advised:
            self._advised = True
            advice = "a higher limit of open files lets all of them be kept"
            logger.warning("%d kernels are polled over %d kept connections: %s", kernels, kept, advice)

    def _take_site_settings(self, site: Mapping[str, object]) -> None:
        try:
            settings = self._settings.with_site_settings(site)
        except ConfigurationError as error:
            if self._useless_setting != str(error):
                self._useless_setting = str(error)
                logger.warning("A site setting is not used: %s", error)
        else:
            self.engine.probe = OfflineProbe(settings.offline_probe_max_interval, self._options.zone)

    def _ownership_changed(self, owns: Callable[[NodeId], bool]) -> None:
        """Let go at once of what is another replica's now, and look what has become this one's."""
        self._writer.retain(owns)
        self.engine.retain(owns)
        self._refresh_wanted.set()

    async def _keep_fresh(self) -> None:
        failing = False
        while not self._stopping:
            self._refresh_wanted.clear()
            try:
                await self.refresh()
                failing = False
            except Exception as error:
                if not failing:
                    logger.warning("The nodes cannot be read (%r); those known are polled on", error)
                failing = True
            soon = failing or (self._owned is not None and self._owned.waiting)
            interval = self._options.refresh_interval
            pause = min(interval, _LISTING_RETRY_SECONDS) if soon else interval
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._refresh_wanted.wait()

    def _announce(self, changes: Sequence[StatusChange]) -> None:
        self.announcer.announce(changes)
        for change in changes:
            self._metrics.changed(change)
            node = self.engine.node(change.node_id)
            if change.status is NodeStatus.OFFLINE:
                self._recoveries.give_up(change.node_id)
            elif change.recovered and node is not None:
                self._recoveries.begin(node)


def _backoff(settings: KernelSettings) -> Backoff:
    given = settings.status_poll_backoff
    return Backoff(
        settings.status_poll_interval or 1.0,
        multiplier=given.multiplier,
        jitter=given.jitter,
        maximum=given.max_interval,
        enabled=given.enabled,
    )
