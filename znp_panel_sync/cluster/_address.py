"""Where the coordination engine is. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final, Self
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from attrs import field, frozen

from znp_panel_sync.errors import ConfigurationError

ETCD_SCHEMES: Final = ("etcd3+http", "etcd3+https")
REDIS_OVER_TLS: Final = "rediss"
SCHEMES: Final = ("redis", REDIS_OVER_TLS, *ETCD_SCHEMES, "zookeeper")

_OURS: Final = frozenset({"executor", "lock_timeout", "membership_timeout", "timeout"})
"""Options of the drivers that follow from the cluster's own."""


@frozen
class EngineAddress:
    """The parts of an engine's URL, by the names that the drivers of `tooz` ask for; its text shows no secret."""

    scheme: str
    netloc: str
    """Host and port, or several of ZooKeeper's, without user and password."""
    hostname: str | None
    port: int | None
    path: str
    username: str | None = field(repr=False)
    password: str | None = field(repr=False)
    options: Mapping[str, Sequence[str]] = field(repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read a URL; raises `ConfigurationError` naming `url`, and quoting nothing of it but scheme and options."""
        parts = _split(url)
        user, _, netloc = parts.netloc.rpartition("@")
        options = parse_qs(parts.query)
        _check(parts, user=user, options=options)
        try:
            port = None if parts.scheme == "zookeeper" else parts.port
        except ValueError:
            raise ConfigurationError("url", "has a port that is not a number up to 65535") from None
        username, password = (None if part is None else unquote(part) for part in (parts.username, parts.password))
        return cls(parts.scheme, netloc, parts.hostname, port, unquote(parts.path), username, password, options)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc or self.path}"


def _split(url: str) -> SplitResult:
    if not isinstance(url, str):
        raise ConfigurationError("url", f"must be a text, not {type(url).__name__}")
    try:
        return urlsplit(url.strip())
    except ValueError:
        raise ConfigurationError("url", "is not a URL") from None


def _check(parts: SplitResult, *, user: str, options: Mapping[str, object]) -> None:
    if parts.scheme not in SCHEMES:
        raise ConfigurationError("url", f"must begin with one of {', '.join(f'{scheme}://' for scheme in SCHEMES)}")
    if not parts.hostname and not (parts.scheme == "redis" and parts.path):
        raise ConfigurationError("url", "has no host")
    if parts.hostname and parts.path not in ("", "/"):
        raise ConfigurationError("url", "must have no path: options follow a '?', such as ?db=1 for a Redis database")
    if user and parts.scheme in ETCD_SCHEMES:
        raise ConfigurationError("url", "must have no user: the driver for etcd knows client certificates only")
    if "ssl" in options:
        raise ConfigurationError("url", f"must begin with {REDIS_OVER_TLS}:// instead of setting ssl")
    if taken := sorted(_OURS & options.keys()):
        raise ConfigurationError("url", f"must not set {', '.join(taken)}: that follows from ttl")
