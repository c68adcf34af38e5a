"""From the schemas of a document to the model: wrappers removed, `allOf` merged, classes named."""

from collections.abc import Mapping
from typing import Any

from codegen.changes.contract import Limit, Schema
from codegen.changes.naming import Naming, member_names
from codegen.contract import Document, resolve

_HINTS = frozenset({"int64", "float", "double", "password"})
_WRAPPERS = ("allOf", "oneOf", "anyOf")
_STRUCTURE = frozenset({"type", "properties", "enum", "items", "additionalProperties", "allOf", "oneOf", "anyOf"})


def read_schemas(document: Document) -> Mapping[str, Schema]:
    """Read every schema of `components`, by name."""
    reader = SchemaReader(document)
    components = document.get("components", {}).get("schemas", {})
    for name in components:
        resolve(document, components[name])
    return {name: reader.read(node, Naming("", name)) for name, node in components.items()}


class SchemaReader:
    """Reads the schemas of one document."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def read(self, node: Document, naming: Naming) -> Schema:
        """Return the schema at a spot whose class would be called as `naming` says."""
        reference = _reference(node)
        if reference is not None:
            return Schema(ref=_schema_name(reference), nullable=bool(node.get("nullable")), **_flags(node))
        node = self._merged(node)
        kind = _type(node)
        enum = tuple(value for value in node.get("enum", ()) if value is not None)
        class_name = naming.class_name(node.get("title")) if enum or node.get("properties") else None
        return Schema(
            class_name=class_name,
            type=kind,
            nullable=bool(node.get("nullable")) or None in node.get("enum", ()),
            enum=enum or None,
            members=member_names(enum, tuple(node.get("x-enum-varnames", ()))),
            items=self.read(node["items"], naming.item()) if "items" in node else None,
            limits=_limits(node),
            default=node.get("default"),
            **self._object_parts(node, class_name or naming.class_name(None)),
            **self._union_parts(node, naming),
            **_flags(node),
        )

    def _object_parts(self, node: Document, parent: str) -> dict[str, Any]:
        additional = node.get("additionalProperties", True)
        values = Naming(parent, "AdditionalProperty")
        return {
            "properties": {
                name: self.read(each, Naming(parent, name)) for name, each in node.get("properties", {}).items()
            },
            "required": frozenset(node.get("required", ())),
            "closed": additional is False,
            "values": self.read(additional, values) if isinstance(additional, dict) and additional else None,
        }

    def _union_parts(self, node: Document, naming: Naming) -> dict[str, Any]:
        variants = [*node.get("anyOf", ()), *node.get("oneOf", ())]
        discriminator = node.get("discriminator", {})
        mapping = discriminator.get("mapping", {})
        return {
            "variants": tuple(self.read(each, naming.variant(index)) for index, each in enumerate(variants)),
            "tag_property": discriminator.get("propertyName"),
            "tags": {_schema_name(reference): tag for tag, reference in mapping.items()},
        }

    def _merged(self, node: Document, above: tuple[str, ...] = ()) -> Document:
        if "allOf" not in node:
            return node
        merged: dict[str, Any] = {"properties": {}, "required": []}
        for part in (*node["allOf"], {key: value for key, value in node.items() if key != "allOf"}):
            reference = part.get("$ref", "")
            if reference in above:
                continue
            whole = self._merged(resolve(self._document, part), (*above, reference) if reference else above)
            properties = {**merged["properties"], **whole.get("properties", {})}
            required = [*merged["required"], *whole.get("required", ())]
            merged = {**merged, **whole, "properties": properties, "required": required}
        return merged


def _reference(node: Document) -> str | None:
    """Return the reference that a node is, bare or wrapped in a union of one so that prose can stand beside it."""
    if "$ref" in node:
        return str(node["$ref"])
    wrappers = [key for key in _WRAPPERS if key in node]
    if len(wrappers) != 1 or _STRUCTURE & node.keys() != set(wrappers):
        return None
    parts = node[wrappers[0]]
    return str(parts[0]["$ref"]) if len(parts) == 1 and "$ref" in parts[0] else None


def _schema_name(reference: str) -> str:
    return reference.rpartition("/")[2]


def _type(node: Document) -> str | None:
    if "type" in node:
        return str(node["type"])
    if node.get("properties") or isinstance(node.get("additionalProperties"), dict):
        return "object"
    return "array" if "items" in node else None


def _flags(node: Document) -> dict[str, Any]:
    return {
        "deprecated": bool(node.get("deprecated")),
        "read_only": bool(node.get("readOnly")),
        "write_only": bool(node.get("writeOnly")),
    }


def _limits(node: Document) -> Mapping[str, Limit]:
    """Return the bounds of a schema by name; a format that is more than a hint is a bound too."""
    limits = {name: Limit(node[name], (-node[name],)) for name in _UPPER if name in node}
    limits |= {name: Limit(node[name], (node[name],)) for name in _LOWER if name in node}
    limits |= {name: Limit(node[name]) for name in ("pattern", "multipleOf") if name in node}
    for bound, sign in (("minimum", 1), ("maximum", -1)):
        if bound in node:
            exclusive = bool(node.get(f"exclusive{bound.capitalize()}"))
            limits[bound] = Limit(node[bound], (sign * node[bound], exclusive))
    if node.get("uniqueItems"):
        limits["uniqueItems"] = Limit(True)
    if "format" in node and node["format"] not in _HINTS:
        limits["format"] = Limit(node["format"])
    return limits


_UPPER = ("maxLength", "maxItems", "maxProperties")
_LOWER = ("minLength", "minItems", "minProperties")
