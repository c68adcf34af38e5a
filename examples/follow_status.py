"""Follow a kernel's status stream, and print each transition of a node's health.

A kernel (or `python examples/simulated_kernel.py`) must listen there::

    python examples/follow_status.py http://127.0.0.1:23860 --interval 2
"""

import argparse
import signal
from collections.abc import Iterator, Mapping

from znp_kernel_client.models import RuntimeStatusSnapshot
from znp_panel_sync import Kernel, NodeControl, read_health
from znp_panel_sync.streams import Gap, StatusStream, StatusUpdate

Healths = Mapping[str, str]


def healths(snapshot: RuntimeStatusSnapshot) -> Healths:
    """Return the health of each node by its id."""
    return {str(node.id): read_health(node.health).state.value for node in snapshot.nodes or ()}


def transitions(before: Healths, now: Healths) -> Iterator[str]:
    """Say what has become different."""
    for node in sorted({*before, *now}):
        old, new = before.get(node, "absent"), now.get(node, "absent")
        if old != new:
            yield f"{node}: {old} -> {new}"


def follow(stream: StatusStream) -> None:
    """Print transitions until the stream is closed."""
    known: Healths = {}
    for item in stream:
        if isinstance(item, Gap):
            print(f"interrupted from {item.since:%H:%M:%S} to {item.until:%H:%M:%S}: {item.reason}", flush=True)
        elif isinstance(item, StatusUpdate):
            now = healths(item.snapshot)
            for line in transitions(known, now):
                print(line, flush=True)
            known = now


def main() -> None:
    """Read the arguments, and follow the stream until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(description="Follow the status of a kernel's nodes.")
    parser.add_argument("endpoint", help="the kernel's URL")
    parser.add_argument("--access-key")
    parser.add_argument("--secret-key")
    parser.add_argument("--interval", type=int, default=5, help="seconds between two frames, 1 to 60")
    parser.add_argument("--transport", choices=("sse", "websocket"), default="sse")
    given = parser.parse_args()
    control = NodeControl(given.endpoint, access_key=given.access_key, secret_key=given.secret_key)
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    with (
        Kernel(control) as kernel,
        StatusStream(
            kernel, interval=given.interval, mode="diff", include="nodes", transport=given.transport, newest_only=True
        ) as stream,
    ):
        try:
            follow(stream)
        except KeyboardInterrupt:
            print("stopped", flush=True)


if __name__ == "__main__":
    main()
