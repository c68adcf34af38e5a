"""Traffic counters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...types import UNSET, AsyncExecutor, Executor, Response, UnknownVariant, Unset

if TYPE_CHECKING:
    from ...models.traffic_summary_response import TrafficSummaryResponse


class TrafficApi:
    """Traffic counters."""

    __slots__ = ("_executor",)

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def get_traffic(
        self, *, node: list[str] | Unset = UNSET, protocol: list[str] | Unset = UNSET
    ) -> TrafficSummaryResponse:
        """Read the traffic counters.

        Bytes that went through the kernel so far, in total and by node and protocol. Both filters can be repeated; an
        entry must match one value of each filter that is given.

        Args:
            node: Identifier of a node to count; repeat it for several. Missing counts all nodes.
            protocol: Name of a protocol to count; repeat it for several. Missing counts all protocols.
        """
        return self.get_traffic_detailed(node=node, protocol=protocol).parsed

    def get_traffic_detailed(
        self, *, node: list[str] | Unset = UNSET, protocol: list[str] | Unset = UNSET
    ) -> Response[TrafficSummaryResponse]:
        """Read the traffic counters.

        Returns status, headers and raw body as well.

        Bytes that went through the kernel so far, in total and by node and protocol. Both filters can be repeated; an
        entry must match one value of each filter that is given.

        Args:
            node: Identifier of a node to count; repeat it for several. Missing counts all nodes.
            protocol: Name of a protocol to count; repeat it for several. Missing counts all protocols.
        """
        from . import get_traffic as _operation

        return self._executor.execute(_operation.build_request(node=node, protocol=protocol), _operation.parse_response)


class AsyncTrafficApi:
    """Traffic counters."""

    __slots__ = ("_executor",)

    def __init__(self, executor: AsyncExecutor) -> None:
        self._executor = executor

    async def get_traffic(
        self, *, node: list[str] | Unset = UNSET, protocol: list[str] | Unset = UNSET
    ) -> TrafficSummaryResponse:
        """Read the traffic counters.

        Bytes that went through the kernel so far, in total and by node and protocol. Both filters can be repeated; an
        entry must match one value of each filter that is given.

        Args:
            node: Identifier of a node to count; repeat it for several. Missing counts all nodes.
            protocol: Name of a protocol to count; repeat it for several. Missing counts all protocols.
        """
        return (await self.get_traffic_detailed(node=node, protocol=protocol)).parsed

    async def get_traffic_detailed(
        self, *, node: list[str] | Unset = UNSET, protocol: list[str] | Unset = UNSET
    ) -> Response[TrafficSummaryResponse]:
        """Read the traffic counters.

        Returns status, headers and raw body as well.

        Bytes that went through the kernel so far, in total and by node and protocol. Both filters can be repeated; an
        entry must match one value of each filter that is given.

        Args:
            node: Identifier of a node to count; repeat it for several. Missing counts all nodes.
            protocol: Name of a protocol to count; repeat it for several. Missing counts all protocols.
        """
        from . import get_traffic as _operation

        return await self._executor.execute(
            _operation.build_request(node=node, protocol=protocol), _operation.parse_response
        )


__all__ = ["AsyncTrafficApi", "TrafficApi"]
