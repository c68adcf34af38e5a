"""From arguments to requests, and from answers to documents: what all operations have in common."""

import gc
import json
import math
from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
import orjson

from ._model import as_object, to_json
from .errors import ArgumentError, DecodeError, api_error
from .types import RawResponse, Unset

T = TypeVar("T")

_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1
_INT64_DIGITS = b"0" * 19
"""As many digits as the largest 64-bit integer has: bodies with fewer in a row need no closer look."""
_ZEROS_FOR_DIGITS = bytes(ord("0") if code in b"0123456789" else ord(" ") for code in range(256))
_LARGE_BYTES = 64 * 1024
"""From this size on a document is decoded without looks for garbage."""


def path_segment(name: str, value: str | int) -> str:
    """Return `value` as one percent-encoded segment of a path.

    Dots are encoded where a segment consists of them, as proxies would resolve `..` otherwise.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ArgumentError(name, f"must be a string, not {type(value).__name__}")
    text = str(value)
    if not text:
        raise ArgumentError(name, "must not be empty")
    try:
        encoded = quote(text, safe="")
    except UnicodeEncodeError:
        raise ArgumentError(name, "contains a character that UTF-8 cannot encode") from None
    return encoded.replace(".", "%2E") if text in {".", ".."} else encoded


def query_pairs(*arguments: tuple[str, object]) -> tuple[tuple[str, str], ...]:
    """Return the query of a request: a list repeats its name, and what is absent or None is left out."""
    pairs = []
    for name, value in arguments:
        for item in value if isinstance(value, list | tuple) else (value,):
            if item is not None and not isinstance(item, Unset):
                pairs.append((name, _query_text(name, item)))
    return tuple(pairs)


def _query_text(name: str, value: object) -> str:
    plain = value.value if isinstance(value, Enum) else value
    if isinstance(plain, bool):
        return "true" if plain else "false"
    if isinstance(plain, int | float):
        _refuse_number(name, plain)
    elif not isinstance(plain, str):
        raise ArgumentError(name, f"cannot be part of a query: {type(value).__name__}")
    return str(plain)


def json_body(body: Any, *, nullable: bool = False) -> bytes:
    """Return the JSON of a body: UTF-8, no number that JSON or a 64-bit integer cannot hold, null only if `nullable`."""
    if body is None and not nullable:
        raise ArgumentError("body", "must not be None")
    try:
        content = orjson.dumps(body, as_object, orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME)
        if b"null" in content or b"UNSET" in content:  # what orjson makes of NaN, and of a misplaced UNSET
            content = _carefully_written(body)
    except TypeError:
        content = _carefully_written(body)
    if _INT64_DIGITS in content.translate(_ZEROS_FOR_DIGITS):
        _refuse_numbers("body", to_json(body))
    return content


def _carefully_written(body: Any) -> bytes:
    try:
        text = json.dumps(body, default=as_object, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ArgumentError("body", f"cannot be written as JSON: {error}") from None


def _refuse_numbers(place: str, value: Any) -> None:
    if isinstance(value, dict):
        for name, item in value.items():
            _refuse_numbers(f"{place}.{name}", item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_numbers(f"{place}[{index}]", item)
    elif isinstance(value, int):
        _refuse_number(place, value)


def _refuse_number(name: str, value: float) -> None:
    if not math.isfinite(value) or (isinstance(value, int) and not _INT64_MIN <= value <= _INT64_MAX):
        raise ArgumentError(name, "must be a finite number, and an integer must fit into 64 bits")


def refuse_failure(raw: RawResponse, success: tuple[int, ...]) -> None:
    """Raise `ApiError` for an answer whose status is not among `success`."""
    if raw.status not in success:
        raise api_error(raw.status, raw.content)


def decode_json(raw: RawResponse, decode: Callable[[Any], T]) -> T:
    """Return what `decode` makes of a JSON body, or raise `DecodeError`."""
    if len(raw.content) < _LARGE_BYTES or not gc.isenabled():
        return decode(_parsed(raw.content))
    # Whatever is made of a document is part of the result: looking for garbage meanwhile takes as long as all the rest.
    gc.disable()
    try:
        return decode(_parsed(raw.content))
    finally:
        gc.enable()


def _parsed(content: bytes) -> Any:
    """Return a document. What msgspec is too strict for, such as half of a surrogate pair, json judges."""
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return json.loads(content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise DecodeError(f"the body is not JSON: {error}" if content else "the body is empty") from None


def decode_text(raw: RawResponse) -> str:
    """Return a body of plain text; bytes that are not UTF-8 are replaced."""
    return raw.content.decode("utf-8", errors="replace")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
