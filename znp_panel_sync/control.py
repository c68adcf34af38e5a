"""Where a kernel is reached, and as whom."""

import base64
import hashlib
import re
from collections.abc import Mapping
from ipaddress import IPv6Address
from typing import Any, Final, Literal, Self
from urllib.parse import SplitResult, quote, urlsplit

from attrs import field, frozen

from znp_panel_sync._numbers import positive_number
from znp_panel_sync.errors import ConfigurationError

DEFAULT_TIMEOUT: Final = 5.0
"""Seconds that one request may take, retries included: the reference panel's default."""

AuthKind = Literal["basic", "bearer", "none"]

_TEXTS: Final = ("endpoint", "access_key", "secret_key", "token", "client_cert", "client_key")
_SENT_IN_HEADER: Final = ("access_key", "secret_key", "token")
_CONTROL_CHARACTER: Final = re.compile(r"[\x00-\x1f\x7f]")
_UNSAFE_IN_URL: Final = re.compile(r"[\x00-\x20\x7f\\]")
_KEPT_IN_PATH: Final = "/%:@!$&'()*+,;=~"
_HOST: Final = re.compile(r"(?:[a-z0-9_-]+\.)*[a-z0-9_-]+\.?|\[[0-9a-f:.]+\]")
"""A name, or an IPv6 address without a zone, which means nothing beyond one machine."""

_PANEL_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "endpoint": ("control_endpoint",),
    "access_key": ("control_access_key", "ak"),
    "secret_key": ("control_secret_key", "sk"),
    "token": ("control_token",),
    "timeout": ("timeout",),
    "verify": ("verify",),
    "client_cert": ("client_cert",),
    "client_key": ("client_key",),
}


@frozen
class NodeControl:
    """Where a kernel's control plane is reached, and with which credentials.

    `endpoint` is an http or https URL, which may have a path prefix and may end in `/v1`. An access key with its
    secret key goes before a token; a token without a scheme is sent as `Bearer`; with neither, no credentials are
    sent. Nothing is ever taken from the environment or from a `.netrc`.

    `timeout` is the total time of one request in seconds, retries included. `verify` is True (the certificates that
    come with httpx), the path of a PEM file of CAs, or False (no check at all: for tests). `client_cert` and
    `client_key` are PEM files; without a key file, the certificate's file holds the key too.

    Raises `ConfigurationError` naming the argument that is wrong. Equal controls can share one request.
    """

    endpoint: str
    access_key: str | None = field(default=None, kw_only=True, repr=lambda key: repr(_masked(key)))
    secret_key: str | None = field(default=None, kw_only=True, repr=False)
    token: str | None = field(default=None, kw_only=True, repr=False)
    timeout: float = field(default=DEFAULT_TIMEOUT, kw_only=True)
    verify: bool | str = field(default=True, kw_only=True)
    client_cert: str | None = field(default=None, kw_only=True)
    client_key: str | None = field(default=None, kw_only=True)
    base_url: str = field(init=False, eq=False, repr=False)
    """The endpoint without its trailing slash and without `/v1`; it holds no credentials."""

    def __attrs_post_init__(self) -> None:
        for name in _TEXTS:
            self._set(name, _trimmed(name, getattr(self, name)))
        self._set("base_url", _base_url(self.endpoint))
        self._set("timeout", positive_number(self.timeout, "timeout"))
        self._set("verify", _checked_verify(self.verify))
        self._check_credentials()

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """Take a panel's record of a node: other fields are ignored, and errors name the panel's fields.

        The fields are `control_endpoint`, `control_access_key` (alias `ak`), `control_secret_key` (alias `sk`) and
        `control_token`, besides `timeout` (seconds, or a duration such as `5s`), `verify`, `client_cert` and
        `client_key`. Of a field and its alias, the first that is not blank counts.
        """
        from znp_panel_sync.settings import parse_duration

        found = {name: _first_given(mapping, names) for name, names in _PANEL_FIELDS.items()}
        given = {name: entry[1] for name, entry in found.items() if entry[1] is not None}
        try:
            if isinstance(given.get("timeout"), str):
                given["timeout"] = parse_duration(given["timeout"], field="timeout")
            return cls(**{"endpoint": "", **given})
        except ConfigurationError as error:
            raise ConfigurationError(found[error.field][0], error.problem) from None

    def url(self, path: str) -> str:
        """Return the full URL of a path such as `/v1/status` or `/healthz`."""
        return self.base_url + path

    @property
    def auth_kind(self) -> AuthKind:
        """The kind of credentials that are sent."""
        if self.authorization is None:
            return "none"
        return "basic" if self.authorization[:6].lower() == "basic " else "bearer"

    @property
    def authorization(self) -> str | None:
        """The value of the Authorization header, which is a secret; None where none is sent."""
        if self.access_key and self.secret_key:
            pair = f"{self.access_key}:{self.secret_key}".encode()
            return f"Basic {base64.b64encode(pair).decode()}"
        if self.token is None or self.token.lower().startswith(("basic ", "bearer ")):
            return self.token
        return f"Bearer {self.token}"

    @property
    def masked_access_key(self) -> str | None:
        """The access key's first and last two characters; a key of at most four shows none of them."""
        return _masked(self.access_key)

    @property
    def secret_fingerprint(self) -> str | None:
        """The first 8 hex digits of SHA-256 of the secret in use: enough to compare, too little to guess from."""
        secret = self.secret_key or self.token
        return hashlib.sha256(secret.encode()).hexdigest()[:8] if secret else None

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)  # the only way of attrs to normalise a frozen instance

    def _check_credentials(self) -> None:
        for name in _SENT_IN_HEADER:
            _check_header_text(name, getattr(self, name))
        if (self.access_key is None) != (self.secret_key is None):
            missing = "access_key" if self.access_key is None else "secret_key"
            raise ConfigurationError(missing, "is missing: access key and secret key are given together or not at all")
        if self.access_key and ":" in self.access_key:
            raise ConfigurationError("access_key", "must not contain a colon, which ends it in Basic credentials")
        if self.token and not self.token.isascii():
            raise ConfigurationError("token", "must be ASCII, as it is sent in a header as it is")
        if self.client_key and not self.client_cert:
            raise ConfigurationError("client_cert", "is missing: a client key needs its certificate")


