"""Records of a file as the documents that a kernel takes, each checked before anything is sent."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

from znp_kernel_client.errors import DecodeError
from znp_panel_sync.errors import ConfigurationError


class Document(Protocol):
    """One of the generated models."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any], /) -> Self:
        """Return the model of a document."""
        ...


D = TypeVar("D", bound=Document)


def documents(kind: type[D], records: Iterable[Mapping[str, Any]], path: Path, name: str) -> list[D]:
    """Return the documents; errors say which record is wrong, and show no value."""
    return [_document(kind, record, f"{path}: {name}[{position}]") for position, record in enumerate(records)]


def require_texts(record: Mapping[str, Any], names: Iterable[str], where: str) -> None:
    """Refuse a record in which one of these is missing or is no text: YAML takes `id: 42` for a number."""
    for name in names:
        value = record.get(name)
        if not isinstance(value, str) or not value:
            raise ConfigurationError(f"{where}.{name}", "must be a text: put it in quotes" if value else "is missing")


def _document(kind: type[D], record: Mapping[str, Any], where: str) -> D:
    try:
        return kind.from_dict(record)
    except DecodeError as error:
        raise ConfigurationError(where, str(error)) from None
