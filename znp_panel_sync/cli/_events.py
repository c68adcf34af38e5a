"""`znp-sync events`."""

import click


@click.command()
def command() -> None:
    """Follow a kernel's events, and see to it that they are called back."""
    raise click.ClickException("this command is not written yet")
