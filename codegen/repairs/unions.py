"""Rules about unions: every variant has a name, and what tells it from the others is required."""

from collections.abc import Iterator
from typing import Any

from codegen.contract import Document, SchemaAt, every_schema, resolve
from codegen.repairs.naming import add_schema, owner_of, pascal

_SCHEMA_PREFIX = "#/components/schemas/"


def name_variants(document: Document) -> Iterator[tuple[str, str]]:
    """Make a named schema of a variant that is an object or an enumeration written in place."""
    for union, keyword in _unions(document):
        for index, variant in enumerate(union.schema[keyword]):
            if isinstance(variant, dict) and ("properties" in variant or "enum" in variant):
                name = owner_of(document, union.place) + _distinction(variant, index)
                reference = add_schema(document, name, variant)
                union.schema[keyword][index] = reference
                yield f"{union.pointer}/{keyword}/{index}", f"is {_name(reference)} now"


def _distinction(variant: Document, index: int) -> str:
    """Return what to call a variant: its title, its only value, its only field, or its number."""
    values = [str(value) for value in _constants(variant).values()]
    fields = list(variant.get("properties", {}))
    only = [*values[:1], *(fields if len(fields) == 1 else [])]
    return pascal(variant.get("title", "")) or pascal(*only[:1]) or f"Variant{index + 1}"


def _constants(variant: Document) -> dict[str, Any]:
    """Return the values that can be no others: of the variant itself under an empty name, and of its fields."""
    candidates = {"": variant, **variant.get("properties", {})}
    lists = {name: schema.get("enum", []) for name, schema in candidates.items() if isinstance(schema, dict)}
    return {name: values[0] for name, values in lists.items() if len(values) == 1}


def tag_discriminated_variants(document: Document) -> Iterator[tuple[str, str]]:
    """Give the field that a discriminator names one value in each variant, and require it there."""
    for union, keyword in _unions(document):
        field = (union.schema.get("discriminator") or {}).get("propertyName")
        for reference, value in _discriminated(union.schema, keyword):
            variant = resolve(document, {"$ref": reference})
            declared = variant.setdefault("properties", {}).setdefault(field, {"type": "string"})
            if isinstance(declared, dict) and "enum" not in resolve(document, declared):
                declared["enum"] = [value]
                yield reference, f"{field} is always {value}"
            if field not in variant.get("required", []):
                variant["required"] = [*variant.get("required", []), field]
                yield reference, f"{field} is required"


def _discriminated(union: Document, keyword: str) -> list[tuple[str, str]]:
    """Return each variant of a union with a discriminator, and the value that stands for it."""
    if "discriminator" not in union:
        return []
    mapped = union["discriminator"].get("mapping", {}).items()
    mapping = {name if "/" in name else _SCHEMA_PREFIX + name: value for value, name in mapped}
    references = [variant["$ref"] for variant in union[keyword] if "$ref" in variant]
    return [(reference, mapping.get(reference, reference.rpartition("/")[2])) for reference in references]


def require_what_tells_variants_apart(document: Document) -> Iterator[tuple[str, str]]:
    """Require the only field of a variant, and its fields of a single value."""
    for union, keyword in _unions(document):
        for reference in [variant["$ref"] for variant in union.schema[keyword] if "$ref" in variant]:
            variant = resolve(document, {"$ref": reference})
            missing = [name for name in _telling(variant) if name not in variant.get("required", [])]
            if missing:
                variant["required"] = [*variant.get("required", []), *missing]
                yield reference, f"{', '.join(missing)} is required"


def _telling(variant: Document) -> list[str]:
    fields = variant.get("properties", {})
    return list(fields) if len(fields) == 1 else [name for name in _constants(variant) if name]


def _unions(document: Document) -> list[tuple[SchemaAt, str]]:
    return [
        (found, keyword)
        for found in every_schema(document)
        for keyword in ("oneOf", "anyOf")
        if isinstance(found.schema.get(keyword), list)
    ]


def _name(reference: Document) -> str:
    return str(reference["$ref"]).removeprefix(_SCHEMA_PREFIX)
