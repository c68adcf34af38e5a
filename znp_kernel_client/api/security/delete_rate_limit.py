"""Remove a limit on requests."""

from ..._wire import query_pairs, refuse_failure
from ...models.rate_limit_override_scope import RateLimitOverrideScope
from ...types import AsyncExecutor, Executor, RawResponse, Request, Response

_SUCCESS = (204,)


def build_request(*, scope: RateLimitOverrideScope, key: str) -> Request:
    """Return the request of DELETE /v1/security/rate-limits.

    Args:
        scope: Whether `key` names an endpoint or a caller.
        key: The endpoint's path, or the caller's identity.
    """
    return Request(
        operation="delete_rate_limit",
        method="DELETE",
        path="/v1/security/rate-limits",
        query=query_pairs(("scope", scope), ("key", key)),
        success=_SUCCESS,
    )


def parse_response(raw: RawResponse) -> None:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)


def sync_detailed(*, client: Executor, scope: RateLimitOverrideScope, key: str) -> Response[None]:
    """Remove a limit on requests.

    Returns status, headers and raw body as well.

    Removes the limit of one endpoint or one caller; the kernel's default applies again.

    Args:
        client: Sends the request.
        scope: Whether `key` names an endpoint or a caller.
        key: The endpoint's path, or the caller's identity.
    """
    return client.execute(build_request(scope=scope, key=key), parse_response)


def sync(*, client: Executor, scope: RateLimitOverrideScope, key: str) -> None:
    """Remove a limit on requests.

    Removes the limit of one endpoint or one caller; the kernel's default applies again.

    Args:
        client: Sends the request.
        scope: Whether `key` names an endpoint or a caller.
        key: The endpoint's path, or the caller's identity.
    """
    sync_detailed(scope=scope, key=key, client=client)


async def asyncio_detailed(*, client: AsyncExecutor, scope: RateLimitOverrideScope, key: str) -> Response[None]:
    """Remove a limit on requests.

    Returns status, headers and raw body as well.

    Removes the limit of one endpoint or one caller; the kernel's default applies again.

    Args:
        client: Sends the request.
        scope: Whether `key` names an endpoint or a caller.
        key: The endpoint's path, or the caller's identity.
    """
    return await client.execute(build_request(scope=scope, key=key), parse_response)


async def asyncio(*, client: AsyncExecutor, scope: RateLimitOverrideScope, key: str) -> None:
    """Remove a limit on requests.

    Removes the limit of one endpoint or one caller; the kernel's default applies again.

    Args:
        client: Sends the request.
        scope: Whether `key` names an endpoint or a caller.
        key: The endpoint's path, or the caller's identity.
    """
    await asyncio_detailed(scope=scope, key=key, client=client)
