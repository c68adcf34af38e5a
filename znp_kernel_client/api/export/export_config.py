"""Export the configuration."""

from collections.abc import Callable
from typing import Any

from ..._model import envelope
from ..._wire import decode_json, json_body, refuse_failure
from ...models.export_request import ExportRequest
from ...models.export_response import ExportResponse
from ...types import AsyncExecutor, Executor, RawResponse, Request, Response

_SUCCESS = (200,)
_decode: Callable[[Any], ExportResponse] = envelope(ExportResponse)


def build_request(body: ExportRequest) -> Request:
    """Return the request of POST /v1/export.

    Args:
        body: The document to send.
    """
    return Request(
        operation="export_config", method="POST", path="/v1/export", content=json_body(body), success=_SUCCESS
    )


def parse_response(raw: RawResponse) -> ExportResponse:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)
    return decode_json(raw, _decode)


def sync_detailed(body: ExportRequest, *, client: Executor) -> Response[ExportResponse]:
    """Export the configuration.

    Returns status, headers and raw body as well.

    Writes the kernel's configuration to a file on the kernel's own host, and answers with what was written.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return client.execute(build_request(body), parse_response)


def sync(body: ExportRequest, *, client: Executor) -> ExportResponse:
    """Export the configuration.

    Writes the kernel's configuration to a file on the kernel's own host, and answers with what was written.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return sync_detailed(body, client=client).parsed


async def asyncio_detailed(body: ExportRequest, *, client: AsyncExecutor) -> Response[ExportResponse]:
    """Export the configuration.

    Returns status, headers and raw body as well.

    Writes the kernel's configuration to a file on the kernel's own host, and answers with what was written.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return await client.execute(build_request(body), parse_response)


async def asyncio(body: ExportRequest, *, client: AsyncExecutor) -> ExportResponse:
    """Export the configuration.

    Writes the kernel's configuration to a file on the kernel's own host, and answers with what was written.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return (await asyncio_detailed(body, client=client)).parsed
