"""Sign a node off."""

from ..._wire import path_segment, refuse_failure
from ...types import AsyncExecutor, Executor, RawResponse, Request, Response

_SUCCESS = (204,)


def build_request(id: str) -> Request:
    """Return the request of DELETE /v1/protocols/registrations/{id}.

    Args:
        id: Identifier of the node, as given at its registration.
    """
    return Request(
        operation="deregister_protocol",
        method="DELETE",
        path=f"/v1/protocols/registrations/{path_segment('id', id)}",
        success=_SUCCESS,
    )


def parse_response(raw: RawResponse) -> None:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)


def sync_detailed(id: str, *, client: Executor) -> Response[None]:
    """Sign a node off.

    Returns status, headers and raw body as well.

    A node that goes away ends its lease, rather than let it lapse.

    Args:
        id: Identifier of the node, as given at its registration.
        client: Sends the request.
    """
    return client.execute(build_request(id), parse_response)


def sync(id: str, *, client: Executor) -> None:
    """Sign a node off.

    A node that goes away ends its lease, rather than let it lapse.

    Args:
        id: Identifier of the node, as given at its registration.
        client: Sends the request.
    """
    sync_detailed(id, client=client)


async def asyncio_detailed(id: str, *, client: AsyncExecutor) -> Response[None]:
    """Sign a node off.

    Returns status, headers and raw body as well.

    A node that goes away ends its lease, rather than let it lapse.

    Args:
        id: Identifier of the node, as given at its registration.
        client: Sends the request.
    """
    return await client.execute(build_request(id), parse_response)


async def asyncio(id: str, *, client: AsyncExecutor) -> None:
    """Sign a node off.

    A node that goes away ends its lease, rather than let it lapse.

    Args:
        id: Identifier of the node, as given at its registration.
        client: Sends the request.
    """
    await asyncio_detailed(id, client=client)
