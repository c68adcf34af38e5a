"""`znp-sync simulate`."""

import random
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from znp_panel_sync.cli._credentials import Credentials
from znp_panel_sync.cli._failures import Failure
from znp_panel_sync.cli._interruption import until_interrupted
from znp_panel_sync.cli._options import credential_options, duration_option, json_option
from znp_panel_sync.cli._output import write_json_line
from znp_panel_sync.health import Health

if TYPE_CHECKING:
    from znp_panel_sync.testing import KernelSimulator

_HEALTHS = (Health.HEALTHY, Health.HEALTHY, Health.HEALTHY, Health.DEGRADED, Health.UNHEALTHY)
"""A lively node is well most of the time."""
_PROTOCOLS = ("vless", "ss", "http", "socks")
_MOST_BYTES = 5_000_000


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="NUMBER",
    default=0,
    help="Port to listen on; any free one if not given.",
)
@click.option(
    "--nodes", type=click.IntRange(0), metavar="NUMBER", default=3, show_default=True, help="How many nodes it has."
)
@click.option(
    "--users", type=click.IntRange(0), metavar="NUMBER", default=3, show_default=True, help="How many users it has."
)
@duration_option("--ttl", default="30s", help="Lease of agents that do not ask for one.")
@duration_option("--lively", default=None, help="Let a node's health and traffic change every so often.")
@click.option("--seed", type=int, metavar="NUMBER", help="Makes what --lively does the same each time.")
@credential_options
@json_option
def command(
    *,
    port: int,
    nodes: int,
    users: int,
    ttl: float,
    lively: float | None,
    seed: int | None,
    credentials: Credentials,
    as_json: bool,
) -> None:
    """Run a simulated kernel to try things on.

    It listens on this machine only, and forgets everything when it ends. The first line on stdout is its URL. Where
    credentials are given, it wants them of its clients.
    """
    simulator = _started(port, ttl, credentials)
    with until_interrupted(), simulator:
        names = _furnished(simulator, nodes, users)
        if as_json:
            write_json_line({"url": simulator.url, "nodes": names})
        else:
            click.echo(simulator.url)
        click.echo("Ctrl-C ends it. Look at it with: znp-sync status " + simulator.url, err=True)
        if lively is None or not names:
            threading.Event().wait()
        else:
            stir(simulator, names, random.Random(seed), lambda: time.sleep(lively))  # noqa: S311 - no secrets here


def _started(port: int, ttl: float, credentials: Credentials) -> "KernelSimulator":
    from znp_panel_sync.testing import KernelSimulator

    simulator = KernelSimulator(
        port=port,
        ttl_seconds=ttl,
        access_key=credentials.access_key,
        secret_key=credentials.secret_key,
        token=credentials.token,
    )
    try:
        return simulator.start()
    except OSError as error:
        raise Failure(f"cannot listen on port {port}: {error.strerror}: choose another with --port") from error


def _furnished(simulator: "KernelSimulator", nodes: int, users: int) -> list[str]:
    """Put nodes and users in, and return the names of the nodes."""
    names = [f"node-{number}" for number in range(1, nodes + 1)]
    for number, name in enumerate(names):
        simulator.add_node(name, protocol=_protocol_of(number))
    for number in range(1, users + 1):
        simulator.add_user(str(number), username=f"user-{number}")
    return names


def _protocol_of(number: int) -> str:
    return _PROTOCOLS[number % len(_PROTOCOLS)]


def stir(simulator: "KernelSimulator", names: list[str], chance: random.Random, pause: Callable[[], object]) -> None:
    """Change something, again and again, until `pause` raises."""
    while True:
        pause()
        name = chance.choice(names)
        simulator.set_health(name, chance.choice(_HEALTHS))
        up, down = chance.randrange(_MOST_BYTES), chance.randrange(_MOST_BYTES)
        simulator.add_traffic(name, bytes_up=up, bytes_down=down, protocol=_protocol_of(names.index(name)))
