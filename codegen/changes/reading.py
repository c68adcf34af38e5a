"""From an OpenAPI 3.0 document, as plain mappings, to the model that is compared. Prose is left behind here."""

import re
from collections.abc import Iterator, Mapping

from codegen.changes.contract import Body, Contract, Operation, Parameter, Schema
from codegen.changes.naming import Naming, operation_name, tag_name
from codegen.changes.schema_reading import SchemaReader, read_schemas
from codegen.contract import Document, media_type, operations, resolve

_PLACEHOLDER = re.compile(r"\{([^}]*)\}")
_STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}


def read_contract(document: Document) -> Contract:
    """Return the model of a document; raise ContractError where a reference leads in a circle."""
    reader = _OperationReader(document)
    return Contract(
        version=str(document.get("info", {}).get("version", "")),
        operations=tuple(reader.operations()),
        schemas=read_schemas(document),
    )


class _OperationReader:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._schemas = SchemaReader(document)

    def operations(self) -> Iterator[Operation]:
        for path, method, item, body in operations(self._document):
            yield self._operation(method, path, item, body)

    def _operation(self, method: str, path: str, item: Document, node: Document) -> Operation:
        operation_id = None if node.get("operationId") is None else str(node["operationId"])
        name = operation_name(operation_id, method, path)
        return Operation(
            method=method,
            path=path,
            route=_PLACEHOLDER.sub("{}", path),
            operation_id=operation_id,
            python_name=name,
            tag=tag_name(node.get("tags", ())),
            parameters=self._parameters(path, [*item.get("parameters", ()), *node.get("parameters", ())], name),
            body=self._body(node, name),
            responses=self._responses(node, name),
            security=self._security(node),
            deprecated=bool(node.get("deprecated")),
        )

    def _parameters(self, path: str, nodes: list[Document], parent: str) -> Mapping[tuple[str, str], Parameter]:
        """Read them by place and name; a placeholder of the path that nobody declared is a string."""
        placeholders = [{"in": "path", "name": name} for name in _PLACEHOLDER.findall(path)]
        read = (self._parameter(self._resolve(node), parent) for node in [*placeholders, *nodes])
        return {(parameter.place, parameter.name): parameter for parameter in read}

    def _parameter(self, node: Document, parent: str) -> Parameter:
        place, name = node["in"], node["name"]
        schema = self._content(node, Naming(parent, name)) or {
            "": self._schemas.read(node.get("schema", {"type": "string"}), Naming(parent, name))
        }
        style = node.get("style", _STYLES[place])
        return Parameter(
            place=place,
            name=name,
            required=place == "path" or bool(node.get("required")),
            schema=next(iter(schema.values())),
            style=(style, node.get("explode", style == "form")),
            deprecated=bool(node.get("deprecated")),
        )

    def _body(self, node: Document, parent: str) -> Body | None:
        if "requestBody" not in node:
            return None
        body = self._resolve(node["requestBody"])
        return Body(bool(body.get("required")), self._content(body, Naming(parent, "body")))

    def _responses(self, node: Document, parent: str) -> Mapping[str, Mapping[str, Schema]]:
        return {
            str(status): self._content(self._resolve(response), Naming(parent, f"response_{status}"))
            for status, response in node.get("responses", {}).items()
        }

    def _content(self, node: Document, naming: Naming) -> Mapping[str, Schema]:
        """Return the schema for each media type, whose parameters (`charset`) do not count."""
        return {
            media_type(media): self._schemas.read(entry.get("schema", {}), naming)
            for media, entry in node.get("content", {}).items()
        }

    def _security(self, node: Document) -> frozenset[frozenset[str]]:
        alternatives = node.get("security", self._document.get("security")) or [{}]
        return frozenset(frozenset(map(self._scheme, each.items())) for each in alternatives)

    def _scheme(self, requirement: tuple[str, list[str]]) -> str:
        """Describe a scheme by what it asks for, whatever it is called."""
        name, scopes = requirement
        schemes = self._document.get("components", {}).get("securitySchemes", {})
        node = self._resolve(schemes.get(name, {"type": name}))
        asked = [node.get("scheme") or node["type"], node.get("in"), node.get("name"), *scopes]
        return " ".join(str(part).lower() for part in asked if part)

    def _resolve(self, node: Document) -> Document:
        resolved: Document = resolve(self._document, node)
        return resolved