def _trimmed(name: str, value: object) -> str | None:
    """Trim a text; None and blank text both mean that nothing was given."""
    if value is not None and not isinstance(value, str):
        raise ConfigurationError(name, f"must be a text, not {type(value).__name__}")
    return (value or "").strip() or None


def _checked_verify(value: object) -> bool | str:
    if not isinstance(value, bool | str) or value == "":
        raise ConfigurationError("verify", "must be True, False, or the path of a PEM file of CAs")
    return value


def _check_header_text(name: str, value: str | None) -> None:
    if value and _CONTROL_CHARACTER.search(value):
        raise ConfigurationError(name, "must not contain control characters or line breaks")


def _masked(key: str | None) -> str | None:
    if key is None:
        return None
    return f"{key[:2]}…{key[-2:]}" if len(key) > 4 else "…"


def _first_given(mapping: Mapping[str, Any], names: tuple[str, ...]) -> tuple[str, Any]:
    for name in names:
        value = mapping.get(name)
        if value is not None and (not isinstance(value, str) or value.strip()):
            return name, value
    return names[0], None


def _base_url(endpoint: str | None) -> str:
    """Check an endpoint and bring it into the form that paths are appended to.

    Messages never show the endpoint, since what is wrong with it may be the password in it.
    """
    if endpoint is None:
        raise ConfigurationError("endpoint", "is missing")
    if _UNSAFE_IN_URL.search(endpoint):
        raise ConfigurationError("endpoint", "must not contain spaces, control characters or backslashes")
    try:
        parts = urlsplit(endpoint)
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:
        raise ConfigurationError("endpoint", "is not a URL") from None
    _check_parts(parts)
    path = quote(parts.path.removesuffix("/").removesuffix("/v1"), safe=_KEPT_IN_PATH)
    return f"{parts.scheme}://{_host(parts.hostname or '')}{port}{path}"


def _host(name: str) -> str:
    """Return a host as it stands in a URL: IPv6 in brackets, other scripts in their ASCII form."""
    try:
        host = f"[{IPv6Address(name)}]" if ":" in name else name.encode("idna").decode()
    except ValueError:
        host = ""
    if not _HOST.fullmatch(host):
        raise ConfigurationError("endpoint", "names a host that is not valid")
    return host


def _check_parts(parts: SplitResult) -> None:
    if parts.scheme not in ("http", "https"):
        raise ConfigurationError("endpoint", "must begin with http:// or https://")
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError("endpoint", "must not hold user information: give credentials as their own arguments")
    if parts.query or parts.fragment:
        raise ConfigurationError("endpoint", "must not have a query or a fragment")
    if not parts.hostname:
        raise ConfigurationError("endpoint", "names no host")
    if parts.port == 0:
        raise ConfigurationError("endpoint", "names port 0, on which nobody can listen")
