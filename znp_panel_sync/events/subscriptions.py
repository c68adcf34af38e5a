"""Callbacks registered at kernels: what should be there, made so."""

from collections.abc import Iterable, Sequence
from typing import Any, Self

from attrs import frozen

from znp_kernel_client.models import (
    EventRegistrationRequest,
    EventRegistrationRequestEvent,
    ServiceEventRegistrationRequest,
    ServiceEventRegistrationRequestEvent,
)
from znp_panel_sync.errors import NotFoundError
from znp_panel_sync.events._steps import Call, Steps, run, run_async
from znp_panel_sync.events.names import NODE_EVENTS, SERVICE_EVENTS
from znp_panel_sync.events.registrations import (
    CallbackAddress,
    Registration,
    RegistrationKind,
    SubscriptionPlan,
    WantedCallback,
    plan_subscriptions,
    wanted_callbacks,
)
from znp_panel_sync.kernel import AsyncKernel, Kernel


@frozen
class SubscriptionReport:
    """What was done at one kernel."""

    created: tuple[WantedCallback, ...] = ()
    deleted: tuple[Registration, ...] = ()
    kept: tuple[Registration, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether anything was done."""
        return bool(self.created or self.deleted)


class _Subscriptions:
    """What the blocking and the async form share."""

    def __init__(
        self,
        callback_base: str,
        *,
        secret: str | None,
        node_events: Iterable[str] = NODE_EVENTS,
        service_events: Iterable[str] = SERVICE_EVENTS,
        former_bases: Iterable[str] = (),
        mark_secret: bool = True,
    ) -> None:
        address = CallbackAddress.of(callback_base, secret, marked=mark_secret, name="callback_base")
        former = (CallbackAddress.of(base, name="former_bases") for base in former_bases)
        self._secret = secret
        self._addresses = (address, *former)
        self._wanted = wanted_callbacks(address, node_events, service_events)

    def _plan(self) -> Steps[SubscriptionPlan]:
        listed = yield from _list()
        return plan_subscriptions(self._wanted, listed, self._addresses)

    def _apply(self) -> Steps[SubscriptionReport]:
        """Create first and look again, so that there is no moment without callbacks, and replicas agree on one."""
        plan = yield from self._plan()
        created = plan.create
        for wanted in created:
            yield self._creation(wanted)
        if created:
            plan = yield from self._plan()
        deleted = yield from _delete(plan.deletable())
        return SubscriptionReport(created, deleted, plan.keep)

    def _remove(self) -> Steps[SubscriptionReport]:
        plan = yield from self._plan()
        deleted = yield from _delete((*plan.keep, *plan.delete))
        return SubscriptionReport(deleted=deleted)

    def _creation(self, wanted: WantedCallback) -> Call:
        if wanted.kind is RegistrationKind.NODE:
            body = EventRegistrationRequest(
                event=EventRegistrationRequestEvent(wanted.event), callback=wanted.callback, secret=self._secret
            )
            return lambda kernel: kernel.events.create_event_registration(body)
        service_body = ServiceEventRegistrationRequest(
            event=ServiceEventRegistrationRequestEvent(wanted.event), callback=wanted.callback, secret=self._secret
        )
        return lambda kernel: kernel.events.create_service_event_registration(service_body)


class EventSubscriptions(_Subscriptions):
    """The callbacks of one panel, to be registered at each of its kernels.

    `callback_base` is the panel's URL as kernels reach it: callbacks go to `<base>/api/v1/kernel/events` and
    `…/service-events`, with a mark of the secret in the query (see `CallbackAddress`; `mark_secret` False leaves it
    out, and then a changed secret is not noticed). `secret` is what kernels send as `X-ZNP-Webhook-Token`; None sends
    none. `node_events` and `service_events` are the events wanted. `former_bases` are URLs that the panel had before:
    registrations there are carried over.

    Registrations at other URLs are never touched. Panels that share a kernel need different bases.

    `apply` may be called at any time, again and again, and by several replicas at once: a changed URL or secret is
    carried over by creating the new registration before the old one goes, and duplicates end as one. Replicas with
    different secrets or URLs replace each other's registrations until all have the same; events are not lost by that
    while the receiver knows both tokens. Errors are the kernel's; what was not done then is done the next time. Raises
    `ConfigurationError` naming the argument that is wrong.
    """

    def plan(self, kernel: Kernel) -> SubscriptionPlan:
        """Return what `apply` would do now, and do nothing."""
        return run(self._plan(), kernel)

    def apply(self, kernel: Kernel) -> SubscriptionReport:
        """Register what is missing, and delete our duplicates and strays."""
        return run(self._apply(), kernel)

    def remove(self, kernel: Kernel) -> SubscriptionReport:
        """Delete all our registrations, for a panel that leaves."""
        return run(self._remove(), kernel)


class AsyncEventSubscriptions(_Subscriptions):
    """`EventSubscriptions` for async kernels."""

    @classmethod
    def of(cls, subscriptions: EventSubscriptions) -> Self:
        """Return the same callbacks, to be registered at async kernels."""
        same = cls.__new__(cls)
        vars(same).update(vars(subscriptions))
        return same

    async def plan(self, kernel: AsyncKernel) -> SubscriptionPlan:
        """Return what `apply` would do now, and do nothing."""
        return await run_async(self._plan(), kernel)

    async def apply(self, kernel: AsyncKernel) -> SubscriptionReport:
        """Register what is missing, and delete our duplicates and strays."""
        return await run_async(self._apply(), kernel)

    async def remove(self, kernel: AsyncKernel) -> SubscriptionReport:
        """Delete all our registrations, for a panel that leaves."""
        return await run_async(self._remove(), kernel)


def _list() -> Steps[list[Registration]]:
    nodes = yield lambda kernel: kernel.events.list_event_registrations()
    services = yield lambda kernel: kernel.events.list_service_event_registrations()
    return [*_read(RegistrationKind.NODE, nodes), *_read(RegistrationKind.SERVICE, services)]


def _read(kind: RegistrationKind, records: Sequence[Any]) -> list[Registration]:
    """Read listed registrations; one without id, event or URL cannot be ours, and could not be deleted."""
    return [
        Registration(kind, record.id, record.event, record.callback, record.created_at_ms or 0)
        for record in records
        if record.id and record.event and record.callback
    ]


def _delete(registrations: Iterable[Registration]) -> Steps[tuple[Registration, ...]]:
    """Delete registrations; what another replica has deleted is as good as deleted."""
    deleted = tuple(registrations)
    for registration in deleted:
        try:
            yield _deletion(registration)
        except NotFoundError:
            continue
    return deleted


def _deletion(registration: Registration) -> Call:
    if registration.kind is RegistrationKind.NODE:
        return lambda kernel: kernel.events.delete_event_registration(registration.id)
    return lambda kernel: kernel.events.delete_service_event_registration(registration.id)
