"""The panel's `Kernel:` and `Webhook:` settings, and durations as Go writes them.

The blocks keep the names that the panel's guide gives them::

    Kernel:
      StatusPollInterval: 30s          # 0 or less: no polling
      StatusPollBackoff:
        Enabled: true
        MaxInterval: 5m                # 0 or less: 8 times the interval
        Multiplier: 2                  # 1 or less: 2
        Jitter: 0.2                    # clamped to 0 .. 1
      OfflineProbeMaxInterval: 0       # 0: no maximum
    Webhook:
      SharedToken: a long random text
      PreviousSharedToken: the one before it, while kernels still send it
      AllowCIDRs: [10.0.0.0/8, "2001:db8::/32"]
      TrustedProxies: [127.0.0.1]      # who may say for whom it forwards
      AllowAnonymous: false            # true: accept callbacks with neither a token nor an allow-list

A duration is a text with its unit, or a plain number of seconds. A key that is not known, or a value that cannot be
used, is a `ConfigurationError` whose `field` is its path, such as `Kernel.StatusPollBackoff.Jitter`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from os import PathLike
from pathlib import Path
from typing import Any, Final, Self, TypeVar

from attrs import evolve, field, frozen

from znp_panel_sync._keys import refuse_unknown
from znp_panel_sync._numbers import finite_number
from znp_panel_sync.errors import ConfigurationError

SITE_PROBE_MAXIMUM: Final = "kernel_offline_probe_max_interval_seconds"
"""The site setting, in seconds, that wins over `Kernel.OfflineProbeMaxInterval`."""

DEFAULT_MULTIPLIER: Final = 2.0
SHORTEST_INTERVAL: Final = 0.01
"""Seconds between two polls of a kernel, at least."""

Network = IPv4Network | IPv6Network

_T = TypeVar("_T")
_UNITS: Final = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART: Final = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_DURATION: Final = re.compile(rf"[+-]?(?:0|(?:{_PART.pattern})+)", re.ASCII)


def parse_duration(text: object, *, field: str = "duration") -> float:
    """Return the seconds of a duration as Go writes it: `30s`, `5m`, `1h30m`, `500ms`, `-1.5s`, or `0`.

    Raises `ConfigurationError` naming `field` for anything else; a number needs its unit, as in Go.
    """
    if not isinstance(text, str) or not _DURATION.fullmatch(text):
        raise ConfigurationError(field, f"must be a duration such as 30s, 5m, 1h30m or 500ms, not {text!r}")
    seconds = sum((float(number) * _UNITS[unit] for number, unit in _PART.findall(text)), 0.0)
    return finite_number(-seconds if text.startswith("-") else seconds, field)


def _max_interval(value: float) -> float:
    return finite_number(value, "max_interval")


def checked_interval(seconds: float, *, field: str) -> float:
    """Return the seconds between polls, 0 for anything below.

    Raises `ConfigurationError` naming `field` for what is not finite, or too short for any poller to keep.
    """
    number = finite_number(seconds, field)
    if 0 < number < SHORTEST_INTERVAL:
        raise ConfigurationError(field, f"must be 0, or at least {SHORTEST_INTERVAL:g} seconds, not {number:g}")
    return max(number, 0.0)


def _status_poll_interval(seconds: float) -> float:
    return checked_interval(seconds, field="status_poll_interval")


def _multiplier(value: float) -> float:
    number = finite_number(value, "multiplier")
    return number if number > 1 else DEFAULT_MULTIPLIER


def _jitter(value: float) -> float:
    return min(max(finite_number(value, "jitter"), 0.0), 1.0)


def _probe_maximum(value: float) -> float:
    return max(finite_number(value, "offline_probe_max_interval"), 0.0)


@frozen
class BackoffSettings:
    """How polls of a node that fails become rarer; normalised as the reference panel does.

    `max_interval` is in seconds; 0 or less stands for eight times the node's interval. A `multiplier` of 1 or less
    becomes 2, and `jitter` is clamped to between 0 and 1. When it is not enabled, the delay is always the interval.
    """

    enabled: bool = False
    max_interval: float = field(default=0.0, converter=_max_interval)
    multiplier: float = field(default=DEFAULT_MULTIPLIER, converter=_multiplier)
    jitter: float = field(default=0.0, converter=_jitter)

    @classmethod
    def from_mapping(cls, block: Mapping[str, Any], *, path: str = "Kernel.StatusPollBackoff") -> Self:
        """Read the block; `path` is what errors call it."""
        readers: dict[str, _Reader] = {
            "Enabled": _boolean,
            "MaxInterval": _duration,
            "Multiplier": finite_number,
            "Jitter": finite_number,
        }
        return cls(**_read(block, path, readers))


@frozen
class KernelSettings:
    """The `Kernel:` block: how the status of the nodes is polled.

    `status_poll_interval` is in seconds, 0 means that nothing is polled. `offline_probe_max_interval` is in seconds,
    0 means no maximum.
    """

    status_poll_interval: float = field(default=0.0, converter=_status_poll_interval)
    status_poll_backoff: BackoffSettings = field(factory=BackoffSettings)
    offline_probe_max_interval: float = field(default=0.0, converter=_probe_maximum)

    @classmethod
    def from_mapping(cls, block: Mapping[str, Any], *, path: str = "Kernel") -> Self:
        """Read the block; `path` is what errors call it."""
        readers: dict[str, _Reader] = {
            "StatusPollInterval": _interval,
            "StatusPollBackoff": _backoff,
            "OfflineProbeMaxInterval": _duration,
        }
        return cls(**_read(block, path, readers))

    def with_site_settings(self, site: Mapping[str, Any]) -> Self:
        """Return the same with the panel's site settings applied: they win where they are set.

        The value of `kernel_offline_probe_max_interval_seconds` is a number or a text of digits.
        """
        value = site.get(SITE_PROBE_MAXIMUM)
        if value is None or value == "":
            return self
        if isinstance(value, str) and re.fullmatch(r"\d+", value.strip(), re.ASCII):
            value = float(value)
        return evolve(self, offline_probe_max_interval=finite_number(value, SITE_PROBE_MAXIMUM))


@frozen
class WebhookSettings:
    """The `Webhook:` block: from whom callbacks are accepted.

    `shared_token` is what kernels send as their token, `previous_shared_token` the one before it, which is accepted
    too while tokens are being changed. An empty `allow_cidrs` allows every address. Forwarded addresses are believed
    only from `trusted_proxies`. `allow_anonymous` says in so many words that neither a token nor an allow-list is
    wanted. Networks may be given as texts such as `10.0.0.0/8`.
    """

    shared_token: str | None = field(default=None, repr=False)
    previous_shared_token: str | None = field(default=None, repr=False)
    allow_cidrs: tuple[Network, ...] = ()
    trusted_proxies: tuple[Network, ...] = ()
    allow_anonymous: bool = False

    def __attrs_post_init__(self) -> None:
        for name in ("allow_cidrs", "trusted_proxies"):
            object.__setattr__(self, name, _networks(getattr(self, name), name))

    @classmethod
    def from_mapping(cls, block: Mapping[str, Any], *, path: str = "Webhook") -> Self:
        """Read the block; `path` is what errors call it."""
        readers: dict[str, _Reader] = {
            "SharedToken": _token,
            "PreviousSharedToken": _token,
            "AllowCIDRs": _networks,
            "TrustedProxies": _networks,
            "AllowAnonymous": _boolean,
        }
        return cls(**_read(block, path, readers))


@frozen
class Settings:
    """What this package reads of a panel's settings; a block that is missing has its defaults."""

    kernel: KernelSettings = field(factory=KernelSettings)
    webhook: WebhookSettings = field(factory=WebhookSettings)


