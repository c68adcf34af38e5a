"""A node agent on asyncio: keeps a node registered at its kernel until SIGTERM or SIGINT, then signs off.

Start a kernel (or `python examples/simulated_kernel.py --port 23860`), then::

    export KERNEL_TOKEN=what-the-kernel-wants     # leave it out where the kernel wants nothing
    python examples/node_agent.py --kernel http://127.0.0.1:23860 --id edge-1 --listen 0.0.0.0:443

The kernel may be down when this starts, and may restart at any time.
"""

import argparse
import asyncio
import os
import shutil

from znp_kernel_client.models import NodeRole, ProtocolRegistrationRequest
from znp_panel_sync.control import NodeControl
from znp_panel_sync.health import Health
from znp_panel_sync.kernel import AsyncKernel
from znp_panel_sync.lease import AsyncNodeAgent, LeaseTransition, stop_on_signals

LOW_DISK_BYTES = 100 * 1024 * 1024


async def check_health() -> Health | tuple[Health, str]:
    """Look after what your node depends on. Called before each heartbeat; what it raises is reported as degraded."""
    free = shutil.disk_usage("/").free
    if free < LOW_DISK_BYTES:
        return Health.DEGRADED, f"only {free} bytes of disk are free"
    return Health.HEALTHY


async def show(step: LeaseTransition) -> None:
    """React to what becomes of the lease: an alarm for `lost` and `failed`, say."""
    print(f"{step.previous} -> {step.state}: {step.reason}", flush=True)


async def main(arguments: argparse.Namespace) -> None:
    control = NodeControl(arguments.kernel, token=os.environ.get("KERNEL_TOKEN"))
    registration = ProtocolRegistrationRequest(
        id=arguments.id, role=NodeRole.LISTENER, protocol=arguments.protocol, listen=arguments.listen
    )
    async with AsyncKernel(control) as kernel:
        agent = AsyncNodeAgent(kernel, registration, health_check=check_health)
        agent.add_listener(show)
        async with agent:
            with stop_on_signals(agent):
                await agent.wait_stopped()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernel", required=True, help="URL of the kernel's control interface")
    parser.add_argument("--id", required=True, help="the node's id, the same at each start")
    parser.add_argument("--protocol", default="vless")
    parser.add_argument("--listen", help="where the node listens")
    asyncio.run(main(parser.parse_args()))
