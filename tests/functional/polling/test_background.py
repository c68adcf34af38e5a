"""The poller in a thread of its own."""

import os
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence

import pytest

from znp_panel_sync.polling import (
    BackgroundPoller,
    Counters,
    Node,
    NodeId,
    NodeStatus,
    PollerOptions,
    PollerStateError,
    StatusChange,
    background,
)
from znp_panel_sync.settings import KernelSettings
from znp_panel_sync.stores import MemoryNodeStore, ThreadedNodeStore
from znp_panel_sync.testing import KernelSimulator

FAST = KernelSettings(0.2, offline_probe_max_interval=0.2)
GUARDLESS = PollerOptions(guard=None)


def until(condition: Callable[[], object]) -> None:
    """Wait until something holds, or fail."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
def test_a_blocking_panel_follows_its_kernels(loop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if loop == "asyncio":
        monkeypatch.setattr(background, "installed", lambda _: None)
    with KernelSimulator() as kernel:
        store = MemoryNodeStore([Node(1, kernel.control(), "offline")])
        heard: list[StatusChange] = []
        with BackgroundPoller(store, settings=FAST, options=GUARDLESS) as poller:
            changes = poller.changes()
            remove = poller.add_listener(heard.append)
            assert next(changes).status is NodeStatus.ONLINE
            until(lambda: len(heard) == 1)
            remove()
            kernel.die()
            assert next(changes).status is NodeStatus.OFFLINE
            assert poller.states()[1].failures >= 1
            assert not poller.holding
            assert isinstance(poller.metrics, Counters)
            assert poller.metrics.changes == {NodeStatus.ONLINE: 1, NodeStatus.OFFLINE: 1}
        assert len(heard) == 1
        assert list(changes) == []
        assert poller.states() == {}
        assert not any(thread.name == "znp-poller" for thread in threading.enumerate())


def test_a_refresh_takes_effect_at_once_and_raises_what_the_store_raises() -> None:
    class Store(MemoryNodeStore):
        broken = False

        async def list_nodes(self) -> Sequence[Node]:
            if self.broken:
                raise ConnectionError("the database is away")
            return await super().list_nodes()

    with KernelSimulator() as kernel:
        store = Store()
        with BackgroundPoller(store, settings=FAST) as poller:
            changes = poller.changes()
            store.put(Node(1, kernel.control()))
            poller.refresh()
            assert next(changes).node_id == 1
            store.broken = True
            with pytest.raises(ConnectionError):
                poller.refresh()


def test_a_store_with_plain_methods() -> None:
    class Store:
        def __init__(self, node: Node) -> None:
            self.node = node
            self.threads: set[str] = set()

        def list_nodes(self) -> Sequence[Node]:
            self.threads.add(threading.current_thread().name)
            return [self.node]

        def site_settings(self) -> Mapping[str, object]:
            return {"kernel_offline_probe_max_interval_seconds": 1}

        def apply(self, changes: Sequence[StatusChange]) -> Collection[NodeId]:
            self.threads.add(threading.current_thread().name)
            return [change.node_id for change in changes]

    with KernelSimulator() as kernel:
        blocking = Store(Node(1, kernel.control(), "offline"))
        store = ThreadedNodeStore(blocking)
        with BackgroundPoller(store, settings=FAST) as poller:
            assert next(poller.changes()).status is NodeStatus.ONLINE
        store.close()
        store.close()
    assert blocking.threads == {"znp-store-read_0", "znp-store-write_0"}


def test_it_runs_once_and_may_be_stopped_twice() -> None:
    poller = BackgroundPoller(MemoryNodeStore(), settings=FAST)
    with pytest.raises(PollerStateError, match="not running"):
        poller.refresh()
    poller.start()
    poller.start()
    poller.stop()
    poller.stop()
    with pytest.raises(PollerStateError, match="stopped"):
        poller.start()
    with pytest.raises(PollerStateError, match="not running"):
        poller.add_listener(print)


def test_stop_before_start() -> None:
    poller = BackgroundPoller(MemoryNodeStore(), settings=FAST)
    poller.stop()
    with pytest.raises(PollerStateError, match="stopped"):
        poller.start()


def test_its_own_thread_cannot_wait_for_itself() -> None:
    problems: list[str] = []
    tried = threading.Event()

    async def listen(_: StatusChange) -> None:
        try:
            poller.refresh()
        except PollerStateError as error:
            problems.append(str(error))
        tried.set()

    with KernelSimulator() as kernel:
        store = MemoryNodeStore()
        with BackgroundPoller(store, settings=FAST) as poller:
            poller.add_listener(listen)
            store.put(Node(1, kernel.control()))
            poller.refresh()
            assert tried.wait(10)
    assert len(problems) == 1
    assert "another" in problems[0]


def test_stop_is_bounded_while_a_kernel_hangs_and_a_listener_blocks() -> None:
    released = threading.Event()
    with KernelSimulator() as kernel, KernelSimulator() as hanging:
        hanging.faults.hang()
        store = MemoryNodeStore([Node(1, kernel.control(), "offline"), Node(2, hanging.control(), "online")])
        poller = BackgroundPoller(store, settings=FAST)
        poller.start()
        poller.add_listener(lambda _: released.wait(30))
        until(lambda: poller.states()[1].status is NodeStatus.ONLINE)
        begun = time.monotonic()
        poller.stop(timeout=1)
        assert time.monotonic() - begun < 5
        released.set()


def test_a_change_is_waited_for_until_the_poller_stops() -> None:
    poller = BackgroundPoller(MemoryNodeStore(), settings=FAST)
    poller.start()
    changes = poller.changes()
    taken: list[StatusChange] = []
    waiting = threading.Thread(target=lambda: taken.extend(changes))
    waiting.start()
    poller.stop()
    waiting.join(10)
    assert not waiting.is_alive()
    assert taken == []


def test_nothing_made_before_a_fork_is_used_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with BackgroundPoller(MemoryNodeStore(), settings=FAST) as poller:
        with monkeypatch.context() as child:
            child.setattr(os, "getpid", lambda: -1)
            for call in (poller.start, poller.refresh):
                with pytest.raises(PollerStateError, match="fork"):
                    call()
            poller.stop()
        poller.refresh()
