"""The kernel's nodes: protocols that it was configured with, and those that agents registered."""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from attrs import define, evolve, field

from znp_panel_sync.health import Health, HealthReport, read_health
from znp_panel_sync.testing._kernel.clock import Clock
from znp_panel_sync.testing._kernel.leases import HEALTHY, Lease, LeaseTerms, health_state, worse
from znp_panel_sync.testing._kernel.refusal import not_found

Publish = Callable[[str, Mapping[str, Any]], object]


@define
class Node:
    """One node: configured, or registered by its agent (it has a `lease` then), or both."""

    id: str
    role: str
    protocol: str
    tags: list[str] = field(factory=list)
    description: str | None = None
    listen: str | None = None
    connect: str | None = None
    profile: dict[str, Any] = field(factory=dict)
    metadata: dict[str, str] = field(factory=dict)
    user_ids: list[str] = field(factory=list)
    is_configured: bool = False
    lease: Lease | None = None
    reported: HealthReport = HEALTHY
    reported_at: float = 0.0
    message: str | None = None
    announced: Health = Health.HEALTHY

    def health(self, now: float) -> HealthReport:
        """Return the worse of what was reported and what the silence at `now` (monotonic) means."""
        return worse(self.reported, self.lease.silence(now)) if self.lease else self.reported

    def health_state(self, now: float) -> dict[str, Any]:
        """Return the wire form of the node's health at `now` (monotonic)."""
        return health_state(self.health(now), round((now - self.reported_at) * 1000))

    def identity(self) -> dict[str, Any]:
        """Return the fields that every view of a node begins with."""
        return {"id": self.id, "role": self.role, "tags": self.tags, "description": self.description}

    def status(self, now: float) -> dict[str, Any]:
        """Return what the runtime status shows."""
        return {
            **self.identity(),
            "protocol": self.protocol,
            "health": self.health_state(now),
            "interfaces": {"default_label": None, "bindings": []},
        }

    def summary(self) -> dict[str, Any]:
        """Return what the list of protocols shows."""
        return {
            **self.identity(),
            "protocol": self.protocol,
            "listen": self.listen,
            "connect": self.connect,
            "user_count": len(self.user_ids),
        }


def node_from_profile(document: Mapping[str, Any], user_ids: list[str]) -> Node:
    """Make a configured node from a checked body of the upsert operation."""
    profile = document["profile"]
    return Node(
        **_common(profile),
        listen=document.get("listen"),
        connect=document.get("connect"),
        user_ids=user_ids,
        is_configured=True,
    )


def _common(document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": document["id"],
        "role": document["role"],
        "protocol": document["protocol"],
        "tags": document.get("tags", []),
        "description": document.get("description"),
        "profile": document.get("profile", {}),
    }


