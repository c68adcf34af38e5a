"""Protocol bindings: what the panel wants to run at a kernel, and what that is on the wire. No I/O."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from attrs import field, frozen

from znp_kernel_client.models import NodeProfile, NodeProfileProtocol, NodeRole, ProtocolUpsertRequest, User
from znp_kernel_client.types import UNSET
from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.polling.model import NodeId, ProtocolHealth

NOT_LISTED: Final = "offline"
"""The health of a binding that its kernel does not list."""

LARGEST_PORT: Final = 65535


@frozen
class BindingUser:
    """A user of a binding, as the kernel gets it; `id` is the panel's, as a number or a text."""

    id: int | str
    username: str
    password: str = field(repr=False)
    subscription_id: int | str | None = None

    def to_wire(self) -> User:
        """Return the kernel's form of the user."""
        known = self.subscription_id is not None
        metadata = {"subscription_id": str(self.subscription_id)} if known else UNSET
        return User(id=str(self.id), username=self.username, password=self.password, metadata=metadata)


@frozen
class Binding:
    """One protocol at one node.

    `kernel_id` is its id at the kernel (None: it has none yet, and cannot be pushed). `listen` is `host:port`, or a
    port alone; without it, `access_port` is the port. `profile` is the protocol's own configuration. Bindings that are
    not `active` are neither pushed nor given a health.
    """

    id: int
    node_id: NodeId
    kernel_id: str | None
    protocol: str
    role: str = "listener"
    listen: str | None = None
    access_port: int | None = None
    connect: str | None = None
    tags: tuple[str, ...] = ()
    description: str | None = None
    profile: Mapping[str, Any] = field(factory=dict, repr=False)
    users: tuple[BindingUser, ...] = field(default=(), repr=False)
    active: bool = True
    health: str = "unknown"

    def to_wire(self) -> ProtocolUpsertRequest:
        """Return what is pushed to the kernel; raise `ConfigurationError` naming the field that is wrong."""
        if not self.active:
            raise ConfigurationError("active", "the binding is switched off")
        if not self.kernel_id:
            raise ConfigurationError("kernel_id", "is missing")
        return ProtocolUpsertRequest(
            listen=listen_address(self.listen, self.access_port) or UNSET,
            connect=self.connect or UNSET,
            users=[user.to_wire() for user in self.users],
            profile=NodeProfile(
                id=self.kernel_id,
                role=NodeRole(self.role),
                protocol=NodeProfileProtocol(self.protocol),
                tags=list(self.tags),
                description=self.description or UNSET,
                profile=dict(self.profile),
            ),
        )


def listen_address(listen: str | None, access_port: int | None) -> str | None:
    """Return where a binding listens: `host:port` as it is, a port on all addresses, None where neither is given."""
    given = (listen or "").strip() or str(access_port or "")
    if not given or ":" in given:
        return given or None
    if not (given.isascii() and given.isdigit() and 0 < int(given) <= LARGEST_PORT):
        raise ConfigurationError("listen", f"must be host:port or a port, not {given!r}")
    return f"0.0.0.0:{given}"


def binding_health(binding: Binding, protocols: Iterable[ProtocolHealth]) -> str:
    """Return the health of a binding at a kernel that lists these protocols."""
    return next((str(one.health) for one in protocols if one.id == binding.kernel_id), NOT_LISTED)
