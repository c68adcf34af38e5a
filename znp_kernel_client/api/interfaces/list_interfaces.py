"""List the host's network interfaces."""

from collections.abc import Callable
from typing import Any

from ..._model import envelope
from ..._wire import decode_json, refuse_failure
from ...models.interface_list_response import InterfaceListResponse
from ...types import AsyncExecutor, Executor, RawResponse, Request, Response

_SUCCESS = (200,)
_decode: Callable[[Any], InterfaceListResponse] = envelope(InterfaceListResponse)


def build_request() -> Request:
    """Return the request of GET /v1/interfaces."""
    return Request(operation="list_interfaces", method="GET", path="/v1/interfaces", success=_SUCCESS)


def parse_response(raw: RawResponse) -> InterfaceListResponse:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)
    return decode_json(raw, _decode)


def sync_detailed(*, client: Executor) -> Response[InterfaceListResponse]:
    """List the host's network interfaces.

    Returns status, headers and raw body as well.

    Network interfaces of the kernel's host with their addresses, for choosing what nodes bind to.

    Args:
        client: Sends the request.
    """
    return client.execute(build_request(), parse_response)


def sync(*, client: Executor) -> InterfaceListResponse:
    """List the host's network interfaces.

    Network interfaces of the kernel's host with their addresses, for choosing what nodes bind to.

    Args:
        client: Sends the request.
    """
    return sync_detailed(client=client).parsed


async def asyncio_detailed(*, client: AsyncExecutor) -> Response[InterfaceListResponse]:
    """List the host's network interfaces.

    Returns status, headers and raw body as well.

    Network interfaces of the kernel's host with their addresses, for choosing what nodes bind to.

    Args:
        client: Sends the request.
    """
    return await client.execute(build_request(), parse_response)


async def asyncio(*, client: AsyncExecutor) -> InterfaceListResponse:
    """List the host's network interfaces.

    Network interfaces of the kernel's host with their addresses, for choosing what nodes bind to.

    Args:
        client: Sends the request.
    """
    return (await asyncio_detailed(client=client)).parsed
