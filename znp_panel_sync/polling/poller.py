"""`StatusPoller`: keeps the status of many nodes true."""

import asyncio
import os
import time
from collections.abc import Callable, Mapping, Sequence
from random import Random
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from znp_panel_sync.errors import ConfigurationError, ZnpError
from znp_panel_sync.polling._connection import Connections
from znp_panel_sync.polling._kernel_channel import KernelChannels
from znp_panel_sync.polling._recovery import RecoveryAction
from znp_panel_sync.polling._run import Run
from znp_panel_sync.polling._watched import WatchedChannels
from znp_panel_sync.polling.listeners import Changes, Listener, S
from znp_panel_sync.polling.metrics import Counters, PollerMetrics, ShieldedMetrics
from znp_panel_sync.polling.model import NodeId, NodeState
from znp_panel_sync.polling.options import PollerOptions
from znp_panel_sync.polling.store import NodeStore
from znp_panel_sync.polling.watch import Watch
from znp_panel_sync.settings import KernelSettings

if TYPE_CHECKING:
    from znp_panel_sync.cluster.ownership import Ownership
    from znp_panel_sync.kernel._http import AsyncBaseTransport
    from znp_panel_sync.polling._channel import Channels

DEFAULT_SETTINGS: Final = KernelSettings(status_poll_interval=30.0)
DEFAULT_STOP_TIMEOUT: Final = 5.0


class PollerStateError(ZnpError):
    """The poller cannot do this now: it is not running, has been stopped, or belongs to another process."""


