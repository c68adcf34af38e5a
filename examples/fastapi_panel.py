"""A panel on FastAPI that keeps a kernel's node in step: status, callbacks, traffic and manual actions.

Start a kernel (or `python examples/simulated_kernel.py --port 23860`), then::

    export WEBHOOK_TOKEN=a-long-random-text ADMIN_TOKEN=another-long-one
    python examples/fastapi_panel.py --kernel http://127.0.0.1:23860 --port 8000

Kernels call back at `/api/v1/kernel/…`; an admin acts at `/api/v1/admin/…` with the header `X-Admin-Token`, and sees
the nodes at `/status/` with the same token; what was received is shown at `/api/v1/subscriptions/{id}/traffic`.
"""

import argparse
import asyncio
import hmac
import os
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI

from znp_panel_sync.events import (
    AsyncEventDispatcher,
    AsyncEventSubscriptions,
    AsyncPeriodic,
    CallbackReceiver,
    EventHandlers,
    NodeEvent,
    StoredEvent,
    Subject,
)
from znp_panel_sync.panel import AsyncPanelActions, Binding, PanelRoutes
from znp_panel_sync.polling import Node, StatusPoller
from znp_panel_sync.settings import KernelSettings, WebhookSettings
from znp_panel_sync.stores import MemoryBindingStore, MemoryNodeStore, SqlEventLedger
from znp_panel_sync.web import LivePage


async def show_node_event(event: NodeEvent, stored: StoredEvent) -> None:
    """React to what happens at the kernels; an error here has the event handled again later."""
    print(f"node {event.node_id}: {event.name} (received as number {stored.number})", flush=True)


def create_app(
    *, kernel: str, base_url: str, database: str, interval: float, webhook_token: str, admin_token: str
) -> FastAPI:
    """Make the panel."""
    nodes = MemoryNodeStore([Node.from_mapping({"id": 1, "control_endpoint": kernel, "status": "offline"})])
    bindings = MemoryBindingStore([Binding(11, 1, "edge-1", "vless", listen="443", profile={"flow": "xtls"})])
    subscriptions = AsyncEventSubscriptions(base_url, secret=webhook_token)
    actions = AsyncPanelActions(nodes, bindings, subscriptions=subscriptions)

    ledger = SqlEventLedger(database)
    handlers = EventHandlers(node_event=show_node_event)
    receiver = CallbackReceiver(ledger, WebhookSettings(shared_token=webhook_token), handlers=handlers)
    poller = StatusPoller(nodes, settings=KernelSettings(interval), on_recovered=[actions.recover])
    page = LivePage(poller, nodes=nodes, ledger=ledger, token=admin_token)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        callbacks = AsyncPeriodic(actions.register_callbacks, 300, "callbacks")
        retention = AsyncPeriodic(lambda: asyncio.to_thread(ledger.purge, int(time.time() * 1000)), 3600, "retention")
        async with poller, page, AsyncEventDispatcher(ledger, handlers):
            callbacks.start()
            retention.start()
            yield
            await callbacks.stop()
            await retention.stop()
        ledger.close()

    def is_admin(scope: Any) -> bool:
        given = dict(scope["headers"]).get(b"x-admin-token", b"")
        return hmac.compare_digest(given, admin_token.encode())

    app = FastAPI(lifespan=lifespan)

    @app.get("/api/v1/subscriptions/{subscription_id}/traffic")
    def traffic(subscription_id: str) -> dict[str, int]:
        totals = ledger.traffic_totals(Subject("subscription", subscription_id))
        return {"up": sum(one.bytes_up for one in totals), "down": sum(one.bytes_down for one in totals)}

    app.mount("/api/v1/kernel", receiver)
    app.mount("/api/v1/admin", PanelRoutes(actions, authorize=is_admin))
    app.mount("/status", page)
    return app


def main() -> None:
    """Serve the panel until it is interrupted."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--kernel", default="http://127.0.0.1:23860", help="control endpoint of the kernel")
    arguments.add_argument("--port", type=int, default=8000, help="port to listen on; 0: any free one")
    arguments.add_argument("--database", default="sqlite:///panel.db", help="URL of the ledger's database")
    arguments.add_argument("--interval", type=float, default=30.0, help="seconds between polls")
    options = arguments.parse_args()
    with socket.create_server(("127.0.0.1", options.port)) as listening:
        base_url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        app = create_app(
            kernel=options.kernel,
            base_url=base_url,
            database=options.database,
            interval=options.interval,
            webhook_token=os.environ["WEBHOOK_TOKEN"],
            admin_token=os.environ["ADMIN_TOKEN"],
        )
        print(f"the panel listens on {base_url}", flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=5)).run(sockets=[listening])


if __name__ == "__main__":
    main()
