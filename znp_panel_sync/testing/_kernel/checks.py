"""Checks of request bodies and query parameters, composed from small ones.

A check takes a value and where it stands, and raises the refusal that names the place and the problem. Objects are
open, as everywhere in the contract: a field that nobody knows is let through.
"""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from znp_panel_sync.testing._kernel.refusal import bad_request

Check = Callable[[object, str], None]
Convert = Callable[[str, str], Any]

INT64_MIN: Final = -(2**63)
INT64_MAX: Final = 2**63 - 1


def text(value: object, where: str) -> None:
    """Let a string through."""
    if not isinstance(value, str):
        raise bad_request(f"{where}: must be a string")


def integer(value: object, where: str) -> None:
    """Let a whole number of at most 64 bits through."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise bad_request(f"{where}: must be an integer")
    if not INT64_MIN <= value <= INT64_MAX:
        raise bad_request(f"{where}: must fit in 64 bits")


def boolean(value: object, where: str) -> None:
    """Let true and false through."""
    if not isinstance(value, bool):
        raise bad_request(f"{where}: must be true or false")


def free_object(value: object, where: str) -> None:
    """Let any object through."""
    if not isinstance(value, dict):
        raise bad_request(f"{where}: must be an object")


def one_of(*words: str) -> Check:
    """Let only the given words through."""

    def check(value: object, where: str) -> None:
        if value not in words:
            raise bad_request(f"{where}: must be one of {', '.join(words)}")

    return check


def nullable(check: Check) -> Check:
    """Let null through as well."""

    def check_unless_null(value: object, where: str) -> None:
        if value is not None:
            check(value, where)

    return check_unless_null


def array(check: Check) -> Check:
    """Let an array through, each item of which passes."""

    def check_items(value: object, where: str) -> None:
        if not isinstance(value, list):
            raise bad_request(f"{where}: must be an array")
        for position, item in enumerate(value):
            check(item, f"{where}[{position}]")

    return check_items


def mapping(check: Check) -> Check:
    """Let an object through, each value of which passes."""

    def check_values(value: object, where: str) -> None:
        free_object(value, where)
        for key, item in _items(value):
            check(item, f"{where}.{key}")

    return check_values


def record(*, required: Mapping[str, Check] | None = None, optional: Mapping[str, Check] | None = None) -> Check:
    """Let an object through that has the required fields, and whose known fields pass."""
    needed = required or {}
    known = {**needed, **(optional or {})}

    def check_fields(value: object, where: str) -> None:
        free_object(value, where)
        fields = dict(_items(value))
        for name in needed:
            if name not in fields:
                raise bad_request(f"{where}.{name}: is missing")
        for name in known.keys() & fields.keys():
            known[name](fields[name], f"{where}.{name}")

    return check_fields


def flag(value: str, where: str) -> bool:
    """Read a boolean query parameter."""
    if value not in ("true", "false"):
        raise bad_request(f"{where}: must be true or false")
    return value == "true"


def whole_number(value: str, where: str) -> int:
    """Read an integer query parameter."""
    try:
        number = int(value)
    except ValueError:
        raise bad_request(f"{where}: must be an integer") from None
    integer(number, where)
    return number


def plain(value: str, where: str) -> str:
    """Read a query parameter as it is."""
    del where
    return value


def word(*words: str) -> Convert:
    """Read a query parameter that must be one of the given words."""
    check = one_of(*words)

    def convert(value: str, where: str) -> str:
        check(value, where)
        return value

    return convert


def read_json(content: bytes) -> Any:
    """Parse a request body; NaN and infinities are no JSON, nor can numbers beyond a float's range be kept."""
    try:
        return json.loads(content, parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError):
        raise bad_request("body: is not valid JSON") from None


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(digits)
    return number


def _items(value: object) -> Any:
    return value.items() if isinstance(value, dict) else ()
