"""Set a limit on requests."""

from collections.abc import Callable
from typing import Any

from ..._model import envelope
from ..._wire import decode_json, json_body, refuse_failure
from ...models.rate_limit_override_request import RateLimitOverrideRequest
from ...models.rate_limit_override_response import RateLimitOverrideResponse
from ...types import AsyncExecutor, Executor, RawResponse, Request, Response

_SUCCESS = (200,)
_decode: Callable[[Any], RateLimitOverrideResponse] = envelope(RateLimitOverrideResponse)


def build_request(body: RateLimitOverrideRequest) -> Request:
    """Return the request of POST /v1/security/rate-limits.

    Args:
        body: The document to send.
    """
    return Request(
        operation="set_rate_limit",
        method="POST",
        path="/v1/security/rate-limits",
        content=json_body(body),
        success=_SUCCESS,
    )


def parse_response(raw: RawResponse) -> RateLimitOverrideResponse:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)
    return decode_json(raw, _decode)


def sync_detailed(body: RateLimitOverrideRequest, *, client: Executor) -> Response[RateLimitOverrideResponse]:
    """Set a limit on requests.

    Returns status, headers and raw body as well.

    Sets the limit of one endpoint or one caller; a limit that was set before is replaced.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return client.execute(build_request(body), parse_response)


def sync(body: RateLimitOverrideRequest, *, client: Executor) -> RateLimitOverrideResponse:
    """Set a limit on requests.

    Sets the limit of one endpoint or one caller; a limit that was set before is replaced.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return sync_detailed(body, client=client).parsed


async def asyncio_detailed(
    body: RateLimitOverrideRequest, *, client: AsyncExecutor
) -> Response[RateLimitOverrideResponse]:
    """Set a limit on requests.

    Returns status, headers and raw body as well.

    Sets the limit of one endpoint or one caller; a limit that was set before is replaced.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return await client.execute(build_request(body), parse_response)


async def asyncio(body: RateLimitOverrideRequest, *, client: AsyncExecutor) -> RateLimitOverrideResponse:
    """Set a limit on requests.

    Sets the limit of one endpoint or one caller; a limit that was set before is replaced.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return (await asyncio_detailed(body, client=client)).parsed
