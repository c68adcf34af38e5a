"""The runtime status: parts of the snapshot, and the clip that chooses among them."""

from collections import Counter
from collections.abc import Callable, Iterable
from copy import deepcopy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from znp_panel_sync.testing._kernel.state import KernelState

Part = Callable[["KernelState", bool], Any]


def _zeros(*names: str) -> dict[str, int]:
    return dict.fromkeys(names, 0)


def _handshakes() -> dict[str, int]:
    return _zeros("handshake_attempts", "handshake_successes", "handshake_failures")


def _nodes(kernel: "KernelState", redact_users: bool) -> list[dict[str, Any]]:
    del redact_users
    now = kernel.clock.monotonic()
    return [node.status(now) for node in kernel.nodes]


def _users(kernel: "KernelState", redact_users: bool) -> dict[str, Any]:
    users = kernel.users.all()
    return {"total": len(users), "users": [user.status(redact=redact_users) for user in users]}


def _providers(kernel: "KernelState", redact_users: bool) -> list[dict[str, Any]]:
    del redact_users
    return kernel.providers.views()


def _pipeline(kernel: "KernelState", redact_users: bool) -> dict[str, Any]:
    del redact_users
    default = {"rule_name": "default", "action": {"type": "reject"}, "hits": 0, "last_hit_ms": None}
    return {
        "strategy_count": 0,
        "strategies": [],
        "rule_count": kernel.providers.rule_count(),
        "rules": [],
        "default": default,
    }


def _http(kernel: "KernelState", redact_users: bool) -> dict[str, int]:
    del redact_users
    total = Counter(node.protocol for node in kernel.nodes)["http"]
    return {"total_nodes": total, "tcp_nodes": total, "quic_nodes": 0, "webtransport_nodes": 0}


def _system(kernel: "KernelState", redact_users: bool) -> dict[str, Any]:
    del redact_users
    counts = _zeros("active", "opened_total", "closed_total")
    by_node = [{"node_id": node.id, "protocol": node.protocol, **counts} for node in kernel.nodes]
    return {
        "memory": {"resident_bytes": 48 * 1024**2, "virtual_bytes": 256 * 1024**2},
        "connections": {**counts, "by_node_protocol": by_node},
    }


def _constant(document: dict[str, Any]) -> Part:
    return lambda kernel, redact_users: deepcopy(document)


_CONNECTOR: Final = {**_zeros("attempts", "successes", "failures"), "endpoints": [], "failure_kinds": []}
_SESSIONS: Final = {
    **_handshakes(),
    **_zeros("tcp_sessions", "udp_sessions"),
    "failure_reasons": [],
    "connector": _CONNECTOR,
}
_REALITY: Final[dict[str, Any]] = {"reality_short_ids": [], "reality_handshake_targets": []}

PARTS: Final[dict[str, Part]] = {
    "nodes": _nodes,
    "pipeline": _pipeline,
    "providers": _providers,
    "users": _users,
    "http": _http,
    "system": _system,
    "socks": _constant({"hop_metrics": {}}),
    "ss": _constant(_SESSIONS),
    "ssr": _constant(_SESSIONS),
    "vless": _constant(
        {
            **_SESSIONS,
            **_REALITY,
            **_zeros("udp_client_chunks", "udp_client_failures", "udp_remote_packets", "udp_client_packets"),
            **_zeros("udp_socket_errors", "reality_failure_total", "reality_short_id_failures"),
            **_zeros("reality_target_mismatch_failures", "reality_zero_rtt_failures"),
            "flow_totals": [],
            "reality_failure_reasons": [],
        }
    ),
    "tls": _constant({**_handshakes(), **_REALITY}),
    "quic": _constant(
        {
            **_zeros("handshake_success", "handshake_failure", "zero_rtt_enabled", "active_connections"),
            **_zeros("completed_connections", "session_errors"),
            "alpn": {},
            "reality_short_ids": {},
            "reality_targets": {},
            "session_error_kinds": {},
        }
    ),
    "http_metrics": _constant(
        _zeros("requests_total", "requests_connect", "requests_plain", "auth_required")
        | _zeros("auth_success", "auth_failed", "bad_method", "bad_request")
    ),
}
"""Everything a snapshot can hold, beside the time of its making."""

GROUPS: Final = {
    "all": frozenset(PARTS),
    "metrics": frozenset(PARTS) - {"nodes", "users", "pipeline", "providers"},
}
"""Words of the clip that stand for several parts."""


def chosen_parts(*clips: str | None) -> frozenset[str]:
    """Read the clips: comma-separated parts and groups; none given means everything, unknown words nothing."""
    given = [clip for clip in clips if clip is not None]
    if not given:
        return GROUPS["all"]
    words = (word.strip().lower() for clip in given for word in clip.split(","))
    return frozenset[str]().union(*(GROUPS.get(word, PARTS.keys() & {word}) for word in words))


def snapshot(kernel: "KernelState", parts: Iterable[str], *, redact_users: bool = False) -> dict[str, Any]:
    """Return the chosen parts of the runtime status; parts that were set by hand go before the computed ones."""
    generated_at = datetime.fromtimestamp(kernel.clock.now_ms() / 1000, UTC)
    document: dict[str, Any] = {"generated_at": generated_at.isoformat(timespec="milliseconds")}
    for name in sorted(parts):
        by_hand = name in kernel.set_parts
        document[name] = kernel.set_parts[name] if by_hand else PARTS[name](kernel, redact_users)
    return document
