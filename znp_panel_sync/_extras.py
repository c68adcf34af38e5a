"""Libraries that make things cheaper where they are installed (the `fast` extra)."""

from importlib import import_module
from typing import Any


def installed(name: str) -> Any:
    """Return a module, or None where it is not installed."""
    try:
        return import_module(name)
    except ImportError:
        return None
