"""The poller against simulated kernels and a proxy that spoils connections, on real sockets."""

import asyncio
import logging
import os
import threading
from collections.abc import Awaitable, Iterator
from pathlib import Path

import pytest

from tests.functional.polling.support import Heard, until
from znp_panel_sync.health import Health
from znp_panel_sync.polling import Node, NodeStatus, PollerOptions, PollerStateError, Reason, StatusChange, StatusPoller
from znp_panel_sync.settings import KernelSettings
from znp_panel_sync.stores import MemoryNodeStore, SqlNodeStore
from znp_panel_sync.testing import FaultProxy, KernelSimulator
from znp_panel_sync.testing.connection_faults import (
    Blackhole,
    ConnectionFault,
    Delay,
    Drip,
    Garble,
    Refuse,
    Reset,
    Slice,
    Truncate,
)

FAST = KernelSettings(0.3, offline_probe_max_interval=0.3)
GUARDLESS = PollerOptions(guard=None, refresh_interval=0.5)


async def test_a_kernel_dies_and_returns() -> None:
    recovered: list[Node] = []
    with KernelSimulator(token="t") as first, KernelSimulator() as second:
        store = MemoryNodeStore([Node(1, first.control()), Node(2, second.control(), "online")])
        async with StatusPoller(store, settings=FAST, options=GUARDLESS, on_recovered=[recovered.append]) as poller:
            heard = Heard(poller)
            await until(lambda: heard.statuses(1) == ["online"])
            first.die()
            await until(lambda: heard.statuses(1) == ["online", "offline"])
            assert store[1].status is NodeStatus.OFFLINE
            assert poller.states()[2].status is NodeStatus.ONLINE
            first.come_back()
            await until(lambda: heard.statuses(1) == ["online", "offline", "online"])
            await until(lambda: len(recovered) == 2)
        assert [change.reason for change in heard.changes] == [Reason.REACHED, Reason.REFUSED, Reason.REACHED]
        assert heard.statuses(2) == []
        assert [node.id for node in recovered] == [1, 1]


@pytest.fixture
def kernel() -> Iterator[KernelSimulator]:
    """A kernel that lets everybody in."""
    with KernelSimulator() as kernel:
        yield kernel


@pytest.fixture
def proxy(kernel: KernelSimulator) -> Iterator[FaultProxy]:
    """A way to the kernel that can be spoilt."""
    with FaultProxy(kernel.url) as proxy:
        yield proxy


FAULTS: list[tuple[ConnectionFault, Reason]] = [
    (Refuse(), Reason.REFUSED),
    (Reset(after=10), Reason.RESET),
    (Blackhole(), Reason.TIMED_OUT),
    (Drip(interval=0.2), Reason.TIMED_OUT),
    (Delay(seconds=2.5), Reason.TIMED_OUT),
    (Garble(), Reason.UNDECODABLE),
    (Truncate(after=40), Reason.UNDECODABLE),
]


@pytest.mark.parametrize(("fault", "reason"), FAULTS, ids=lambda value: type(value).__name__)
async def test_every_fault_makes_its_node_offline_and_no_other(
    kernel: KernelSimulator, proxy: FaultProxy, fault: ConnectionFault, reason: Reason
) -> None:
    nodes = [
        Node(1, kernel.control(endpoint=proxy.url, timeout=1.0), "online"),
        Node(2, kernel.control(), "online"),
    ]
    store = MemoryNodeStore(nodes)
    async with StatusPoller(store, settings=FAST, options=GUARDLESS) as poller:
        heard = Heard(poller)
        await until(lambda: poller.states() and all(state.reason for state in poller.states().values()))
        proxy.fault = fault
        await until(lambda: heard.statuses(1) == ["offline"])
        assert heard.changes[0].reason is reason
        proxy.fault = None
        await until(lambda: heard.statuses(1) == ["offline", "online"])
    assert heard.statuses(2) == []
    await until(lambda: proxy.open_connections == 0)


async def test_an_answer_in_single_bytes_is_an_answer(kernel: KernelSimulator, proxy: FaultProxy) -> None:
    proxy.fault = Slice(size=1)
    store = MemoryNodeStore([Node(1, kernel.control(endpoint=proxy.url), "offline")])
    async with StatusPoller(store, settings=FAST) as poller:
        heard = Heard(poller)
        await until(lambda: heard.statuses(1) == ["online"])
    await until(lambda: proxy.open_connections == 0)


async def test_a_degraded_protocol_is_seen_and_changes_no_status() -> None:
    with KernelSimulator() as kernel:
        kernel.add_node("edge-1", protocol="vless")
        store = MemoryNodeStore([Node(1, kernel.control(), "online")])
        async with StatusPoller(store, settings=FAST) as poller:
            await until(lambda: 1 in poller.states() and poller.states()[1].protocols)
            kernel.set_health("edge-1", Health.UNHEALTHY)
            await until(lambda: poller.states()[1].protocols[0].health is Health.UNHEALTHY)
            assert poller.states()[1].status is NodeStatus.ONLINE


