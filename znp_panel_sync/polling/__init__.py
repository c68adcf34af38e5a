"""Panel side: the status of many nodes, kept true by polling."""

from znp_panel_sync.polling.background import BackgroundPoller, BlockingChanges
from znp_panel_sync.polling.backoff import Backoff
from znp_panel_sync.polling.guard import GuardLimits
from znp_panel_sync.polling.listeners import Changes, Listener
from znp_panel_sync.polling.metrics import Counters, PollerMetrics
from znp_panel_sync.polling.model import (
    Node,
    NodeId,
    NodeState,
    NodeStatus,
    ProtocolHealth,
    Reason,
    StatusChange,
    read_status,
)
from znp_panel_sync.polling.options import PollerOptions
from znp_panel_sync.polling.poller import PollerStateError, StatusPoller
from znp_panel_sync.polling.probe import OfflineProbe, ProbePosition
from znp_panel_sync.polling.store import FencedNodeStore, NodeStore
from znp_panel_sync.polling.watch import Follower, Watch

__all__ = [
    "BackgroundPoller",
    "Backoff",
    "BlockingChanges",
    "Changes",
    "Counters",
    "FencedNodeStore",
    "Follower",
    "GuardLimits",
    "Listener",
    "Node",
    "NodeId",
    "NodeState",
    "NodeStatus",
    "NodeStore",
    "OfflineProbe",
    "PollerMetrics",
    "PollerOptions",
    "PollerStateError",
    "ProbePosition",
    "ProtocolHealth",
    "Reason",
    "StatusChange",
    "StatusPoller",
    "Watch",
    "read_status",
]
