"""Three kernels, three node agents and a panel on real sockets: what each of them sees, in under half a minute.

The kernels are simulated; everything else is what a panel and an agent run in earnest. Agents register and beat; the
panel polls, has its callbacks registered, receives events and traffic, and keeps all of it in SQLite. Then a kernel
dies and returns, a protocol degrades, traffic is reported, and the agents sign off.
"""

import asyncio
import contextlib
import secrets
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from znp_kernel_client.models import NodeRole, ProtocolRegistrationRequest
from znp_panel_sync.errors import ZnpError
from znp_panel_sync.events import (
    AsyncEventDispatcher,
    AsyncEventSubscriptions,
    CallbackReceiver,
    EventHandlers,
    NodeEvent,
    ServiceEvent,
    StoredEvent,
    Subject,
)
from znp_panel_sync.health import Health
from znp_panel_sync.kernel import AsyncKernel
from znp_panel_sync.lease import AsyncNodeAgent, LeaseState, LeaseTransition
from znp_panel_sync.panel import AsyncPanelActions
from znp_panel_sync.polling import NodeStatus, PollerOptions, StatusChange, StatusPoller
from znp_panel_sync.settings import BackoffSettings, KernelSettings, WebhookSettings
from znp_panel_sync.stores import MemoryBindingStore, SqlEventLedger, SqlNodeStore
from znp_panel_sync.testing import KernelSimulator

CITIES = ("hk", "tokyo", "paris")
POLL_SECONDS = 0.5
LEASE_SECONDS = 4.0
STEP_LIMIT_SECONDS = 8.0
WEBHOOK_TOKEN = secrets.token_urlsafe()
USED_BYTES = 5_000_000


class StepError(ZnpError):
    """Something that the demo shows did not happen in time."""


class Story:
    """What has happened so far, printed as it happens."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.lines = 0
        self.counts: dict[str, int] = {}
        self.node_events: list[tuple[str, str]] = []

    def tell(self, who: str, what: str) -> None:
        """Print one line with the seconds since the beginning."""
        self.lines += 1
        self.counts[who] = self.counts.get(who, 0) + 1
        line = f"{time.monotonic() - self._began:5.1f} s  {who:<14} {what}\n"
        sys.stdout.write(line)  # in one piece, as handlers run in threads
        sys.stdout.flush()

    async def until(self, what: str, holds: Callable[[], bool]) -> None:
        """Wait for a condition, with a bound."""
        deadline = time.monotonic() + STEP_LIMIT_SECONDS
        while not holds():
            if time.monotonic() > deadline:
                raise StepError(f"waited {STEP_LIMIT_SECONDS:.0f} s in vain: {what}")
            await asyncio.sleep(0.02)

    async def until_told(self, event: str, city: str) -> None:
        """Wait for the callback of a node event."""
        await self.until(f"{event} in {city}", lambda: (event, f"edge-{city}") in self.node_events)


class Panel:
    """A panel: poller, callbacks, ledger, all on one SQLite file."""

    def __init__(self, story: Story, folder: Path, kernels: Sequence[KernelSimulator]) -> None:
        self._story = story
        self._kernels = kernels
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        database = f"sqlite:///{folder / 'panel.db'}"
        self.nodes = SqlNodeStore(database)
        self.ledger = SqlEventLedger(database)
        self.subscriptions = AsyncEventSubscriptions(self.base_url, secret=WEBHOOK_TOKEN)
        actions = AsyncPanelActions(self.nodes, MemoryBindingStore(), subscriptions=self.subscriptions)
        self._handlers = EventHandlers(node_event=self._on_node_event, service_event=self._on_service_event)
        self.poller = StatusPoller(
            self.nodes,
            settings=KernelSettings(POLL_SECONDS, BackoffSettings(enabled=True, max_interval=2.0)),
            options=PollerOptions(refresh_interval=1.0),
            on_recovered=[actions.recover],
        )

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Receive callbacks and poll, until the block ends."""
        receiver = CallbackReceiver(self.ledger, WebhookSettings(shared_token=WEBHOOK_TOKEN), handlers=self._handlers)
        app = Starlette(routes=[Mount("/api/v1/kernel", receiver)])
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[self._socket]))
        await self.nodes.add(
            [
                {"id": number, "control_endpoint": kernel.url, "status": "offline"}
                for number, kernel in enumerate(self._kernels, start=1)
            ]
        )
        try:
            async with AsyncEventDispatcher(self.ledger, self._handlers), self.poller:
                self.poller.add_listener(self._on_change)
                yield
        finally:
            server.should_exit = True
            await serving
            self.nodes.close()
            self.ledger.close()

    def statuses(self) -> list[NodeStatus]:
        """Return the status of each node, in the order of the kernels."""
        states = self.poller.states()
        return [states[number].status for number in sorted(states, key=str)]

    def _on_change(self, change: StatusChange) -> None:
        city = CITIES[int(change.node_id) - 1]
        self._story.tell("panel polls", f"{city} is {change.status} ({change.reason})")

    def _on_node_event(self, event: NodeEvent, stored: StoredEvent) -> None:
        self._story.node_events.append((event.name, str(event.node_id)))
        self._story.tell("panel is told", f"{event.name} of {event.node_id} (event {stored.number} of the ledger)")

    def _on_service_event(self, event: ServiceEvent, stored: StoredEvent) -> None:
        self._story.tell("panel is told", f"{event.name} (event {stored.number} of the ledger)")


