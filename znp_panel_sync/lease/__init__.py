"""The agent's side of a registration: a lease that is renewed by heartbeats and signed off."""

from znp_panel_sync.lease._agent import AgentCounters, AsyncNodeAgent
from znp_panel_sync.lease._blocking import NodeAgent
from znp_panel_sync.lease._errors import ForkedAgentError, LeaseError
from znp_panel_sync.lease._machine import LeaseTransition
from znp_panel_sync.lease._signals import stop_on_signals
from znp_panel_sync.lease._states import LeaseState
from znp_panel_sync.lease._terms import LeaseTimings

__all__ = [
    "AgentCounters",
    "AsyncNodeAgent",
    "ForkedAgentError",
    "LeaseError",
    "LeaseState",
    "LeaseTimings",
    "LeaseTransition",
    "NodeAgent",
    "stop_on_signals",
]
