"""List audit records."""

from collections.abc import Callable
from typing import Any

from ..._model import list_of
from ..._wire import decode_json, query_pairs, refuse_failure
from ...models.audit_record import AuditRecord
from ...types import UNSET, AsyncExecutor, Executor, RawResponse, Request, Response, Unset

_SUCCESS = (200,)
_decode: Callable[[Any], list[AuditRecord]] = list_of(AuditRecord.from_dict)


def build_request(
    *,
    limit: int | Unset = UNSET,
    since_ms: int | Unset = UNSET,
    success: bool | Unset = UNSET,
    action: str | Unset = UNSET,
    actor: str | Unset = UNSET,
    target: str | Unset = UNSET,
) -> Request:
    """Return the request of GET /v1/audit.

    Args:
        limit: Largest number of records to answer with. Missing leaves the choice to the kernel.
        since_ms: Only records from this time on, in epoch milliseconds.
        success: Only records of actions that succeeded (`true`) or failed (`false`). Missing lists both.
        action: Only records of this action.
        actor: Only records of what this caller did.
        target: Only records of actions on this target.
    """
    return Request(
        operation="list_audit_records",
        method="GET",
        path="/v1/audit",
        query=query_pairs(
            ("limit", limit),
            ("since_ms", since_ms),
            ("success", success),
            ("action", action),
            ("actor", actor),
            ("target", target),
        ),
        success=_SUCCESS,
    )


def parse_response(raw: RawResponse) -> list[AuditRecord]:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)
    return decode_json(raw, _decode)


def sync_detailed(
    *,
    client: Executor,
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
        client: Sends the request.
        limit: Largest number of records to answer with. Missing leaves the choice to the kernel.
        since_ms: Only records from this time on, in epoch milliseconds.
        success: Only records of actions that succeeded (`true`) or failed (`false`). Missing lists both.
        action: Only records of this action.
        actor: Only records of what this caller did.
        target: Only records of actions on this target.
    """
    return client.execute(
        build_request(limit=limit, since_ms=since_ms, success=success, action=action, actor=actor, target=target),
        parse_response,
    )


def sync(
    *,
    client: Executor,
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
        client: Sends the request.
        limit: Largest number of records to answer with. Missing leaves the choice to the kernel.
        since_ms: Only records from this time on, in epoch milliseconds.
        success: Only records of actions that succeeded (`true`) or failed (`false`). Missing lists both.
        action: Only records of this action.
        actor: Only records of what this caller did.
        target: Only records of actions on this target.
    """
    return sync_detailed(
        limit=limit, since_ms=since_ms, success=success, action=action, actor=actor, target=target, client=client
    ).parsed


async def asyncio_detailed(
    *,
    client: AsyncExecutor,
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
        client: Sends the request.
        limit: Largest number of records to answer with. Missing leaves the choice to the kernel.
        since_ms: Only records from this time on, in epoch milliseconds.
        success: Only records of actions that succeeded (`true`) or failed (`false`). Missing lists both.
        action: Only records of this action.
        actor: Only records of what this caller did.
        target: Only records of actions on this target.
    """
    return await client.execute(
        build_request(limit=limit, since_ms=since_ms, success=success, action=action, actor=actor, target=target),
        parse_response,
    )


async def asyncio(
    *,
    client: AsyncExecutor,
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
        client: Sends the request.
        limit: Largest number of records to answer with. Missing leaves the choice to the kernel.
        since_ms: Only records from this time on, in epoch milliseconds.
        success: Only records of actions that succeeded (`true`) or failed (`false`). Missing lists both.
        action: Only records of this action.
        actor: Only records of what this caller did.
        target: Only records of actions on this target.
    """
    return (
        await asyncio_detailed(
            limit=limit, since_ms=since_ms, success=success, action=action, actor=actor, target=target, client=client
        )
    ).parsed
