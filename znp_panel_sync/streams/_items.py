"""What iterating a stream gives."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias

from attrs import field, frozen

from znp_kernel_client.models.runtime_status_snapshot import RuntimeStatusSnapshot


@frozen
class StatusUpdate:
    """The whole current snapshot, after a full frame or a diff.

    `changed` names the top-level parts that the frame carried. `raw` is the snapshot as JSON gives it.
    """

    snapshot: RuntimeStatusSnapshot
    changed: frozenset[str]
    is_full: bool
    raw: Mapping[str, Any] = field(repr=False)


@frozen
class StreamedEvent:
    """Something that happened at the kernel.

    `name` is as the kernel spells it (`node.degraded`). `event_id` and `occurred_at` are None where the kernel says
    neither. `payload` is what it tells; `raw` is the whole document.
    """

    name: str
    event_id: str | None
    occurred_at: datetime | None
    payload: Mapping[str, Any]
    raw: Mapping[str, Any] = field(repr=False)


@frozen
class Gap:
    """The stream was interrupted: something may have been missed between two times.

    `since` is when the last frame came, or when the connection was made if none came; `until` is when the connection
    was made again. `reason` says in words what interrupted it.
    """

    since: datetime
    until: datetime
    reason: str


@frozen
class RawItem:
    """A frame that this version does not understand, as it came: its SSE event name (empty on WebSockets), its data."""

    name: str
    data: str = field(repr=False)


StatusItem: TypeAlias = StatusUpdate | Gap | RawItem
EventItem: TypeAlias = StreamedEvent | Gap | RawItem
