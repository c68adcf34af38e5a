"""Reading the contract: what is in it, and where."""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

CONTRACT = Path(__file__).parents[2] / "core.yaml"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
Document = dict[str, Any]


@functools.cache
def _parsed() -> Document:
    document: Document = yaml.load(CONTRACT.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return document


def load_contract() -> Document:
    """The committed contract; the caller may change its copy."""
    return copy.deepcopy(_parsed())


def resolve(contract: Document, node: Document) -> Document:
    """The node itself, or what its local `$ref` points at."""
    while "$ref" in node:
        target: Any = contract
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def operations(contract: Document) -> Iterator[tuple[str, str, Document]]:
    """Each operation as (method in capitals, path, operation)."""
    for path, item in contract["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path, item[method]


def all_parameters(contract: Document) -> dict[str, Document]:
    """Every parameter of every operation, by `operation_id name`."""
    return {
        f"{operation['operationId']} {parameter['name']}": parameter
        for _, _, operation in operations(contract)
        for parameter in (resolve(contract, found) for found in operation.get("parameters", ()))
    }


def walk(node: Any, *steps: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every node of a document with the keys that lead to it."""
    yield steps, node
    children: Any = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield from walk(child, *steps, str(key))
