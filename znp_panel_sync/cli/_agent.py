"""`znp-sync agent`."""

import click


@click.command()
def command() -> None:
    """Keep nodes registered at a kernel until a signal comes."""
    raise click.ClickException("this command is not written yet")
