"""What only one of the two forms can do, or does in its own way."""

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType

import httpx
import pytest

from tests.functional.lease.support import BOUND, NODE, QUICK, beats, registration, until
from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.health import Health
from znp_panel_sync.kernel import AsyncKernel, Kernel
from znp_panel_sync.lease import (
    AsyncNodeAgent,
    LeaseError,
    LeaseState,
    LeaseTransition,
    NodeAgent,
    _agent,
    _thread,
    stop_on_signals,
)
from znp_panel_sync.lease._driver import LeaseDriver
from znp_panel_sync.lease._machine import LeaseMachine
from znp_panel_sync.lease._thread import LeaseThread, ThreadEndedError
from znp_panel_sync.testing import KernelSimulator


def lease_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "lease"]


def test_many_blocking_agents_share_one_thread_that_ends_with_the_last_of_them(simulator: KernelSimulator) -> None:
    before = lease_threads()
    with Kernel(simulator.control()) as kernel, Kernel(simulator.control()) as same:
        agents = [NodeAgent(kernel, registration(f"n{n}", 30)) for n in range(19)]
        agents.append(NodeAgent(same, registration("n19", 30)))
        for agent in agents:
            agent.start(wait=BOUND)
        assert len(simulator.node_ids) == 20
        assert len(lease_threads()) == len(before) + 1
        for agent in agents:
            assert agent.stop()
    assert lease_threads() == before
    assert simulator.node_ids == []


def test_a_blocking_agent_stops_from_its_listener(simulator: KernelSimulator) -> None:
    agent = NodeAgent(Kernel(simulator.control()), registration(), timings=QUICK)
    heard: list[str] = []

    def stop(step: LeaseTransition) -> None:
        heard.append(step.state)
        if step.state is LeaseState.REGISTERED:
            assert agent.stop()
            heard.append("stop returned")

    agent.add_listener(stop)
    agent.start()
    until(lambda: len(heard) == 5)
    assert heard == ["registering", "registered", "stop returned", "stopping", "stopped"]


async def test_an_async_agent_stops_from_its_listener(simulator: KernelSimulator) -> None:
    heard: list[str] = []

    async def stop(step: LeaseTransition) -> None:
        heard.append(step.state)
        if step.state is LeaseState.REGISTERED:
            assert await agent.stop()

    async with AsyncKernel(simulator.control()) as kernel:
        agent = AsyncNodeAgent(kernel, registration(), timings=QUICK)
        agent.add_listener(stop)
        async with agent:
            assert await agent.wait_stopped(BOUND)
    assert heard == ["registering", "registered", "stopping", "stopped"]


async def test_async_agents_share_a_kernel_and_ask_coroutine_functions_for_health(simulator: KernelSimulator) -> None:
    async def check() -> Health:
        return Health.UNHEALTHY

    async with AsyncKernel(simulator.control()) as kernel:
        agents = [AsyncNodeAgent(kernel, registration(f"n{n}"), timings=QUICK, health_check=check) for n in range(3)]
        await asyncio.gather(*(agent.start(wait=BOUND) for agent in agents))
        await asyncio.to_thread(simulator.requests.wait_for, "POST", "*/n2/heartbeat")
        assert len(simulator.node_ids) == 3
        assert await asyncio.gather(*(agent.stop() for agent in agents)) == [True] * 3
    assert "Unhealthy" in simulator.requests.find("POST", "*/n2/heartbeat")[0].json()["status"]


async def test_an_async_agent_whose_kernel_was_closed_ends_without_a_sign_off(simulator: KernelSimulator) -> None:
    async with AsyncKernel(simulator.control()) as kernel:
        agent = AsyncNodeAgent(kernel, registration(), timings=QUICK)
        await agent.start(wait=BOUND)
    assert not await agent.stop()
    assert "closed" in (agent.counters.last_error or "")


def test_blocking_agents_take_no_coroutine_functions() -> None:
    async def check() -> Health:
        return Health.HEALTHY

    async def listener(_: LeaseTransition) -> None: ...

    class Monitor:
        async def __call__(self) -> Health:
            return Health.HEALTHY

    with Kernel(NodeControl("http://127.0.0.1:1")) as kernel:
        with pytest.raises(ConfigurationError, match="health_check"):
            NodeAgent(kernel, registration(), health_check=check)  # type: ignore[arg-type]  # the mistake to be refused
        with pytest.raises(ConfigurationError, match="health_check"):
            NodeAgent(kernel, registration(), health_check=Monitor())  # type: ignore[arg-type]  # so is this one
        with pytest.raises(ConfigurationError, match="listener"):
            NodeAgent(kernel, registration()).add_listener(listener)


def test_a_blocking_agent_refuses_a_kernel_with_a_transport_that_it_could_not_use() -> None:
    def never(request: httpx.Request) -> httpx.Response:
        raise AssertionError(request)

    with (
        Kernel(NodeControl("http://127.0.0.1:1"), transport=httpx.MockTransport(never)) as kernel,
        pytest.raises(ConfigurationError, match="kernel: must use connections of its own"),
    ):
        NodeAgent(kernel, registration())


