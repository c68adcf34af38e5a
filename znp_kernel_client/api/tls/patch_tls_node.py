"""Change a node's TLS settings."""

from collections.abc import Callable
from typing import Any

from ..._model import envelope
from ..._wire import decode_json, json_body, path_segment, refuse_failure
from ...models.tls_node_detail import TlsNodeDetail
from ...models.tls_node_patch_request import TlsNodePatchRequest
from ...types import AsyncExecutor, Executor, RawResponse, Request, Response

_SUCCESS = (200,)
_decode: Callable[[Any], TlsNodeDetail] = envelope(TlsNodeDetail)


def build_request(id: str, body: TlsNodePatchRequest) -> Request:
    """Return the request of PATCH /v1/tls/nodes/{id}.

    Args:
        id: Identifier of the node.
        body: The document to send.
    """
    return Request(
        operation="patch_tls_node",
        method="PATCH",
        path=f"/v1/tls/nodes/{path_segment('id', id)}",
        content=json_body(body),
        success=_SUCCESS,
    )


def parse_response(raw: RawResponse) -> TlsNodeDetail:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)
    return decode_json(raw, _decode)


def sync_detailed(id: str, body: TlsNodePatchRequest, *, client: Executor) -> Response[TlsNodeDetail]:
    """Change a node's TLS settings.

    Returns status, headers and raw body as well.

    Changes the settings that are given and leaves the others as they are.

    Args:
        id: Identifier of the node.
        body: The document to send.
        client: Sends the request.
    """
    return client.execute(build_request(id, body), parse_response)


def sync(id: str, body: TlsNodePatchRequest, *, client: Executor) -> TlsNodeDetail:
    """Change a node's TLS settings.

    Changes the settings that are given and leaves the others as they are.

    Args:
        id: Identifier of the node.
        body: The document to send.
        client: Sends the request.
    """
    return sync_detailed(id, body, client=client).parsed


async def asyncio_detailed(id: str, body: TlsNodePatchRequest, *, client: AsyncExecutor) -> Response[TlsNodeDetail]:
    """Change a node's TLS settings.

    Returns status, headers and raw body as well.

    Changes the settings that are given and leaves the others as they are.

    Args:
        id: Identifier of the node.
        body: The document to send.
        client: Sends the request.
    """
    return await client.execute(build_request(id, body), parse_response)


async def asyncio(id: str, body: TlsNodePatchRequest, *, client: AsyncExecutor) -> TlsNodeDetail:
    """Change a node's TLS settings.

    Changes the settings that are given and leaves the others as they are.

    Args:
        id: Identifier of the node.
        body: The document to send.
        client: Sends the request.
    """
    return (await asyncio_detailed(id, body, client=client)).parsed
