"""List rule providers."""

from collections.abc import Callable
from typing import Any

from ..._model import list_of
from ..._wire import decode_json, refuse_failure
from ...models.provider_status import ProviderStatus
from ...types import AsyncExecutor, Executor, RawResponse, Request, Response

_SUCCESS = (200,)
_decode: Callable[[Any], list[ProviderStatus]] = list_of(ProviderStatus.from_dict)


def build_request() -> Request:
    """Return the request of GET /v1/rules/providers."""
    return Request(operation="list_rule_providers", method="GET", path="/v1/rules/providers", success=_SUCCESS)


def parse_response(raw: RawResponse) -> list[ProviderStatus]:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)
    return decode_json(raw, _decode)


def sync_detailed(*, client: Executor) -> Response[list[ProviderStatus]]:
    """List rule providers.

    Returns status, headers and raw body as well.

    State of each list of rules that the kernel loads from elsewhere.

    Args:
        client: Sends the request.
    """
    return client.execute(build_request(), parse_response)


def sync(*, client: Executor) -> list[ProviderStatus]:
    """List rule providers.

    State of each list of rules that the kernel loads from elsewhere.

    Args:
        client: Sends the request.
    """
    return sync_detailed(client=client).parsed


async def asyncio_detailed(*, client: AsyncExecutor) -> Response[list[ProviderStatus]]:
    """List rule providers.

    Returns status, headers and raw body as well.

    State of each list of rules that the kernel loads from elsewhere.

    Args:
        client: Sends the request.
    """
    return await client.execute(build_request(), parse_response)


async def asyncio(*, client: AsyncExecutor) -> list[ProviderStatus]:
    """List rule providers.

    State of each list of rules that the kernel loads from elsewhere.

    Args:
        client: Sends the request.
    """
    return (await asyncio_detailed(client=client)).parsed
