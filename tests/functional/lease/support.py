"""Both agents behind one blocking face, so that each scenario is written once and played twice."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

from znp_kernel_client.models.node_role import NodeRole
from znp_kernel_client.models.protocol_registration_request import ProtocolRegistrationRequest
from znp_panel_sync.control import NodeControl
from znp_panel_sync.health import Health
from znp_panel_sync.kernel import AsyncKernel, Kernel
from znp_panel_sync.lease import AgentCounters, AsyncNodeAgent, LeaseState, LeaseTimings, LeaseTransition, NodeAgent
from znp_panel_sync.testing import KernelSimulator

T = TypeVar("T")

BOUND = 15.0
"""Seconds after which a condition that does not come true fails a test."""

NODE = "edge-1"
QUICK = LeaseTimings(
    retry_delay=0.1, max_retry_delay=0.3, refused_retry_delay=0.3, request_timeout=1.0, health_timeout=0.2
)


def registration(node_id: str = NODE, ttl_seconds: int | None = 1) -> ProtocolRegistrationRequest:
    return ProtocolRegistrationRequest(id=node_id, role=NodeRole.LISTENER, protocol="vless", ttl_seconds=ttl_seconds)


class Agent(Protocol):
    """What a scenario may do."""

    @property
    def state(self) -> LeaseState: ...
    @property
    def counters(self) -> AgentCounters: ...
    def start(self, wait: float | None = None) -> bool: ...
    def stop(self, timeout: float | None = None) -> bool: ...
    def request_stop(self) -> None: ...
    def wait_stopped(self, timeout: float | None = None) -> bool: ...
    def report(self, health: Health, message: str | None = None) -> None: ...
    def add_listener(self, listener: Callable[[LeaseTransition], object]) -> Callable[[], None]: ...


NewAgent = Callable[..., Agent]
"""Makes an agent for a `NodeControl`, with the options of both forms."""


class Form(Protocol):
    """A way to make agents."""

    def agent(self, control: NodeControl, **options: Any) -> Agent: ...
    def close(self) -> None: ...


class BlockingForm:
    """Makes `NodeAgent`s."""

    def __init__(self) -> None:
        self._made: list[NodeAgent] = []

    def agent(self, control: NodeControl, **options: Any) -> Agent:
        agent = NodeAgent(Kernel(control), **{"registration": registration(), "timings": QUICK, **options})
        self._made.append(agent)
        return agent

    def close(self) -> None:
        for agent in self._made:
            agent.stop()


class AsyncForm:
    """Makes `AsyncNodeAgent`s that live on an event loop in a thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._made: list[tuple[AsyncNodeAgent, AsyncKernel]] = []

    def agent(self, control: NodeControl, **options: Any) -> Agent:
        kernel = AsyncKernel(control)
        agent = AsyncNodeAgent(kernel, **{"registration": registration(), "timings": QUICK, **options})
        self._made.append((agent, kernel))
        return AsyncFace(agent, self.run)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(BOUND)

    def close(self) -> None:
        for agent, kernel in self._made:
            self.run(agent.stop())
            self.run(kernel.aclose())
        self.run(self._loop.shutdown_default_executor())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class AsyncFace:
    """An `AsyncNodeAgent`, called from outside its event loop."""

    def __init__(self, agent: AsyncNodeAgent, run: Callable[[Coroutine[Any, Any, bool]], bool]) -> None:
        self._agent = agent
        self._run = run
        self.report = agent.report
        self.add_listener = agent.add_listener
        self.request_stop = agent.request_stop

    @property
    def state(self) -> LeaseState:
        return self._agent.state

    @property
    def counters(self) -> AgentCounters:
        return self._agent.counters

    def start(self, wait: float | None = None) -> bool:
        return self._run(self._agent.start(wait))

    def stop(self, timeout: float | None = None) -> bool:
        return self._run(self._agent.stop(timeout))

    def wait_stopped(self, timeout: float | None = None) -> bool:
        return self._run(self._agent.wait_stopped(timeout))


class Diary:
    """Keeps the transitions of one agent, and when they were announced."""

    def __init__(self, agent: Agent) -> None:
        self.steps: list[tuple[float, LeaseTransition]] = []
        agent.add_listener(lambda step: self.steps.append((time.monotonic(), step)))

    @property
    def states(self) -> list[str]:
        return [step.state for _, step in self.steps]

    def when(self, state: LeaseState) -> float:
        return next(moment for moment, step in self.steps if step.state is state)


def until(condition: Callable[[], object]) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + BOUND
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.005)


def reaches(agent: Agent, state: LeaseState) -> None:
    """Wait until an agent has a state."""
    until(lambda: agent.state is state)


def beats(simulator: KernelSimulator) -> list[dict[str, Any]]:
    """The bodies of the heartbeats that the kernel has received."""
    return [request.json() for request in simulator.requests.find("POST", "*/heartbeat")]
