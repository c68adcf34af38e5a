"""The tools that the package is made with: another version of one of them makes another package."""

from collections.abc import Mapping
from importlib.metadata import version
from types import MappingProxyType

PINNED: Mapping[str, str] = MappingProxyType({"openapi-python-client": "0.29.1", "ruff": "0.17.6"})


class GenerationError(Exception):
    """No package came out, or not one that is fit for use; the message says what and where."""


def refuse_other_tools(pinned: Mapping[str, str] = PINNED) -> None:
    """Raise `GenerationError` if an installed tool has another version than the pinned one."""
    for name, wanted in pinned.items():
        if version(name) != wanted:
            raise GenerationError(f"{name} {version(name)} is installed, but the package is made with {wanted}")
