"""`znp-sync users`."""

import click


@click.command()
def command() -> None:
    """Look at a kernel's users, and change them."""
    raise click.ClickException("this command is not written yet")
