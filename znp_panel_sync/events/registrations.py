"""Which callbacks should be registered at a kernel, and what makes it so. No I/O."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from attrs import frozen

from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.events.names import NODE_EVENTS, SERVICE_EVENTS, canonical_event

CALLBACK_PATH: Final = "/api/v1/kernel/"

_MARKER: Final = re.compile(r"v=[0-9a-f]{8}", re.ASCII)


class RegistrationKind(StrEnum):
    """The two lists of registrations that a kernel keeps; the value is the last part of the callback's path."""

    NODE = "events"
    SERVICE = "service-events"


@frozen
class WantedCallback:
    """A callback that should be registered: an event by its registered name, and the URL it is posted to."""

    kind: RegistrationKind
    event: str
    callback: str


@frozen
class Registration:
    """A callback as the kernel lists it. `created_at_ms` is 0 where the kernel does not say it."""

    kind: RegistrationKind
    id: str
    event: str
    callback: str
    created_at_ms: int

    def serves(self, wanted: WantedCallback) -> bool:
        """Tell whether this registration is what is wanted."""
        return (self.kind, canonical_event(self.event), self.callback) == (
            wanted.kind,
            canonical_event(wanted.event),
            wanted.callback,
        )


@frozen
class SubscriptionPlan:
    """What has to be done at one kernel: `create` goes first, then `delete`; `keep` is as it should be."""

    create: tuple[WantedCallback, ...]
    delete: tuple[Registration, ...]
    keep: tuple[Registration, ...]

    @property
    def settled(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.create or self.delete)

    def deletable(self) -> tuple[Registration, ...]:
        """Return what may go now: what is not to be replaced by something that is still to be created."""
        missing = {(wanted.kind, canonical_event(wanted.event)) for wanted in self.create}
        return tuple(one for one in self.delete if (one.kind, canonical_event(one.event)) not in missing)


@frozen
class CallbackAddress:
    """Where a kernel calls back: URLs below a base, with a mark that tells secrets apart.

    Kernels do not list secrets. So that a changed one is noticed, by every replica and after every restart, the URL
    carries the first 8 hex digits of a SHA-256 over the secret as `?v=…`: enough to see a change, and too little to
    find the secret by. Panels ignore the query. Without a secret, or with `marked` False, there is no mark.
    """

    base: str
    mark: str | None = None

    @classmethod
    def of(cls, base: str, secret: str | None = None, *, marked: bool = True, name: str = "base") -> "CallbackAddress":
        """Check a base URL: http or https, with a host, without user information, query or fragment.

        Raises `ConfigurationError` naming `name`.
        """
        try:
            NodeControl(base)
        except ConfigurationError as error:
            raise ConfigurationError(name, error.problem) from None
        return cls(base.strip().rstrip("/"), _mark(secret) if secret and marked else None)

    def url(self, kind: RegistrationKind) -> str:
        """Return the callback URL of one kind of events, as the panel builds it."""
        query = f"?v={self.mark}" if self.mark else ""
        return f"{self.base}{CALLBACK_PATH}{kind}{query}"

    def owns(self, callback: str) -> bool:
        """Tell whether a URL is one of these, whatever its mark."""
        path, _, query = callback.partition("?")
        unmarked = path if not query or _MARKER.fullmatch(query) else None
        return unmarked in {f"{self.base}{CALLBACK_PATH}{kind}" for kind in RegistrationKind}


def wanted_callbacks(
    address: CallbackAddress, node_events: Iterable[str], service_events: Iterable[str]
) -> tuple[WantedCallback, ...]:
    """Return the wanted callbacks, each once; raise `ConfigurationError` for an event that cannot be registered."""
    chosen = (
        (RegistrationKind.NODE, _registered_names("node_events", node_events, NODE_EVENTS)),
        (RegistrationKind.SERVICE, _registered_names("service_events", service_events, SERVICE_EVENTS)),
    )
    return tuple(WantedCallback(kind, event, address.url(kind)) for kind, events in chosen for event in events)


def plan_subscriptions(
    wanted: Sequence[WantedCallback], listed: Sequence[Registration], addresses: Sequence[CallbackAddress]
) -> SubscriptionPlan:
    """Compare what is wanted with what is listed.

    A registration is ours when its URL is one of ours, now or formerly (`addresses`), whatever its mark; others are
    not touched. Of equal ones the oldest stays, by `created_at_ms` and then by id, so that replicas that tidy up at
    the same time keep the same one.
    """
    winners = {one: min(serving, key=_age) for one in wanted if (serving := [r for r in listed if r.serves(one)])}
    keep = tuple(winners.values())
    ours = (one for one in listed if any(address.owns(one.callback) for address in addresses))
    return SubscriptionPlan(
        create=tuple(one for one in wanted if one not in winners),
        delete=tuple(one for one in ours if one not in keep),
        keep=keep,
    )


def _age(registration: Registration) -> tuple[int, str]:
    return registration.created_at_ms, registration.id


def _mark(secret: str) -> str:
    return hashlib.sha256(b"callback secret\0" + secret.encode()).hexdigest()[:8]


def _registered_names(name: str, events: Iterable[str], known: Sequence[str]) -> list[str]:
    spellings = {canonical_event(event): event for event in known}
    chosen = dict.fromkeys(canonical_event(event) for event in events)
    for event in chosen:
        if event not in spellings:
            raise ConfigurationError(name, f"{event} cannot be registered: known are {', '.join(known)}")
    return [spellings[event] for event in chosen]
