"""One TLS context for all kernels with equal TLS settings: each costs milliseconds and hundreds of kilobytes."""

import ssl
from functools import lru_cache
from pathlib import Path
from typing import Final

from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import ConfigurationError

_CONTEXTS_KEPT: Final = 64

_Stamp = tuple[str, int, int]


def ssl_context_for(control: NodeControl) -> ssl.SSLContext | None:
    """Return the TLS context for a control: the same one for equal settings, None for `http://`.

    A file that has changed since makes a new context. Neither system settings nor environment variables have a say.
    Raises `ConfigurationError` for a file that cannot be used.
    """
    if not control.base_url.startswith("https:"):
        return None
    return _build(
        _stamped("verify", control.verify) if isinstance(control.verify, str) else control.verify,
        _stamped("client_cert", control.client_cert),
        _stamped("client_key", control.client_key),
    )


def _stamped(field: str, path: str | None) -> _Stamp | None:
    """Identify a file's content by its time and size."""
    if path is None:
        return None
    try:
        status = Path(path).stat()
    except OSError as error:
        raise ConfigurationError(field, f"cannot be read: {error}") from None
    return path, status.st_mtime_ns, status.st_size


@lru_cache(maxsize=_CONTEXTS_KEPT)
def _build(verify: bool | _Stamp | None, client_cert: _Stamp | None, client_key: _Stamp | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if verify is False:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        _load_authorities(context, verify[0] if isinstance(verify, tuple) else None)
    if client_cert:
        _load_identity(context, client_cert[0], client_key[0] if client_key else None)
    return context


def _load_authorities(context: ssl.SSLContext, path: str | None) -> None:
    import certifi

    try:
        context.load_verify_locations(cafile=path or certifi.where())
    except OSError as error:
        raise ConfigurationError("verify", f"is no PEM file of CAs: {error}") from None


def _load_identity(context: ssl.SSLContext, certificate: str, key: str | None) -> None:
    """Load a client certificate; an encrypted key is refused, or OpenSSL would ask for its password at the terminal."""
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except (OSError, ValueError) as error:
        raise ConfigurationError("client_cert", f"cannot be used with its key: {error}") from None


def _no_password() -> str:
    raise ValueError("the key is encrypted")
