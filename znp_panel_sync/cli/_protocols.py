"""`znp-sync protocols`."""

import click


@click.command()
def command() -> None:
    """Look at a kernel's protocols, and push or delete them."""
    raise click.ClickException("this command is not written yet")
