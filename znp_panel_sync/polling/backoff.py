"""How long to wait after failures: a pure sequence that is given its random numbers."""

import math
import random as random_numbers
from collections.abc import Iterator
from itertools import count
from typing import Final, Self

from attrs import evolve, field, frozen

from znp_panel_sync.errors import ConfigurationError

DEFAULT_MULTIPLIER: Final = 2.0
DEFAULT_MAXIMUM_IN_BASES: Final = 8
_LARGEST_EXPONENT: Final = 1023
"""A float ends at 2^1024: from here on a power is past any maximum, and raising it would overflow."""


def _positive(_: object, attribute: object, value: float) -> None:
    name = getattr(attribute, "name", "")
    if not (math.isfinite(value) and value > 0):
        raise ConfigurationError(name, f"must be a finite number of seconds above 0, not {value}")


def _finite(_: object, attribute: object, value: float) -> None:
    if not math.isfinite(value):
        raise ConfigurationError(getattr(attribute, "name", ""), f"must be a finite number, not {value}")


@frozen
class Backoff:
    """Delays that grow with the number of consecutive failures.

    The delay after the n-th failure is `min(base * multiplier**n, maximum)`, spread by `jitter`, and always within
    `[base, maximum]`. All times are seconds. Odd values are understood as the reference panel does: a `multiplier`
    of 1 or less means 2, `jitter` is clamped to [0, 1], a `maximum` of 0 or less means 8 times `base`, and one
    below `base` means `base`; `longest` is the maximum that holds. With `enabled` False, every delay is `base`.

    Raises `ConfigurationError` for a `base` that is not above 0, and for numbers that are not finite.
    """

    base: float = field(validator=_positive)
    multiplier: float = field(default=DEFAULT_MULTIPLIER, kw_only=True, validator=_finite)
    jitter: float = field(default=0.0, kw_only=True, validator=_finite)
    maximum: float = field(default=0.0, kw_only=True, validator=_finite)
    enabled: bool = field(default=True, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.multiplier <= 1:
            object.__setattr__(self, "multiplier", DEFAULT_MULTIPLIER)
        object.__setattr__(self, "jitter", min(max(self.jitter, 0.0), 1.0))

    @property
    def longest(self) -> float:
        """The longest delay, in seconds."""
        return max(self.maximum if self.maximum > 0 else DEFAULT_MAXIMUM_IN_BASES * self.base, self.base)

    def delay(self, failures: int, spread: float = 0.0) -> float:
        """Return the seconds to wait after `failures` consecutive failures (0: none, hence `base`).

        `spread` is a random number in [-1, 1]: the delay without jitter is multiplied by `1 + jitter * spread`.
        """
        if not self.enabled or failures <= 0:
            return self.base
        jittered = self._undisturbed(failures) * (1 + self.jitter * spread)
        return min(max(jittered, self.base), self.longest)

    def delays(self, random: random_numbers.Random) -> Iterator[float]:
        """Return the delays after the first failure, the second, and so on without end."""
        return (self.delay(failures, random.uniform(-1, 1)) for failures in count(1))

    def with_base(self, base: float) -> Self:
        """Return the same growth from another base."""
        return self if base == self.base else evolve(self, base=base)

    def _undisturbed(self, failures: int) -> float:
        if failures * math.log2(self.multiplier) >= _LARGEST_EXPONENT:
            return self.longest
        return min(self.base * self.multiplier**failures, self.longest)
