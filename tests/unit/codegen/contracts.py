"""Small contracts to try rules and commands on."""

from copy import deepcopy
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from codegen.contract import Document

ROOT = Path(__file__).resolve().parents[3]
CORE = ROOT / "core.yaml"
RAW = ROOT / "tests" / "fixtures" / "raw_contract.yaml"

JSON = "application/json"
STRING = {"type": "string"}


def contract(paths: Document | None = None, **schemas: Any) -> Document:
    """Return a contract of these paths and named schemas."""
    document = {
        "openapi": "3.0.3",
        "info": {"title": "A kernel", "version": "1"},
        "paths": {} if paths is None else paths,
        "components": {"schemas": schemas},
    }
    return deepcopy(document)


def operation(**fields: Any) -> Document:
    """Return an operation that needs no repair, but for what `fields` change."""
    named = {"operationId": "get_x", "tags": ["x"], "responses": {"204": {"description": "done"}}}
    return named | fields


def answering(schema: Document, **fields: Any) -> Document:
    """Return an operation that answers with a JSON document."""
    answer = {"description": "a document", "content": {JSON: {"schema": schema}}}
    return operation(responses={"200": answer}, **fields)


def write(path: Path, document: Document) -> Path:
    """Write a contract to a file and return the file."""
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump(document, file)
    return path
