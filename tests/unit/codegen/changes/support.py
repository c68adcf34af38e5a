"""Editing a copy of `core.yaml` by the names of what stands in it."""

import pickle
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from attrs import frozen

from codegen.changes import Audience, Finding, Severity, compare, read_contract
from codegen.changes.contract import Contract
from codegen.contract import Document, operations, resolve

CORE = Path(__file__).parents[4] / "core.yaml"


@cache
def _core() -> bytes:
    return pickle.dumps(yaml.load(CORE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))


Edit = Callable[["Editor"], None]


class Editor:
    """A copy of `core.yaml` that can be changed, prepared by a first edit."""

    def __init__(self, base: Edit) -> None:
        self.document: Document = pickle.loads(_core())
        base(self)

    @property
    def schemas(self) -> dict[str, Any]:
        schemas: dict[str, Any] = self.document["components"]["schemas"]
        return schemas

    def fields(self, schema: str) -> dict[str, Any]:
        fields: dict[str, Any] = self.schemas[schema]["properties"]
        return fields

    def operation(self, operation_id: str) -> dict[str, Any]:
        return next(each.body for each in operations(self.document) if each.body["operationId"] == operation_id)

    def parameters(self, operation_id: str) -> dict[str, dict[str, Any]]:
        """The parameters of an operation by name, each made the operation's own so that no other is changed."""
        operation = self.operation(operation_id)
        path = next(each for each in operations(self.document) if each.body is operation)
        shared = path.item.pop("parameters", [])
        for other in operations(self.document):
            if other.item is path.item:
                own = [deepcopy(resolve(self.document, each)) for each in [*shared, *other.body.get("parameters", [])]]
                other.body["parameters"] = own
        return {each["name"]: each for each in operation["parameters"]}

    def rename_schema(self, old: str, new: str) -> None:
        self.schemas[new] = self.schemas.pop(old)
        self._redirect(self.document, f"#/components/schemas/{old}", f"#/components/schemas/{new}")

    def _redirect(self, node: Any, old: str, new: str) -> None:
        items = node.items() if isinstance(node, dict) else enumerate(node)
        for key, value in list(items):
            if value == old:
                node[key] = new
            elif isinstance(value, dict | list):
                self._redirect(value, old, new)


@frozen
class Expected:
    """The verdict on one mutation. `hit` and `direction` are as a report says them."""

    severity: Severity
    kind: str
    place: str
    direction: str
    hit: str

    def matches(self, finding: Finding) -> bool:
        got = (finding.severity, finding.kind, finding.where, finding.direction, finding.hit)
        return got == (self.severity, self.kind, self.place, self.direction, self.hit)


def findings_of(edit: Edit, base: Edit) -> list[Finding]:
    """What is found when `edit` is made to the contract as `base` has prepared it."""
    edited = Editor(base)
    edit(edited)
    return findings_between(base, edited)


def findings_between(base: Edit, edited: Editor) -> list[Finding]:
    """What is found between the contract as `base` has prepared it and an edited one."""
    return compare(_read(base), read_contract(edited.document))


@cache
def _read(base: Edit) -> Contract:
    return read_contract(Editor(base).document)


def unprepared(_: Editor) -> None:
    """Leave the contract as it is."""


AGENTS, PANELS, BOTH = Audience.AGENTS.value, Audience.PANELS.value, "both"
