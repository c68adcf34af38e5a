"""Read the traffic counters."""

from collections.abc import Callable
from typing import Any

from ..._model import envelope
from ..._wire import decode_json, query_pairs, refuse_failure
from ...models.traffic_summary_response import TrafficSummaryResponse
from ...types import UNSET, AsyncExecutor, Executor, RawResponse, Request, Response, Unset

_SUCCESS = (200,)
_decode: Callable[[Any], TrafficSummaryResponse] = envelope(TrafficSummaryResponse)


def build_request(*, node: list[str] | Unset = UNSET, protocol: list[str] | Unset = UNSET) -> Request:
    """Return the request of GET /v1/traffic.

    Args:
        node: Identifier of a node to count; repeat it for several. Missing counts all nodes.
        protocol: Name of a protocol to count; repeat it for several. Missing counts all protocols.
    """
    return Request(
        operation="get_traffic",
        method="GET",
        path="/v1/traffic",
        query=query_pairs(("node", node), ("protocol", protocol)),
        success=_SUCCESS,
    )


def parse_response(raw: RawResponse) -> TrafficSummaryResponse:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)
    return decode_json(raw, _decode)


def sync_detailed(
    *, client: Executor, node: list[str] | Unset = UNSET, protocol: list[str] | Unset = UNSET
) -> Response[TrafficSummaryResponse]:
    """Read the traffic counters.

    Returns status, headers and raw body as well.

    Bytes that went through the kernel so far, in total and by node and protocol. Both filters can be repeated; an
    entry must match one value of each filter that is given.

    Args:
        client: Sends the request.
        node: Identifier of a node to count; repeat it for several. Missing counts all nodes.
        protocol: Name of a protocol to count; repeat it for several. Missing counts all protocols.
    """
    return client.execute(build_request(node=node, protocol=protocol), parse_response)


def sync(
    *, client: Executor, node: list[str] | Unset = UNSET, protocol: list[str] | Unset = UNSET
) -> TrafficSummaryResponse:
    """Read the traffic counters.

    Bytes that went through the kernel so far, in total and by node and protocol. Both filters can be repeated; an
    entry must match one value of each filter that is given.

    Args:
        client: Sends the request.
        node: Identifier of a node to count; repeat it for several. Missing counts all nodes.
        protocol: Name of a protocol to count; repeat it for several. Missing counts all protocols.
    """
    return sync_detailed(node=node, protocol=protocol, client=client).parsed


async def asyncio_detailed(
    *, client: AsyncExecutor, node: list[str] | Unset = UNSET, protocol: list[str] | Unset = UNSET
) -> Response[TrafficSummaryResponse]:
    """Read the traffic counters.

    Returns status, headers and raw body as well.

    Bytes that went through the kernel so far, in total and by node and protocol. Both filters can be repeated; an
    entry must match one value of each filter that is given.

    Args:
        client: Sends the request.
        node: Identifier of a node to count; repeat it for several. Missing counts all nodes.
        protocol: Name of a protocol to count; repeat it for several. Missing counts all protocols.
    """
    return await client.execute(build_request(node=node, protocol=protocol), parse_response)


async def asyncio(
    *, client: AsyncExecutor, node: list[str] | Unset = UNSET, protocol: list[str] | Unset = UNSET
) -> TrafficSummaryResponse:
    """Read the traffic counters.

    Bytes that went through the kernel so far, in total and by node and protocol. Both filters can be repeated; an
    entry must match one value of each filter that is given.

    Args:
        client: Sends the request.
        node: Identifier of a node to count; repeat it for several. Missing counts all nodes.
        protocol: Name of a protocol to count; repeat it for several. Missing counts all protocols.
    """
    return (await asyncio_detailed(node=node, protocol=protocol, client=client)).parsed
