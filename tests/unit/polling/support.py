"""Kernels that exist in virtual time alone: channels behind which there is no network."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any
from urllib.parse import urlsplit

from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import UnauthorizedError
from znp_panel_sync.polling import Counters, Node, PollerOptions, Reason, StatusChange, StatusPoller
from znp_panel_sync.polling._channel import Channels, Done
from znp_panel_sync.polling._result import INTERNAL_TROUBLE, PollResult, connection_failed, failed
from znp_panel_sync.settings import BackoffSettings, KernelSettings
from znp_panel_sync.stores import MemoryNodeStore

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC).timestamp()
"""When virtual time begins."""

Behaviour = Callable[[NodeControl], PollResult]


def well(_: NodeControl) -> PollResult:
    return PollResult(Reason.REACHED)


def refusing(control: NodeControl) -> PollResult:
    return connection_failed(control, ConnectionRefusedError(111, "Connection refused"))


def unauthorized(control: NodeControl) -> PollResult:
    return failed(UnauthorizedError(401, kernel=control.base_url))


def out_of_descriptors(control: NodeControl) -> PollResult:
    result = connection_failed(control, OSError(24, "Too many open files"))
    assert result is INTERNAL_TROUBLE
    return result


class VirtualKernels:
    """Channels to kernels known by their host names; every kernel is well until told otherwise."""

    def __init__(self) -> None:
        self.latency: dict[str, float] = defaultdict(lambda: 0.01)
        self.behaviour: dict[str, Behaviour] = {}
        self.hung: set[str] = set()
        self.polls: dict[str, list[float]] = defaultdict(list)
        self.under_way: Counter[str] = Counter()
        self.most_under_way = 0
        self.overlaps = 0
        self.closed = 0

    def channel(self, control: NodeControl, _: object = None) -> "VirtualChannel":
        return VirtualChannel(self, control)

    async def close(self) -> None:
        self.closed += 1

    def let(self, behaviour: Behaviour, *hosts: str) -> None:
        """Let these kernels behave so from now on."""
        for name in hosts:
            self.behaviour[name] = behaviour
            self.hung.discard(name)


class VirtualChannel:
    """The way to one virtual kernel."""

    def __init__(self, kernels: VirtualKernels, control: NodeControl) -> None:
        self._kernels = kernels
        self._control = control
        self._host = urlsplit(control.base_url).hostname or ""
        self._answer: asyncio.TimerHandle | None = None

    def poll(self, done: Done) -> None:
        loop = asyncio.get_running_loop()
        kernels, name = self._kernels, self._host
        kernels.polls[name].append(loop.time())
        kernels.under_way[name] += 1
        kernels.overlaps += kernels.under_way[name] > 1
        kernels.most_under_way = max(kernels.most_under_way, kernels.under_way.total())
        delay = 1e6 if name in kernels.hung else kernels.latency[name]
        self._answer = loop.call_later(delay, self._finish, done)

    def abort(self) -> None:
        if self._answer is not None:
            self._answer.cancel()
            self._answer = None
            self._kernels.under_way[self._host] -= 1

    def close(self) -> None:
        self.abort()

    def _finish(self, done: Done) -> None:
        self._answer = None
        self._kernels.under_way[self._host] -= 1
        done(self._kernels.behaviour.get(self._host, well)(self._control))


class VirtualPoller(StatusPoller):
    """A poller whose network is virtual."""

    kernels: VirtualKernels

    def _new_channels(self) -> Channels:
        return self.kernels


def host(number: int) -> str:
    """Return the host name of a kernel."""
    return f"kernel-{number}"


def node(number: int, status: str = "online", **fields: Any) -> Node:
    """Return a node with a kernel of its own."""
    return Node(number, NodeControl(f"http://{host(number)}"), status, **fields)


class World:
    """A poller over virtual kernels, and what it announced."""

    def __init__(self, poller: StatusPoller, store: Any, kernels: VirtualKernels) -> None:
        self.poller = poller
        self.store = store
        self.kernels = kernels
        self.heard: list[StatusChange] = []
        self.heard_at: dict[object, float] = {}

    async def hear(self, change: StatusChange) -> None:
        self.heard.append(change)
        self.heard_at[change.node_id] = asyncio.get_running_loop().time()

    @property
    def counters(self) -> Counters:
        """What the poller has counted."""
        assert isinstance(self.poller.metrics, Counters)
        return self.poller.metrics

    def is_holding(self) -> bool:
        return self.poller.holding

    def transitions(self) -> list[tuple[object, str]]:
        """Return who became what, in the order it was announced."""
        return [(change.node_id, change.status.value) for change in self.heard]

    def polled(self, number: int) -> list[float]:
        """Return when a kernel was polled, in seconds of the loop's clock."""
        return self.kernels.polls[host(number)]


def new_poller(
    store: Any,
    kernels: VirtualKernels,
    *,
    interval: float = 30.0,
    backoff: BackoffSettings | None = None,
    probe_maximum: float = 0.0,
    **given: Any,
) -> VirtualPoller:
    """Return a poller in virtual time that begins at noon (UTC); other arguments are fields of `PollerOptions`."""
    loop = asyncio.get_running_loop()
    options = {name: given.pop(name) for name in list(given) if hasattr(PollerOptions(), name)}
    given.setdefault("wall_clock", lambda: NOON + loop.time())
    poller = VirtualPoller(
        store,
        settings=KernelSettings(interval, backoff or BackoffSettings(), probe_maximum),
        options=PollerOptions(**{"zone": UTC, **options}),
        random=Random(0),
        **given,
    )
    poller.kernels = kernels
    return poller


@asynccontextmanager
async def world(
    *nodes: Node, kernels: VirtualKernels | None = None, store: Any = None, **given: Any
) -> AsyncIterator[World]:
    """Run a poller over virtual kernels; for the arguments see `new_poller`."""
    kernels = kernels or VirtualKernels()
    store = store or MemoryNodeStore(nodes)
    async with new_poller(store, kernels, **given) as poller:
        running = World(poller, store, kernels)
        poller.add_listener(running.hear)
        yield running
