"""Register a node."""

from collections.abc import Callable
from typing import Any

from ..._model import envelope
from ..._wire import decode_json, json_body, refuse_failure
from ...models.protocol_registration_request import ProtocolRegistrationRequest
from ...models.protocol_registration_response import ProtocolRegistrationResponse
from ...types import AsyncExecutor, Executor, RawResponse, Request, Response

_SUCCESS = (200,)
_decode: Callable[[Any], ProtocolRegistrationResponse] = envelope(ProtocolRegistrationResponse)


def build_request(body: ProtocolRegistrationRequest) -> Request:
    """Return the request of POST /v1/protocols/registrations.

    Args:
        body: The document to send.
    """
    return Request(
        operation="register_protocol",
        method="POST",
        path="/v1/protocols/registrations",
        content=json_body(body),
        success=_SUCCESS,
    )


def parse_response(raw: RawResponse) -> ProtocolRegistrationResponse:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)
    return decode_json(raw, _decode)


def sync_detailed(body: ProtocolRegistrationRequest, *, client: Executor) -> Response[ProtocolRegistrationResponse]:
    """Register a node.

    Returns status, headers and raw body as well.

    A node announces itself and gets a lease. It then appears in the runtime status until it signs off or until the
    lease lapses for want of heartbeats. A node that registers again under its `id` gets a new lease.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return client.execute(build_request(body), parse_response)


def sync(body: ProtocolRegistrationRequest, *, client: Executor) -> ProtocolRegistrationResponse:
    """Register a node.

    A node announces itself and gets a lease. It then appears in the runtime status until it signs off or until the
    lease lapses for want of heartbeats. A node that registers again under its `id` gets a new lease.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return sync_detailed(body, client=client).parsed


async def asyncio_detailed(
    body: ProtocolRegistrationRequest, *, client: AsyncExecutor
) -> Response[ProtocolRegistrationResponse]:
    """Register a node.

    Returns status, headers and raw body as well.

    A node announces itself and gets a lease. It then appears in the runtime status until it signs off or until the
    lease lapses for want of heartbeats. A node that registers again under its `id` gets a new lease.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return await client.execute(build_request(body), parse_response)


async def asyncio(body: ProtocolRegistrationRequest, *, client: AsyncExecutor) -> ProtocolRegistrationResponse:
    """Register a node.

    A node announces itself and gets a lease. It then appears in the runtime status until it signs off or until the
    lease lapses for want of heartbeats. A node that registers again under its `id` gets a new lease.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return (await asyncio_detailed(body, client=client)).parsed
