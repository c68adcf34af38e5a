"""Keys of settings and files that mean nothing: typing mistakes, more often than not."""

from collections.abc import Iterable

from znp_panel_sync.errors import ConfigurationError


def refuse_unknown(keys: Iterable[str], known: Iterable[str], path: str = "") -> None:
    """Raise `ConfigurationError` for a key that is not among those known; `path` is what stands before its name."""
    allowed = tuple(known)
    for key in keys:
        if key not in allowed:
            raise ConfigurationError(f"{path}{key}", f"is not a known setting: known are {', '.join(allowed)}")
