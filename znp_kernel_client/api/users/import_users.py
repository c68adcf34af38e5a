"""Import users."""

from collections.abc import Callable
from typing import Any

from ..._model import envelope
from ..._wire import decode_json, json_body, refuse_failure
from ...models.user import User
from ...models.users_import_response import UsersImportResponse
from ...types import AsyncExecutor, Executor, RawResponse, Request, Response

_SUCCESS = (200,)
_decode: Callable[[Any], UsersImportResponse] = envelope(UsersImportResponse)


def build_request(body: list[User]) -> Request:
    """Return the request of POST /v1/users/import.

    Args:
        body: The document to send.
    """
    return Request(
        operation="import_users", method="POST", path="/v1/users/import", content=json_body(body), success=_SUCCESS
    )


def parse_response(raw: RawResponse) -> UsersImportResponse:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)
    return decode_json(raw, _decode)


def sync_detailed(body: list[User], *, client: Executor) -> Response[UsersImportResponse]:
    """Import users.

    Returns status, headers and raw body as well.

    Takes over a list of users with their credentials, quota and use.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return client.execute(build_request(body), parse_response)


def sync(body: list[User], *, client: Executor) -> UsersImportResponse:
    """Import users.

    Takes over a list of users with their credentials, quota and use.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return sync_detailed(body, client=client).parsed


async def asyncio_detailed(body: list[User], *, client: AsyncExecutor) -> Response[UsersImportResponse]:
    """Import users.

    Returns status, headers and raw body as well.

    Takes over a list of users with their credentials, quota and use.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return await client.execute(build_request(body), parse_response)


async def asyncio(body: list[User], *, client: AsyncExecutor) -> UsersImportResponse:
    """Import users.

    Takes over a list of users with their credentials, quota and use.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return (await asyncio_detailed(body, client=client)).parsed
