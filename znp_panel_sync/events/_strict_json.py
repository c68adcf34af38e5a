"""JSON as strangers may send it: every document has one meaning, or is refused.

The standard decoder takes `NaN`, numbers beyond the range of a double, repeated keys of which the last one wins,
UTF-16, lone surrogates that no database stores, and nesting without a limit.
"""

import json
from collections.abc import Iterable
from typing import Final, NoReturn

MAX_DEPTH: Final = 32
"""How deep objects and arrays may nest; the callbacks of a kernel need 4."""

_CONTAINERS: Final = frozenset({dict, list})


class MalformedJsonError(ValueError):
    """The text is not JSON, or is JSON that could be read in two ways."""


def parse_strictly(text: bytes) -> object:
    """Return what a JSON document in UTF-8 means; raise `MalformedJsonError` for everything doubtful."""
    try:
        value = _DECODER.decode(text.decode())
    except (ValueError, RecursionError):
        raise MalformedJsonError("the body is not strict JSON") from None
    _check_depth(value)
    return value


def canonical_bytes(value: object) -> bytes:
    """Return the one spelling of a document: sorted keys, no spaces, UTF-8.

    Raises `MalformedJsonError` for numbers and texts that have none (infinity, lone surrogates).
    """
    try:
        return _ENCODER.encode(value).encode()
    except ValueError:
        raise MalformedJsonError("the body holds a number or text that cannot be stored") from None


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise MalformedJsonError("an object repeats a key")
    return document


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedJsonError(f"{name} is no JSON")


def _check_depth(value: object) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for parent in level for child in _children(parent) if type(child) in _CONTAINERS]
        if not level:
            return
    raise MalformedJsonError(f"the body nests deeper than {MAX_DEPTH} levels")


def _children(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant)
_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
