"""Typed client: Network kernel control plane.

Generated from the contract by `python -m codegen generate`; never edited by hand.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .client import AsyncClient, Client

CONTRACT_VERSION = "1.0.0"
"""The version of the contract that this package was generated from."""


def __getattr__(name: str) -> object:
    """Import the clients late: who brings a transport of their own need not have httpx."""
    if name not in {"AsyncClient", "Client"}:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(".client", __name__), name)


__all__ = ["CONTRACT_VERSION", "AsyncClient", "Client"]
