"""Read the runtime status."""

from collections.abc import Callable
from typing import Any

from ..._model import envelope
from ..._wire import decode_json, query_pairs, refuse_failure
from ...models.status_response import StatusResponse
from ...types import UNSET, AsyncExecutor, Executor, RawResponse, Request, Response, Unset

_SUCCESS = (200,)
_decode: Callable[[Any], StatusResponse] = envelope(StatusResponse)


def build_request(
    *,
    redact_users: bool | Unset = UNSET,
    rate_limit_summary: bool | Unset = UNSET,
    include: str | Unset = UNSET,
    fields: str | Unset = UNSET,
) -> Request:
    """Return the request of GET /v1/status.

    Args:
        redact_users: Whether to mask the users' personal data in the snapshot.
        rate_limit_summary: Whether to add how many users are rate limited.
        include: Parts of the snapshot to answer with, comma-separated, such as `nodes,metrics,users`; `all` for every
          part. Missing leaves the choice to the kernel.
        fields: Another name of `include`, with the same meaning.
    """
    return Request(
        operation="get_status",
        method="GET",
        path="/v1/status",
        query=query_pairs(
            ("redact_users", redact_users),
            ("rate_limit_summary", rate_limit_summary),
            ("include", include),
            ("fields", fields),
        ),
        success=_SUCCESS,
    )


def parse_response(raw: RawResponse) -> StatusResponse:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)
    return decode_json(raw, _decode)


def sync_detailed(
    *,
    client: Executor,
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
        client: Sends the request.
        redact_users: Whether to mask the users' personal data in the snapshot.
        rate_limit_summary: Whether to add how many users are rate limited.
        include: Parts of the snapshot to answer with, comma-separated, such as `nodes,metrics,users`; `all` for every
          part. Missing leaves the choice to the kernel.
        fields: Another name of `include`, with the same meaning.
    """
    return client.execute(
        build_request(redact_users=redact_users, rate_limit_summary=rate_limit_summary, include=include, fields=fields),
        parse_response,
    )


def sync(
    *,
    client: Executor,
    redact_users: bool | Unset = UNSET,
    rate_limit_summary: bool | Unset = UNSET,
    include: str | Unset = UNSET,
    fields: str | Unset = UNSET,
) -> StatusResponse:
    """Read the runtime status.

    Snapshot of nodes with their health, routing, counters, users and resources. A panel that polls asks for
    `include=nodes` alone, which keeps the answer small.

    Args:
        client: Sends the request.
        redact_users: Whether to mask the users' personal data in the snapshot.
        rate_limit_summary: Whether to add how many users are rate limited.
        include: Parts of the snapshot to answer with, comma-separated, such as `nodes,metrics,users`; `all` for every
          part. Missing leaves the choice to the kernel.
        fields: Another name of `include`, with the same meaning.
    """
    return sync_detailed(
        redact_users=redact_users, rate_limit_summary=rate_limit_summary, include=include, fields=fields, client=client
    ).parsed


async def asyncio_detailed(
    *,
    client: AsyncExecutor,
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
        client: Sends the request.
        redact_users: Whether to mask the users' personal data in the snapshot.
        rate_limit_summary: Whether to add how many users are rate limited.
        include: Parts of the snapshot to answer with, comma-separated, such as `nodes,metrics,users`; `all` for every
          part. Missing leaves the choice to the kernel.
        fields: Another name of `include`, with the same meaning.
    """
    return await client.execute(
        build_request(redact_users=redact_users, rate_limit_summary=rate_limit_summary, include=include, fields=fields),
        parse_response,
    )


async def asyncio(
    *,
    client: AsyncExecutor,
    redact_users: bool | Unset = UNSET,
    rate_limit_summary: bool | Unset = UNSET,
    include: str | Unset = UNSET,
    fields: str | Unset = UNSET,
) -> StatusResponse:
    """Read the runtime status.

    Snapshot of nodes with their health, routing, counters, users and resources. A panel that polls asks for
    `include=nodes` alone, which keeps the answer small.

    Args:
        client: Sends the request.
        redact_users: Whether to mask the users' personal data in the snapshot.
        rate_limit_summary: Whether to add how many users are rate limited.
        include: Parts of the snapshot to answer with, comma-separated, such as `nodes,metrics,users`; `all` for every
          part. Missing leaves the choice to the kernel.
        fields: Another name of `include`, with the same meaning.
    """
    return (
        await asyncio_detailed(
            redact_users=redact_users,
            rate_limit_summary=rate_limit_summary,
            include=include,
            fields=fields,
            client=client,
        )
    ).parsed
