"""List the users of a protocol node."""

from collections.abc import Callable
from typing import Any

from ..._model import list_of
from ..._wire import decode_json, path_segment, query_pairs, refuse_failure
from ...models.user_view import UserView
from ...types import UNSET, AsyncExecutor, Executor, RawResponse, Request, Response, Unset

_SUCCESS = (200,)
_decode: Callable[[Any], list[UserView]] = list_of(UserView.from_dict)


def build_request(id: str, *, all_: bool | Unset = UNSET, redact: bool | Unset = UNSET) -> Request:
    """Return the request of GET /v1/protocols/{id}/users.

    Args:
        id: Identifier of the node.
        all_: Whether to list all users rather than the kernel's default selection.
        redact: Whether to mask the users' personal data.
    """
    return Request(
        operation="list_protocol_users",
        method="GET",
        path=f"/v1/protocols/{path_segment('id', id)}/users",
        query=query_pairs(("all", all_), ("redact", redact)),
        success=_SUCCESS,
    )


def parse_response(raw: RawResponse) -> list[UserView]:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)
    return decode_json(raw, _decode)


def sync_detailed(
    id: str, *, client: Executor, all_: bool | Unset = UNSET, redact: bool | Unset = UNSET
) -> Response[list[UserView]]:
    """List the users of a protocol node.

    Returns status, headers and raw body as well.

    Users who may use the node, without credentials.

    Args:
        id: Identifier of the node.
        client: Sends the request.
        all_: Whether to list all users rather than the kernel's default selection.
        redact: Whether to mask the users' personal data.
    """
    return client.execute(build_request(id, all_=all_, redact=redact), parse_response)


def sync(id: str, *, client: Executor, all_: bool | Unset = UNSET, redact: bool | Unset = UNSET) -> list[UserView]:
    """List the users of a protocol node.

    Users who may use the node, without credentials.

    Args:
        id: Identifier of the node.
        client: Sends the request.
        all_: Whether to list all users rather than the kernel's default selection.
        redact: Whether to mask the users' personal data.
    """
    return sync_detailed(id, all_=all_, redact=redact, client=client).parsed


async def asyncio_detailed(
    id: str, *, client: AsyncExecutor, all_: bool | Unset = UNSET, redact: bool | Unset = UNSET
) -> Response[list[UserView]]:
    """List the users of a protocol node.

    Returns status, headers and raw body as well.

    Users who may use the node, without credentials.

    Args:
        id: Identifier of the node.
        client: Sends the request.
        all_: Whether to list all users rather than the kernel's default selection.
        redact: Whether to mask the users' personal data.
    """
    return await client.execute(build_request(id, all_=all_, redact=redact), parse_response)


async def asyncio(
    id: str, *, client: AsyncExecutor, all_: bool | Unset = UNSET, redact: bool | Unset = UNSET
) -> list[UserView]:
    """List the users of a protocol node.

    Users who may use the node, without credentials.

    Args:
        id: Identifier of the node.
        client: Sends the request.
        all_: Whether to list all users rather than the kernel's default selection.
        redact: Whether to mask the users' personal data.
    """
    return (await asyncio_detailed(id, all_=all_, redact=redact, client=client)).parsed
