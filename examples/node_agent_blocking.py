"""A node agent without an event loop: the node's own work runs in the main thread, heartbeats leave from another one.

Start a kernel (or `python examples/simulated_kernel.py --port 23860`), then::

    export KERNEL_TOKEN=what-the-kernel-wants     # leave it out where the kernel wants nothing
    python examples/node_agent_blocking.py --kernel http://127.0.0.1:23860 --id edge-1 --listen 0.0.0.0:443

SIGTERM or SIGINT end it; it signs off then. The kernel may be down when this starts, and may restart at any time.
"""

import argparse
import os
import shutil

from znp_kernel_client.models import NodeRole, ProtocolRegistrationRequest
from znp_panel_sync.control import NodeControl
from znp_panel_sync.health import Health
from znp_panel_sync.kernel import Kernel
from znp_panel_sync.lease import LeaseTransition, NodeAgent, stop_on_signals

LOW_DISK_BYTES = 100 * 1024 * 1024
SECONDS_BETWEEN_CHECKS = 10.0


def look_after_the_node(agent: NodeAgent) -> None:
    """Do the node's work, and report how it goes. A report that is worse than the last one leaves at once."""
    free = shutil.disk_usage("/").free
    if free < LOW_DISK_BYTES:
        agent.report(Health.DEGRADED, f"only {free} bytes of disk are free")
    else:
        agent.report(Health.HEALTHY)


def show(step: LeaseTransition) -> None:
    """React to what becomes of the lease: an alarm for `lost` and `failed`, say."""
    print(f"{step.previous} -> {step.state}: {step.reason}", flush=True)


def main(arguments: argparse.Namespace) -> None:
    control = NodeControl(arguments.kernel, token=os.environ.get("KERNEL_TOKEN"))
    registration = ProtocolRegistrationRequest(
        id=arguments.id, role=NodeRole.LISTENER, protocol=arguments.protocol, listen=arguments.listen
    )
    with Kernel(control) as kernel:
        agent = NodeAgent(kernel, registration)
        agent.add_listener(show)
        with agent, stop_on_signals(agent):
            while not agent.wait_stopped(SECONDS_BETWEEN_CHECKS):
                look_after_the_node(agent)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernel", required=True, help="URL of the kernel's control interface")
    parser.add_argument("--id", required=True, help="the node's id, the same at each start")
    parser.add_argument("--protocol", default="vless")
    parser.add_argument("--listen", help="where the node listens")
    main(parser.parse_args())
