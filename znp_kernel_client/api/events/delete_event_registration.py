"""Remove a callback for a node event."""

from ..._wire import path_segment, refuse_failure
from ...types import AsyncExecutor, Executor, RawResponse, Request, Response

_SUCCESS = (204,)


def build_request(id: str) -> Request:
    """Return the request of DELETE /v1/events/registrations/{id}.

    Args:
        id: Identifier of the registration.
    """
    return Request(
        operation="delete_event_registration",
        method="DELETE",
        path=f"/v1/events/registrations/{path_segment('id', id)}",
        success=_SUCCESS,
    )


def parse_response(raw: RawResponse) -> None:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)


def sync_detailed(id: str, *, client: Executor) -> Response[None]:
    """Remove a callback for a node event.

    Returns status, headers and raw body as well.

    The kernel stops posting this event to this callback.

    Args:
        id: Identifier of the registration.
        client: Sends the request.
    """
    return client.execute(build_request(id), parse_response)


def sync(id: str, *, client: Executor) -> None:
    """Remove a callback for a node event.

    The kernel stops posting this event to this callback.

    Args:
        id: Identifier of the registration.
        client: Sends the request.
    """
    sync_detailed(id, client=client)


async def asyncio_detailed(id: str, *, client: AsyncExecutor) -> Response[None]:
    """Remove a callback for a node event.

    Returns status, headers and raw body as well.

    The kernel stops posting this event to this callback.

    Args:
        id: Identifier of the registration.
        client: Sends the request.
    """
    return await client.execute(build_request(id), parse_response)


async def asyncio(id: str, *, client: AsyncExecutor) -> None:
    """Remove a callback for a node event.

    The kernel stops posting this event to this callback.

    Args:
        id: Identifier of the registration.
        client: Sends the request.
    """
    await asyncio_detailed(id, client=client)
