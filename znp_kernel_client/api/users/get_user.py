"""Read a user."""

from collections.abc import Callable
from typing import Any

from ..._model import envelope
from ..._wire import decode_json, path_segment, query_pairs, refuse_failure
from ...models.user_view import UserView
from ...types import UNSET, AsyncExecutor, Executor, RawResponse, Request, Response, Unset

_SUCCESS = (200,)
_decode: Callable[[Any], UserView] = envelope(UserView)


def build_request(id: str, *, redact: bool | Unset = UNSET) -> Request:
    """Return the request of GET /v1/users/{id}.

    Args:
        id: Identifier of the user.
        redact: Whether to mask the users' personal data.
    """
    return Request(
        operation="get_user",
        method="GET",
        path=f"/v1/users/{path_segment('id', id)}",
        query=query_pairs(("redact", redact)),
        success=_SUCCESS,
    )


def parse_response(raw: RawResponse) -> UserView:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)
    return decode_json(raw, _decode)


def sync_detailed(id: str, *, client: Executor, redact: bool | Unset = UNSET) -> Response[UserView]:
    """Read a user.

    Returns status, headers and raw body as well.

    One user with quota, use and rate limits, without credentials.

    Args:
        id: Identifier of the user.
        client: Sends the request.
        redact: Whether to mask the users' personal data.
    """
    return client.execute(build_request(id, redact=redact), parse_response)


def sync(id: str, *, client: Executor, redact: bool | Unset = UNSET) -> UserView:
    """Read a user.

    One user with quota, use and rate limits, without credentials.

    Args:
        id: Identifier of the user.
        client: Sends the request.
        redact: Whether to mask the users' personal data.
    """
    return sync_detailed(id, redact=redact, client=client).parsed


async def asyncio_detailed(id: str, *, client: AsyncExecutor, redact: bool | Unset = UNSET) -> Response[UserView]:
    """Read a user.

    Returns status, headers and raw body as well.

    One user with quota, use and rate limits, without credentials.

    Args:
        id: Identifier of the user.
        client: Sends the request.
        redact: Whether to mask the users' personal data.
    """
    return await client.execute(build_request(id, redact=redact), parse_response)


async def asyncio(id: str, *, client: AsyncExecutor, redact: bool | Unset = UNSET) -> UserView:
    """Read a user.

    One user with quota, use and rate limits, without credentials.

    Args:
        id: Identifier of the user.
        client: Sends the request.
        redact: Whether to mask the users' personal data.
    """
    return (await asyncio_detailed(id, redact=redact, client=client)).parsed
