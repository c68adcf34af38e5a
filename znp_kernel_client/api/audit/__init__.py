"""Who did what on the kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...types import UNSET, AsyncExecutor, Executor, Response, UnknownVariant, Unset

if TYPE_CHECKING:
    from ...models.audit_health_snapshot import AuditHealthSnapshot
    from ...models.audit_record import AuditRecord


class AuditApi:
    """Who did what on the kernel."""

    __slots__ = ("_executor",)

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def list_audit_records(
        self,
        *,
        limit: int | Unset = UNSET,
        since_ms: int | Unset = UNSET,
        success: bool | Unset = UNSET,
        action: str | Unset = UNSET,
        actor: str | Unset = UNSET,
        target: str | Unset = UNSET,
    ) -> list[AuditRecord]:
        """List audit records.

        Actions that were taken on the kernel. Filters that are given must all match.

        Args:
            limit: Largest number of records to answer with. Missing leaves the choice to the kernel.
            since_ms: Only records from this time on, in epoch milliseconds.
            success: Only records of actions that succeeded (`true`) or failed (`false`). Missing lists both.
            action: Only records of this action.
            actor: Only records of what this caller did.
            target: Only records of actions on this target.
        """
        return self.list_audit_records_detailed(
            limit=limit, since_ms=since_ms, success=success, action=action, actor=actor, target=target
        ).parsed

    def list_audit_records_detailed(
        self,
        *,
        limit: int | Unset = UNSET,
        since_ms: int | Unset = UNSET,
        success: bool | Unset = UNSET,
        action: str | Unset = UNSET,
        actor: str | Unset = UNSET,
        target: str | Unset = UNSET,
    ) -> Response[list[AuditRecord]]:
        """List audit records.

        Returns status, headers and raw body as well.

        Actions that were taken on the kernel. Filters that are given must all match.

        Args:
            limit: Largest number of records to answer with. Missing leaves the choice to the kernel.
            since_ms: Only records from this time on, in epoch milliseconds.
            success: Only records of actions that succeeded (`true`) or failed (`false`). Missing lists both.
            action: Only records of this action.
            actor: Only records of what this caller did.
            target: Only records of actions on this target.
        """
        from . import list_audit_records as _operation

        return self._executor.execute(
            _operation.build_request(
                limit=limit, since_ms=since_ms, success=success, action=action, actor=actor, target=target
            ),
            _operation.parse_response,
        )

    def get_audit_health(self) -> AuditHealthSnapshot:
        """Read the health of the audit log.

        Tells whether audit records reach the places where they are kept, and how many were lost.
        """
        return self.get_audit_health_detailed().parsed

    def get_audit_health_detailed(self) -> Response[AuditHealthSnapshot]:
        """Read the health of the audit log.

        Returns status, headers and raw body as well.

        Tells whether audit records reach the places where they are kept, and how many were lost.
        """
        from . import get_audit_health as _operation

        return self._executor.execute(_operation.build_request(), _operation.parse_response)


class AsyncAuditApi:
    """Who did what on the kernel."""

    __slots__ = ("_executor",)

    def __init__(self, executor: AsyncExecutor) -> None:
        self._executor = executor

    async def list_audit_records(
        self,
        *,
        limit: int | Unset = UNSET,
        since_ms: int | Unset = UNSET,
        success: bool | Unset = UNSET,
        action: str | Unset = UNSET,
        actor: str | Unset = UNSET,
        target: str | Unset = UNSET,
    ) -> list[AuditRecord]:
        """List audit records.

        Actions that were taken on the kernel. Filters that are given must all match.

        Args:
            limit: Largest number of records to answer with. Missing leaves the choice to the kernel.
            since_ms: Only records from this time on, in epoch milliseconds.
            success: Only records of actions that succeeded (`true`) or failed (`false`). Missing lists both.
            action: Only records of this action.
            actor: Only records of what this caller did.
            target: Only records of actions on this target.
        """
        return (
            await self.list_audit_records_detailed(
                limit=limit, since_ms=since_ms, success=success, action=action, actor=actor, target=target
            )
        ).parsed

    async def list_audit_records_detailed(
        self,
        *,
        limit: int | Unset = UNSET,
        since_ms: int | Unset = UNSET,
        success: bool | Unset = UNSET,
        action: str | Unset = UNSET,
        actor: str | Unset = UNSET,
        target: str | Unset = UNSET,
    ) -> Response[list[AuditRecord]]:
        """List audit records.

        Returns status, headers and raw body as well.

        Actions that were taken on the kernel. Filters that are given must all match.

        Args:
            limit: Largest number of records to answer with. Missing leaves the choice to the kernel.
            since_ms: Only records from this time on, in epoch milliseconds.
            success: Only records of actions that succeeded (`true`) or failed (`false`). Missing lists both.
            action: Only records of this action.
            actor: Only records of what this caller did.
            target: Only records of actions on this target.
        """
        from . import list_audit_records as _operation

        return await self._executor.execute(
            _operation.build_request(
                limit=limit, since_ms=since_ms, success=success, action=action, actor=actor, target=target
            ),
            _operation.parse_response,
        )

    async def get_audit_health(self) -> AuditHealthSnapshot:
        """Read the health of the audit log.

        Tells whether audit records reach the places where they are kept, and how many were lost.
        """
        return (await self.get_audit_health_detailed()).parsed

    async def get_audit_health_detailed(self) -> Response[AuditHealthSnapshot]:
        """Read the health of the audit log.

        Returns status, headers and raw body as well.

        Tells whether audit records reach the places where they are kept, and how many were lost.
        """
        from . import get_audit_health as _operation

        return await self._executor.execute(_operation.build_request(), _operation.parse_response)


__all__ = ["AsyncAuditApi", "AuditApi"]
