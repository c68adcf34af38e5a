"""A kernel to test panels and node agents against."""

import asyncio
import contextlib
import random
import ssl
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

from starlette.types import ASGIApp

from znp_panel_sync.control import NodeControl
from znp_panel_sync.health import Health, HealthReport
from znp_panel_sync.testing._app import create_app
from znp_panel_sync.testing._callbacks import CallbackDelivery, Delivery
from znp_panel_sync.testing._credentials import Credentials
from znp_panel_sync.testing._faults import Faults
from znp_panel_sync.testing._front import Front
from znp_panel_sync.testing._kernel.clock import SkewedClock
from znp_panel_sync.testing._kernel.events import CallbackRegistration, KernelEvent
from znp_panel_sync.testing._kernel.leases import DEFAULT_TTL_SECONDS, LeaseTerms
from znp_panel_sync.testing._kernel.nodes import Node
from znp_panel_sync.testing._kernel.providers import Provider
from znp_panel_sync.testing._kernel.state import KernelState
from znp_panel_sync.testing._requests import RequestLog
from znp_panel_sync.testing._server import LOOPBACK, LoopbackServer, Port
from znp_panel_sync.testing._streams import StreamControl

TICK_SECONDS: Final = 0.02
"""How late the expiry of a lease may be noticed, in seconds."""


