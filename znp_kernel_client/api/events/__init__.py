"""Callbacks by which the kernel tells of node events and service events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...types import UNSET, AsyncExecutor, Executor, Response, UnknownVariant, Unset

if TYPE_CHECKING:
    from ...models.event_registration_record import EventRegistrationRecord
    from ...models.event_registration_request import EventRegistrationRequest
    from ...models.event_subscription_record import EventSubscriptionRecord
    from ...models.service_event_registration_request import ServiceEventRegistrationRequest


class EventsApi:
    """Callbacks by which the kernel tells of node events and service events."""

    __slots__ = ("_executor",)

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def list_event_registrations(self) -> list[EventRegistrationRecord]:
        """List callbacks for node events.

        Callbacks that are registered for node events. Look here before registering: the kernel takes the same
        callback twice, and then calls it twice.
        """
        return self.list_event_registrations_detailed().parsed

    def list_event_registrations_detailed(self) -> Response[list[EventRegistrationRecord]]:
        """List callbacks for node events.

        Returns status, headers and raw body as well.

        Callbacks that are registered for node events. Look here before registering: the kernel takes the same
        callback twice, and then calls it twice.
        """
        from . import list_event_registrations as _operation

        return self._executor.execute(_operation.build_request(), _operation.parse_response)

    def create_event_registration(self, body: EventRegistrationRequest) -> EventRegistrationRecord:
        """Register a callback for a node event.

        From now on the kernel posts each such event to the callback URL, as a JSON document with `event`, `id` or
        `node_id`, `protocol`, `status`, `message` and `observed_at` (epoch seconds). One registration is for one
        event.

        Args:
            body: The document to send.
        """
        return self.create_event_registration_detailed(body).parsed

    def create_event_registration_detailed(self, body: EventRegistrationRequest) -> Response[EventRegistrationRecord]:
        """Register a callback for a node event.

        Returns status, headers and raw body as well.

        From now on the kernel posts each such event to the callback URL, as a JSON document with `event`, `id` or
        `node_id`, `protocol`, `status`, `message` and `observed_at` (epoch seconds). One registration is for one
        event.

        Args:
            body: The document to send.
        """
        from . import create_event_registration as _operation

        return self._executor.execute(_operation.build_request(body), _operation.parse_response)

    def delete_event_registration(self, id: str) -> None:
        """Remove a callback for a node event.

        The kernel stops posting this event to this callback.

        Args:
            id: Identifier of the registration.
        """
        self.delete_event_registration_detailed(id)

    def delete_event_registration_detailed(self, id: str) -> Response[None]:
        """Remove a callback for a node event.

        Returns status, headers and raw body as well.

        The kernel stops posting this event to this callback.

        Args:
            id: Identifier of the registration.
        """
        from . import delete_event_registration as _operation

        return self._executor.execute(_operation.build_request(id), _operation.parse_response)

    def list_service_event_registrations(self) -> list[EventSubscriptionRecord]:
        """List callbacks for service events.

        Callbacks that are registered for service events. Look here before registering: the kernel takes the same
        callback twice, and then calls it twice.
        """
        return self.list_service_event_registrations_detailed().parsed

    def list_service_event_registrations_detailed(self) -> Response[list[EventSubscriptionRecord]]:
        """List callbacks for service events.

        Returns status, headers and raw body as well.

        Callbacks that are registered for service events. Look here before registering: the kernel takes the same
        callback twice, and then calls it twice.
        """
        from . import list_service_event_registrations as _operation

        return self._executor.execute(_operation.build_request(), _operation.parse_response)

    def create_service_event_registration(self, body: ServiceEventRegistrationRequest) -> EventSubscriptionRecord:
        """Register a callback for a service event.

        From now on the kernel posts each such event to the callback URL, as a JSON document with `event`, `event_id`,
        `occurred_at_ms` (epoch milliseconds) and `payload`. The payload of `user.traffic.reported` names the user
        (`user_id`, and `subscription_id` where there is one) and holds `previous` and `current`, each with `used` and
        `remaining` in bytes. One registration is for one event.

        Args:
            body: The document to send.
        """
        return self.create_service_event_registration_detailed(body).parsed

    def create_service_event_registration_detailed(
        self, body: ServiceEventRegistrationRequest
    ) -> Response[EventSubscriptionRecord]:
        """Register a callback for a service event.

        Returns status, headers and raw body as well.

        From now on the kernel posts each such event to the callback URL, as a JSON document with `event`, `event_id`,
        `occurred_at_ms` (epoch milliseconds) and `payload`. The payload of `user.traffic.reported` names the user
        (`user_id`, and `subscription_id` where there is one) and holds `previous` and `current`, each with `used` and
        `remaining` in bytes. One registration is for one event.

        Args:
            body: The document to send.
        """
        from . import create_service_event_registration as _operation

        return self._executor.execute(_operation.build_request(body), _operation.parse_response)

    def delete_service_event_registration(self, id: str) -> None:
        """Remove a callback for a service event.

        The kernel stops posting this event to this callback.

        Args:
            id: Identifier of the registration.
        """
        self.delete_service_event_registration_detailed(id)

    def delete_service_event_registration_detailed(self, id: str) -> Response[None]:
        """Remove a callback for a service event.

        Returns status, headers and raw body as well.

        The kernel stops posting this event to this callback.

        Args:
            id: Identifier of the registration.
        """
        from . import delete_service_event_registration as _operation

        return self._executor.execute(_operation.build_request(id), _operation.parse_response)


class AsyncEventsApi:
    """Callbacks by which the kernel tells of node events and service events."""

    __slots__ = ("_executor",)

    def __init__(self, executor: AsyncExecutor) -> None:
        self._executor = executor

    async def list_event_registrations(self) -> list[EventRegistrationRecord]:
        """List callbacks for node events.

        Callbacks that are registered for node events. Look here before registering: the kernel takes the same
        callback twice, and then calls it twice.
        """
        return (await self.list_event_registrations_detailed()).parsed

    async def list_event_registrations_detailed(self) -> Response[list[EventRegistrationRecord]]:
        """List callbacks for node events.

        Returns status, headers and raw body as well.

        Callbacks that are registered for node events. Look here before registering: the kernel takes the same
        callback twice, and then calls it twice.
        """
        from . import list_event_registrations as _operation

        return await self._executor.execute(_operation.build_request(), _operation.parse_response)

    async def create_event_registration(self, body: EventRegistrationRequest) -> EventRegistrationRecord:
        """Register a callback for a node event.

        From now on the kernel posts each such event to the callback URL, as a JSON document with `event`, `id` or
        `node_id`, `protocol`, `status`, `message` and `observed_at` (epoch seconds). One registration is for one
        event.

        Args:
            body: The document to send.
        """
        return (await self.create_event_registration_detailed(body)).parsed

    async def create_event_registration_detailed(
        self, body: EventRegistrationRequest
    ) -> Response[EventRegistrationRecord]:
        """Register a callback for a node event.

        Returns status, headers and raw body as well.

        From now on the kernel posts each such event to the callback URL, as a JSON document with `event`, `id` or
        `node_id`, `protocol`, `status`, `message` and `observed_at` (epoch seconds). One registration is for one
        event.

        Args:
            body: The document to send.
        """
        from . import create_event_registration as _operation

        return await self._executor.execute(_operation.build_request(body), _operation.parse_response)

    async def delete_event_registration(self, id: str) -> None:
        """Remove a callback for a node event.

        The kernel stops posting this event to this callback.

        Args:
            id: Identifier of the registration.
        """
        await self.delete_event_registration_detailed(id)

    async def delete_event_registration_detailed(self, id: str) -> Response[None]:
        """Remove a callback for a node event.

        Returns status, headers and raw body as well.

        The kernel stops posting this event to this callback.

        Args:
            id: Identifier of the registration.
        """
        from . import delete_event_registration as _operation

        return await self._executor.execute(_operation.build_request(id), _operation.parse_response)

    async def list_service_event_registrations(self) -> list[EventSubscriptionRecord]:
        """List callbacks for service events.

        Callbacks that are registered for service events. Look here before registering: the kernel takes the same
        callback twice, and then calls it twice.
        """
        return (await self.list_service_event_registrations_detailed()).parsed

    async def list_service_event_registrations_detailed(self) -> Response[list[EventSubscriptionRecord]]:
        """List callbacks for service events.

        Returns status, headers and raw body as well.

        Callbacks that are registered for service events. Look here before registering: the kernel takes the same
        callback twice, and then calls it twice.
        """
        from . import list_service_event_registrations as _operation

        return await self._executor.execute(_operation.build_request(), _operation.parse_response)

    async def create_service_event_registration(self, body: ServiceEventRegistrationRequest) -> EventSubscriptionRecord:
        """Register a callback for a service event.

        From now on the kernel posts each such event to the callback URL, as a JSON document with `event`, `event_id`,
        `occurred_at_ms` (epoch milliseconds) and `payload`. The payload of `user.traffic.reported` names the user
        (`user_id`, and `subscription_id` where there is one) and holds `previous` and `current`, each with `used` and
        `remaining` in bytes. One registration is for one event.

        Args:
            body: The document to send.
        """
        return (await self.create_service_event_registration_detailed(body)).parsed

    async def create_service_event_registration_detailed(
        self, body: ServiceEventRegistrationRequest
    ) -> Response[EventSubscriptionRecord]:
        """Register a callback for a service event.

        Returns status, headers and raw body as well.

        From now on the kernel posts each such event to the callback URL, as a JSON document with `event`, `event_id`,
        `occurred_at_ms` (epoch milliseconds) and `payload`. The payload of `user.traffic.reported` names the user
        (`user_id`, and `subscription_id` where there is one) and holds `previous` and `current`, each with `used` and
        `remaining` in bytes. One registration is for one event.

        Args:
            body: The document to send.
        """
        from . import create_service_event_registration as _operation

        return await self._executor.execute(_operation.build_request(body), _operation.parse_response)

    async def delete_service_event_registration(self, id: str) -> None:
        """Remove a callback for a service event.

        The kernel stops posting this event to this callback.

        Args:
            id: Identifier of the registration.
        """
        await self.delete_service_event_registration_detailed(id)

    async def delete_service_event_registration_detailed(self, id: str) -> Response[None]:
        """Remove a callback for a service event.

        Returns status, headers and raw body as well.

        The kernel stops posting this event to this callback.

        Args:
            id: Identifier of the registration.
        """
        from . import delete_service_event_registration as _operation

        return await self._executor.execute(_operation.build_request(id), _operation.parse_response)


__all__ = ["AsyncEventsApi", "EventsApi"]
