"""`znp-sync traffic`."""

from collections.abc import Sequence

import click
from rich.filesize import decimal

from znp_kernel_client.types import UNSET
from znp_panel_sync.cli._options import json_option, kernel_options
from znp_panel_sync.cli._output import show_table, write_json
from znp_panel_sync.control import NodeControl
from znp_panel_sync.kernel import Kernel


@click.command()
@kernel_options
@click.option("--node", "nodes", metavar="ID", multiple=True, help="Only this node; may be given several times.")
@click.option("--protocol", "protocols", metavar="NAME", multiple=True, help="Only this protocol, likewise.")
@json_option
def command(control: NodeControl, *, nodes: Sequence[str], protocols: Sequence[str], as_json: bool) -> None:
    """Show how much traffic a kernel has counted.

    The numbers are those since the kernel's start, by node and protocol; the last line is their sum.
    """
    with Kernel(control) as kernel:
        traffic = kernel.traffic.get_traffic(node=list(nodes) or UNSET, protocol=list(protocols) or UNSET)
    if as_json:
        write_json(traffic.to_dict())
        return
    rows = [(one.node_id, one.protocol, one.bytes_up, one.bytes_down) for one in traffic.by_node_protocol or ()]
    shown = [*rows, ("all", "", traffic.bytes_up, traffic.bytes_down)]
    show_table(
        ("Node", "Protocol", "Up", "Down"),
        ((name, kind, decimal(up or 0), decimal(down or 0)) for name, kind, up, down in shown),
        right=("Up", "Down"),
    )
