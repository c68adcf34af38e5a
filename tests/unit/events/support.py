"""Callbacks as kernels send them, and a ledger that only remembers."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from znp_panel_sync.events.envelopes import Answer, Envelope
from znp_panel_sync.events.ledger import NodeTraffic, StoredRejectedRecord, TrafficTotal, Usage
from znp_panel_sync.events.payloads import Subject
from znp_panel_sync.events.receiver import CallbackReceiver
from znp_panel_sync.settings import WebhookSettings

TOKEN = "live-token"
HEADERS = {"X-ZNP-Webhook-Token": TOKEN}
NODE_EVENT = {"event": "node_healthy", "id": "edge-hk-1-vless", "status": "healthy", "message": "ok", "observed_at": 9}
RECORD = {
    "user_id": 1,
    "subscription_id": 2,
    "protocol": "vless",
    "node_id": 10,
    "binding_id": 3,
    "bytes_up": 1234,
    "bytes_down": 5678,
    "observed_at": 1734001010,
}
USAGE_EVENT = {
    "event": "user.traffic.reported",
    "payload": {"user_id": "alice", "previous": {"used": 1024}, "current": {"used": 2048}},
}


def encoded(document: object) -> bytes:
    """A document's JSON."""
    return json.dumps(document).encode()


class RememberingLedger:
    """A ledger of a list; a key that comes again gets the first answer."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.envelopes: dict[str, Envelope] = {}
        self.failure = failure

    def record(self, envelope: Envelope) -> Answer:
        if self.failure:
            raise self.failure
        return self.envelopes.setdefault(envelope.key, envelope).answer

    @property
    def only(self) -> Envelope:
        """The one envelope that was recorded."""
        (envelope,) = self.envelopes.values()
        return envelope

    def traffic_totals(self, subject: Subject | None = None) -> list[TrafficTotal]:
        raise NotImplementedError

    def node_traffic(self) -> list[NodeTraffic]:
        raise NotImplementedError

    def usage(self, subject: Subject) -> Usage | None:
        raise NotImplementedError

    def rejected_records(self, *, limit: int = 100) -> list[StoredRejectedRecord]:
        raise NotImplementedError

    def purge(self, now_ms: int) -> int:
        raise NotImplementedError


def receiver(ledger: RememberingLedger | None = None, **options: Any) -> CallbackReceiver:
    """A receiver with the live token, at second 1,000 of the epoch."""
    settings = options.pop("settings", WebhookSettings(shared_token=TOKEN))
    return CallbackReceiver(ledger or RememberingLedger(), settings, clock=lambda: 1000.0, **options)


class AsgiCall:
    """One request to an ASGI application, with its body in pieces; `answer` is what came back."""

    def __init__(
        self,
        path: str,
        *pieces: bytes | Callable[[], Awaitable[dict[str, Any]]],
        method: str = "POST",
        headers: dict[str, str] | None = None,
        client: tuple[str, int] | None = ("192.0.2.1", 4711),
        **scope: Any,
    ) -> None:
        lines = HEADERS if headers is None else headers
        self.scope = {
            "type": "http",
            "method": method,
            "path": path,
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in lines.items()],
            "client": client,
            "http_version": "1.1",
            **scope,
        }
        self.pieces = list(pieces)
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        piece = self.pieces.pop(0)
        if isinstance(piece, bytes):
            return {"type": "http.request", "body": piece, "more_body": bool(self.pieces)}
        return await piece()

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    async def __call__(self, app: Any) -> tuple[int, Any]:
        await app(self.scope, self.receive, self.send)
        start, body = self.sent
        return start["status"], json.loads(body["body"])
