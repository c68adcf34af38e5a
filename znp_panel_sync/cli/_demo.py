"""`znp-sync demo`."""

import click


@click.command()
def command() -> None:
    """Play the demo: kernels, agents and a panel on this machine."""
    raise click.ClickException("this command is not written yet")
