"""Read the health of the audit log."""

from collections.abc import Callable
from typing import Any

from ..._model import envelope
from ..._wire import decode_json, refuse_failure
from ...models.audit_health_snapshot import AuditHealthSnapshot
from ...types import AsyncExecutor, Executor, RawResponse, Request, Response

_SUCCESS = (200,)
_decode: Callable[[Any], AuditHealthSnapshot] = envelope(AuditHealthSnapshot)


def build_request() -> Request:
    """Return the request of GET /v1/audit/health."""
    return Request(operation="get_audit_health", method="GET", path="/v1/audit/health", success=_SUCCESS)


def parse_response(raw: RawResponse) -> AuditHealthSnapshot:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)
    return decode_json(raw, _decode)


def sync_detailed(*, client: Executor) -> Response[AuditHealthSnapshot]:
    """Read the health of the audit log.

    Returns status, headers and raw body as well.

    Tells whether audit records reach the places where they are kept, and how many were lost.

    Args:
        client: Sends the request.
    """
    return client.execute(build_request(), parse_response)


def sync(*, client: Executor) -> AuditHealthSnapshot:
    """Read the health of the audit log.

    Tells whether audit records reach the places where they are kept, and how many were lost.

    Args:
        client: Sends the request.
    """
    return sync_detailed(client=client).parsed


async def asyncio_detailed(*, client: AsyncExecutor) -> Response[AuditHealthSnapshot]:
    """Read the health of the audit log.

    Returns status, headers and raw body as well.

    Tells whether audit records reach the places where they are kept, and how many were lost.

    Args:
        client: Sends the request.
    """
    return await client.execute(build_request(), parse_response)


async def asyncio(*, client: AsyncExecutor) -> AuditHealthSnapshot:
    """Read the health of the audit log.

    Tells whether audit records reach the places where they are kept, and how many were lost.

    Args:
        client: Sends the request.
    """
    return (await asyncio_detailed(client=client)).parsed
