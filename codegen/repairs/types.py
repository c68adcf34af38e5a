"""Rules about types, null, statuses and media types."""

from collections.abc import Iterator
from typing import Any

from codegen.contract import Document, every_schema, find, media_type, named_schemas, operations, pointer, walk
from codegen.repairs.naming import add_schema, owner_of

_SCHEMA_PREFIX = "#/components/schemas/"
_BESIDE_REFERENCES = ("nullable", "description")
"""What authors write beside a `$ref` and mean, though OpenAPI 3.0 has every reader ignore it."""


def write_titles_and_versions_as_text(document: Document) -> Iterator[tuple[str, str]]:
    """Turn the version of the contract and its neighbours into text, as YAML reads `version: 1.0` as a number."""
    for holder, place, names in ((document, (), ("openapi",)), (document["info"], ("info",), ("title", "version"))):
        for name in names:
            if name in holder and not isinstance(holder[name], str):
                holder[name] = str(holder[name])
                yield pointer(*place, name), f"{holder[name]} is text now"


def write_statuses_as_text(document: Document) -> Iterator[tuple[str, str]]:
    """Turn statuses into text, as YAML reads `200:` as a number."""
    for operation in operations(document):
        responses = operation.body["responses"]
        numbers = [status for status in responses if not isinstance(status, str)]
        if numbers:
            operation.body["responses"] = {str(status): answer for status, answer in responses.items()}
            yield f"{operation.pointer}/responses", f"status {', '.join(map(str, numbers))} is text now"


def describe_answers(document: Document) -> Iterator[tuple[str, str]]:
    """Describe an answer that is not, as OpenAPI demands, with no more than its status."""
    shared = document.get("components", {}).get("responses", {})
    answers = [(pointer("components", "responses", name), name, answer) for name, answer in shared.items()]
    for operation in operations(document):
        responses = operation.body["responses"]
        answers += [(f"{operation.pointer}/responses/{name}", name, answer) for name, answer in responses.items()]
    for place, name, answer in answers:
        if "$ref" not in answer and "description" not in answer:
            answer["description"] = f"Answer {name}."
            yield place, "is described"


def keep_what_stands_beside_references(document: Document) -> Iterator[tuple[str, str]]:
    """Make `allOf` of a reference that has neighbours, so that they count."""
    for found in every_schema(document):
        reference = found.schema.get("$ref")
        neighbours = {name: found.schema[name] for name in _BESIDE_REFERENCES if name in found.schema}
        if isinstance(reference, str) and neighbours:
            found.replace_by({"allOf": [{"$ref": reference}], **neighbours})
            yield found.pointer, f"{' and '.join(neighbours)} beside a $ref counts now"


def name_missing_types(document: Document) -> Iterator[tuple[str, str]]:
    """Name the type of a schema without `type` that its other fields show."""
    for found in every_schema(document):
        kind = None if _says_its_type(found.schema) else _shown_type(found.schema)
        if kind is not None:
            found.schema["type"] = kind
            yield found.pointer, f"type {kind} is named"


def _says_its_type(schema: Document) -> bool:
    return any(keyword in schema for keyword in ("type", "$ref", "allOf", "oneOf", "anyOf"))


def _shown_type(schema: Document) -> str | None:
    if "properties" in schema or "additionalProperties" in schema:
        return "object"
    if "items" in schema:
        return "array"
    values = [value for value in schema.get("enum", []) if value is not None]
    if values and all(isinstance(value, str) for value in values):
        return "string"
    return None


def complete_arrays(document: Document) -> Iterator[tuple[str, str]]:
    """Let an array hold anything if it does not say what it holds."""
    for found in every_schema(document):
        if found.schema.get("type") == "array" and "items" not in found.schema:
            found.schema["items"] = {}
            yield found.pointer, "items may be anything"


def prefer_json(document: Document) -> Iterator[tuple[str, str]]:
    """Use JSON of several media types, and take `*/*` for JSON."""
    for place, value in walk(document):
        content = value.get("content") if isinstance(value, dict) else None
        if not isinstance(content, dict):
            continue
        if "*/*" in content and "application/json" not in content:
            content["application/json"] = content.pop("*/*")
            yield pointer(*place, "content"), "*/* is application/json"
        json = next((name for name in content if media_type(name) == "application/json"), None)
        if json is not None and len(content) > 1:
            others = [name for name in content if name != json]
            value["content"] = {json: content[json]}
            yield pointer(*place, "content"), f"{', '.join(others)} is left out beside application/json"


def move_nullable_to_uses(document: Document) -> Iterator[tuple[str, str]]:
    """Make the references to a nullable named schema nullable in its place."""
    named = named_schemas(document)
    nullable = [name for name, schema in named.items() if _is_nullable(schema)]
    for name in nullable:
        del named[name]["nullable"]
        _drop_null(named[name])
        uses = [found for found in every_schema(document) if found.schema.get("$ref") == _SCHEMA_PREFIX + name]
        for found in uses:
            _make_use_nullable(document, found.place, found.holder)
        yield pointer("components", "schemas", name), f"nullable where it is used ({len(uses)} times)"


def _is_nullable(schema: Any) -> bool:
    return isinstance(schema, dict) and schema.get("nullable") is True


def _drop_null(schema: Document) -> None:
    if None in schema.get("enum", []):
        schema["enum"] = [value for value in schema["enum"] if value is not None]


def _make_use_nullable(document: Document, place: tuple[str | int, ...], holder: Any) -> None:
    if place[-2] in {"allOf", "oneOf", "anyOf"}:
        find(document, place[:-2])["nullable"] = True
    else:
        holder[place[-1]] = {"allOf": [holder[place[-1]]], "nullable": True}


def name_nullable_shapes(document: Document) -> Iterator[tuple[str, str]]:
    """Name nullable objects and enumerations that are written in place, so that their classes have good names."""
    for found in every_schema(document):
        schema = found.schema
        if len(found.place) > 3 and _is_nullable(schema) and ("properties" in schema or "enum" in schema):
            del schema["nullable"]
            _drop_null(schema)
            reference = add_schema(document, owner_of(document, found.place), schema)
            found.replace_by({"allOf": [reference], "nullable": True})
            yield found.pointer, f"is {reference['$ref'].removeprefix(_SCHEMA_PREFIX)} now"
