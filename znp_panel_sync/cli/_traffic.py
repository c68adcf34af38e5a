"""`znp-sync traffic`."""

import click


@click.command()
def command() -> None:
    """Show how much traffic a kernel has counted."""
    raise click.ClickException("this command is not written yet")
