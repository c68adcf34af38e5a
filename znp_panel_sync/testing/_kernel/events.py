"""What happened in the kernel, who wants to hear of it, and the form in which it is told."""

from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from attrs import field, frozen

from znp_panel_sync.testing._kernel.clock import Clock
from znp_panel_sync.testing._kernel.refusal import not_found

NODE_EVENTS: Final = ("node_added", "node_removed", "node_healthy", "node_degraded", "node_unhealthy")
SERVICE_EVENTS: Final = ("user.quota.changed", "user.traffic.reported")
KEPT_EVENTS: Final = 10_000
"""How many events the journal remembers; older ones are forgotten."""


@frozen
class KernelEvent:
    """Something that happened: `name` is underscored for node events and dotted for service events."""

    name: str
    event_id: str
    occurred_at_ms: int
    payload: Mapping[str, Any]

    @property
    def category(self) -> str:
        """The word of the streams' `events` filter that lets this event through: `node` or `service`."""
        return "node" if self.name.startswith("node_") else "service"

    def frame(self) -> dict[str, Any]:
        """Return the document of the event streams."""
        return {**self._envelope(_dotted(self.name)), "payload": self._stream_payload()}

    def callback_body(self) -> dict[str, Any]:
        """Return the document that is posted to a callback."""
        if self.category == "service":
            return {**self._envelope(self.name), "payload": dict(self.payload)}
        return {**self.payload, **self._envelope(self.name), "observed_at": self.occurred_at_ms // 1000}

    def _envelope(self, name: str) -> dict[str, Any]:
        return {"event": name, "event_id": self.event_id, "occurred_at_ms": self.occurred_at_ms}

    def _stream_payload(self) -> dict[str, Any]:
        if self.category == "service":
            return dict(self.payload)
        triggered_at = datetime.fromtimestamp(self.occurred_at_ms / 1000, UTC)
        return {
            **self.payload,
            "event": self.name,
            "node_id": self.payload.get("id"),
            "triggered_at": triggered_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }


def _dotted(name: str) -> str:
    return name.replace("_", ".", 1)


Listener = Callable[[KernelEvent], None]


class EventJournal:
    """The events of the kernel in their order, told to every listener as they happen.

    Listeners are called by whatever caused the event, so they must return at once.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._events: deque[KernelEvent] = deque(maxlen=KEPT_EVENTS)
        self._listeners: list[Listener] = []

    def publish(self, name: str, payload: Mapping[str, Any]) -> KernelEvent:
        """Write an event down and tell every listener."""
        event = KernelEvent(name, str(uuid4()), self._clock.now_ms(), payload)
        self._events.append(event)
        for listener in tuple(self._listeners):
            listener(event)
        return event

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell `listener` of every event from now on, until the returned function is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def all(self) -> tuple[KernelEvent, ...]:
        """Return what is remembered, oldest first."""
        return tuple(self._events)


@frozen
class CallbackRegistration:
    """A wish to be called when an event of one name happens; the secret goes into the token header."""

    id: str
    event: str
    callback: str
    created_at_ms: int
    secret: str | None = field(default=None, repr=False)

    def view(self) -> dict[str, Any]:
        """Return what clients may see of it: everything but the secret."""
        return {
            "id": self.id,
            "event": self.event,
            "callback": self.callback,
            "created_at_ms": self.created_at_ms,
        }


class CallbackRegistrations:
    """The registrations of one kind of event; two equal ones are two, as in real kernels."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._registrations: dict[str, CallbackRegistration] = {}

    def add(self, event: str, callback: str, secret: str | None = None) -> CallbackRegistration:
        """Register a callback."""
        registration = CallbackRegistration(str(uuid4()), event, callback, self._clock.now_ms(), secret)
        self._registrations[registration.id] = registration
        return registration

    def remove(self, registration_id: str) -> None:
        """Forget a registration."""
        if self._registrations.pop(registration_id, None) is None:
            raise not_found("registration", registration_id)

    def all(self) -> tuple[CallbackRegistration, ...]:
        """Return all registrations, oldest first."""
        return tuple(self._registrations.values())

    def views(self) -> list[dict[str, Any]]:
        """Return what clients may see of all registrations."""
        return [registration.view() for registration in self.all()]
