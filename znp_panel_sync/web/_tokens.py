"""Tokens that are made once and kept in files that nobody else can read."""

import os
import secrets
from pathlib import Path

from attrs import field, frozen

from znp_panel_sync.errors import ConfigurationError


@frozen
class KeptToken:
    """A token and where it is kept; `is_new` tells that it has just been made."""

    text: str = field(repr=False)
    path: Path
    is_new: bool


def kept_token(path: Path) -> KeptToken:
    """Return the token in a file; where there is no file, one is made with a random token, for its owner's eyes only.

    Raises `ConfigurationError` naming a file that cannot be used.
    """
    try:
        return KeptToken(_new_token(path), path, is_new=True)
    except FileExistsError:
        return KeptToken(_read_token(path), path, is_new=False)
    except OSError as error:
        raise ConfigurationError(str(path), f"cannot be written: {error.strerror}") from None


def _new_token(path: Path) -> str:
    token = secrets.token_urlsafe(24)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{token}\n")
    return token


def _read_token(path: Path) -> str:
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(str(path), f"cannot be read: {error}") from None
    if not token:
        raise ConfigurationError(str(path), "holds no token: remove it, and a new one is made")
    return token
