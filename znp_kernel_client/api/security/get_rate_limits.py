"""List limits on requests."""

from collections.abc import Callable
from typing import Any

from ..._model import envelope
from ..._wire import decode_json, refuse_failure
from ...models.rate_limit_overrides_snapshot import RateLimitOverridesSnapshot
from ...types import AsyncExecutor, Executor, RawResponse, Request, Response

_SUCCESS = (200,)
_decode: Callable[[Any], RateLimitOverridesSnapshot] = envelope(RateLimitOverridesSnapshot)


def build_request() -> Request:
    """Return the request of GET /v1/security/rate-limits."""
    return Request(operation="get_rate_limits", method="GET", path="/v1/security/rate-limits", success=_SUCCESS)


def parse_response(raw: RawResponse) -> RateLimitOverridesSnapshot:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)
    return decode_json(raw, _decode)


def sync_detailed(*, client: Executor) -> Response[RateLimitOverridesSnapshot]:
    """List limits on requests.

    Returns status, headers and raw body as well.

    Limits on requests to this API that replace the kernel's defaults. They have nothing to do with the rate limits of
    users.

    Args:
        client: Sends the request.
    """
    return client.execute(build_request(), parse_response)


def sync(*, client: Executor) -> RateLimitOverridesSnapshot:
    """List limits on requests.

    Limits on requests to this API that replace the kernel's defaults. They have nothing to do with the rate limits of
    users.

    Args:
        client: Sends the request.
    """
    return sync_detailed(client=client).parsed


async def asyncio_detailed(*, client: AsyncExecutor) -> Response[RateLimitOverridesSnapshot]:
    """List limits on requests.

    Returns status, headers and raw body as well.

    Limits on requests to this API that replace the kernel's defaults. They have nothing to do with the rate limits of
    users.

    Args:
        client: Sends the request.
    """
    return await client.execute(build_request(), parse_response)


async def asyncio(*, client: AsyncExecutor) -> RateLimitOverridesSnapshot:
    """List limits on requests.

    Limits on requests to this API that replace the kernel's defaults. They have nothing to do with the rate limits of
    users.

    Args:
        client: Sends the request.
    """
    return (await asyncio_detailed(client=client)).parsed