class Nodes:
    """All nodes by id; what becomes of them is announced as node events."""

    def __init__(self, clock: Clock, publish: Publish, terms: LeaseTerms) -> None:
        self._clock = clock
        self._publish = publish
        self._nodes: dict[str, Node] = {}
        self._next_change = math.inf  # nothing that silence does happens before this monotonic time
        self._terms = terms

    def __iter__(self) -> Iterator[Node]:
        return iter(tuple(self._nodes.values()))

    def __len__(self) -> int:
        return len(self._nodes)

    def get(self, node_id: str, kind: str = "node") -> Node:
        """Return a node; `kind` is what the refusal calls it where there is none."""
        try:
            return self._nodes[node_id]
        except KeyError:
            raise not_found(kind, node_id) from None

    def put(self, node: Node) -> Node:
        """Add a configured node, or take the place of one with the same id and keep its lease and health."""
        known = self._nodes.get(node.id)
        if known is not None:
            node = evolve(
                node,
                lease=known.lease,
                reported=known.reported,
                reported_at=known.reported_at,
                announced=known.announced,
            )
        return self._store(node)

    def register(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Register an agent's node, and begin a new lease where it was registered already."""
        lease = self._terms.grant(document.get("ttl_seconds"), self._clock)
        known = self._nodes.get(document["id"])
        node = Node(
            **_common(document),
            listen=document.get("listen"),
            connect=document.get("connect"),
            metadata=document.get("metadata", {}),
            user_ids=known.user_ids if known else [],
            is_configured=known is not None and known.is_configured,
            lease=lease,
            announced=known.announced if known else Health.HEALTHY,
        )
        self._announce_change(self._store(node))
        return {
            "id": node.id,
            "protocol": node.protocol,
            "registered_at_ms": lease.registered_at_ms,
            "expires_at_ms": lease.expires_at_ms(lease.registered_at_ms),
            "heartbeat_interval_seconds": lease.interval_seconds,
        }

    def beat(self, node_id: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Take a heartbeat: the lease begins anew, with the health that is reported (healthy where none is)."""
        node, lease = self._leased(node_id)
        now, now_ms = self._clock.monotonic(), self._clock.now_ms()
        lease.renewed_at = now
        self._set_health(node, read_health(document.get("status", "Healthy")), document.get("message"))
        return {
            "id": node.id,
            "health": node.health_state(now),
            "received_at_ms": now_ms,
            "expires_at_ms": lease.expires_at_ms(now_ms),
        }

    def report(self, node_id: str, report: HealthReport, message: str | None = None) -> None:
        """Set a node's health as a check of the kernel itself would."""
        self._set_health(self.get(node_id), report, message)

    def deregister(self, node_id: str) -> None:
        """Sign a registered node off; one that is configured as well stays."""
        node, _ = self._leased(node_id)
        self._end_lease(node, "signed off")

    def unconfigure(self, node_id: str) -> None:
        """Remove a configured node, and its registration with it."""
        node = self.get(node_id, "protocol")
        if not node.is_configured:
            raise not_found("protocol", node_id)
        self.remove(node_id)

    def remove(self, node_id: str, message: str | None = None) -> None:
        """Forget a node, whether it was registered or configured."""
        node = self.get(node_id)
        del self._nodes[node_id]
        node.message = message
        self._announce("node_removed", node)

    def sweep(self) -> None:
        """Let time have its effect: forget what expired, and announce whose health its silence changed."""
        now = self._clock.monotonic()
        if now < self._next_change:
            return
        for node in self:
            if node.lease is not None and node.lease.is_over(now):
                self._end_lease(node, "lease expired")
            else:
                self._announce_change(node)
        self._next_change = min((node.lease.next_change(now) for node in self if node.lease), default=math.inf)

    def _store(self, node: Node) -> Node:
        is_new = node.id not in self._nodes
        self._nodes[node.id] = node
        if node.lease is not None:
            self._next_change = min(self._next_change, node.lease.next_change(self._clock.monotonic()))
        if is_new:
            self._announce("node_added", node)
        return node

    def _end_lease(self, node: Node, message: str) -> None:
        if node.is_configured:
            node.lease = None
            self._announce_change(node)
        else:
            self.remove(node.id, message)

    def _leased(self, node_id: str) -> tuple[Node, Lease]:
        node = self.get(node_id, "registration")
        if node.lease is None:
            raise not_found("registration", node_id)
        return node, node.lease

    def _set_health(self, node: Node, report: HealthReport, message: str | None) -> None:
        node.reported, node.message, node.reported_at = report, message, self._clock.monotonic()
        self._announce_change(node)

    def _announce_change(self, node: Node) -> None:
        state = node.health(self._clock.monotonic()).state
        if state is not node.announced:
            node.announced = state
            self._announce(f"node_{state.value}", node)

    def _announce(self, event: str, node: Node) -> None:
        payload = {"id": node.id, "protocol": node.protocol, "status": node.announced.value}
        if node.message is not None:
            payload["message"] = node.message
        self._publish(event, payload)
