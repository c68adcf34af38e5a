"""What a cluster can be told, checked. All times are seconds."""

import math
import re
from collections.abc import Callable
from typing import Any, Final

from attrs import field, frozen

from znp_panel_sync.errors import ConfigurationError

_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,100}", re.ASCII)
_SMALLEST_TTL: Final = 1.0
"""Redis and etcd count down in less, but a process may well not run for some tenths of a second."""
_TICKS_IN_TTL: Final = 3
"""An exchange may fail, and the next one too, before a replica is taken for dead."""
_MOST_PARTITIONS: Final = 65_536

_CALLS_IN_TTL: Final = 3
"""So many calls may take all the time they have before a TTL is over."""

Validator = Callable[[object, Any, Any], None]


def _name(_: object, attribute: Any, value: Any) -> None:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ConfigurationError(attribute.name, f"must be 1 to 100 of A-Z a-z 0-9 . _ - and not {value!r}")


def _number(*kinds: type) -> Validator:
    def check(_: object, attribute: Any, value: Any) -> None:
        if type(value) not in kinds or math.isnan(value):
            raise ConfigurationError(attribute.name, f"must be a number, not {value!r}")

    return check


@frozen(kw_only=True)
class ClusterOptions:
    """What `Cluster` is told, by its names. Raises `ConfigurationError` naming the one that is wrong."""

    name: str = field(validator=_name)
    member: str = field(validator=_name)
    ttl: float = field(validator=_number(int, float))
    tick: float = field(validator=_number(int, float))
    partitions: int = field(validator=_number(int))
    keep_assignment: float = field(validator=_number(int, float))

    def __attrs_post_init__(self) -> None:
        _require("ttl", _SMALLEST_TTL <= self.ttl < math.inf, f"must be at least {_SMALLEST_TTL:g} s")
        _require("tick", 0 < self.tick <= self.ttl / _TICKS_IN_TTL, "must be above 0 and at most a third of ttl")
        _require("partitions", 1 <= self.partitions <= _MOST_PARTITIONS, f"must be 1 to {_MOST_PARTITIONS}")
        _require("keep_assignment", self.keep_assignment >= self.ttl, "must be at least ttl: nobody takes over earlier")


def call_seconds(ttl: float) -> int:
    """Return how long one call of the engine may take, in whole seconds, which is what drivers want."""
    return max(1, int(ttl / _CALLS_IN_TTL))


def _require(name: str, good: bool, problem: str) -> None:
    if not good:
        raise ConfigurationError(name, problem)
