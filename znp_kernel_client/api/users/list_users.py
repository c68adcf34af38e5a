"""List users."""

from collections.abc import Callable
from typing import Any

from ..._model import list_of
from ..._wire import decode_json, query_pairs, refuse_failure
from ...models.user_view import UserView
from ...types import UNSET, AsyncExecutor, Executor, RawResponse, Request, Response, Unset

_SUCCESS = (200,)
_decode: Callable[[Any], list[UserView]] = list_of(UserView.from_dict)


def build_request(*, redact: bool | Unset = UNSET) -> Request:
    """Return the request of GET /v1/users.

    Args:
        redact: Whether to mask the users' personal data.
    """
    return Request(
        operation="list_users", method="GET", path="/v1/users", query=query_pairs(("redact", redact)), success=_SUCCESS
    )


def parse_response(raw: RawResponse) -> list[UserView]:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)
    return decode_json(raw, _decode)


def sync_detailed(*, client: Executor, redact: bool | Unset = UNSET) -> Response[list[UserView]]:
    """List users.

    Returns status, headers and raw body as well.

    All users of the kernel, without credentials.

    Args:
        client: Sends the request.
        redact: Whether to mask the users' personal data.
    """
    return client.execute(build_request(redact=redact), parse_response)


def sync(*, client: Executor, redact: bool | Unset = UNSET) -> list[UserView]:
    """List users.

    All users of the kernel, without credentials.

    Args:
        client: Sends the request.
        redact: Whether to mask the users' personal data.
    """
    return sync_detailed(redact=redact, client=client).parsed


async def asyncio_detailed(*, client: AsyncExecutor, redact: bool | Unset = UNSET) -> Response[list[UserView]]:
    """List users.

    Returns status, headers and raw body as well.

    All users of the kernel, without credentials.

    Args:
        client: Sends the request.
        redact: Whether to mask the users' personal data.
    """
    return await client.execute(build_request(redact=redact), parse_response)


async def asyncio(*, client: AsyncExecutor, redact: bool | Unset = UNSET) -> list[UserView]:
    """List users.

    All users of the kernel, without credentials.

    Args:
        client: Sends the request.
        redact: Whether to mask the users' personal data.
    """
    return (await asyncio_detailed(redact=redact, client=client)).parsed
