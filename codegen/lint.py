"""What a maintainer should put right in the contract, beyond what the generator needs."""

from collections.abc import Iterator
from typing import Any

from openapi_spec_validator import OpenAPIV30SpecValidator

from codegen.contract import Document, Operation, every_schema, named_schemas, operations, pointer, resolve
from codegen.normalise import normalise
from codegen.prepare import set_streams_aside

_CONVENIENCES = frozenset({"share_repeated_values"})
"""Rules that make the package nicer, but repair nothing that is wrong with the contract."""


def findings(document: Document) -> Iterator[str]:
    """Yield one line for each thing to put right, as `place: what`."""
    yield from _violations(document)
    for repair in normalise(set_streams_aside(document).document).repairs:
        if repair.rule not in _CONVENIENCES:
            yield f"{repair.place}: needs the repair {repair.rule} ({repair.done})"
    for operation in operations(document):
        yield from _undescribed_operation(document, operation)
    yield from _undescribed_schemas(document)
    yield from _small_integers(document)


def _violations(document: Document) -> Iterator[str]:
    for error in OpenAPIV30SpecValidator(_with_names_as_text(document)).iter_errors():
        yield f"{pointer(*error.absolute_path)}: {error.message}"


def _with_names_as_text(value: Any) -> Any:
    """Return a copy in which every name is a text, as in JSON; YAML has numbers too."""
    if isinstance(value, dict):
        return {str(name): _with_names_as_text(child) for name, child in value.items()}
    return [_with_names_as_text(child) for child in value] if isinstance(value, list) else value


def _undescribed_operation(document: Document, operation: Operation) -> Iterator[str]:
    for field in ("summary", "description"):
        if not operation.body.get(field):
            yield f"{operation.pointer}: has no {field}"
    for index, parameter in enumerate(operation.body.get("parameters", [])):
        if not resolve(document, parameter).get("description"):
            yield f"{operation.pointer}/parameters/{index}: has no description"


def _undescribed_schemas(document: Document) -> Iterator[str]:
    for name, schema in named_schemas(document).items():
        place = pointer("components", "schemas", name)
        if not schema.get("description"):
            yield f"{place}: has no description"
        for field, declared in schema.get("properties", {}).items():
            if not _is_described(document, declared):
                yield f"{place}/properties/{field}: has no description"


def _is_described(document: Document, schema: Any) -> bool:
    """Whether a field says what it means, itself or through what it refers to."""
    inner = (schema.get("allOf") or [schema])[0]
    return bool(schema.get("description") or resolve(document, inner).get("description"))


def _small_integers(document: Document) -> Iterator[str]:
    for found in every_schema(document):
        if found.schema.get("type") == "integer" and found.schema.get("format") != "int64":
            yield f"{found.pointer}: an integer must be int64, as counters and milliseconds are"
