"""Libraries that come with extras."""

from importlib import import_module
from typing import Any


def installed(name: str) -> Any:
    """Return a module that makes things cheaper (the `fast` extra), or None where it is not installed."""
    try:
        return import_module(name)
    except ImportError:
        return None


def load(module: str, name: str, *, extra: str) -> Any:
    """Return what a module calls by a name; where a library is missing, the error names the extra that brings it."""
    try:
        return getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        message = f"{name} needs {error.name}, which comes with znp-panel-sync[{extra}]"
        raise ModuleNotFoundError(message, name=error.name) from None
