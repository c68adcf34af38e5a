"""`znp-sync demo`."""

import asyncio

import click

from znp_panel_sync.cli.demonstration import main


@click.command()
@click.pass_context
def command(ctx: click.Context) -> None:
    """Play the demo: kernels, agents and a panel on this machine.

    It takes less than half a minute and ends by itself.
    """
    ctx.exit(asyncio.run(main()))
