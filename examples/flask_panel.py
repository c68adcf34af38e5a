"""A blocking panel on Flask that receives callbacks and bills traffic, and lets an admin push a binding.

Start a kernel (or `python examples/simulated_kernel.py --port 23860`), then::

    export WEBHOOK_TOKEN=a-long-random-text ADMIN_TOKEN=another-one
    python examples/flask_panel.py --kernel http://127.0.0.1:23860 --port 8000

Bills are written in the transaction that records the callback: exactly once, whatever happens in between.
"""

import argparse
import hmac
import os
from typing import Any

from flask import Flask, abort, request
from sqlalchemy import Connection, create_engine, text
from werkzeug.serving import make_server

from znp_panel_sync.control import NodeControl
from znp_panel_sync.events import (
    CallbackReceiver,
    Envelope,
    EventDispatcher,
    EventHandlers,
    EventSubscriptions,
    ServiceEvent,
    StoredEvent,
)
from znp_panel_sync.events.flask import flask_view
from znp_panel_sync.kernel import Kernel
from znp_panel_sync.panel import Binding, PanelActions
from znp_panel_sync.polling import Node
from znp_panel_sync.settings import WebhookSettings
from znp_panel_sync.stores import MemoryBindingStore, MemoryNodeStore, SqlEventLedger

PRICE_OF_A_BYTE = 3


def bill(connection: Connection, envelope: Envelope) -> None:
    """Add to the panel's own table, in the ledger's transaction."""
    for increment in envelope.effects.increments:
        amount = (increment.bytes_up + increment.bytes_down) * PRICE_OF_A_BYTE
        connection.execute(
            text("INSERT INTO bills VALUES (:who, :amount)"), {"who": str(increment.subject), "amount": amount}
        )


def show_service_event(event: ServiceEvent, stored: StoredEvent) -> None:
    """React to what the kernels tell; an error here has the event handled again later."""
    print(f"{event.name}: {event.usage} (received as number {stored.number})", flush=True)


def create_app(
    ledger: SqlEventLedger, handlers: EventHandlers, actions: PanelActions, *, webhook_token: str, admin_token: str
) -> Flask:
    """Make the panel."""
    app = Flask(__name__)
    receiver = CallbackReceiver(ledger, WebhookSettings(shared_token=webhook_token), handlers=handlers)
    app.add_url_rule("/api/v1/kernel/<kind>", view_func=flask_view(receiver), methods=["POST"])

    @app.post("/api/v1/admin/protocol-bindings/<int:binding_id>/sync")
    def push(binding_id: int) -> dict[str, Any]:
        if not hmac.compare_digest(request.headers.get("X-Admin-Token", "").encode(), admin_token.encode()):
            abort(403)
        result = actions.push_binding(binding_id)
        return {"binding_id": result.binding_id, "status": result.status, "message": result.message}

    return app


def main() -> None:
    """Serve the panel until it is interrupted."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--kernel", default="http://127.0.0.1:23860", help="control endpoint of the kernel")
    arguments.add_argument("--port", type=int, default=8000, help="port to listen on; 0: any free one")
    arguments.add_argument(
        "--database", default="sqlite:///bills.db", help="URL of the ledger's database, and the bills'"
    )
    options = arguments.parse_args()
    webhook_token, control = os.environ["WEBHOOK_TOKEN"], NodeControl(options.kernel)

    with create_engine(options.database).begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS bills (who VARCHAR(200), amount BIGINT)"))
    ledger = SqlEventLedger(options.database, in_transaction=bill)
    handlers = EventHandlers(service_event=show_service_event)
    nodes = MemoryNodeStore([Node(1, control)])
    bindings = MemoryBindingStore([Binding(11, 1, "edge-1", "vless", listen="443")])
    actions = PanelActions(nodes, bindings)
    app = create_app(ledger, handlers, actions, webhook_token=webhook_token, admin_token=os.environ["ADMIN_TOKEN"])

    server = make_server("127.0.0.1", options.port, app, threaded=True)
    base_url = f"http://127.0.0.1:{server.server_port}"
    with Kernel(control) as kernel:
        EventSubscriptions(base_url, secret=webhook_token).apply(kernel)
    print(f"the panel listens on {base_url}", flush=True)
    with EventDispatcher(ledger, handlers):
        server.serve_forever()


if __name__ == "__main__":
    main()