async def test_a_restarted_panel_goes_on_where_it_was(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/panel.db"
    with KernelSimulator() as first, KernelSimulator() as second:
        store = SqlNodeStore(database)
        await store.add([{"id": 1, "control_endpoint": first.url}, {"id": 2, "control_endpoint": second.url}])
        async with StatusPoller(store, settings=FAST, options=GUARDLESS) as poller:
            heard = Heard(poller)
            await until(lambda: heard.statuses(1) == heard.statuses(2) == ["online"])
            first.die()
            await until(lambda: heard.statuses(1) == ["online", "offline"])
        store.close()
        restarted = SqlNodeStore(database)
        async with StatusPoller(restarted, settings=FAST, options=GUARDLESS) as poller:
            heard = Heard(poller)
            await until(lambda: len([1 for state in poller.states().values() if state.reason]) == 2)
            assert heard.changes == []
            first.come_back()
            await until(lambda: heard.statuses(1) == ["online"])
        assert [node.status.value for node in await restarted.list_nodes()] == ["online", "online"]
        restarted.close()


async def test_credentials_that_are_repaired_in_the_store_work_at_once() -> None:
    with KernelSimulator(token="right") as kernel:
        store = MemoryNodeStore([Node(1, kernel.control(token="wrong"), "online")])
        async with StatusPoller(store, settings=KernelSettings(0.3), options=PollerOptions(guard=None)) as poller:
            heard = Heard(poller)
            await until(lambda: heard.statuses(1) == ["offline"])
            assert heard.changes[0].reason is Reason.UNAUTHORIZED
            store.put(Node(1, kernel.control(), "offline"))
            await poller.refresh()
            await until(lambda: heard.statuses(1) == ["offline", "online"])


async def test_plain_functions_as_listeners_and_actions_run_beside_the_loop() -> None:
    threads: set[str] = set()
    released = threading.Event()

    def note_thread() -> None:
        threads.add(threading.current_thread().name.rsplit("_", 1)[0])

    def listen(_: StatusChange) -> None:
        note_thread()
        released.wait(5)

    def act(_: Node) -> Awaitable[object]:
        note_thread()

        async def mark() -> None:
            recovered.set()

        return mark()

    recovered = asyncio.Event()
    with KernelSimulator() as kernel:
        store = MemoryNodeStore([Node(1, kernel.control(), "offline")])
        async with StatusPoller(store, settings=FAST, on_recovered=[act]) as poller:
            poller.add_listener(listen)
            await asyncio.wait_for(recovered.wait(), 5)
            before = kernel.requests.total
            await until(lambda: kernel.requests.total > before + 1)
            released.set()
    assert threads == {"znp-poller-listener", "znp-poller-recovery"}


async def test_stop_in_the_middle_of_everything_leaves_nothing_behind() -> None:
    with KernelSimulator() as kernel, KernelSimulator() as hanging:
        hanging.faults.hang()
        nodes = [Node(number, kernel.control(timeout=5 + number), "offline") for number in range(20)]
        store = MemoryNodeStore([*nodes, Node(99, hanging.control(), "online")])
        for delay in (0.0, 0.05, 0.2, 0.5):
            poller = StatusPoller(store, settings=FAST)
            await poller.start()
            await asyncio.sleep(delay)
            await poller.stop()
            await until(lambda: asyncio.all_tasks() == {asyncio.current_task()})
            await asyncio.sleep(0.1)  # what was on its way has arrived
            answered = kernel.requests.total
            await asyncio.sleep(0.4)
            assert kernel.requests.total == answered


async def test_no_secret_is_shown_anywhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with KernelSimulator(access_key="panel", secret_key="right-canary") as kernel:
        wrong = kernel.control(secret_key="wrong-canary")
        store = MemoryNodeStore([Node(1, wrong, "online"), Node(2, kernel.control(), "offline")])
        async with StatusPoller(store, settings=FAST, options=GUARDLESS) as poller:
            heard = Heard(poller)
            await until(lambda: heard.statuses(1) and heard.statuses(2))
            shown = [
                repr(poller),
                repr(poller.states()),
                repr(heard.changes),
                repr(store[1]),
                str(heard.changes[0].error),
            ]
    assert "canary" not in "\n".join([caplog.text, *shown])
    assert "answered 401" in caplog.text


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork()")
def test_a_child_does_not_poll_for_its_parent() -> None:
    poller = StatusPoller(MemoryNodeStore(), settings=FAST)
    child = os.fork()
    if child == 0:
        try:
            asyncio.run(poller.start())
        except PollerStateError as error:
            os._exit(7 if "fork" in str(error) else 8)
        os._exit(9)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
