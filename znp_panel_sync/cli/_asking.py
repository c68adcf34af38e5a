"""Questions at the terminal, on stderr."""

import sys

import click

from znp_panel_sync.cli._failures import ExitStatus, Failure


def asked_secret(what: str, *, twice: bool = False) -> str:
    """Ask for a secret without showing it."""
    need_terminal()
    secret: str = click.prompt(what, hide_input=True, confirmation_prompt=twice, err=True)
    return secret


def asked_access_key() -> str:
    """Ask for an access key; empty: there is none."""
    need_terminal()
    key: str = click.prompt("Access key (empty: a token instead)", default="", show_default=False, err=True)
    return key


def need_terminal() -> None:
    """Refuse to ask where nobody can answer."""
    if not sys.stdin.isatty():
        raise Failure("there is no terminal to ask at: use a file, or an environment variable", ExitStatus.USAGE)


def make_sure(question: str, *, yes: bool) -> None:
    """Ask whether it is meant, unless that has been said already."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Failure("there is no terminal to ask at whether it is meant: say --yes", ExitStatus.USAGE)
    if not click.confirm(question, err=True):
        raise Failure("nothing was done")
