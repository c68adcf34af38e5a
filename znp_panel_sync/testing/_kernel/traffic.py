"""Byte counters by node and protocol."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from znp_panel_sync.testing._kernel.clock import Clock


class TrafficCounters:
    """What has flowed through each node since the kernel started."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._bytes: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])

    def add(self, node_id: str, protocol: str, bytes_up: int, bytes_down: int) -> None:
        """Count traffic of one node."""
        counter = self._bytes[node_id, protocol]
        counter[0] += bytes_up
        counter[1] += bytes_down

    def summary(self, nodes: Collection[str], protocols: Collection[str]) -> dict[str, Any]:
        """Return the counters of the given nodes and protocols (none given: of all), and their sums."""
        chosen: list[dict[str, Any]] = [
            {"node_id": node_id, "protocol": protocol, "bytes_up": up, "bytes_down": down}
            for (node_id, protocol), (up, down) in sorted(self._bytes.items())
            if (not nodes or node_id in nodes) and (not protocols or protocol in protocols)
        ]
        return {
            "generated_at_ms": self._clock.now_ms(),
            "bytes_up": sum(counter["bytes_up"] for counter in chosen),
            "bytes_down": sum(counter["bytes_down"] for counter in chosen),
            "by_node_protocol": chosen,
        }
