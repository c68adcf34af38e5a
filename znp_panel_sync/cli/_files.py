"""Files that commands read: YAML, TOML and JSON, by the end of their names."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from znp_panel_sync.errors import ConfigurationError


def read_document(path: Path) -> object:
    """Return what stands in a file: TOML and JSON by their suffixes, anything else is YAML.

    Errors name the file and the line and show nothing of what stands there, which may be a secret.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(str(path), f"cannot be read: {error}") from None
    if path.suffix == ".toml":
        return _read_toml(text, path)
    return _read_json(text, path) if path.suffix == ".json" else _read_yaml(text, path)


def read_mapping(path: Path) -> Mapping[str, Any]:
    """Return the names and values that stand in a file."""
    document = read_document(path)
    if not isinstance(document, Mapping):
        raise ConfigurationError(str(path), "must hold names with values")
    return document


def read_records(path: Path, name: str) -> list[Mapping[str, Any]]:
    """Return a list of records: the whole file, or what stands under `name` in it."""
    return records_of(read_document(path), path, name)


def records_of(document: object, path: Path, name: str) -> list[Mapping[str, Any]]:
    """Return the records of a document: all of it, or what stands under `name` in it."""
    records = document.get(name) if isinstance(document, Mapping) else document
    if not isinstance(records, list) or not records:
        raise ConfigurationError(str(path), f"must hold a list of {name}")
    for position, record in enumerate(records):
        if not isinstance(record, Mapping):
            raise ConfigurationError(f"{path}: {name}[{position}]", "must have names with values")
    return records


def _read_toml(text: str, path: Path) -> object:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(str(path), f"is not TOML: {error}") from None


def _read_json(text: str, path: Path) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(str(path), f"is not JSON: {error}") from None


def _read_yaml(text: str, path: Path) -> object:
    from znp_panel_sync._yaml import load

    return load(text, name=str(path))
