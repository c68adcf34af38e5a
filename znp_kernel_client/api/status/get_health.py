"""Check that the kernel is alive."""

from ..._wire import decode_text, refuse_failure
from ...types import AsyncExecutor, Executor, RawResponse, Request, Response

_SUCCESS = (200,)


def build_request() -> Request:
    """Return the request of GET /healthz."""
    return Request(
        operation="get_health", method="GET", path="/healthz", accept="text/plain, application/json", success=_SUCCESS
    )


def parse_response(raw: RawResponse) -> str:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)
    return decode_text(raw)


def sync_detailed(*, client: Executor) -> Response[str]:
    """Check that the kernel is alive.

    Returns status, headers and raw body as well.

    Light probe for load balancers and process supervisors. It needs no credentials and says nothing about the health
    of nodes; see the runtime status for that.

    Args:
        client: Sends the request.
    """
    return client.execute(build_request(), parse_response)


def sync(*, client: Executor) -> str:
    """Check that the kernel is alive.

    Light probe for load balancers and process supervisors. It needs no credentials and says nothing about the health
    of nodes; see the runtime status for that.

    Args:
        client: Sends the request.
    """
    return sync_detailed(client=client).parsed


async def asyncio_detailed(*, client: AsyncExecutor) -> Response[str]:
    """Check that the kernel is alive.

    Returns status, headers and raw body as well.

    Light probe for load balancers and process supervisors. It needs no credentials and says nothing about the health
    of nodes; see the runtime status for that.

    Args:
        client: Sends the request.
    """
    return await client.execute(build_request(), parse_response)


async def asyncio(*, client: AsyncExecutor) -> str:
    """Check that the kernel is alive.

    Light probe for load balancers and process supervisors. It needs no credentials and says nothing about the health
    of nodes; see the runtime status for that.

    Args:
        client: Sends the request.
    """
    return (await asyncio_detailed(client=client)).parsed
