"""Public names of packages that are loaded when they are first asked for, so that importing one costs little."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def loader(package: str, homes: Mapping[str, str], *, extra: str | None = None) -> Callable[[str], Any]:
    """Return the `__getattr__` of a package: it takes each name from the module that `homes` gives.

    Where a library is missing, the error names the `extra` that brings it (None: all come with the package itself).
    """

    def load(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        try:
            return getattr(import_module(f"{package}.{homes[name]}"), name)
        except ModuleNotFoundError as error:
            if extra is None:
                raise
            message = f"{name} needs {error.name}, which comes with znp-panel-sync[{extra}]"
            raise ModuleNotFoundError(message, name=error.name) from None

    return load
