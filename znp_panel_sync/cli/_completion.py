"""`znp-sync completion`."""

import click


@click.command()
def command() -> None:
    """Print the script that completes znp-sync in a shell."""
    raise click.ClickException("this command is not written yet")
