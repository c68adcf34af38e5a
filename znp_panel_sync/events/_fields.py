"""Reading single fields of a callback: each is absent, right, or refused by name and without showing its value."""

from collections.abc import Mapping
from typing import Final

MAX_INTEGER: Final = 2**63 - 1
"""The largest integer of the contract, and of the databases behind a ledger."""

MAX_ID_CHARACTERS: Final = 128
MAX_NAME_CHARACTERS: Final = 64
MAX_TEXT_CHARACTERS: Final = 4096

Document = Mapping[str, object]


class PayloadError(ValueError):
    """A callback's document is not what the contract says: `field` names the place, `problem` says why."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


def read_object(document: Document, name: str) -> Document | None:
    """Return a nested object; None where it is absent or null."""
    value = document.get(name)
    if value is None or isinstance(value, dict):
        return value
    raise PayloadError(name, "must be an object")


def read_list(document: Document, name: str) -> list[object] | None:
    """Return a nested array; None where it is absent or null."""
    value = document.get(name)
    if value is None or isinstance(value, list):
        return value
    raise PayloadError(name, "must be an array")


def read_text(document: Document, name: str, *, limit: int = MAX_TEXT_CHARACTERS) -> str | None:
    """Return a text of at most `limit` characters; None where it is absent or null."""
    value = document.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise PayloadError(name, "must be a text")
    if len(value) > limit:
        raise PayloadError(name, f"must have at most {limit} characters")
    return value


def read_name(document: Document, name: str) -> str | None:
    """Return a short printable word, trimmed; None where it is absent, null or blank."""
    word = (read_text(document, name, limit=MAX_NAME_CHARACTERS) or "").strip()
    if not word.isprintable():
        raise PayloadError(name, "must be printable")
    return word or None


def read_id(document: Document, name: str) -> str | None:
    """Return an id, which may be a number or a text; None where it is absent, null, blank or 0, as the panel reads it.

    A number and its digits as a text are one id.
    """
    value = document.get(name)
    if value is None:
        return None
    if type(value) is int:  # and not a bool
        return str(_in_range(name, value)) if value else None
    if not isinstance(value, str) or not value.isprintable():
        raise PayloadError(name, "must be a number or a printable text")
    if len(value) > MAX_ID_CHARACTERS:
        raise PayloadError(name, f"must have at most {MAX_ID_CHARACTERS} characters")
    trimmed = value.strip()
    return None if trimmed in ("", "0") else trimmed


def read_integer(document: Document, name: str) -> int | None:
    """Return an integer from 0 to 2^63-1, written without fraction or exponent; None where it is absent or null."""
    value = document.get(name)
    if value is None:
        return None
    if type(value) is not int:  # nor a bool
        raise PayloadError(name, "must be an integer")
    return _in_range(name, value)


def _in_range(name: str, value: int) -> int:
    if not 0 <= value <= MAX_INTEGER:
        raise PayloadError(name, "must be from 0 to 2^63-1")
    return value
