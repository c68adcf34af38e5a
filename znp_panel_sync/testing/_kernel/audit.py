"""The log of calls that changed something, or tried to."""

from collections import deque
from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from znp_panel_sync.testing._kernel.clock import Clock

KEPT_RECORDS: Final = 10_000
DEFAULT_LIMIT: Final = 100


class AuditLog:
    """The newest records; it never holds a request body, a password or a token."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._records: deque[dict[str, Any]] = deque(maxlen=KEPT_RECORDS)
        self._written = 0

    def write(
        self, *, action: str, endpoint: str, actor: str | None, target: str | None, success: bool, detail: str | None
    ) -> None:
        """Write one call down; `detail` is why it failed (None: it did not)."""
        self._written += 1
        self._records.append(
            {
                "id": str(self._written),
                "timestamp_ms": self._clock.now_ms(),
                "channel": "http",
                "endpoint": endpoint,
                "action": action,
                "actor": actor,
                "target": target,
                "success": success,
                "detail": detail,
                "metadata": {},
            }
        )

    def find(self, filters: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return matching records, newest first: at most `limit` of them, none older than `since_ms`."""
        since_ms = filters.get("since_ms", 0)
        wanted = {name: filters[name] for name in ("success", "action", "actor", "target") if name in filters}
        found = (
            record
            for record in reversed(self._records)
            if record["timestamp_ms"] >= since_ms and all(record[name] == wanted[name] for name in wanted)
        )
        return list(islice(found, max(0, filters.get("limit", DEFAULT_LIMIT))))

    def health(self) -> dict[str, Any]:
        """Return how the log itself is doing; this one writes to memory, which does not fail."""
        return {
            "queued": 0,
            "dropped": 0,
            "sink_failures": 0,
            "last_error": None,
            "sinks": [{"name": "memory", "failures": 0}],
        }
