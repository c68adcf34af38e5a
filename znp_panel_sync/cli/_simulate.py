"""`znp-sync simulate`."""

import click


@click.command()
def command() -> None:
    """Run a simulated kernel to try things on."""
    raise click.ClickException("this command is not written yet")
