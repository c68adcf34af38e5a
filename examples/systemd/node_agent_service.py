"""The node agent that `znp-node-agent@.service` runs: it tells systemd how it is, and reads its secret from a file.

Without systemd it runs too::

    python examples/systemd/node_agent_service.py --kernel http://127.0.0.1:23860 --id edge-1 --listen 0.0.0.0:443

The token of the kernel is the first line of `kernel-token` in `$CREDENTIALS_DIRECTORY`, where systemd puts what
`LoadCredential=` names; without that variable, no credentials are sent.
"""

import argparse
import asyncio
import os
import socket
from pathlib import Path

from znp_kernel_client.models import NodeRole, ProtocolRegistrationRequest
from znp_panel_sync.control import NodeControl
from znp_panel_sync.kernel import AsyncKernel
from znp_panel_sync.lease import AsyncNodeAgent, LeaseTransition, stop_on_signals


def notify(*lines: str) -> None:
    """Tell the service manager, where there is one: see sd_notify(3)."""
    address = os.environ.get("NOTIFY_SOCKET")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.connect("\0" + address[1:] if address.startswith("@") else address)
            manager.send("\n".join(lines).encode())


def kernel_token() -> str | None:
    """Return the credential that systemd hands over, readable for this service alone."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    return Path(folder, "kernel-token").read_text(encoding="utf-8").strip() if folder else None


async def show(step: LeaseTransition) -> None:
    """Show what becomes of the lease in `systemctl status` and in the journal."""
    notify(f"STATUS=The lease is {step.state}: {step.reason}")
    print(f"{step.previous} -> {step.state}: {step.reason}", flush=True)


async def main(arguments: argparse.Namespace) -> None:
    control = NodeControl(arguments.kernel, token=kernel_token())
    registration = ProtocolRegistrationRequest(
        id=arguments.id, role=NodeRole.LISTENER, protocol=arguments.protocol, listen=arguments.listen
    )
    async with AsyncKernel(control) as kernel:
        agent = AsyncNodeAgent(kernel, registration)
        agent.add_listener(show)
        async with agent:
            notify("READY=1")  # the agent works from here on, also while the kernel is down
            with stop_on_signals(agent):
                await agent.wait_stopped()
            notify("STOPPING=1")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernel", required=True, help="URL of the kernel's control interface")
    parser.add_argument("--id", required=True, help="the node's id, the same at each start")
    parser.add_argument("--protocol", default="vless")
    parser.add_argument("--listen", help="where the node listens")
    asyncio.run(main(parser.parse_args()))
