"""List TLS nodes."""

from collections.abc import Callable
from typing import Any

from ..._model import list_of
from ..._wire import decode_json, refuse_failure
from ...models.tls_node_summary import TlsNodeSummary
from ...types import AsyncExecutor, Executor, RawResponse, Request, Response

_SUCCESS = (200,)
_decode: Callable[[Any], list[TlsNodeSummary]] = list_of(TlsNodeSummary.from_dict)


def build_request() -> Request:
    """Return the request of GET /v1/tls/nodes."""
    return Request(operation="list_tls_nodes", method="GET", path="/v1/tls/nodes", success=_SUCCESS)


def parse_response(raw: RawResponse) -> list[TlsNodeSummary]:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)
    return decode_json(raw, _decode)


def sync_detailed(*, client: Executor) -> Response[list[TlsNodeSummary]]:
    """List TLS nodes.

    Returns status, headers and raw body as well.

    Nodes that have TLS settings, in short.

    Args:
        client: Sends the request.
    """
    return client.execute(build_request(), parse_response)


def sync(*, client: Executor) -> list[TlsNodeSummary]:
    """List TLS nodes.

    Nodes that have TLS settings, in short.

    Args:
        client: Sends the request.
    """
    return sync_detailed(client=client).parsed


async def asyncio_detailed(*, client: AsyncExecutor) -> Response[list[TlsNodeSummary]]:
    """List TLS nodes.

    Returns status, headers and raw body as well.

    Nodes that have TLS settings, in short.

    Args:
        client: Sends the request.
    """
    return await client.execute(build_request(), parse_response)


async def asyncio(*, client: AsyncExecutor) -> list[TlsNodeSummary]:
    """List TLS nodes.

    Nodes that have TLS settings, in short.

    Args:
        client: Sends the request.
    """
    return (await asyncio_detailed(client=client)).parsed
