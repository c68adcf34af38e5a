"""Where a contract has something else than OpenAPI 3.0 has there: what rules and generator may then rely on."""

from collections.abc import Iterator
from datetime import date
from typing import Any, TypeAlias

Place: TypeAlias = tuple[str | int, ...]

_OPERATION_FIELDS = dict.fromkeys(("get", "put", "post", "delete", "options", "head", "patch", "trace"), "operation")

_FIELDS: dict[str, dict[str, str]] = {
    "document": {"info": "info", "paths": "map path item", "components": "components", "tags": "list tag"},
    "info": {"title": "scalar", "version": "scalar"},
    "components": {
        "schemas": "map schema",
        "parameters": "map parameter",
        "responses": "map response",
        "requestBodies": "map body",
    },
    "tag": {"name": "text", "description": "text"},
    "path item": {"parameters": "list parameter", **_OPERATION_FIELDS},
    "operation": {
        "operationId": "scalar",
        "summary": "text",
        "description": "text",
        "tags": "list scalar",
        "parameters": "list parameter",
        "requestBody": "body",
        "responses": "map response",
    },
    "parameter": {
        "name": "text",
        "in": "location",
        "description": "text",
        "schema": "schema",
        "content": "map media type",
        "style": "text",
        "explode": "flag",
    },
    "body": {"description": "text", "content": "map media type"},
    "response": {"description": "text", "content": "map media type"},
    "media type": {"schema": "schema"},
    "schema": {
        "type": "type",
        "format": "text",
        "title": "text",
        "description": "text",
        "nullable": "flag",
        "required": "list text",
        "enum": "list scalar or null",
        "properties": "map schema",
        "items": "schema",
        "additionalProperties": "flag or schema",
        "allOf": "list schema",
        "oneOf": "list schema",
        "anyOf": "list schema",
        "not": "schema",
        "discriminator": "discriminator",
        "x-enum-varnames": "list text",
        **dict.fromkeys(("minimum", "maximum", "multipleOf"), "number"),
        **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), "number"),
    },
    "discriminator": {"propertyName": "text", "mapping": "map text"},
}
"""The fields of each kind of object that are read here, and their kinds (OpenAPI 3.0.3, section 4.7)."""

_NEEDED = {
    "document": ("info", "paths"),
    "operation": ("responses",),
    "parameter": ("name", "in"),
    "discriminator": ("propertyName",),
}
"""The fields that no rule can make up."""

_SHARED = {"schema": "schemas", "parameter": "parameters", "response": "responses", "body": "requestBodies"}
"""Where the objects stand that a reference may lead to."""

_SCALARS: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "flag": (bool,),
    "number": (int, float),
    "scalar": (str, int, float, date),
    "scalar or null": (str, int, float, type(None)),
}
_NAMES = {
    "text": "a text",
    "flag": "true or false",
    "number": "a number",
    "scalar": "a text or number",
    "scalar or null": "a text or number",
}
_CHOICES = {
    "location": ("query", "path", "header", "cookie"),
    "type": ("array", "boolean", "integer", "number", "object", "string"),
}


def faults(value: Any, kind: str = "document", place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Yield each place where something else stands than OpenAPI has there, and what should."""
    if kind in _SCALARS:
        if not isinstance(value, _SCALARS[kind]):
            yield place, f"must be {_NAMES[kind]}"
    elif kind in _CHOICES:
        if value not in _CHOICES[kind]:
            yield place, f"must be one of {', '.join(_CHOICES[kind])}"
    elif kind.startswith("list "):
        yield from _list_faults(value, kind.removeprefix("list "), place)
    elif kind == "flag or schema":
        yield from faults(value, "flag" if isinstance(value, bool) else "schema", place)
    elif not isinstance(value, dict):
        yield place, "must be a mapping"
    elif kind.startswith("map "):
        yield from _map_faults(value, kind.removeprefix("map "), place)
    elif "$ref" in value and kind in _SHARED:
        yield from _reference_faults(value["$ref"], kind, place)
    else:
        yield from _object_faults(value, kind, place)


def _map_faults(value: dict[Any, Any], kind: str, place: Place) -> Iterator[tuple[Place, str]]:
    for name, child in value.items():
        yield from faults(child, kind, (*place, name))


def _list_faults(value: Any, kind: str, place: Place) -> Iterator[tuple[Place, str]]:
    if not isinstance(value, list):
        yield place, "must be a list"
    else:
        for index, child in enumerate(value):
            yield from faults(child, kind, (*place, index))


def _reference_faults(reference: Any, kind: str, place: Place) -> Iterator[tuple[Place, str]]:
    start = f"#/components/{_SHARED[kind]}/"
    name = reference.removeprefix(start) if isinstance(reference, str) else reference
    if name == reference or "/" in name:
        yield (*place, "$ref"), f"{reference} leads nowhere in this file: it must be {start} and a name"


def _object_faults(value: dict[Any, Any], kind: str, place: Place) -> Iterator[tuple[Place, str]]:
    for name in _NEEDED.get(kind, ()):
        if name not in value:
            yield place, f"must have the field {name}"
    for name, child_kind in _FIELDS.get(kind, {}).items():
        if name in value:
            yield from faults(value[name], child_kind, (*place, name))
