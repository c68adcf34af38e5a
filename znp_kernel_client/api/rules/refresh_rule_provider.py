"""Load a rule provider again."""

from collections.abc import Callable
from typing import Any

from ..._model import envelope
from ..._wire import decode_json, path_segment, refuse_failure
from ...models.provider_status import ProviderStatus
from ...types import AsyncExecutor, Executor, RawResponse, Request, Response

_SUCCESS = (200,)
_decode: Callable[[Any], ProviderStatus] = envelope(ProviderStatus)


def build_request(name: str) -> Request:
    """Return the request of POST /v1/rules/providers/{name}/refresh.

    Args:
        name: Name of the provider.
    """
    return Request(
        operation="refresh_rule_provider",
        method="POST",
        path=f"/v1/rules/providers/{path_segment('name', name)}/refresh",
        success=_SUCCESS,
    )


def parse_response(raw: RawResponse) -> ProviderStatus:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)
    return decode_json(raw, _decode)


def sync_detailed(name: str, *, client: Executor) -> Response[ProviderStatus]:
    """Load a rule provider again.

    Returns status, headers and raw body as well.

    Loads the provider's rules again without waiting for its next turn, and answers with its state afterwards.

    Args:
        name: Name of the provider.
        client: Sends the request.
    """
    return client.execute(build_request(name), parse_response)


def sync(name: str, *, client: Executor) -> ProviderStatus:
    """Load a rule provider again.

    Loads the provider's rules again without waiting for its next turn, and answers with its state afterwards.

    Args:
        name: Name of the provider.
        client: Sends the request.
    """
    return sync_detailed(name, client=client).parsed


async def asyncio_detailed(name: str, *, client: AsyncExecutor) -> Response[ProviderStatus]:
    """Load a rule provider again.

    Returns status, headers and raw body as well.

    Loads the provider's rules again without waiting for its next turn, and answers with its state afterwards.

    Args:
        name: Name of the provider.
        client: Sends the request.
    """
    return await client.execute(build_request(name), parse_response)


async def asyncio(name: str, *, client: AsyncExecutor) -> ProviderStatus:
    """Load a rule provider again.

    Loads the provider's rules again without waiting for its next turn, and answers with its state afterwards.

    Args:
        name: Name of the provider.
        client: Sends the request.
    """
    return (await asyncio_detailed(name, client=client)).parsed