def load_settings(source: str | PathLike[str] | Mapping[str, Any]) -> Settings:
    """Read the `Kernel:` and `Webhook:` blocks of a YAML file, or of a mapping; other blocks are left alone.

    Reading YAML needs PyYAML (`pip install '.[settings]'` in a clone). Raises `ConfigurationError`.
    """
    document = source if isinstance(source, Mapping) else _load_yaml(Path(source))
    return Settings(
        kernel=KernelSettings.from_mapping(_mapping(document.get("Kernel"), "Kernel")),
        webhook=WebhookSettings.from_mapping(_mapping(document.get("Webhook"), "Webhook")),
    )


_Reader = Callable[[object, str], Any]


def _read(block: Mapping[str, Any], path: str, readers: Mapping[str, _Reader]) -> dict[str, Any]:
    """Return keyword arguments for the keys that are given; a null is as good as nothing given."""
    refuse_unknown(block, readers, f"{path}.")
    return {
        _snake_case(key): read(block[key], f"{path}.{key}")
        for key, read in readers.items()
        if block.get(key) is not None
    }


def _snake_case(key: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower()


def _mapping(value: object, path: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ConfigurationError(path, f"must be a block of settings, not {type(value).__name__}")
    return value


def _backoff(value: object, path: str) -> BackoffSettings:
    return BackoffSettings.from_mapping(_mapping(value, path), path=path)


def _boolean(value: object, path: str) -> bool:
    if not isinstance(value, bool):
        raise ConfigurationError(path, f"must be true or false, not {value!r}")
    return value


def _duration(value: object, path: str) -> float:
    return parse_duration(value, field=path) if isinstance(value, str) else finite_number(value, path)


def _interval(value: object, path: str) -> float:
    return checked_interval(_duration(value, path), field=path)


def _token(value: object, path: str) -> str | None:
    """Trim a token; what is wrong with it is told without showing it."""
    if not isinstance(value, str):
        raise ConfigurationError(path, f"must be a text, not {type(value).__name__}: put it in quotes")
    return value.strip() or None


def _networks(value: object, path: str) -> tuple[Network, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ConfigurationError(path, f"must be a list of addresses or CIDRs, not {value!r}")
    return tuple(_network(item, f"{path}[{index}]") for index, item in enumerate(value))


def _network(value: object, path: str) -> Network:
    """Read one CIDR or address; bits to the right of the prefix are ignored, as Go does."""
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    try:
        return ip_network(str(value).strip(), strict=False)
    except ValueError:
        raise ConfigurationError(path, f"must be an address or a CIDR such as 10.0.0.0/8, not {value!r}") from None


def _load_yaml(path: Path) -> Mapping[str, Any]:
    try:
        from znp_panel_sync._yaml import load
    except ModuleNotFoundError:
        raise ConfigurationError(str(path), "needs PyYAML, which comes with the extra settings") from None
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(str(path), f"cannot be read: {error}") from None
    return _mapping(load(text, name=str(path)), str(path))
