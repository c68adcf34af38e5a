"""Protocol nodes: those that are configured, and those that register themselves and send heartbeats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...types import UNSET, AsyncExecutor, Executor, Response, UnknownVariant, Unset

if TYPE_CHECKING:
    from ...models.protocol_heartbeat_request import ProtocolHeartbeatRequest
    from ...models.protocol_heartbeat_response import ProtocolHeartbeatResponse
    from ...models.protocol_registration_request import ProtocolRegistrationRequest
    from ...models.protocol_registration_response import ProtocolRegistrationResponse
    from ...models.protocol_summary import ProtocolSummary
    from ...models.protocol_upsert_request import ProtocolUpsertRequest
    from ...models.user_view import UserView


class ProtocolsApi:
    """Protocol nodes: those that are configured, and those that register themselves and send heartbeats."""

    __slots__ = ("_executor",)

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def list_protocols(self) -> list[ProtocolSummary]:
        """List protocol nodes.

        All configured protocol nodes, in short.
        """
        return self.list_protocols_detailed().parsed

    def list_protocols_detailed(self) -> Response[list[ProtocolSummary]]:
        """List protocol nodes.

        Returns status, headers and raw body as well.

        All configured protocol nodes, in short.
        """
        from . import list_protocols as _operation

        return self._executor.execute(_operation.build_request(), _operation.parse_response)

    def upsert_protocol(self, body: ProtocolUpsertRequest) -> ProtocolSummary:
        """Create or replace a protocol node.

        Puts a node with its users in place. A node with the same `profile.id` is replaced.

        Args:
            body: The document to send.
        """
        return self.upsert_protocol_detailed(body).parsed

    def upsert_protocol_detailed(self, body: ProtocolUpsertRequest) -> Response[ProtocolSummary]:
        """Create or replace a protocol node.

        Returns status, headers and raw body as well.

        Puts a node with its users in place. A node with the same `profile.id` is replaced.

        Args:
            body: The document to send.
        """
        from . import upsert_protocol as _operation

        return self._executor.execute(_operation.build_request(body), _operation.parse_response)

    def register_protocol(self, body: ProtocolRegistrationRequest) -> ProtocolRegistrationResponse:
        """Register a node.

        A node announces itself and gets a lease. It then appears in the runtime status until it signs off or until
        the lease lapses for want of heartbeats. A node that registers again under its `id` gets a new lease.

        Args:
            body: The document to send.
        """
        return self.register_protocol_detailed(body).parsed

    def register_protocol_detailed(self, body: ProtocolRegistrationRequest) -> Response[ProtocolRegistrationResponse]:
        """Register a node.

        Returns status, headers and raw body as well.

        A node announces itself and gets a lease. It then appears in the runtime status until it signs off or until
        the lease lapses for want of heartbeats. A node that registers again under its `id` gets a new lease.

        Args:
            body: The document to send.
        """
        from . import register_protocol as _operation

        return self._executor.execute(_operation.build_request(body), _operation.parse_response)

    def deregister_protocol(self, id: str) -> None:
        """Sign a node off.

        A node that goes away ends its lease, rather than let it lapse.

        Args:
            id: Identifier of the node, as given at its registration.
        """
        self.deregister_protocol_detailed(id)

    def deregister_protocol_detailed(self, id: str) -> Response[None]:
        """Sign a node off.

        Returns status, headers and raw body as well.

        A node that goes away ends its lease, rather than let it lapse.

        Args:
            id: Identifier of the node, as given at its registration.
        """
        from . import deregister_protocol as _operation

        return self._executor.execute(_operation.build_request(id), _operation.parse_response)

    def send_heartbeat(self, id: str, body: ProtocolHeartbeatRequest) -> ProtocolHeartbeatResponse:
        """Send a heartbeat.

        A registered node reports its health and renews its lease. It is safe to repeat. The answer 404 means that the
        lease is gone: register again.

        Args:
            id: Identifier of the node, as given at its registration.
            body: The document to send.
        """
        return self.send_heartbeat_detailed(id, body).parsed

    def send_heartbeat_detailed(self, id: str, body: ProtocolHeartbeatRequest) -> Response[ProtocolHeartbeatResponse]:
        """Send a heartbeat.

        Returns status, headers and raw body as well.

        A registered node reports its health and renews its lease. It is safe to repeat. The answer 404 means that the
        lease is gone: register again.

        Args:
            id: Identifier of the node, as given at its registration.
            body: The document to send.
        """
        from . import send_heartbeat as _operation

        return self._executor.execute(_operation.build_request(id, body), _operation.parse_response)

    def delete_protocol(self, id: str) -> None:
        """Remove a protocol node.

        Removes a configured node. For nodes that registered themselves, use the sign-off.

        Args:
            id: Identifier of the node.
        """
        self.delete_protocol_detailed(id)

    def delete_protocol_detailed(self, id: str) -> Response[None]:
        """Remove a protocol node.

        Returns status, headers and raw body as well.

        Removes a configured node. For nodes that registered themselves, use the sign-off.

        Args:
            id: Identifier of the node.
        """
        from . import delete_protocol as _operation

        return self._executor.execute(_operation.build_request(id), _operation.parse_response)

    def list_protocol_users(
        self, id: str, *, all_: bool | Unset = UNSET, redact: bool | Unset = UNSET
    ) -> list[UserView]:
        """List the users of a protocol node.

        Users who may use the node, without credentials.

        Args:
            id: Identifier of the node.
            all_: Whether to list all users rather than the kernel's default selection.
            redact: Whether to mask the users' personal data.
        """
        return self.list_protocol_users_detailed(id, all_=all_, redact=redact).parsed

    def list_protocol_users_detailed(
        self, id: str, *, all_: bool | Unset = UNSET, redact: bool | Unset = UNSET
    ) -> Response[list[UserView]]:
        """List the users of a protocol node.

        Returns status, headers and raw body as well.

        Users who may use the node, without credentials.

        Args:
            id: Identifier of the node.
            all_: Whether to list all users rather than the kernel's default selection.
            redact: Whether to mask the users' personal data.
        """
        from . import list_protocol_users as _operation

        return self._executor.execute(_operation.build_request(id, all_=all_, redact=redact), _operation.parse_response)


class AsyncProtocolsApi:
    """Protocol nodes: those that are configured, and those that register themselves and send heartbeats."""

    __slots__ = ("_executor",)

    def __init__(self, executor: AsyncExecutor) -> None:
        self._executor = executor

    async def list_protocols(self) -> list[ProtocolSummary]:
        """List protocol nodes.

        All configured protocol nodes, in short.
        """
        return (await self.list_protocols_detailed()).parsed

    async def list_protocols_detailed(self) -> Response[list[ProtocolSummary]]:
        """List protocol nodes.

        Returns status, headers and raw body as well.

        All configured protocol nodes, in short.
        """
        from . import list_protocols as _operation

        return await self._executor.execute(_operation.build_request(), _operation.parse_response)

    async def upsert_protocol(self, body: ProtocolUpsertRequest) -> ProtocolSummary:
        """Create or replace a protocol node.

        Puts a node with its users in place. A node with the same `profile.id` is replaced.

        Args:
            body: The document to send.
        """
        return (await self.upsert_protocol_detailed(body)).parsed

    async def upsert_protocol_detailed(self, body: ProtocolUpsertRequest) -> Response[ProtocolSummary]:
        """Create or replace a protocol node.

        Returns status, headers and raw body as well.

        Puts a node with its users in place. A node with the same `profile.id` is replaced.

        Args:
            body: The document to send.
        """
        from . import upsert_protocol as _operation

        return await self._executor.execute(_operation.build_request(body), _operation.parse_response)

    async def register_protocol(self, body: ProtocolRegistrationRequest) -> ProtocolRegistrationResponse:
        """Register a node.

        A node announces itself and gets a lease. It then appears in the runtime status until it signs off or until
        the lease lapses for want of heartbeats. A node that registers again under its `id` gets a new lease.

        Args:
            body: The document to send.
        """
        return (await self.register_protocol_detailed(body)).parsed

    async def register_protocol_detailed(
        self, body: ProtocolRegistrationRequest
    ) -> Response[ProtocolRegistrationResponse]:
        """Register a node.

        Returns status, headers and raw body as well.

        A node announces itself and gets a lease. It then appears in the runtime status until it signs off or until
        the lease lapses for want of heartbeats. A node that registers again under its `id` gets a new lease.

        Args:
            body: The document to send.
        """
        from . import register_protocol as _operation

        return await self._executor.execute(_operation.build_request(body), _operation.parse_response)

    async def deregister_protocol(self, id: str) -> None:
        """Sign a node off.

        A node that goes away ends its lease, rather than let it lapse.

        Args:
            id: Identifier of the node, as given at its registration.
        """
        await self.deregister_protocol_detailed(id)

    async def deregister_protocol_detailed(self, id: str) -> Response[None]:
        """Sign a node off.

        Returns status, headers and raw body as well.

        A node that goes away ends its lease, rather than let it lapse.

        Args:
            id: Identifier of the node, as given at its registration.
        """
        from . import deregister_protocol as _operation

        return await self._executor.execute(_operation.build_request(id), _operation.parse_response)

    async def send_heartbeat(self, id: str, body: ProtocolHeartbeatRequest) -> ProtocolHeartbeatResponse:
        """Send a heartbeat.

        A registered node reports its health and renews its lease. It is safe to repeat. The answer 404 means that the
        lease is gone: register again.

        Args:
            id: Identifier of the node, as given at its registration.
            body: The document to send.
        """
        return (await self.send_heartbeat_detailed(id, body)).parsed

    async def send_heartbeat_detailed(
        self, id: str, body: ProtocolHeartbeatRequest
    ) -> Response[ProtocolHeartbeatResponse]:
        """Send a heartbeat.

        Returns status, headers and raw body as well.

        A registered node reports its health and renews its lease. It is safe to repeat. The answer 404 means that the
        lease is gone: register again.

        Args:
            id: Identifier of the node, as given at its registration.
            body: The document to send.
        """
        from . import send_heartbeat as _operation

        return await self._executor.execute(_operation.build_request(id, body), _operation.parse_response)

    async def delete_protocol(self, id: str) -> None:
        """Remove a protocol node.

        Removes a configured node. For nodes that registered themselves, use the sign-off.

        Args:
            id: Identifier of the node.
        """
        await self.delete_protocol_detailed(id)

    async def delete_protocol_detailed(self, id: str) -> Response[None]:
        """Remove a protocol node.

        Returns status, headers and raw body as well.

        Removes a configured node. For nodes that registered themselves, use the sign-off.

        Args:
            id: Identifier of the node.
        """
        from . import delete_protocol as _operation

        return await self._executor.execute(_operation.build_request(id), _operation.parse_response)

    async def list_protocol_users(
        self, id: str, *, all_: bool | Unset = UNSET, redact: bool | Unset = UNSET
    ) -> list[UserView]:
        """List the users of a protocol node.

        Users who may use the node, without credentials.

        Args:
            id: Identifier of the node.
            all_: Whether to list all users rather than the kernel's default selection.
            redact: Whether to mask the users' personal data.
        """
        return (await self.list_protocol_users_detailed(id, all_=all_, redact=redact)).parsed

    async def list_protocol_users_detailed(
        self, id: str, *, all_: bool | Unset = UNSET, redact: bool | Unset = UNSET
    ) -> Response[list[UserView]]:
        """List the users of a protocol node.

        Returns status, headers and raw body as well.

        Users who may use the node, without credentials.

        Args:
            id: Identifier of the node.
            all_: Whether to list all users rather than the kernel's default selection.
            redact: Whether to mask the users' personal data.
        """
        from . import list_protocol_users as _operation

        return await self._executor.execute(
            _operation.build_request(id, all_=all_, redact=redact), _operation.parse_response
        )


__all__ = ["AsyncProtocolsApi", "ProtocolsApi"]
