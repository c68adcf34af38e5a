"""`znp-sync poll`."""

import click


@click.command()
def command() -> None:
    """Follow the status of many nodes."""
    raise click.ClickException("this command is not written yet")
