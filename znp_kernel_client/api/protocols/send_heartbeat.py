"""Send a heartbeat."""

from collections.abc import Callable
from typing import Any

from ..._model import envelope
from ..._wire import decode_json, json_body, path_segment, refuse_failure
from ...models.protocol_heartbeat_request import ProtocolHeartbeatRequest
from ...models.protocol_heartbeat_response import ProtocolHeartbeatResponse
from ...types import AsyncExecutor, Executor, RawResponse, Request, Response

_SUCCESS = (200,)
_decode: Callable[[Any], ProtocolHeartbeatResponse] = envelope(ProtocolHeartbeatResponse)


def build_request(id: str, body: ProtocolHeartbeatRequest) -> Request:
    """Return the request of POST /v1/protocols/registrations/{id}/heartbeat.

    Args:
        id: Identifier of the node, as given at its registration.
        body: The document to send.
    """
    return Request(
        operation="send_heartbeat",
        method="POST",
        path=f"/v1/protocols/registrations/{path_segment('id', id)}/heartbeat",
        content=json_body(body),
        success=_SUCCESS,
    )


def parse_response(raw: RawResponse) -> ProtocolHeartbeatResponse:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)
    return decode_json(raw, _decode)


def sync_detailed(id: str, body: ProtocolHeartbeatRequest, *, client: Executor) -> Response[ProtocolHeartbeatResponse]:
    """Send a heartbeat.

    Returns status, headers and raw body as well.

    A registered node reports its health and renews its lease. It is safe to repeat. The answer 404 means that the
    lease is gone: register again.

    Args:
        id: Identifier of the node, as given at its registration.
        body: The document to send.
        client: Sends the request.
    """
    return client.execute(build_request(id, body), parse_response)


def sync(id: str, body: ProtocolHeartbeatRequest, *, client: Executor) -> ProtocolHeartbeatResponse:
    """Send a heartbeat.

    A registered node reports its health and renews its lease. It is safe to repeat. The answer 404 means that the
    lease is gone: register again.

    Args:
        id: Identifier of the node, as given at its registration.
        body: The document to send.
        client: Sends the request.
    """
    return sync_detailed(id, body, client=client).parsed


async def asyncio_detailed(
    id: str, body: ProtocolHeartbeatRequest, *, client: AsyncExecutor
) -> Response[ProtocolHeartbeatResponse]:
    """Send a heartbeat.

    Returns status, headers and raw body as well.

    A registered node reports its health and renews its lease. It is safe to repeat. The answer 404 means that the
    lease is gone: register again.

    Args:
        id: Identifier of the node, as given at its registration.
        body: The document to send.
        client: Sends the request.
    """
    return await client.execute(build_request(id, body), parse_response)


async def asyncio(id: str, body: ProtocolHeartbeatRequest, *, client: AsyncExecutor) -> ProtocolHeartbeatResponse:
    """Send a heartbeat.

    A registered node reports its health and renews its lease. It is safe to repeat. The answer 404 means that the
    lease is gone: register again.

    Args:
        id: Identifier of the node, as given at its registration.
        body: The document to send.
        client: Sends the request.
    """
    return (await asyncio_detailed(id, body, client=client)).parsed
