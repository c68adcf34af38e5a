"""What the panel's actions answer, by the words of the panel. `synced_at` is in epoch seconds everywhere."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from attrs import asdict, field, frozen

from znp_panel_sync.errors import ZnpError
from znp_panel_sync.polling.model import NodeId

DONE: Final = "ok"


class NodeNotFoundError(ZnpError):
    """The panel has no such node."""


class NodeNotReadyError(ZnpError):
    """The node cannot be asked: it is disabled, or its control endpoint is missing or wrong."""


class BindingNotFoundError(ZnpError):
    """The panel has no such binding."""


class ConfigurationNotFoundError(ZnpError):
    """The kernel lists no configuration of the node."""


class PanelUsageError(ZnpError):
    """The blocking form was called where an event loop runs."""


class RecoveryError(ZnpError):
    """Not everything could be brought to a kernel that came back; the same may succeed later."""

    retryable = True


@frozen
class NodeStatusResult:
    """The status of one node: `online` or `offline`, `skipped` (disabled), or `error` (it could not be asked)."""

    node_id: NodeId
    status: Literal["online", "offline", "skipped", "error"]
    message: str
    synced_at: int


@frozen
class HealthSyncResult:
    """The health of one node's bindings: `updated` tells how many have changed."""

    node_id: NodeId
    status: Literal["synced", "skipped", "error"]
    message: str
    synced_at: int
    updated: int = 0


@frozen
class BindingPushResult:
    """What became of one push. `binding_id` is None where a node was asked for that has nothing to push."""

    binding_id: int | None
    status: Literal["synced", "error"]
    message: str
    synced_at: int


@frozen
class NodeConfigurationResult:
    """A node's configuration at its kernel. `revision` is the kernel's, or the SHA-256 of the configuration."""

    node_id: NodeId
    protocol: str
    revision: str
    synced_at: int
    message: str
    configuration: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)


@frozen
class CallbackResult:
    """Whether the callbacks are registered at one kernel, given by its base URL."""

    kernel: str
    status: Literal["synced", "error"]
    message: str
    synced_at: int


Result = NodeStatusResult | HealthSyncResult | BindingPushResult | NodeConfigurationResult | CallbackResult


def to_document(result: Result) -> dict[str, Any]:
    """Return the JSON form of a result; the configuration itself is not shown."""
    return asdict(result, filter=lambda attribute, _: attribute.name != "configuration")
