"""`BackgroundPoller`: the poller in a thread of its own, for panels without an event loop."""

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from contextlib import closing
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from znp_panel_sync._extras import installed
from znp_panel_sync.polling.listeners import Listener, Subscription
from znp_panel_sync.polling.model import NodeId, NodeState, StatusChange
from znp_panel_sync.polling.poller import DEFAULT_STOP_TIMEOUT, PollerStateError, StatusPoller

T = TypeVar("T")

_CALL_SECONDS: Final = 30.0
"""What any call into the poller's thread may take: more than reading the nodes may."""
_WIND_UP_SECONDS: Final = 2.0
"""What the thread may take to end after the poller has stopped."""


class BlockingChanges(Subscription):
    """A blocking iterator over the changes from its making on, in order, until it is closed or the poller stops.

    At most `backlog` changes wait to be taken; then the oldest are dropped, and counted in `dropped`. An iterator
    that nobody holds any more is forgotten.
    """

    def __init__(self, backlog: int) -> None:
        super().__init__(backlog)
        self._arrived = threading.Condition()  # protects all that a subscription is made of

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> StatusChange:
        with self._arrived:
            self._arrived.wait_for(lambda: self._waiting or self.closed)
            if not self._waiting:
                raise StopIteration
            return self._waiting.popleft()

    def put(self, change: StatusChange) -> None:
        """Hand over a change."""
        with self._arrived:
            super().put(change)
            self._arrived.notify()

    def close(self) -> None:
        """End the iteration after what is waiting; may be called again, and from any thread."""
        with self._arrived:
            super().close()
            self._arrived.notify_all()


class BackgroundPoller:
    """A `StatusPoller` with an event loop in a thread of its own: the same methods, blocking.

    It takes the arguments of `StatusPoller`. Where `uvloop` is installed (the `fast` extra), the thread uses it. The
    thread is a daemon: a program that ends without `stop()` is not kept alive. Methods may be called from any thread
    but the poller's own, where coroutine functions given as listeners run.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._poller = StatusPoller(*arguments, **options)
        self._pid = os.getpid()
        self._lock = threading.Lock()  # protects start() and stop() from each other
        self._stopped = False
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def metrics(self) -> Any:
        """What hears of the poller's work: the metrics that were given, or else `Counters`."""
        return self._poller.metrics

    @property
    def holding(self) -> bool:
        """Whether a mass failure keeps nodes from being marked offline now."""
        return self._poller.holding

    def start(self) -> None:
        """Start the thread and the polling in it; a second call does nothing.

        Raises `PollerStateError` when the poller has been stopped, and what keeps it from starting.
        """
        self._refuse_after_fork()
        with self._lock:
            if self._stopped:
                raise PollerStateError("the poller has been stopped: make a new one")
            if self._thread is None:
                ready: Future[asyncio.AbstractEventLoop] = Future()
                thread = threading.Thread(target=self._run, args=(ready,), name="znp-poller", daemon=True)
                thread.start()
                self._loop = ready.result(_CALL_SECONDS)
                self._thread = thread

    def stop(self, timeout: float = DEFAULT_STOP_TIMEOUT) -> None:
        """Stop polling and end the thread, within `timeout` seconds and a little; may be called again.

        When this has returned nothing more is written, sent, or announced. Raises `PollerStateError` when the thread
        does not answer since a listener or the store blocks it; that may be tried again.
        """
        if self._pid != os.getpid():
            return
        with self._lock:
            self._stopped = True
            if self._loop is not None and self._thread is not None:
                self._call(lambda: self._poller.stop(timeout), timeout + _WIND_UP_SECONDS)
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._thread.join(_WIND_UP_SECONDS)
                self._loop = None

    def refresh(self) -> None:
        """Read the nodes from the store now; raises what the store raises."""
        self._call(self._poller.refresh)

    def states(self) -> Mapping[NodeId, NodeState]:
        """Return what is known about every node that is polled at this moment; empty when the poller is not running."""
        return {} if self._loop is None else self._call(_awaited(self._poller.states))

    def changes(self) -> BlockingChanges:
        """Return a blocking iterator over the changes from now on; it ends when the poller is stopped."""
        return self._call(_awaited(lambda: self._poller.subscribe(BlockingChanges)))

    def add_listener(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each change from now on, in order; returns a function that takes it away again.

        A plain function runs in a thread, a coroutine function in the poller's event loop.
        """
        remove = self._call(_awaited(lambda: self._poller.add_listener(listener)))
        return lambda: self._call(_awaited(remove))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self, ready: "Future[asyncio.AbstractEventLoop]") -> None:
        uvloop = installed("uvloop")
        with closing(asyncio.Runner(loop_factory=None if uvloop is None else uvloop.new_event_loop)) as runner:
            try:
                runner.run(self._poller.start())
            except BaseException as error:  # raised where the thread was started
                ready.set_exception(error)
            else:
                loop = runner.get_loop()
                loop.call_soon(ready.set_result, loop)
                loop.run_forever()

    def _call(self, work: Callable[[], Coroutine[Any, Any, T]], timeout: float = _CALL_SECONDS) -> T:
        """Do something in the poller's thread, and wait for it."""
        self._refuse_after_fork()
        if self._loop is None:
            raise PollerStateError("the poller is not running")
        if threading.current_thread() is self._thread:
            raise PollerStateError("the poller's own thread cannot wait for itself: call this from another one")
        answer = asyncio.run_coroutine_threadsafe(work(), self._loop)
        try:
            return answer.result(timeout)
        except TimeoutError:
            if answer.done():
                raise
            answer.cancel()
            raise PollerStateError("the poller's thread does not answer: a listener or the store blocks it") from None

    def _refuse_after_fork(self) -> None:
        if self._pid != os.getpid():
            raise PollerStateError("the poller was made before fork(): make a new one in the child")


def _awaited(function: Callable[[], T]) -> Callable[[], Coroutine[Any, Any, T]]:
    async def run() -> T:
        return function()

    return run
