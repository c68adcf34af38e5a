"""All of a kernel's memory in one place."""

from pathlib import Path
from threading import RLock
from typing import Any, Final

from znp_panel_sync.testing._kernel.audit import AuditLog
from znp_panel_sync.testing._kernel.clock import Clock
from znp_panel_sync.testing._kernel.events import CallbackRegistrations, EventJournal
from znp_panel_sync.testing._kernel.export import Exports
from znp_panel_sync.testing._kernel.leases import LeaseTerms
from znp_panel_sync.testing._kernel.limits import RateLimits
from znp_panel_sync.testing._kernel.nodes import Nodes, node_from_profile
from znp_panel_sync.testing._kernel.providers import Providers
from znp_panel_sync.testing._kernel.traffic import TrafficCounters
from znp_panel_sync.testing._kernel.users import Users

INTERFACES: Final = (
    {
        "name": "lo",
        "mac": None,
        "mtu": 65536,
        "is_up": True,
        "is_loopback": True,
        "kind": "virtual",
        "addresses": [{"family": "ipv4", "address": "127.0.0.1", "prefix": 8}],
    },
    {
        "name": "eth0",
        "mac": "02:00:00:00:00:01",
        "mtu": 1500,
        "is_up": True,
        "is_loopback": False,
        "kind": "physical",
        "addresses": [{"family": "ipv4", "address": "192.0.2.10", "prefix": 24}],
    },
)


class KernelState:
    """What one kernel knows, and the rules by which it changes.

    Whoever uses it holds `lock` and calls `settle()` first, so that what time has done is done.
    """

    def __init__(self, clock: Clock, terms: LeaseTerms | None = None, export_folder: Path | None = None) -> None:
        self.clock = clock
        self.terms = terms or LeaseTerms()
        self.lock = RLock()
        self.journal = EventJournal(clock)
        self._export_folder = export_folder
        self.forget()

    def forget(self) -> None:
        """Empty the memory, as a restart of a kernel does that keeps nothing; nobody is told."""
        self.users = Users(self.journal.publish)
        self.nodes = Nodes(self.clock, self.journal.publish, self.terms)
        self.traffic = TrafficCounters(self.clock)
        self.limits = RateLimits(self.clock)
        self.audit = AuditLog(self.clock)
        self.providers = Providers(self.clock)
        self.node_callbacks = CallbackRegistrations(self.clock)
        self.service_callbacks = CallbackRegistrations(self.clock)
        self.exports = Exports(self._export_folder)
        self.interfaces: list[dict[str, Any]] = [dict(interface) for interface in INTERFACES]
        self.set_parts: dict[str, Any] = {}

    def settle(self) -> None:
        """Let the time that has passed have its effect."""
        self.nodes.sweep()

    def upsert_protocol(self, document: dict[str, Any]) -> dict[str, Any]:
        """Configure a protocol, and the users that come with it."""
        user_ids = self.users.load(document.get("users", []))
        return self.nodes.put(node_from_profile(document, user_ids)).summary()

    def protocol_users(self, node_id: str, *, everybody: bool, redact: bool) -> list[dict[str, Any]]:
        """Return a protocol's users; with `everybody`, those too that are not bound to it."""
        node = self.nodes.get(node_id, "protocol")
        ids = None if everybody else node.user_ids
        return [user.view(redact=redact) for user in self.users.all(ids)]
