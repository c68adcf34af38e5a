"""A poller whose metrics Prometheus collects; `prometheus.yml`, `alerts.yml` and `dashboard.json` lie beside it.

::

    python examples/prometheus/metrics_panel.py --node 1=http://127.0.0.1:23860 --port 9464

In Grafana: Dashboards, New, Import, then the file `dashboard.json`; it asks for the Prometheus to read from.
"""

import argparse
import signal

from prometheus_client import CollectorRegistry, start_http_server

from znp_panel_sync.polling import BackgroundPoller, Node
from znp_panel_sync.polling.prometheus import PrometheusMetrics
from znp_panel_sync.settings import BackoffSettings, KernelSettings
from znp_panel_sync.stores import MemoryNodeStore


def main() -> None:
    """Poll and export until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--node", action="append", default=[], metavar="ID=URL", help="a node to poll")
    parser.add_argument("--interval", type=float, default=30.0, help="seconds between polls of a node")
    parser.add_argument("--host", default="127.0.0.1", help="where the metrics are exported")
    parser.add_argument("--port", type=int, default=9464, help="0: any free port")
    given = parser.parse_args()
    ending = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, ending)
    records = (node.partition("=") for node in given.node)
    nodes = [Node.from_mapping({"id": int(number), "control_endpoint": url}) for number, _, url in records]
    registry = CollectorRegistry()
    settings = KernelSettings(given.interval, BackoffSettings(enabled=True))
    with BackgroundPoller(MemoryNodeStore(nodes), settings=settings, metrics=PrometheusMetrics(registry)):
        server, thread = start_http_server(given.port, given.host, registry=registry)
        print(f"metrics at http://{given.host}:{server.server_port}/metrics", flush=True)
        signal.sigwait(ending)
        server.shutdown()
        server.server_close()
        thread.join()


if __name__ == "__main__":
    main()
