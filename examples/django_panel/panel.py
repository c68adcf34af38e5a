"""What the panel is made of. Each part is made at its first use, hence in the process that uses it, after any fork."""

import time
from functools import cache

from django.conf import settings

from znp_panel_sync.events import (
    CallbackReceiver,
    EventDispatcher,
    EventHandlers,
    EventSubscriptions,
    NodeEvent,
    Periodic,
    StoredEvent,
)
from znp_panel_sync.panel import PanelActions
from znp_panel_sync.polling import BackgroundPoller, StatusChange
from znp_panel_sync.settings import KernelSettings, WebhookSettings
from znp_panel_sync.stores import SqlBindingStore, SqlEventLedger, ThreadedNodeStore

from .records import DjangoNodes


def show_node_event(event: NodeEvent, stored: StoredEvent) -> None:
    """React to what happens at the kernels; an error here has the event handled again later."""
    print(f"node {event.node_id}: {event.name} (received as number {stored.number})", flush=True)


def show_change(change: StatusChange) -> None:
    """React to a transition of a node's status: an alarm, say."""
    print(f"node {change.node_id}: {change.status} ({change.reason})", flush=True)


HANDLERS = EventHandlers(node_event=show_node_event)


@cache
def nodes() -> ThreadedNodeStore:
    return ThreadedNodeStore(DjangoNodes())


@cache
def bindings() -> SqlBindingStore:
    return SqlBindingStore(settings.PANEL_DATABASE_URL)


@cache
def ledger() -> SqlEventLedger:
    return SqlEventLedger(settings.PANEL_DATABASE_URL)


@cache
def receiver() -> CallbackReceiver:
    return CallbackReceiver(ledger(), WebhookSettings(shared_token=settings.WEBHOOK_TOKEN), handlers=HANDLERS)


@cache
def actions() -> PanelActions:
    subscriptions = EventSubscriptions(settings.PANEL_BASE_URL, secret=settings.WEBHOOK_TOKEN)
    return PanelActions(nodes(), bindings(), subscriptions=subscriptions)


class Background:
    """What goes on beside requests, in threads: one such object for all processes of the panel together is enough."""

    def __init__(self) -> None:
        self._poller = BackgroundPoller(
            nodes(),
            settings=KernelSettings(settings.PANEL_INTERVAL_SECONDS),
            listeners=[show_change],
            on_recovered=[actions().recover],
        )
        self._beside = (
            EventDispatcher(ledger(), HANDLERS),
            Periodic(actions().register_callbacks, 300, "callbacks"),
            Periodic(lambda: ledger().purge(int(time.time() * 1000)), 3600, "retention"),
        )

    def start(self) -> None:
        self._poller.start()
        for part in self._beside:
            part.start()

    def stop(self) -> None:
        """End all threads; may be called again."""
        for part in self._beside:
            part.stop()
        self._poller.stop()
