"""The states of a lease, and the table of what leads from one to another.

Rules that the table stands for:

- `registered` and `suspended` mean that the lease still runs by our own count; `lost` that it does not.
- Trouble that passes by itself (`UNREACHABLE`) never ends a lease; only its deadline (`EXPIRED`) or the kernel's own
  word (`UNKNOWN_NODE`) does.
- What no retry can mend (`REFUSED`) is `failed`, with or without a running lease.
- From every state a stop leads to `stopped`, by way of `stopping`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class LeaseState(StrEnum):
    """Where a lease stands."""

    STOPPED = "stopped"
    """Not started, or signed off. Nothing is sent."""
    REGISTERING = "registering"
    """The first registration has not been answered yet."""
    REGISTERED = "registered"
    """The kernel has acknowledged the last registration or heartbeat, and the lease runs."""
    SUSPENDED = "suspended"
    """Heartbeats do not get through; the lease still runs."""
    LOST = "lost"
    """The lease ran out, or the kernel does not know the node; a new registration is being sent."""
    FAILED = "failed"
    """The kernel refuses in a way that no retry can mend; asked again at a slow pace."""
    STOPPING = "stopping"
    """Signing off."""


class Signal(StrEnum):
    """What can happen to a lease."""

    START = "start"
    GRANTED = "registration acknowledged"
    RENEWED = "heartbeat acknowledged"
    UNREACHABLE = "no acknowledgement"
    UNKNOWN_NODE = "kernel does not know the node"
    REFUSED = "kernel refuses"
    EXPIRED = "lease ran out"
    STOP = "stop"
    ENDED = "signed off, or given up"


TRANSITIONS: Final[Mapping[LeaseState, Mapping[Signal, LeaseState]]] = {
    LeaseState.STOPPED: {
        Signal.START: LeaseState.REGISTERING,
    },
    LeaseState.REGISTERING: {
        Signal.GRANTED: LeaseState.REGISTERED,
        Signal.UNREACHABLE: LeaseState.REGISTERING,
        Signal.REFUSED: LeaseState.FAILED,
        Signal.STOP: LeaseState.STOPPING,
    },
    LeaseState.REGISTERED: {
        Signal.RENEWED: LeaseState.REGISTERED,
        Signal.UNREACHABLE: LeaseState.SUSPENDED,
        Signal.UNKNOWN_NODE: LeaseState.LOST,
        Signal.REFUSED: LeaseState.FAILED,
        Signal.EXPIRED: LeaseState.LOST,
        Signal.STOP: LeaseState.STOPPING,
    },
    LeaseState.SUSPENDED: {
        Signal.RENEWED: LeaseState.REGISTERED,
        Signal.UNREACHABLE: LeaseState.SUSPENDED,
        Signal.UNKNOWN_NODE: LeaseState.LOST,
        Signal.REFUSED: LeaseState.FAILED,
        Signal.EXPIRED: LeaseState.LOST,
        Signal.STOP: LeaseState.STOPPING,
    },
    LeaseState.LOST: {
        Signal.GRANTED: LeaseState.REGISTERED,
        Signal.UNREACHABLE: LeaseState.LOST,
        Signal.REFUSED: LeaseState.FAILED,
        Signal.STOP: LeaseState.STOPPING,
    },
    LeaseState.FAILED: {
        Signal.GRANTED: LeaseState.REGISTERED,
        Signal.RENEWED: LeaseState.REGISTERED,
        Signal.UNREACHABLE: LeaseState.FAILED,
        Signal.UNKNOWN_NODE: LeaseState.LOST,
        Signal.REFUSED: LeaseState.FAILED,
        Signal.EXPIRED: LeaseState.LOST,
        Signal.STOP: LeaseState.STOPPING,
    },
    LeaseState.STOPPING: {
        Signal.ENDED: LeaseState.STOPPED,
    },
}


def state_diagram() -> str:
    """Draw the table as a Mermaid state diagram, with one arrow for all signals that lead the same way."""
    lines = ["stateDiagram-v2", f"    [*] --> {LeaseState.STOPPED}"]
    for state, targets in TRANSITIONS.items():
        for target in dict.fromkeys(targets.values()):
            signals = ", ".join(signal for signal, reached in targets.items() if reached is target)
            lines.append(f"    {state} --> {target}: {signals}")
    return "\n".join(lines)
