"""Create or replace a protocol node."""

from collections.abc import Callable
from typing import Any

from ..._model import envelope
from ..._wire import decode_json, json_body, refuse_failure
from ...models.protocol_summary import ProtocolSummary
from ...models.protocol_upsert_request import ProtocolUpsertRequest
from ...types import AsyncExecutor, Executor, RawResponse, Request, Response

_SUCCESS = (200,)
_decode: Callable[[Any], ProtocolSummary] = envelope(ProtocolSummary)


def build_request(body: ProtocolUpsertRequest) -> Request:
    """Return the request of POST /v1/protocols.

    Args:
        body: The document to send.
    """
    return Request(
        operation="upsert_protocol", method="POST", path="/v1/protocols", content=json_body(body), success=_SUCCESS
    )


def parse_response(raw: RawResponse) -> ProtocolSummary:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)
    return decode_json(raw, _decode)


def sync_detailed(body: ProtocolUpsertRequest, *, client: Executor) -> Response[ProtocolSummary]:
    """Create or replace a protocol node.

    Returns status, headers and raw body as well.

    Puts a node with its users in place. A node with the same `profile.id` is replaced.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return client.execute(build_request(body), parse_response)


def sync(body: ProtocolUpsertRequest, *, client: Executor) -> ProtocolSummary:
    """Create or replace a protocol node.

    Puts a node with its users in place. A node with the same `profile.id` is replaced.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return sync_detailed(body, client=client).parsed


async def asyncio_detailed(body: ProtocolUpsertRequest, *, client: AsyncExecutor) -> Response[ProtocolSummary]:
    """Create or replace a protocol node.

    Returns status, headers and raw body as well.

    Puts a node with its users in place. A node with the same `profile.id` is replaced.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return await client.execute(build_request(body), parse_response)


async def asyncio(body: ProtocolUpsertRequest, *, client: AsyncExecutor) -> ProtocolSummary:
    """Create or replace a protocol node.

    Puts a node with its users in place. A node with the same `profile.id` is replaced.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return (await asyncio_detailed(body, client=client)).parsed
