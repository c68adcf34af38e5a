"""A simulated kernel to try the other examples on, until it is interrupted.

::

    python examples/simulated_kernel.py --port 23860
"""

import argparse
import signal

from znp_panel_sync.testing import KernelSimulator


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--port", type=int, default=0, help="port to listen on; 0: any free one")
    options = arguments.parse_args()
    ending = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, ending)
    with KernelSimulator(port=options.port) as simulator:
        print(f"the kernel listens on {simulator.url}", flush=True)
        signal.sigwait(ending)


if __name__ == "__main__":
    main()
