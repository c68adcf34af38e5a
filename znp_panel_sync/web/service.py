"""`PanelService`: a small panel, made of the parts that other panels embed."""

import asyncio
import hashlib
import hmac
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.routing import Mount
from starlette.types import Scope

from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.events import (
    AsyncEventDispatcher,
    AsyncEventSubscriptions,
    AsyncPeriodic,
    CallbackReceiver,
    EventHandlers,
)
from znp_panel_sync.panel import AsyncBindingHealthUpdater, AsyncPanelActions, PanelRoutes
from znp_panel_sync.panel.routes import Authorize
from znp_panel_sync.polling import PollerOptions, StatusPoller
from znp_panel_sync.stores import MemoryNodeStore, SqlBindingStore, SqlEventLedger, SqlNodeStore
from znp_panel_sync.streams import StatusWatch
from znp_panel_sync.web._settings import ServiceSettings
from znp_panel_sync.web.page import LivePage

REGISTER_SECONDS: Final = 300.0
"""How often it is made sure that kernels call back."""

FIRST_POLLS_SECONDS: Final = 2.0
"""How soon after the start every node has been polled, however long the interval is."""

PURGE_SECONDS: Final = 3600.0
_GRACE_SECONDS: Final = 5
"""How long requests under way may take after the service was told to end."""


_KEYS: Final = {"url": "Serve.Database", "token": "Serve.PageToken", "shared_token": "Webhook.SharedToken"}
"""What the parts of the service call by other names."""


@contextmanager
def _told_by_keys() -> Iterator[None]:
    """Let errors name the keys of the settings."""
    try:
        yield
    except ConfigurationError as error:
        raise ConfigurationError(_KEYS.get(error.field, error.field), error.problem) from None


class PanelService:
    """Poller, callback receiver, manual actions and live page as one ASGI application, on one database.

    `app` serves the page at `/`, callbacks at `/api/v1/kernel/…`, and the actions of `PanelRoutes` at
    `/api/v1/admin/…` for whoever sends the page's token as `Authorization: Bearer …`. Its lifespan runs everything.

    `base_url` is where kernels reach the service; None registers no callbacks at kernels. Bindings are those of the
    table `znp_protocol_bindings`; node events update their health. Raises `ConfigurationError` for settings without a
    database, a page token, or anything that keeps strangers from calling back.
    """

    @_told_by_keys()
    def __init__(self, settings: ServiceSettings, *, base_url: str | None = None) -> None:
        if settings.database is None:
            raise ConfigurationError("Serve.Database", "is missing")
        if settings.page_token is None:
            raise ConfigurationError("Serve.PageToken", "is missing")
        self._ledger = SqlEventLedger(settings.database)
        self._bindings = SqlBindingStore(settings.database)
        self._nodes = MemoryNodeStore(settings.nodes) if settings.nodes else SqlNodeStore(settings.database)
        self._handlers = EventHandlers(node_event=AsyncBindingHealthUpdater(self._bindings))
        receiver = CallbackReceiver(self._ledger, settings.panel.webhook, handlers=self._handlers)
        secret = settings.panel.webhook.shared_token
        subscriptions = None if base_url is None else AsyncEventSubscriptions(base_url, secret=secret)
        self._actions = AsyncPanelActions(self._nodes, self._bindings, subscriptions=subscriptions)
        self._poller = StatusPoller(
            self._nodes,
            settings=settings.panel.kernel,
            options=PollerOptions(first_polls_within=FIRST_POLLS_SECONDS),
            on_recovered=[self._actions.recover],
            watch=StatusWatch() if settings.streams else None,
        )
        self._page = LivePage(
            self._poller,
            nodes=self._nodes,
            ledger=self._ledger,
            token=settings.page_token,
            name_of=lambda node_id: settings.names.get(node_id, str(node_id)),
        )
        routes = PanelRoutes(self._actions, authorize=_bearer_check(settings.page_token))
        self.app = Starlette(
            routes=[Mount("/api/v1/kernel", receiver), Mount("/api/v1/admin", routes), Mount("/", self._page)],
            lifespan=self._lifespan,
        )
        self._trusted_proxies = [str(network) for network in settings.panel.webhook.trusted_proxies]

    async def check(self) -> None:
        """Read nodes and events once, to find out before anything is served that the database cannot be used.

        Raises `NodeStoreUnavailableError` or `LedgerUnavailableError`.
        """
        try:
            await self._nodes.list_nodes()
            await asyncio.to_thread(self._ledger.events, limit=1)
        finally:
            self._close()

    def serve(self, listening: socket.socket) -> None:
        """Serve a listening socket until SIGINT or SIGTERM, which is raised again when everything has ended."""
        self.server().run(sockets=[listening])

    def server(self) -> uvicorn.Server:
        """Return a server of the service that ends without waiting for viewers."""
        config = uvicorn.Config(
            self.app,
            lifespan="on",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(self._trusted_proxies),
            forwarded_allow_ips=self._trusted_proxies,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        return _Server(config, self._page)

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        periodics = (
            AsyncPeriodic(self._actions.register_callbacks, REGISTER_SECONDS, "callbacks"),
            AsyncPeriodic(self._purge, PURGE_SECONDS, "retention"),
        )
        try:
            async with AsyncEventDispatcher(self._ledger, self._handlers), self._poller, self._page:
                for periodic in periodics:
                    periodic.start()
                yield
                for periodic in periodics:
                    await periodic.stop()
        finally:
            self._close()

    async def _purge(self) -> None:
        await asyncio.to_thread(self._ledger.purge, int(time.time() * 1000))

    def _close(self) -> None:
        self._ledger.close()
        self._bindings.close()
        if isinstance(self._nodes, SqlNodeStore):
            self._nodes.close()


class _Server(uvicorn.Server):
    """Ends the streams of the page before it waits for open connections."""

    def __init__(self, config: uvicorn.Config, page: LivePage) -> None:
        super().__init__(config)
        self._page = page

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End."""
        self._page.end_streams()
        await super().shutdown(sockets)


def _bearer_check(token: str) -> Authorize:
    """Return a check of a request's bearer token, in a time that tells nothing about the right one."""
    right = hashlib.sha256(token.encode()).digest()

    def check(scope: Scope) -> bool:
        kind, _, given = HTTPConnection(scope).headers.get("authorization", "").partition(" ")
        same = hmac.compare_digest(hashlib.sha256(given.strip().encode()).digest(), right)
        return kind.lower() == "bearer" and same

    return check
