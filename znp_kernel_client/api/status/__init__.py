"""Liveness and runtime status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...types import UNSET, AsyncExecutor, Executor, Response, UnknownVariant, Unset

if TYPE_CHECKING:
    from ...models.status_response import StatusResponse


class StatusApi:
    """Liveness and runtime status."""

    __slots__ = ("_executor",)

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def get_health(self) -> str:
        """Check that the kernel is alive.

        Light probe for load balancers and process supervisors. It needs no credentials and says nothing about the
        health of nodes; see the runtime status for that.
        """
        return self.get_health_detailed().parsed

    def get_health_detailed(self) -> Response[str]:
        """Check that the kernel is alive.

        Returns status, headers and raw body as well.

        Light probe for load balancers and process supervisors. It needs no credentials and says nothing about the
        health of nodes; see the runtime status for that.
        """
        from . import get_health as _operation

        return self._executor.execute(_operation.build_request(), _operation.parse_response)

    def get_status(
        self,
        *,
        redact_users: bool | Unset = UNSET,
        rate_limit_summary: bool | Unset = UNSET,
        include: str | Unset = UNSET,
        fields: str | Unset = UNSET,
    ) -> StatusResponse:
        """Read the runtime status.

        Snapshot of nodes with their health, routing, counters, users and resources. A panel that polls asks for
        `include=nodes` alone, which keeps the answer small.

        Args:
            redact_users: Whether to mask the users' personal data in the snapshot.
            rate_limit_summary: Whether to add how many users are rate limited.
            include: Parts of the snapshot to answer with, comma-separated, such as `nodes,metrics,users`; `all` for
              every part. Missing leaves the choice to the kernel.
            fields: Another name of `include`, with the same meaning.
        """
        return self.get_status_detailed(
            redact_users=redact_users, rate_limit_summary=rate_limit_summary, include=include, fields=fields
        ).parsed

    def get_status_detailed(
        self,
        *,
        redact_users: bool | Unset = UNSET,
        rate_limit_summary: bool | Unset = UNSET,
        include: str | Unset = UNSET,
        fields: str | Unset = UNSET,
    ) -> Response[StatusResponse]:
        """Read the runtime status.

        Returns status, headers and raw body as well.

        Snapshot of nodes with their health, routing, counters, users and resources. A panel that polls asks for
        `include=nodes` alone, which keeps the answer small.

        Args:
            redact_users: Whether to mask the users' personal data in the snapshot.
            rate_limit_summary: Whether to add how many users are rate limited.
            include: Parts of the snapshot to answer with, comma-separated, such as `nodes,metrics,users`; `all` for
              every part. Missing leaves the choice to the kernel.
            fields: Another name of `include`, with the same meaning.
        """
        from . import get_status as _operation

        return self._executor.execute(
            _operation.build_request(
                redact_users=redact_users, rate_limit_summary=rate_limit_summary, include=include, fields=fields
            ),
            _operation.parse_response,
        )


class AsyncStatusApi:
    """Liveness and runtime status."""

    __slots__ = ("_executor",)

    def __init__(self, executor: AsyncExecutor) -> None:
        self._executor = executor

    async def get_health(self) -> str:
        """Check that the kernel is alive.

        Light probe for load balancers and process supervisors. It needs no credentials and says nothing about the
        health of nodes; see the runtime status for that.
        """
        return (await self.get_health_detailed()).parsed

    async def get_health_detailed(self) -> Response[str]:
        """Check that the kernel is alive.

        Returns status, headers and raw body as well.

        Light probe for load balancers and process supervisors. It needs no credentials and says nothing about the
        health of nodes; see the runtime status for that.
        """
        from . import get_health as _operation

        return await self._executor.execute(_operation.build_request(), _operation.parse_response)

    async def get_status(
        self,
        *,
        redact_users: bool | Unset = UNSET,
        rate_limit_summary: bool | Unset = UNSET,
        include: str | Unset = UNSET,
        fields: str | Unset = UNSET,
    ) -> StatusResponse:
        """Read the runtime status.

        Snapshot of nodes with their health, routing, counters, users and resources. A panel that polls asks for
        `include=nodes` alone, which keeps the answer small.

        Args:
            redact_users: Whether to mask the users' personal data in the snapshot.
            rate_limit_summary: Whether to add how many users are rate limited.
            include: Parts of the snapshot to answer with, comma-separated, such as `nodes,metrics,users`; `all` for
              every part. Missing leaves the choice to the kernel.
            fields: Another name of `include`, with the same meaning.
        """
        return (
            await self.get_status_detailed(
                redact_users=redact_users, rate_limit_summary=rate_limit_summary, include=include, fields=fields
            )
        ).parsed

    async def get_status_detailed(
        self,
        *,
        redact_users: bool | Unset = UNSET,
        rate_limit_summary: bool | Unset = UNSET,
        include: str | Unset = UNSET,
        fields: str | Unset = UNSET,
    ) -> Response[StatusResponse]:
        """Read the runtime status.

        Returns status, headers and raw body as well.

        Snapshot of nodes with their health, routing, counters, users and resources. A panel that polls asks for
        `include=nodes` alone, which keeps the answer small.

        Args:
            redact_users: Whether to mask the users' personal data in the snapshot.
            rate_limit_summary: Whether to add how many users are rate limited.
            include: Parts of the snapshot to answer with, comma-separated, such as `nodes,metrics,users`; `all` for
              every part. Missing leaves the choice to the kernel.
            fields: Another name of `include`, with the same meaning.
        """
        from . import get_status as _operation

        return await self._executor.execute(
            _operation.build_request(
                redact_users=redact_users, rate_limit_summary=rate_limit_summary, include=include, fields=fields
            ),
            _operation.parse_response,
        )


__all__ = ["AsyncStatusApi", "StatusApi"]
