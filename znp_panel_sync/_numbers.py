"""Numbers that users give: what is none is a `ConfigurationError` that names it, and never shows what stands there."""

import math
from numbers import Number

from znp_panel_sync.errors import ConfigurationError


def finite_number(value: object, field: str) -> float:
    """Return a number as a float; raise `ConfigurationError` for anything else, and for NaN and infinities.

    Decimals are numbers too: that is what databases give for columns of exact numbers.
    """
    if isinstance(value, bool | complex) or not isinstance(value, Number):
        raise ConfigurationError(field, f"must be a finite number, not {type(value).__name__}")
    try:
        number = float(value)  # type: ignore[arg-type]
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ConfigurationError(field, f"must be a finite number, not {number}")
    return number


def positive_number(value: object, field: str) -> float:
    """Return a finite number above 0."""
    number = finite_number(value, field)
    if number <= 0:
        raise ConfigurationError(field, f"must be more than 0, not {number:g}")
    return number


def whole_number(value: object, field: str, *, minimum: int) -> int:
    """Return an integer that is at least `minimum`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ConfigurationError(field, f"must be a whole number, not {type(value).__name__}")
    if value < minimum:
        raise ConfigurationError(field, f"must be at least {minimum}")
    return value
