"""`znp-sync health`."""

import time

import click

from znp_panel_sync.cli._failures import ExitStatus, Failure
from znp_panel_sync.cli._options import json_option, kernel_options
from znp_panel_sync.cli._output import printable, write_json
from znp_panel_sync.control import NodeControl
from znp_panel_sync.kernel import Kernel


@click.command()
@kernel_options
@json_option
def command(control: NodeControl, *, as_json: bool) -> None:
    """Tell whether a kernel is alive.

    URL is the kernel's control endpoint, such as http://127.0.0.1:23860. The exit status is 0 when it is alive.
    """
    began = time.perf_counter()
    with Kernel(control) as kernel:
        answer = kernel.status.get_health().strip()
    milliseconds = round((time.perf_counter() - began) * 1000, 1)
    alive = answer == "ok"
    if as_json:
        write_json({"kernel": control.base_url, "alive": alive, "milliseconds": milliseconds})
    elif alive:
        click.echo(f"{control.base_url} is alive ({milliseconds} ms)")
    if not alive:
        raise Failure(f"{control.base_url} says {printable(answer)[:80]!r} instead of 'ok'", ExitStatus.FAILED)
