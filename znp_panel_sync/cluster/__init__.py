"""Several replicas of one panel: each piece of work is one replica's, and another's soon after that one dies.

Membership is kept by a coordination engine (Redis, etcd or ZooKeeper) through `tooz`, which the `cluster` extra brings
and which is not imported before a cluster starts.
"""

from znp_panel_sync.cluster.cluster import Cluster, ClusterStateError
from znp_panel_sync.cluster.counters import ClusterCounters
from znp_panel_sync.cluster.ownership import Ownership

__all__ = ["Cluster", "ClusterCounters", "ClusterStateError", "Ownership"]
