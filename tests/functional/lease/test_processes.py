"""Agents in programs that end, are told to end, or fork."""

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.functional.lease.support import BOUND, NODE, QUICK, registration, until
from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.health import Health
from znp_panel_sync.kernel import AsyncKernel, Kernel
from znp_panel_sync.lease import (
    AsyncNodeAgent,
    ForkedAgentError,
    LeaseState,
    LeaseTransition,
    NodeAgent,
    stop_on_signals,
)
from znp_panel_sync.lease._thread import LeaseThread, ThreadEndedError
from znp_panel_sync.testing import FaultProxy, KernelSimulator

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 60.0

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


@contextmanager
def program(*arguments: str, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """Run Python; kill it if it does not end."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


# The examples


@pytest.mark.parametrize("example", ["node_agent.py", "node_agent_blocking.py"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_example_registers_and_signs_off_when_told_to_end(example: str, number: signal.Signals) -> None:
    with KernelSimulator(token="canary", ttl_seconds=3) as simulator:
        arguments = (f"examples/{example}", "--kernel", simulator.url, "--id", NODE, "--listen", "0.0.0.0:443")
        with program(*arguments, KERNEL_TOKEN="canary") as agent:
            simulator.requests.wait_for("POST", "*/heartbeat", count=2, timeout=PATIENCE)
            assert simulator.node_ids == [NODE]
            agent.send_signal(number)
            output, _ = agent.communicate(timeout=PATIENCE)
        assert agent.returncode == 0, output
        assert simulator.node_ids == []
        assert "registered -> stopping: stop was asked for" in output
        assert "canary" not in output


# The end of the interpreter


ENDS_WITHOUT_STOP = """
    import sys
    from tests.functional.lease.support import registration, QUICK
    from znp_panel_sync.control import NodeControl
    from znp_panel_sync.kernel import Kernel
    from znp_panel_sync.lease import NodeAgent

    agent = NodeAgent(Kernel(NodeControl(sys.argv[1])), registration(ttl_seconds=60), random=lambda: 0.9)
    print(agent.start(wait=30), flush=True)
    sys.stdin.readline()
"""


def test_an_agent_that_nobody_stops_signs_off_at_exit_even_if_it_has_to_connect_anew() -> None:
    with KernelSimulator() as simulator, FaultProxy(simulator.url) as proxy:
        by_name = f"http://localhost:{proxy.port}"
        with program("-c", textwrap.dedent(ENDS_WITHOUT_STOP), by_name) as agent:
            assert agent.stdout is not None
            assert agent.stdout.readline() == "True\n"
            proxy.reset_connections()
            output, _ = agent.communicate("end\n", timeout=PATIENCE)
        assert (agent.returncode, output) == (0, "")
        assert simulator.node_ids == []


HANGS_AT_EXIT = """
    import sys
    from tests.functional.lease.support import registration
    from znp_panel_sync.control import NodeControl
    from znp_panel_sync.kernel import Kernel
    from znp_panel_sync.lease import LeaseTimings, NodeAgent

    timings = LeaseTimings(stop_timeout=300.0)
    agents = [NodeAgent(Kernel(NodeControl(url)), registration(), timings=timings) for url in sys.argv[1:]]
    print(all([agent.start(wait=30) for agent in agents]), flush=True)
    sys.stdin.readline()
"""


def test_agents_of_several_kernels_sign_off_at_exit_without_waiting_for_each_other() -> None:
    with (
        KernelSimulator() as one,
        KernelSimulator() as other,
        program("-c", textwrap.dedent(HANGS_AT_EXIT), one.url, other.url) as agents,
    ):
        assert agents.stdout is not None
        assert agents.stdin is not None
        assert agents.stdout.readline() == "True\n"
        one.faults.hang()
        other.faults.hang()
        agents.stdin.close()
        for simulator in (one, other):
            simulator.requests.wait_for("DELETE", timeout=PATIENCE)


def test_a_name_that_cannot_be_resolved_is_trouble_like_any_other() -> None:
    agent = NodeAgent(Kernel(NodeControl("http://nowhere.invalid")), registration(), timings=QUICK)
    agent.start()
    until(lambda: agent.counters.last_error)
    assert agent.state is LeaseState.REGISTERING
    assert not agent.stop(timeout=0.5)


async def start_and_forget(simulator: KernelSimulator) -> None:
    kernel = AsyncKernel(simulator.control())
    agent = AsyncNodeAgent(kernel, registration(), timings=QUICK)
    assert await agent.start(wait=BOUND)

    async def close_the_kernel_last() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await agent.wait_stopped(BOUND)
            await kernel.aclose()

    forgotten = asyncio.ensure_future(close_the_kernel_last())
    await asyncio.sleep(0)
    assert not forgotten.done()


def test_an_async_agent_that_nobody_stops_signs_off_when_its_loop_is_run_down() -> None:
    with KernelSimulator() as simulator:
        asyncio.run(start_and_forget(simulator))
        assert simulator.node_ids == []
        assert len(simulator.requests.find("DELETE")) == 1


# Signals


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_signals_stop_agents_within_the_block_and_mean_what_they_did_after_it(number: signal.Signals) -> None:
    former = signal.getsignal(number)
    with KernelSimulator() as simulator, Kernel(simulator.control()) as kernel:
        agents = [NodeAgent(kernel, registration(name), timings=QUICK) for name in ("a", "b")]
        with stop_on_signals(*agents, signals=[number]):
            for agent in agents:
                assert agent.start(wait=BOUND)
            signal.raise_signal(number)
            assert all(agent.wait_stopped(BOUND) for agent in agents)
        assert simulator.node_ids == []
    assert signal.getsignal(number) == former


def test_stop_may_be_called_in_a_signal_handler_even_while_the_agent_starts_or_waits() -> None:
    with KernelSimulator() as simulator, Kernel(simulator.control()) as kernel:
        agent = NodeAgent(kernel, registration(), timings=QUICK)
        agent.add_listener(lambda step: os.kill(os.getpid(), signal.SIGUSR1) if step.number == 2 else None)
        former = signal.signal(signal.SIGUSR1, lambda *_: agent.stop())
        try:
            agent.start(wait=BOUND)
            agent.wait_stopped(BOUND)
        finally:
            signal.signal(signal.SIGUSR1, former)
        assert agent.state is LeaseState.STOPPED
        assert simulator.node_ids == []


def test_a_block_is_told_of_signals_that_came_before_its_agents_were_started() -> None:
    with Kernel(NodeControl("http://127.0.0.1:1")) as kernel:
        agent = NodeAgent(kernel, registration(), timings=QUICK)
        with stop_on_signals(agent, signals=[signal.SIGUSR1, signal.SIGUSR2]) as received:
            assert received == []
            signal.raise_signal(signal.SIGUSR2)
            assert received == [signal.SIGUSR2]


def test_a_signal_that_cannot_be_handled_leaves_no_handler_behind() -> None:
    former = signal.getsignal(signal.SIGUSR1)
    with pytest.raises(OSError), stop_on_signals(signals=[signal.SIGUSR1, signal.SIGKILL]):
        raise AssertionError
    assert signal.getsignal(signal.SIGUSR1) == former


# Fork


def fork_and_wait(work: Callable[[], None]) -> None:
    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    child.join(PATIENCE)
    assert child.exitcode == 0


@pytest.mark.parametrize("use", ["state", "counters", "start", "report", "wait_stopped"])
def test_a_forked_child_is_told_that_the_agent_is_its_parents(use: str) -> None:
    with KernelSimulator() as simulator, NodeAgent(Kernel(simulator.control()), registration(), timings=QUICK) as agent:

        def work() -> None:
            assert not agent.stop()
            agent.request_stop()
            with pytest.raises(ForkedAgentError, match=r"before fork\(\)"):
                agent.report(Health.HEALTHY) if use == "report" else getattr(agent, use)()

        agent.start(wait=BOUND)
        fork_and_wait(work)
        sent = agent.counters.beats_sent
        until(lambda: agent.counters.beats_sent > sent)
        assert agent.state is LeaseState.REGISTERED


def test_a_forked_child_may_begin_anew_where_it_is_asked_to() -> None:
    with KernelSimulator() as simulator, Kernel(simulator.control()) as kernel:
        agent = NodeAgent(kernel, registration(ttl_seconds=60), timings=QUICK, on_fork="restart")

        def work() -> None:
            assert agent.state is LeaseState.STOPPED
            assert agent.start(wait=BOUND)
            assert agent.counters.registrations == 1
            assert agent.stop()

        with agent:
            agent.start(wait=BOUND)
            fork_and_wait(work)
            assert len(simulator.requests.find("POST", "*/registrations")) == 2


def test_a_listener_that_was_at_work_at_the_fork_hears_of_the_childs_own_lease() -> None:
    at_work, released = threading.Event(), threading.Event()
    heard: list[str] = []

    def listener(step: LeaseTransition) -> None:
        heard.append(step.state)
        at_work.set()
        released.wait(BOUND)

    with KernelSimulator() as simulator, Kernel(simulator.control()) as kernel:
        agent = NodeAgent(kernel, registration(ttl_seconds=60), timings=QUICK, on_fork="restart")
        agent.add_listener(listener)

        def work() -> None:
            heard.clear()
            released.set()
            assert agent.start(wait=BOUND)
            assert agent.stop()
            assert heard == ["registering", "registered", "stopping", "stopped"]

        with agent:
            assert at_work.wait(BOUND)
            fork_and_wait(work)
            released.set()


def test_a_child_that_goes_on_with_its_parents_event_loop_does_not_beat() -> None:
    with KernelSimulator() as simulator, asyncio.Runner() as runner:
        kernel = AsyncKernel(simulator.control())
        agent = AsyncNodeAgent(kernel, registration(), timings=QUICK)
        assert runner.run(agent.start(wait=BOUND))
        asked = simulator.requests.total

        def work() -> None:
            runner.get_loop().run_until_complete(asyncio.sleep(1.0))
            assert not runner.get_loop().run_until_complete(agent.stop())
            with pytest.raises(ForkedAgentError):
                _ = agent.state

        fork_and_wait(work)
        assert simulator.requests.total == asked
        assert runner.run(agent.stop())
        runner.run(kernel.aclose())


async def nothing() -> None: ...


def test_a_forked_child_has_no_lease_thread() -> None:
    with KernelSimulator() as simulator, NodeAgent(Kernel(simulator.control()), registration()):
        thread = LeaseThread.of(simulator.control())

        def work() -> None:
            with pytest.raises(ThreadEndedError):
                thread.call(nothing)

        fork_and_wait(work)


# Mistakes


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"registration": registration(" ")}, "registration.id"),
        ({"on_fork": "ignore"}, "on_fork"),
    ],
)
def test_arguments_that_make_no_sense_are_refused_by_name(options: dict[str, Any], problem: str) -> None:
    with Kernel(NodeControl("http://127.0.0.1:1")) as kernel, pytest.raises(ConfigurationError, match=problem):
        NodeAgent(kernel, **{"registration": registration(), **options})
