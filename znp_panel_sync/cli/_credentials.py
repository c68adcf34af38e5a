"""Secrets: from a file, a prompt, or an environment variable that is named, and from nowhere else."""

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import click
from attrs import field, frozen

from znp_panel_sync.cli._asking import asked_access_key, asked_secret
from znp_panel_sync.cli._failures import ExitStatus, Failure
from znp_panel_sync.cli._files import read_mapping

_NAMES_IN_FILES: Final[Mapping[str, tuple[str, ...]]] = {
    "access_key": ("access_key", "control_access_key", "ak"),
    "secret_key": ("secret_key", "control_secret_key", "sk"),
    "token": ("token", "control_token"),
}
"""What may stand in a file of credentials; the later names are the panel's."""

_SECRETS: Final = (*_NAMES_IN_FILES["secret_key"], *_NAMES_IN_FILES["token"])
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


@frozen
class Credentials:
    """As whom a kernel is asked; all None: as nobody."""

    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)


def credentials_from_file(path: Path) -> Credentials:
    """Read a file of credentials; one that others may read is warned of."""
    document = read_mapping(path)
    known = {alias: name for name, aliases in _NAMES_IN_FILES.items() for alias in aliases}
    if not document.keys() <= known.keys():
        raise Failure(f"{path}: may hold {', '.join(_NAMES_IN_FILES)} and nothing else", ExitStatus.USAGE)
    warn_if_others_may_read(path)
    return Credentials(**{known[alias]: _text(value, path, alias) for alias, value in document.items()})


def asked_credentials() -> Credentials:
    """Ask for them."""
    access_key = asked_access_key()
    if access_key:
        return Credentials(access_key=access_key, secret_key=asked_secret("Secret key"))
    return Credentials(token=asked_secret("Token"))


def secret_from_environment(option: str, name: str) -> str:
    """Take a secret from the environment variable that the option names."""
    secret = os.environ.get(name)
    if not secret:
        raise Failure(f"{option}: the environment variable {name} is not set", ExitStatus.USAGE)
    return secret


def secret_from_file(path: Path) -> str:
    """Read a secret that is all that stands in a file, but for space around it."""
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"{path}: cannot be read: {error}", ExitStatus.USAGE) from None
    if not secret:
        raise Failure(f"{path}: is empty", ExitStatus.USAGE)
    warn_if_others_may_read(path)
    return secret


def warn_if_others_may_read(path: Path) -> None:
    """Say how to keep a file with secrets to oneself."""
    if os.name == "posix" and path.stat().st_mode & _OTHERS:
        click.echo(f"warning: {path} can be read by others: chmod 600 {path}", err=True)


def warn_of_secrets(records: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Say so too where a record of a file holds a secret."""
    if any(record.get(name) for record in records for name in _SECRETS):
        warn_if_others_may_read(path)


def _text(value: Any, path: Path, name: str) -> str:
    if not isinstance(value, str):
        raise Failure(f"{path}: {name} must be a text: put it in quotes", ExitStatus.USAGE)
    return value
