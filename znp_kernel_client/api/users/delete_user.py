"""Delete a user."""

from ..._wire import path_segment, refuse_failure
from ...types import AsyncExecutor, Executor, RawResponse, Request, Response

_SUCCESS = (204,)


def build_request(id: str) -> Request:
    """Return the request of DELETE /v1/users/{id}.

    Args:
        id: Identifier of the user.
    """
    return Request(
        operation="delete_user", method="DELETE", path=f"/v1/users/{path_segment('id', id)}", success=_SUCCESS
    )


def parse_response(raw: RawResponse) -> None:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)


def sync_detailed(id: str, *, client: Executor) -> Response[None]:
    """Delete a user.

    Returns status, headers and raw body as well.

    Removes the user from the kernel and thus from all of its nodes.

    Args:
        id: Identifier of the user.
        client: Sends the request.
    """
    return client.execute(build_request(id), parse_response)


def sync(id: str, *, client: Executor) -> None:
    """Delete a user.

    Removes the user from the kernel and thus from all of its nodes.

    Args:
        id: Identifier of the user.
        client: Sends the request.
    """
    sync_detailed(id, client=client)


async def asyncio_detailed(id: str, *, client: AsyncExecutor) -> Response[None]:
    """Delete a user.

    Returns status, headers and raw body as well.

    Removes the user from the kernel and thus from all of its nodes.

    Args:
        id: Identifier of the user.
        client: Sends the request.
    """
    return await client.execute(build_request(id), parse_response)


async def asyncio(id: str, *, client: AsyncExecutor) -> None:
    """Delete a user.

    Removes the user from the kernel and thus from all of its nodes.

    Args:
        id: Identifier of the user.
        client: Sends the request.
    """
    await asyncio_detailed(id, client=client)