class StatusPoller:
    """Polls the kernels of all nodes of `store`, and writes back who is online and who is offline.

    `settings` are the panel's `Kernel:` settings (None: every 30 s, without backoff), `options` everything else.
    `listeners` hear of each change from the first on, as those do from their adding on that `add_listener` adds.
    `on_recovered` are called for each node that came back, in order, until each succeeds: callbacks are registered
    and bindings pushed there. What `stop()` cuts off there is not begun again by the next poller, to which the node
    is online already. `metrics` hears what happens; the default ones can be read from `poller.metrics`.

    `transport` of httpx's interface carries the polls when it is given, and stays the giver's. Without one the poller
    uses connections of its own, which cost a fraction of that. `wall_clock` returns epoch seconds and `random` gives
    the jitter; tests replace them. Monotonic time is the event loop's.

    `watch` (a `StatusWatch`; None: poll only) follows the stream of every kernel that has one. Its nodes are then
    asked for nothing: a change, or the end of the stream, is seen at once, and kernels are polled while and where
    there is no stream. Streams use connections of their own: with a `transport` there can be no `watch`, and
    `ConfigurationError` is raised.

    `cluster` (a `Cluster`; None: this is the only poller of the store) shares the nodes among the replicas of the
    panel: each polls those that are its own at the moment, and `states()`, listeners and metrics know of no others.
    The poller joins when it is started, and leaves when it is stopped. What it takes over it goes on with from the
    status that is stored, and polls for the first time within one interval. A store that is a `FencedNodeStore`
    refuses what a replica writes that has not noticed yet that others have taken over.

    A poller belongs to the event loop in which it is started, and runs once::

        async with StatusPoller(store, settings=settings) as poller:
            async for change in poller.changes():
                ...
    """

    def __init__(
        self,
        store: NodeStore,
        *,
        settings: KernelSettings = DEFAULT_SETTINGS,
        options: PollerOptions | None = None,
        listeners: Sequence[Listener] = (),
        on_recovered: Sequence[RecoveryAction] = (),
        metrics: PollerMetrics | None = None,
        transport: "AsyncBaseTransport | None" = None,
        watch: Watch | None = None,
        cluster: "Ownership | None" = None,
        wall_clock: Callable[[], float] = time.time,
        random: Random | None = None,
    ) -> None:
        if transport is not None and watch is not None:
            raise ConfigurationError("transport", "must not be given with watch: streams open connections of their own")
        self._store = store
        self._settings = settings
        self._options = options or PollerOptions()
        self._listeners = tuple(listeners)
        self._on_recovered = tuple(on_recovered)
        self.metrics: PollerMetrics = metrics or Counters()
        self._transport = transport
        self._watch = watch
        self._cluster = cluster
        self._wall_clock = wall_clock
        self._random = random or Random()  # noqa: S311 - it spreads polls; nothing is kept secret by it
        self._running: Run | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._stopped = False
        self._pid = os.getpid()

    async def start(self) -> None:
        """Start polling and return at once, whether or not the store can be read yet; a second call does nothing.

        With an interval of 0 nothing is polled. Raises `PollerStateError` when the poller has been stopped.
        """
        if self._stopped:
            raise PollerStateError("the poller has been stopped: make a new one")
        self._refuse_after_fork()
        if self._running is None:
            run = self._new_run()
            run.start()
            for listener in self._listeners:
                run.announcer.add(listener)
            self._running = run

    async def stop(self, timeout: float = DEFAULT_STOP_TIMEOUT) -> None:
        """Stop polling, and return within `timeout` seconds; may be called again, and before `start()`.

        Polls under way are given up. Changes that are not written yet are written if the store takes them in time,
        and recoveries go on for most of it. When this has returned nothing more is written, sent, or announced; a
        call that is cancelled stops the poller all the same, and another one waits for that.
        """
        if self._pid != os.getpid():
            return
        self._stopped = True
        running, self._running = self._running, None
        if running is not None:
            self._stopping = asyncio.get_running_loop().create_task(running.stop(timeout))
        if self._stopping is not None:
            await asyncio.shield(self._stopping)

    async def refresh(self) -> None:
        """Read the nodes from the store now, so that what changed there takes effect at once.

        Raises what the store raises, and `TimeoutError` when one call of it takes longer than the `store_timeout`. When
        the poller is stopped meanwhile, it returns without effect.
        """
        await self._need_running().refresh()

    def states(self) -> Mapping[NodeId, NodeState]:
        """Return what is known about every node that is polled at this moment; empty when the poller is not running."""
        return {} if self._running is None else self._running.engine.states()

    @property
    def holding(self) -> bool:
        """Whether a mass failure keeps nodes from being marked offline now."""
        return self._running is not None and self._running.engine.held > 0

    def changes(self) -> Changes:
        """Return an async iterator over the changes from now on; it ends when it is closed or the poller is stopped."""
        return self.subscribe(Changes)

    def subscribe(self, kind: Callable[[int], S]) -> S:
        """Return an iterator of another kind, made of how many changes may wait in it; used by `BackgroundPoller`."""
        return self._need_running().announcer.subscribe(kind(self._options.listener_backlog))

    def add_listener(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each change from now on, in order; returns a function that takes it away again.

        A coroutine function is awaited, any other runs in a thread. One that is slow or fails affects nobody else.
        """
        return self._need_running().announcer.add(listener)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _need_running(self) -> Run:
        self._refuse_after_fork()
        if self._running is None:
            raise PollerStateError("the poller is not running")
        return self._running

    def _refuse_after_fork(self) -> None:
        if self._pid != os.getpid():
            raise PollerStateError("the poller was made before fork(): make a new one in the child")

    def _new_run(self) -> Run:
        return Run(
            self._store,
            self._settings,
            self._options,
            channels=self._watched(self._new_channels()),
            actions=self._on_recovered,
            metrics=ShieldedMetrics(self.metrics),
            wall_clock=self._wall_clock,
            random=self._random,
            cluster=self._cluster,
        )

    def _new_channels(self) -> "Channels":
        limit = self._options.max_body_bytes
        if self._transport is not None:
            return KernelChannels(self._transport, limit=limit)
        return Connections(limit=limit, kept=self._kept_connections())

    def _watched(self, channels: "Channels") -> "Channels":
        if self._watch is None:
            return channels
        return WatchedChannels(channels, self._watch, limit=self._kept_connections())

    def _kept_connections(self) -> int:
        """Return how many connections polls may keep open, and how many may be streams."""
        kept = self._options.within_descriptors()[1]
        return kept if self._watch is None else kept // 2