class KernelSimulator:
    """A kernel on a loopback port: every operation of the contract, and every trouble that a kernel can have.

    Use it as a context manager (blocking or async), or call `start()` and `stop()`. It serves from a thread of its
    own, so that blocking and async clients can use it from the thread that made it. Its memory outlives `stop()`.

    - `access_key` with `secret_key`, and `token`: what clients have to send; either goes where both are set, and
      none means that everybody is let in. `set_credentials()` changes them.
    - `ttl_seconds`: the lease of agents that do not ask for one (None: it never ends).
    - `heartbeat_interval_seconds`: what agents are told; `auto` is a third of the lease, None is nothing.
    - `clock_offset_seconds`: how far the kernel's wall clock is ahead of the machine's.
    - `export_dir`: where exports are written (None: they stay in memory).
    - `ssl_context`: serve HTTPS with it.
    - `port`: where to listen (0: on any free port, which stays the same afterwards).
    - `seed`: of the random source that decides which callbacks are lost, doubled or held back (None: any).

    `faults` makes trouble, `requests` is what was asked, `callbacks` delivers events to those who registered for
    them, `streams` rules what happens on open streams, and `app` is the kernel as an ASGI application without a
    server (it delivers no callbacks).
    """

    def __init__(
        self,
        *,
        access_key: str | None = None,
        secret_key: str | None = None,
        token: str | None = None,
        ttl_seconds: float | None = DEFAULT_TTL_SECONDS,
        heartbeat_interval_seconds: int | Literal["auto"] | None = "auto",
        clock_offset_seconds: float = 0.0,
        export_dir: Path | None = None,
        ssl_context: ssl.SSLContext | None = None,
        port: int = 0,
        seed: int | None = None,
    ) -> None:
        self._clock = SkewedClock(clock_offset_seconds)
        self._kernel = KernelState(self._clock, LeaseTerms(ttl_seconds, heartbeat_interval_seconds), export_dir)
        self._credentials = Credentials(access_key, secret_key, token)
        self._scheme = "http" if ssl_context is None else "https"
        self.faults = Faults()
        self.requests = RequestLog()
        self.streams = StreamControl(self._kernel)
        app = create_app(self._kernel, lambda: self._credentials, self.streams.routes())
        self.app: ASGIApp = Front(app, self.faults, self.requests)
        self.callbacks = CallbackDelivery(self._clock, random.Random(seed))  # noqa: S311 - no secrets here
        self._kernel.journal.subscribe(self._announce)
        self._server = LoopbackServer(self.app, Port(port), ssl_context, self._run)

    # Life

    def start(self) -> Self:
        """Listen; the first time on any free port, later on the same one. Does nothing while it listens."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Cut all connections, end the thread and give the port back. Does nothing the second time."""
        self._server.stop()
        self._server.port.release()

    def die(self) -> None:
        """Cut all connections and refuse new ones, until `come_back()`; nobody else gets the port meanwhile."""
        self._server.stop()

    def come_back(self, *, forget: bool = False) -> None:
        """Listen again on the same port; with `forget`, everything that was registered is gone."""
        if forget:
            self.forget()
        self._server.start()

    def restart(self, *, forget: bool = False) -> None:
        """Die and come back at once."""
        self.die()
        self.come_back(forget=forget)

    @contextlib.contextmanager
    def down(self, *, forget: bool = False) -> Iterator[None]:
        """Be dead for the length of a `with` block."""
        self.die()
        try:
            yield
        finally:
            self.come_back(forget=forget)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.start)

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        await asyncio.to_thread(self.stop)

    # Reaching it

    @property
    def is_running(self) -> bool:
        """Tell whether connections are accepted."""
        return self._server.is_running

    @property
    def port(self) -> int:
        """The port; 0 before the first start, unless one was asked for."""
        return self._server.port.number

    @property
    def url(self) -> str:
        """The base URL, without a trailing slash."""
        return f"{self._scheme}://{LOOPBACK}:{self.port}"

    def control(self, **overrides: Any) -> NodeControl:
        """Return how this kernel is reached, with its current credentials; `overrides` as of `NodeControl`."""
        current = self._credentials
        known = {"access_key": current.access_key, "secret_key": current.secret_key, "token": current.token}
        return NodeControl(**{"endpoint": self.url, **known, **overrides})

    def set_credentials(
        self, *, access_key: str | None = None, secret_key: str | None = None, token: str | None = None
    ) -> None:
        """Change what clients have to send from now on; nothing given lets everybody in."""
        self._credentials = Credentials(access_key, secret_key, token)

    # Time

    def skip(self, seconds: float) -> None:
        """Let time pass at once: leases run out, and what follows from that is announced before this returns."""
        with self._kernel.lock:
            self._clock.skip(seconds)
            self._kernel.settle()
        self.callbacks.wake()

    def set_clock_offset(self, seconds: float) -> None:
        """Set how far the kernel's wall clock is ahead of the machine's; leases are not touched by it."""
        self._clock.offset_seconds = seconds

    # Memory

    @property
    def events(self) -> tuple[KernelEvent, ...]:
        """What has happened in the kernel, oldest first."""
        with self._kernel.lock:
            return self._kernel.journal.all()

    @property
    def node_ids(self) -> list[str]:
        """The nodes that the kernel knows now."""
        with self._settled() as kernel:
            return [node.id for node in kernel.nodes]

    @property
    def registrations(self) -> tuple[CallbackRegistration, ...]:
        """All registered callbacks with their secrets: those for node events, then those for service events."""
        with self._settled() as kernel:
            return (*kernel.node_callbacks.all(), *kernel.service_callbacks.all())

    def forget(self) -> None:
        """Empty the kernel's memory without telling anybody, as a restart does that keeps nothing."""
        with self._kernel.lock:
            self._kernel.forget()
            self.callbacks.forget()

    def add_node(
        self,
        node_id: str,
        *,
        protocol: str = "vless",
        role: Literal["listener", "connector"] = "listener",
        health: Health = Health.HEALTHY,
        consecutive_failures: int = 1,
        profile: Mapping[str, Any] | None = None,
        tags: tuple[str, ...] = (),
        users: tuple[str, ...] = (),
    ) -> None:
        """Configure a node that needs no heartbeat; one whose `profile` has a `tls` object is a TLS node."""
        labels: dict[str, Any] = {"tags": list(tags), "profile": dict(profile or {}), "user_ids": list(users)}
        node = Node(node_id, role, protocol, is_configured=True, **labels)
        with self._settled() as kernel:
            kernel.nodes.put(node)
        self.set_health(node_id, health, consecutive_failures=consecutive_failures)

    def set_health(
        self, node_id: str, health: Health, *, consecutive_failures: int = 1, message: str | None = None
    ) -> None:
        """Set a node's health until its next heartbeat; `health` is not `UNKNOWN`, which kernels cannot express."""
        if health is Health.UNKNOWN:
            raise ValueError("health: a kernel cannot say UNKNOWN")
        failures = None if health is Health.HEALTHY else consecutive_failures
        with self._settled() as kernel:
            kernel.nodes.report(node_id, HealthReport(health, failures), message)

    def evict(self, node_id: str) -> None:
        """Throw a node out, whether it was registered or configured."""
        with self._settled() as kernel:
            kernel.nodes.remove(node_id, message="evicted")

    def add_user(self, user_id: str, *, username: str | None = None, allocated: int = 0, **metadata: str) -> None:
        """Add a user, or take the place of one with the same id."""
        document = {
            "id": user_id,
            "username": username or user_id,
            "password": "",
            "traffic": {"allocated": allocated},
            "metadata": metadata,
        }
        with self._settled() as kernel:
            kernel.users.put(document)

    def add_traffic(self, node_id: str, *, bytes_up: int = 0, bytes_down: int = 0, protocol: str = "vless") -> None:
        """Count traffic of a node."""
        with self._settled() as kernel:
            kernel.traffic.add(node_id, protocol, bytes_up, bytes_down)

    def add_provider(self, name: str, *, rules: int = 0, failure: str | None = None) -> None:
        """Add a provider of rules; with `failure`, each refresh fails with that message."""
        with self._settled() as kernel:
            kernel.providers.put(Provider(name, rules, failure))

    def set_status_part(self, name: str, document: Any) -> None:
        """Show `document` as a part of the runtime status, such as `vless` or `nodes`, instead of what is computed."""
        with self._settled() as kernel:
            kernel.set_parts[name] = document

    def set_interfaces(self, *interfaces: Mapping[str, Any]) -> None:
        """Set the network interfaces that the kernel lists, in their wire form."""
        with self._settled() as kernel:
            kernel.interfaces = [dict(interface) for interface in interfaces]

    # Callbacks

    def emit_event(self, name: str, payload: Mapping[str, Any] | None = None) -> KernelEvent:
        """Let something happen: streams and callbacks tell of it.

        Node events (`node_degraded`) have a payload such as `{"id": "edge-1", "status": "degraded"}`, service events
        (`user.quota.changed`) one such as `{"user_id": "7", "current": {"used": 5}}`.
        """
        with self._settled() as kernel:
            return kernel.journal.publish(name, dict(payload or {}))

    def report_traffic(self, user_id: str, used: int) -> None:
        """Set how many bytes a user has used so far, which the event `user.traffic.reported` tells."""
        with self._settled() as kernel:
            kernel.users.report_used(user_id, used)

    def push_traffic(self, records: Iterable[Mapping[str, Any]], *, callback: str, secret: str | None = None) -> None:
        """Post records of observed traffic to a panel; `callback` is the full URL, as nothing registers for them."""
        self.callbacks.send(Delivery(callback, {"records": [dict(record) for record in records]}, secret))

    @contextlib.contextmanager
    def _settled(self) -> Iterator[KernelState]:
        with self._kernel.lock:
            self._kernel.settle()
            yield self._kernel

    def _announce(self, event: KernelEvent) -> None:
        registered = self._kernel.service_callbacks if event.category == "service" else self._kernel.node_callbacks
        self.callbacks.announce(event, registered.all())

    async def _run(self) -> None:
        await asyncio.gather(self._watch_time(), self.callbacks.run())

    async def _watch_time(self) -> None:
        while True:
            with self._settled():
                pass
            await asyncio.sleep(TICK_SECONDS)


def simulator_app(**options: Any) -> ASGIApp:
    """Return a new simulated kernel as an ASGI application; `options` as of `KernelSimulator`.

    Faults that break connections need the simulator's own server.
    """
    return KernelSimulator(**options).app
