"""An asyncio panel that keeps the status of its nodes in a database.

Put some nodes in (kernels, or `python examples/simulated_kernel.py`, must listen there), and watch them come and go::

    python examples/poller_async.py --node 1=http://127.0.0.1:23860 --node 2=http://127.0.0.1:23861 --interval 5

The nodes are in the table `znp_nodes` of `--database`; what is changed there is followed while this runs. With
`--watch`, kernels that stream their status are followed instead of polled, and changes are seen within a second.
"""

import argparse
import asyncio
import contextlib
import signal

from znp_panel_sync.kernel import AsyncKernel
from znp_panel_sync.polling import Node, PollerOptions, StatusPoller
from znp_panel_sync.settings import BackoffSettings, KernelSettings
from znp_panel_sync.stores import SqlNodeStore
from znp_panel_sync.streams import StatusWatch


async def greet(node: Node) -> None:
    """Bring a node that came back up to date; here it is only asked for its traffic. A failure is tried again."""
    if node.control is not None:
        async with AsyncKernel(node.control) as kernel:
            await kernel.traffic.get_traffic()
    print(f"node {node.id}: recovered", flush=True)


async def follow(store: SqlNodeStore, interval: float, watch: StatusWatch | None) -> None:
    """Poll until the task is cancelled, and print each transition."""
    settings = KernelSettings(interval, BackoffSettings(enabled=True, max_interval=10 * interval, jitter=0.2))
    options = PollerOptions(refresh_interval=min(10.0, interval))
    async with StatusPoller(store, settings=settings, options=options, on_recovered=[greet], watch=watch) as poller:
        async for change in poller.changes():
            unwell = [protocol.id for protocol in change.protocols if protocol.health != "healthy"]
            detail = f", unwell: {', '.join(unwell)}" if unwell else ""
            print(f"node {change.node_id}: {change.status} ({change.reason}{detail})", flush=True)


async def main() -> None:
    """Read the arguments, and follow the nodes until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(description="Follow the status of nodes.")
    parser.add_argument("--database", default="sqlite:///panel.db", help="SQLAlchemy URL")
    parser.add_argument("--node", action="append", default=[], metavar="ID=URL", help="put this node in first")
    parser.add_argument("--interval", type=float, default=30.0, help="seconds between polls of a node")
    parser.add_argument("--watch", action="store_true", help="follow kernels that stream their status")
    given = parser.parse_args()
    store = SqlNodeStore(given.database)
    nodes = [(int(number), url) for number, _, url in (node.partition("=") for node in given.node)]
    if nodes:
        await store.add([{"id": number, "control_endpoint": url} for number, url in nodes])
    following = asyncio.create_task(follow(store, given.interval, StatusWatch() if given.watch else None))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, following.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await following
    store.close()
    print("stopped", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
