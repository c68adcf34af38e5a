"""Create a user."""

from collections.abc import Callable
from typing import Any

from ..._model import envelope
from ..._wire import decode_json, json_body, refuse_failure
from ...models.user_create_request import UserCreateRequest
from ...models.user_create_response import UserCreateResponse
from ...types import AsyncExecutor, Executor, RawResponse, Request, Response

_SUCCESS = (200,)
_decode: Callable[[Any], UserCreateResponse] = envelope(UserCreateResponse)


def build_request(body: UserCreateRequest) -> Request:
    """Return the request of POST /v1/users.

    Args:
        body: The document to send.
    """
    return Request(operation="create_user", method="POST", path="/v1/users", content=json_body(body), success=_SUCCESS)


def parse_response(raw: RawResponse) -> UserCreateResponse:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)
    return decode_json(raw, _decode)


def sync_detailed(body: UserCreateRequest, *, client: Executor) -> Response[UserCreateResponse]:
    """Create a user.

    Returns status, headers and raw body as well.

    Adds one user. To take over many at once, use the import.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return client.execute(build_request(body), parse_response)


def sync(body: UserCreateRequest, *, client: Executor) -> UserCreateResponse:
    """Create a user.

    Adds one user. To take over many at once, use the import.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return sync_detailed(body, client=client).parsed


async def asyncio_detailed(body: UserCreateRequest, *, client: AsyncExecutor) -> Response[UserCreateResponse]:
    """Create a user.

    Returns status, headers and raw body as well.

    Adds one user. To take over many at once, use the import.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return await client.execute(build_request(body), parse_response)


async def asyncio(body: UserCreateRequest, *, client: AsyncExecutor) -> UserCreateResponse:
    """Create a user.

    Adds one user. To take over many at once, use the import.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return (await asyncio_detailed(body, client=client)).parsed
