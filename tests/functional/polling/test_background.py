"""The poller in a thread of its own."""

import asyncio
import gc
import os
import threading
import time
import weakref
from collections.abc import Callable, Collection, Mapping, Sequence

import pytest

from tests.unit.cluster.support import Member
from znp_panel_sync.errors import ConfigurationError
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


def test_listeners_that_are_given_hear_of_every_change_from_the_first_on() -> None:
    heard: list[StatusChange] = []

    async def hear(change: StatusChange) -> None:
        heard.append(change)

    with KernelSimulator() as kernel:
        store = MemoryNodeStore([Node(1, kernel.control(), "offline")])
        with BackgroundPoller(store, settings=FAST, listeners=[heard.append, hear]):
            until(lambda: store[1].status is NodeStatus.ONLINE)
    assert [change.status for change in heard] == [NodeStatus.ONLINE] * 2


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


def test_a_refresh_takes_no_longer_than_the_store_may() -> None:
    class Hanging(MemoryNodeStore):
        async def list_nodes(self) -> Sequence[Node]:
            await asyncio.Event().wait()
            return ()

    options = PollerOptions(store_timeout=0.05)
    with BackgroundPoller(Hanging(), settings=FAST, options=options) as poller, pytest.raises(TimeoutError):
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


def test_an_iterator_ends_when_it_is_closed_and_one_that_nobody_holds_is_forgotten() -> None:
    with BackgroundPoller(MemoryNodeStore(), settings=FAST) as poller:
        changes = poller.changes()
        waiting = threading.Thread(target=lambda: list(changes))
        waiting.start()
        changes.close()
        changes.close()
        waiting.join(10)
        assert not waiting.is_alive()
        dropped = weakref.ref(poller.changes())
        gc.collect()
        assert dropped() is None


def test_an_iterator_far_behind_loses_the_oldest(caplog: pytest.LogCaptureFixture) -> None:
    with KernelSimulator() as kernel:
        store = MemoryNodeStore(Node(number, kernel.control(), "offline") for number in range(5))
        with BackgroundPoller(store, settings=FAST, options=PollerOptions(listener_backlog=3)) as poller:
            changes = poller.changes()
            until(lambda: changes.dropped == 2)
        assert len(list(changes)) == 3
    assert "loses the oldest" in caplog.text


def test_what_keeps_it_from_starting_is_raised_each_time() -> None:
    class Broken(Member):
        def enter(self, *_: object) -> None:
            raise ConfigurationError("url", "names an engine whose driver is not installed")

    poller = BackgroundPoller(MemoryNodeStore(), cluster=Broken())
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="driver"):
            poller.start()
    with pytest.raises(PollerStateError, match="not running"):
        poller.refresh()
    poller.stop()


def test_a_thread_that_a_listener_blocks_is_reported_and_can_be_stopped_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "_WIND_UP_SECONDS", 0.1)
    blocked, released = threading.Event(), threading.Event()

    async def block(_: StatusChange) -> None:
        blocked.set()
        released.wait(30)

    with KernelSimulator() as kernel:
        store = MemoryNodeStore([Node(1, kernel.control(), "offline")])
        poller = BackgroundPoller(store, settings=FAST)
        poller.start()
        poller.add_listener(block)
        assert blocked.wait(10)
        with pytest.raises(PollerStateError, match="does not answer"):
            poller.stop(timeout=0.1)
        released.set()
        monkeypatch.undo()
        poller.stop()
        assert not any(thread.name == "znp-poller" for thread in threading.enumerate())


def test_recovery_actions_that_hang_silence_no_listener() -> None:
    released, heard = threading.Event(), threading.Event()
    options = PollerOptions(recovery_concurrency=40)
    with KernelSimulator() as kernel:
        store = MemoryNodeStore(Node(number, kernel.control(), "offline") for number in range(40))
        hang = [lambda _: released.wait(30)]
        with BackgroundPoller(store, settings=FAST, options=options, on_recovered=hang) as poller:
            until(lambda: all(state.status is NodeStatus.ONLINE for state in poller.states().values()))
            poller.add_listener(lambda _: heard.set())
            store.put(Node(40, kernel.control(), "offline"))
            poller.refresh()
            assert heard.wait(10)
            released.set()


def test_nothing_made_before_a_fork_is_used_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with BackgroundPoller(MemoryNodeStore(), settings=FAST) as poller:
        with monkeypatch.context() as child:
            child.setattr(os, "getpid", lambda: -1)
            for call in (poller.start, poller.refresh):
                with pytest.raises(PollerStateError, match="fork"):
                    call()
            poller.stop()
        poller.refresh()
