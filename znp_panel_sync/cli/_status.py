"""`znp-sync status`."""

import click


@click.command()
def command() -> None:
    """Show a kernel's nodes with their health and traffic."""
    raise click.ClickException("this command is not written yet")
