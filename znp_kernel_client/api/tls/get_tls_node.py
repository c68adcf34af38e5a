"""Read a node's TLS settings."""

from collections.abc import Callable
from typing import Any

from ..._model import envelope
from ..._wire import decode_json, path_segment, refuse_failure
from ...models.tls_node_detail import TlsNodeDetail
from ...types import AsyncExecutor, Executor, RawResponse, Request, Response

_SUCCESS = (200,)
_decode: Callable[[Any], TlsNodeDetail] = envelope(TlsNodeDetail)


def build_request(id: str) -> Request:
    """Return the request of GET /v1/tls/nodes/{id}.

    Args:
        id: Identifier of the node.
    """
    return Request(
        operation="get_tls_node", method="GET", path=f"/v1/tls/nodes/{path_segment('id', id)}", success=_SUCCESS
    )


def parse_response(raw: RawResponse) -> TlsNodeDetail:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)
    return decode_json(raw, _decode)


def sync_detailed(id: str, *, client: Executor) -> Response[TlsNodeDetail]:
    """Read a node's TLS settings.

    Returns status, headers and raw body as well.

    One node with its full TLS settings and those of the protocol inside.

    Args:
        id: Identifier of the node.
        client: Sends the request.
    """
    return client.execute(build_request(id), parse_response)


def sync(id: str, *, client: Executor) -> TlsNodeDetail:
    """Read a node's TLS settings.

    One node with its full TLS settings and those of the protocol inside.

    Args:
        id: Identifier of the node.
        client: Sends the request.
    """
    return sync_detailed(id, client=client).parsed


async def asyncio_detailed(id: str, *, client: AsyncExecutor) -> Response[TlsNodeDetail]:
    """Read a node's TLS settings.

    Returns status, headers and raw body as well.

    One node with its full TLS settings and those of the protocol inside.

    Args:
        id: Identifier of the node.
        client: Sends the request.
    """
    return await client.execute(build_request(id), parse_response)


async def asyncio(id: str, *, client: AsyncExecutor) -> TlsNodeDetail:
    """Read a node's TLS settings.

    One node with its full TLS settings and those of the protocol inside.

    Args:
        id: Identifier of the node.
        client: Sends the request.
    """
    return (await asyncio_detailed(id, client=client)).parsed