def agent_of(story: Story, city: str, kernel: AsyncKernel) -> AsyncNodeAgent:
    """Return an agent that tells what becomes of its lease."""
    node = ProtocolRegistrationRequest(
        id=f"edge-{city}", role=NodeRole.LISTENER, protocol="vless", listen="0.0.0.0:443"
    )

    def show(step: LeaseTransition) -> None:
        story.tell(f"agent {city}", f"{step.previous} -> {step.state}: {step.reason}")

    agent = AsyncNodeAgent(kernel, node)
    agent.add_listener(show)
    return agent


async def play(
    story: Story, kernels: Sequence[KernelSimulator], panel: Panel, agents: Sequence[AsyncNodeAgent]
) -> None:
    """Let things happen, one after the other; each step waits for what it must bring about."""
    online, offline = NodeStatus.ONLINE, NodeStatus.OFFLINE
    await story.until("all nodes online", lambda: panel.statuses() == [online] * 3)
    await story.until("callbacks registered", lambda: all(len(kernel.registrations) == 7 for kernel in kernels))

    for agent in agents:
        await agent.start()
    await story.until("all agents registered", lambda: all(agent.state is LeaseState.REGISTERED for agent in agents))
    for city in CITIES:
        await story.until_told("node_added", city)

    story.tell("demo", "the kernel in tokyo dies and forgets everything")
    kernels[1].die()
    await story.until("tokyo offline", lambda: panel.statuses() == [online, offline, online])
    await story.until("the agent noticed", lambda: agents[1].state is not LeaseState.REGISTERED)
    story.tell("demo", "the kernel in tokyo comes back, with empty memory")
    kernels[1].come_back(forget=True)
    await story.until("tokyo online", lambda: panel.statuses() == [online] * 3)
    await story.until("tokyo's agent registered again", lambda: agents[1].state is LeaseState.REGISTERED)
    await story.until("tokyo's callbacks registered again", lambda: len(kernels[1].registrations) == 7)

    story.tell("demo", "the node in paris degrades")
    agents[2].report(Health.DEGRADED, "upstream is slow")
    await story.until_told("node_degraded", "paris")

    story.tell("demo", f"the kernel in hk reports that subscription 42 has used {USED_BYTES} bytes")
    kernels[0].add_user("42")
    kernels[0].report_traffic("42", USED_BYTES)
    await story.until("usage kept", lambda: used_by_42(panel) == USED_BYTES)

    story.tell("demo", "the agents sign off")
    for agent in agents:
        await agent.stop()
    for city in CITIES:
        await story.until_told("node_removed", city)


def used_by_42(panel: Panel) -> int | None:
    """Return the used bytes that the ledger keeps for the user of this demo."""
    usage = panel.ledger.usage(Subject("user", "42"))
    return usage.used if usage else None


def summary(story: Story, panel: Panel, agents: Sequence[AsyncNodeAgent]) -> str:
    """Say what it came to."""
    beats = sum(agent.counters.beats_sent for agent in agents)
    registrations = sum(agent.counters.registrations for agent in agents)
    return (
        f"{registrations} registrations and {beats} heartbeats by {len(agents)} agents; "
        f"{story.counts.get('panel polls', 0)} transitions of {len(agents)} nodes; "
        f"{len(panel.ledger.events())} events in the ledger, each once; subscription 42 used {used_by_42(panel)} bytes"
    )


async def main() -> int:
    """Play the whole demo and return the exit status."""
    story = Story()
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        kernels = [stack.enter_context(KernelSimulator(ttl_seconds=LEASE_SECONDS)) for _ in CITIES]
        for city, kernel in zip(CITIES, kernels, strict=True):
            story.tell(f"kernel {city}", f"listens on {kernel.url}")
        panel = Panel(story, folder, kernels)
        clients = [await stack.enter_async_context(AsyncKernel(kernel.control())) for kernel in kernels]
        agents = [agent_of(story, city, client) for city, client in zip(CITIES, clients, strict=True)]
        async with panel.running():
            try:
                await play(story, kernels, panel, agents)
                result = summary(story, panel, agents)
            except StepError as error:
                sys.stderr.write(f"the demo failed: {error}\n")
                return 1
            finally:
                await asyncio.gather(*(agent.stop() for agent in agents))
    sys.stdout.write(f"\nDone: {result}.\n")
    return 0
