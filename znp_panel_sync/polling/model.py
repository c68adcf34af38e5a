"""What a poller knows: nodes, their states, and the changes of them."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Self, TypeVar

from attrs import field, frozen

from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import ConfigurationError, KernelError
from znp_panel_sync.health import Health
from znp_panel_sync.settings import checked_interval, parse_duration

T = TypeVar("T")
NodeId = int | str
"""Whatever the panel calls a node by."""

_FALSE_WORDS: Final = frozenset({"", "0", "f", "false", "n", "no", "off"})


class NodeStatus(StrEnum):
    """A node's status as the panel keeps it; `UNKNOWN` is a node that has none yet."""

    ONLINE = "online"
    OFFLINE = "offline"
    DISABLED = "disabled"
    UNKNOWN = "unknown"


def read_status(value: object) -> NodeStatus:
    """Read a status in any case; what is none of the panel's words is `UNKNOWN`."""
    word = value.strip().lower() if isinstance(value, str) else ""
    return _STATUSES.get(word, NodeStatus.UNKNOWN)


_STATUSES: Final = {status.value: status for status in NodeStatus}


class Reason(StrEnum):
    """How a poll ended."""

    REACHED = "reached"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    RESET = "reset"
    DNS = "dns"
    TLS = "tls"
    NETWORK = "network"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    REDIRECTED = "redirected"
    HTTP_ERROR = "http_error"
    UNDECODABLE = "undecodable"
    TOO_LARGE = "too_large"
    INTERNAL = "internal"
    """Trouble of ours, such as no file descriptor left: says nothing about the node."""


def _read_interval(value: float | Decimal | str | None) -> float | None:
    if value is None or value == "":
        return None
    seconds = parse_duration(value, field="interval") if isinstance(value, str) else value
    if isinstance(seconds, bool) or not isinstance(seconds, int | float | Decimal):
        raise ConfigurationError("interval", f"must be seconds, or a duration such as 30s, not {value!r}")
    return checked_interval(float(seconds), field="interval") or None


@frozen
class ProtocolHealth:
    """The health of one protocol of a kernel, as its status answer says; `id` is what bindings call `kernel_id`."""

    id: str
    protocol: str
    health: Health


@frozen
class Node:
    """One node of the panel.

    `control` says how its kernel is reached; None means that it cannot be polled. `problem` may say why, or what else
    of the panel's record is of no use. `status_sync_enabled` False keeps its status from being polled or written, as
    the status `disabled` does. `interval` is the node's own time between polls in seconds, or a duration such as `30s`
    (None, and what is not above 0: the poller's).

    Raises `ConfigurationError` for an interval that cannot be kept.
    """

    id: NodeId
    control: NodeControl | None
    status: NodeStatus = field(default=NodeStatus.UNKNOWN, converter=read_status)
    status_sync_enabled: bool = True
    interval: float | None = field(default=None, converter=_read_interval)
    problem: str | None = None

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """Take the panel's record of a node.

        It has `id`, `status`, `status_sync_enabled`, `interval`, and the fields of `NodeControl.from_mapping`.

        A record that lacks an endpoint or holds a wrong one becomes a node without control, and one with a wrong
        interval has none of its own: what is mistyped for one node must not keep the others from being polled.
        """
        control, problem = _tried(NodeControl.from_mapping, mapping)
        interval, other_problem = _tried(_read_interval, mapping.get("interval"))
        return cls(
            id=mapping["id"],
            control=control,
            status=mapping.get("status"),
            status_sync_enabled=_read_flag(mapping.get("status_sync_enabled")),
            interval=interval,
            problem=problem or other_problem,
        )

    @property
    def watched_control(self) -> NodeControl | None:
        """How the node is polled; None when its status must not be kept, or it cannot be polled."""
        return self.control if self.status_sync_enabled and self.status is not NodeStatus.DISABLED else None


@frozen
class StatusChange:
    """One transition of one node's status.

    `reason` tells how the poll ended that caused it and `error` holds its error (None: the kernel was reached).
    `latency` is the seconds that poll took, `at` the epoch seconds of its end, `protocols` what the answer said
    about the kernel's protocols (empty when there was none). `recovered` is true when a node comes back that was
    neither online nor disabled.
    """

    node_id: NodeId
    previous: NodeStatus
    status: NodeStatus
    reason: Reason
    at: float
    latency: float
    error: KernelError | None = None
    protocols: tuple[ProtocolHealth, ...] = ()

    @property
    def recovered(self) -> bool:
        """Whether the node's callbacks and bindings have to be brought to its kernel again."""
        return self.status is NodeStatus.ONLINE and self.previous is not NodeStatus.DISABLED


@frozen
class NodeState:
    """What the poller knows about one node at a moment.

    `reason`, `latency` (seconds) and `polled_at` (epoch seconds) are those of its last poll, None before the first.
    `failures` and `successes` count the polls that ended so in a row. `held` is true while the node's polls fail but
    the guard against mass failure keeps it from being marked offline. `next_poll_at` is in epoch seconds (None: one
    is under way). `watched` tells that the kernel's stream is followed, and answered the last poll.
    """

    node_id: NodeId
    status: NodeStatus
    reason: Reason | None
    failures: int
    successes: int
    latency: float | None
    polled_at: float | None
    next_poll_at: float | None
    held: bool
    protocols: tuple[ProtocolHealth, ...]
    watched: bool = False


def _tried(read: Callable[[Any], T], value: object) -> tuple[T | None, str | None]:
    """Return what was read, or else what is wrong with it."""
    try:
        return read(value), None
    except ConfigurationError as error:
        return None, str(error)


def _read_flag(value: object) -> bool:
    """Read a flag as databases and forms give it; absent means true, as in the panel."""
    if value is None:
        return True
    return value.strip().lower() not in _FALSE_WORDS if isinstance(value, str) else bool(value)
