"""The panel's own handlers of what was received."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Final

from attrs import frozen

from znp_panel_sync.events.ledger import StoredEvent
from znp_panel_sync.events.payloads import CallbackKind, NodeEvent, Payload, ServiceEvent, TrafficReport

NodeEventHandler = Callable[[NodeEvent, StoredEvent], Awaitable[None] | None]
TrafficHandler = Callable[[TrafficReport, StoredEvent], Awaitable[None] | None]
ServiceEventHandler = Callable[[ServiceEvent, StoredEvent], Awaitable[None] | None]


@frozen
class EventHandlers:
    """What the panel does with callbacks, after they were recorded; None does nothing.

    A handler is a function or a coroutine function of the payload and of the event as it is stored. It may be called
    again for the same event, where a process ended before the success was noted: `event.number` tells it apart.
    Raising an error has it called again later.
    """

    node_event: NodeEventHandler | None = None
    traffic: TrafficHandler | None = None
    service_event: ServiceEventHandler | None = None

    @property
    def kinds(self) -> frozenset[CallbackKind]:
        """The kinds of callbacks that have a handler."""
        return frozenset(kind for kind, name in _FIELD_OF.items() if getattr(self, name) is not None)

    def any_coroutine(self) -> bool:
        """Tell whether a handler is a coroutine function, or an object that is called like one."""
        handlers = (getattr(self, name) for name in _FIELD_OF.values())
        return any(map(inspect.iscoroutinefunction, (way for one in handlers for way in (one, type(one).__call__))))

    def call(self, event: StoredEvent) -> Awaitable[None] | None:
        """Call the handler of an event, and return what it returns; None where there is no handler any more."""
        handler: Callable[[Payload, StoredEvent], Awaitable[None] | None] | None = getattr(self, _FIELD_OF[event.kind])
        return handler(event.payload(), event) if handler else None


_FIELD_OF: Final = {
    CallbackKind.NODE_EVENT: "node_event",
    CallbackKind.TRAFFIC: "traffic",
    CallbackKind.SERVICE_EVENT: "service_event",
}