def test_a_blocking_agent_that_was_told_to_stop_frees_its_thread_by_itself(simulator: KernelSimulator) -> None:
    before = lease_threads()
    agent = NodeAgent(Kernel(simulator.control()), registration(), timings=QUICK)
    agent.start(wait=BOUND)
    agent.request_stop()
    until(lambda: lease_threads() == before)
    agent.request_stop()
    assert agent.stop()
    assert agent.wait_stopped()
    assert agent.start(wait=BOUND)
    agent.stop()


async def nothing() -> bool:
    return True


def test_a_thread_that_has_ended_says_so(simulator: KernelSimulator) -> None:
    thread = LeaseThread.of(simulator.control())
    assert thread.call(nothing)
    thread.join()
    with pytest.raises(ThreadEndedError):
        thread.call(nothing)
    assert LeaseThread.of(simulator.control()) is not thread
    LeaseThread.of(simulator.control()).call(nothing)


async def raises(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize(
    ("raised", "seen"), [(asyncio.CancelledError(), ThreadEndedError), (LookupError("x"), LookupError)]
)
def test_a_call_that_fails_or_is_cancelled_ends_for_the_caller_too(
    simulator: KernelSimulator, raised: BaseException, seen: type[Exception]
) -> None:
    with pytest.raises(seen):
        LeaseThread.of(simulator.control()).call(partial(raises, raised))


@contextmanager
def kept_from_working(thread: LeaseThread) -> Iterator[None]:
    """Block a thread's event loop."""
    began, released = threading.Event(), threading.Event()

    async def block() -> bool:
        began.set()
        return released.wait(BOUND)

    caller = threading.Thread(target=thread.call, args=(block, None))
    caller.start()
    assert began.wait(BOUND)
    try:
        yield
    finally:
        released.set()
        caller.join(BOUND)


def test_a_stop_while_the_agent_starts_is_a_stop(simulator: KernelSimulator) -> None:
    agent = NodeAgent(Kernel(simulator.control()), registration(), timings=QUICK)
    thread = LeaseThread.of(simulator.control())
    started: list[bool] = []
    starter = threading.Thread(target=lambda: started.append(agent.start(wait=BOUND)))
    with kept_from_working(thread):
        starter.start()
        until(lambda: thread._calls)
        assert not agent.stop()
    starter.join(BOUND)
    assert started == [False]
    assert agent.state is LeaseState.STOPPED
    assert simulator.requests.total == 0


def test_a_start_that_is_interrupted_leaves_an_agent_that_can_be_stopped(simulator: KernelSimulator) -> None:
    class CtrlC(BaseException):
        """What Ctrl-C raises in the main thread."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise CtrlC(number, frame)

    def interrupt_when_it_waits() -> None:
        until(lambda: thread._calls)
        os.kill(os.getpid(), signal.SIGUSR1)

    agent = NodeAgent(Kernel(simulator.control()), registration(), timings=QUICK)
    thread = LeaseThread.of(simulator.control())
    former = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with kept_from_working(thread):
            threading.Thread(target=interrupt_when_it_waits).start()
            with pytest.raises(CtrlC):
                agent.start()
    finally:
        signal.signal(signal.SIGUSR1, former)
    until(lambda: simulator.node_ids == [NODE])
    assert agent.stop()
    assert simulator.node_ids == []


def test_an_agent_whose_thread_is_kept_from_working_says_that_it_has_not_started(
    simulator: KernelSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_thread, "GRACE_SECONDS", 0.05)
    before = lease_threads()
    agent = NodeAgent(Kernel(simulator.control()), registration(), timings=QUICK)
    with (
        kept_from_working(LeaseThread.of(simulator.control())),
        pytest.raises(LeaseError, match="has not been started"),
    ):
        agent.start()
    until(lambda: lease_threads() == before)
    assert agent.state is LeaseState.STOPPED
    assert simulator.requests.total == 0


def test_a_stop_does_not_wait_for_a_thread_that_is_kept_from_working(
    simulator: KernelSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_thread, "GRACE_SECONDS", 0.05)
    agent = NodeAgent(Kernel(simulator.control()), registration(ttl_seconds=60), timings=QUICK)
    agent.start(wait=BOUND)
    with kept_from_working(LeaseThread.of(simulator.control())):
        assert not agent.stop(timeout=0.05)
    assert agent.wait_stopped(BOUND)
    assert simulator.requests.find("DELETE") == []


def test_where_no_thread_can_begin_start_says_so_and_works_later(
    simulator: KernelSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    agent = NodeAgent(Kernel(simulator.control()), registration(), timings=QUICK)
    with monkeypatch.context() as exhausted:
        exhausted.setattr(threading.Thread, "start", refuse)
        with pytest.raises(LeaseError, match="can't start new thread"):
            agent.start()
    assert agent.start(wait=BOUND)
    assert agent.stop()


def test_a_report_from_another_thread_while_the_agent_starts_is_left_to_the_event_loop(
    simulator: KernelSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = NodeAgent(Kernel(simulator.control()), registration(ttl_seconds=60), timings=QUICK)
    send, reported = LeaseMachine._send, threading.Event()

    def send_while_somebody_reports(machine: LeaseMachine, now: float) -> None:
        send(machine, now)
        if not reported.is_set():
            reported.set()
            reporter = threading.Thread(target=agent.report, args=(Health.DEGRADED,))
            reporter.start()
            reporter.join(BOUND)

    monkeypatch.setattr(LeaseMachine, "_send", send_while_somebody_reports)
    assert agent.start(wait=BOUND)
    simulator.requests.wait_for("POST", "*/heartbeat")
    assert beats(simulator)[0]["status"] == {"Degraded": {"consecutive_failures": 1}}
    assert agent.stop()


def test_a_stop_from_elsewhere_does_not_wait_for_an_event_loop_that_does_not_run(
    simulator: KernelSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_agent, "GRACE_SECONDS", 0.05)
    kernel = AsyncKernel(simulator.control())
    agent = AsyncNodeAgent(kernel, registration(ttl_seconds=60), timings=QUICK)
    with asyncio.Runner() as runner:
        runner.run(agent.start(wait=BOUND))
        assert not asyncio.run(agent.stop(timeout=0.05))
        assert runner.run(agent.wait_stopped(BOUND))
        assert simulator.requests.find("DELETE") == []
        runner.run(kernel.aclose())


async def test_a_stop_that_a_signal_asks_for_while_the_agent_starts_is_not_forgotten(
    simulator: KernelSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = LeaseDriver.start

    def interrupted(driver: LeaseDriver) -> None:
        signal.raise_signal(signal.SIGUSR1)
        begin(driver)

    monkeypatch.setattr(LeaseDriver, "start", interrupted)
    async with AsyncKernel(simulator.control()) as kernel:
        agent = AsyncNodeAgent(kernel, registration(), timings=QUICK)
        with stop_on_signals(agent, signals=[signal.SIGUSR1]) as received:
            assert not await agent.start(wait=BOUND)
            assert await agent.wait_stopped(BOUND)
        assert received == [signal.SIGUSR1]
        assert simulator.node_ids == []


async def test_an_async_agent_is_asked_from_another_event_loop(simulator: KernelSimulator) -> None:
    def elsewhere() -> None:
        async def act() -> None:
            assert await agent.start(wait=BOUND)
            assert not await agent.wait_stopped(0.01)
            assert await agent.stop()
            assert await agent.wait_stopped()

        asyncio.run(act())

    async with AsyncKernel(simulator.control()) as kernel:
        agent = AsyncNodeAgent(kernel, registration(), timings=QUICK)
        await agent.start()
        await asyncio.to_thread(elsewhere)
        assert agent.state is LeaseState.STOPPED
        assert simulator.node_ids == []


def waits_elsewhere(agent: AsyncNodeAgent, outcome: list[bool]) -> threading.Thread:
    async def wait() -> None:
        outcome.append(await agent.wait_stopped())

    thread = threading.Thread(target=lambda: asyncio.run(wait()))
    thread.start()
    return thread


async def somebody_waits() -> None:
    async with asyncio.timeout(BOUND):
        while not any("LeaseDriver.over" in str(task.get_coro()) for task in asyncio.all_tasks()):  # noqa: ASYNC110 - a thread's
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("in_order", [True, False])
def test_whoever_waits_on_another_event_loop_is_let_go_when_the_agents_own_ends(
    simulator: KernelSimulator, in_order: bool
) -> None:
    outcome: list[bool] = []
    kernel = AsyncKernel(simulator.control())
    agent = AsyncNodeAgent(kernel, registration(), timings=QUICK)
    runner = asyncio.Runner()
    runner.run(agent.start(wait=BOUND))
    thread = waits_elsewhere(agent, outcome)
    runner.run(somebody_waits())
    runner.run(kernel.aclose())
    if in_order:
        runner.close()  # ends its tasks first
    else:
        runner.get_loop().set_exception_handler(lambda *_: None)  # which would tell of each task that is left behind
        runner.get_loop().close()
    thread.join(BOUND)
    assert outcome == [True]
    assert asyncio.run(agent.wait_stopped())
    assert not asyncio.run(agent.stop())


async def test_whoever_waits_for_the_registration_learns_of_the_stop(simulator: KernelSimulator) -> None:
    async with AsyncKernel(simulator.control()) as kernel:
        agent = AsyncNodeAgent(kernel, registration(), timings=QUICK)
        with simulator.faults.hang(path="*/registrations"):
            waiting = asyncio.ensure_future(agent.start(wait=BOUND))
            await asyncio.to_thread(simulator.requests.wait_for, "POST", "*/registrations")
            await agent.stop(timeout=0.2)
            assert await waiting is False
