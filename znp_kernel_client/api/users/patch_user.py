"""Change fields of a user."""

from collections.abc import Callable
from typing import Any

from ..._model import envelope
from ..._wire import decode_json, json_body, path_segment, refuse_failure
from ...models.user_patch_request import UserPatchRequest
from ...models.user_patch_response import UserPatchResponse
from ...types import AsyncExecutor, Executor, RawResponse, Request, Response

_SUCCESS = (200,)
_decode: Callable[[Any], UserPatchResponse] = envelope(UserPatchResponse)


def build_request(id: str, body: UserPatchRequest) -> Request:
    """Return the request of PATCH /v1/users/{id}.

    Args:
        id: Identifier of the user.
        body: The document to send.
    """
    return Request(
        operation="patch_user",
        method="PATCH",
        path=f"/v1/users/{path_segment('id', id)}",
        content=json_body(body),
        success=_SUCCESS,
    )


def parse_response(raw: RawResponse) -> UserPatchResponse:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)
    return decode_json(raw, _decode)


def sync_detailed(id: str, body: UserPatchRequest, *, client: Executor) -> Response[UserPatchResponse]:
    """Change fields of a user.

    Returns status, headers and raw body as well.

    Changes the fields that are given and leaves the others as they are. A rate of null lifts the limit.

    Args:
        id: Identifier of the user.
        body: The document to send.
        client: Sends the request.
    """
    return client.execute(build_request(id, body), parse_response)


def sync(id: str, body: UserPatchRequest, *, client: Executor) -> UserPatchResponse:
    """Change fields of a user.

    Changes the fields that are given and leaves the others as they are. A rate of null lifts the limit.

    Args:
        id: Identifier of the user.
        body: The document to send.
        client: Sends the request.
    """
    return sync_detailed(id, body, client=client).parsed


async def asyncio_detailed(id: str, body: UserPatchRequest, *, client: AsyncExecutor) -> Response[UserPatchResponse]:
    """Change fields of a user.

    Returns status, headers and raw body as well.

    Changes the fields that are given and leaves the others as they are. A rate of null lifts the limit.

    Args:
        id: Identifier of the user.
        body: The document to send.
        client: Sends the request.
    """
    return await client.execute(build_request(id, body), parse_response)


async def asyncio(id: str, body: UserPatchRequest, *, client: AsyncExecutor) -> UserPatchResponse:
    """Change fields of a user.

    Changes the fields that are given and leaves the others as they are. A rate of null lifts the limit.

    Args:
        id: Identifier of the user.
        body: The document to send.
        client: Sends the request.
    """
    return (await asyncio_detailed(id, body, client=client)).parsed
