"""Models of the contract's schemas for libraries that read JSON into classes, made on the fly from `core.yaml`."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Literal, Optional, Union

import msgspec
import pydantic
import yaml

CONTRACT = Path(__file__).parents[2] / "core.yaml"
PLAIN: Mapping[str, type] = {"string": str, "integer": int, "number": float, "boolean": bool}

Fields = Mapping[str, tuple[Any, bool]]
"""The type of each field, and whether it is required."""


class Models:
    """Classes for schemas by name; `new_class` and `new_union` are the library's ways to make them."""

    def __init__(self, new_class: Callable[[str, Fields], Any], new_union: Callable[[tuple[Any, ...]], Any]) -> None:
        self._schemas = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))["components"]["schemas"]
        self._new_class = new_class
        self._new_union = new_union
        self.named = cache(self._named)

    def _named(self, name: str) -> Any:
        return self._type(self._schemas[name], name)

    def _type(self, schema: Mapping[str, Any], name: str = "") -> Any:
        kind = self._kind(schema, name)
        return Optional[kind] if schema.get("nullable") else kind  # noqa: UP045 - the kind is known when it runs

    def _kind(self, schema: Mapping[str, Any], name: str) -> Any:
        match schema:
            case {"$ref": reference} | {"allOf": [{"$ref": reference}]}:
                return self.named(reference.rpartition("/")[2])
            case {"oneOf": variants}:
                return self._new_union(tuple(self._type(variant) for variant in variants))
            case {"enum": values}:
                return StrEnum(name, [(value, value) for value in values]) if name else Literal[tuple(values)]
        return self._structure(schema, name)

    def _structure(self, schema: Mapping[str, Any], name: str) -> Any:
        match schema:
            case {"type": "array", "items": items}:
                return list[self._type(items)]  # type: ignore[misc]
            case {"properties": properties}:
                required = schema.get("required", ())
                fields = {key: (self._type(one), key in required) for key, one in properties.items()}
                return self._new_class(name, fields)
            case {"additionalProperties": dict(values)}:
                return dict[str, self._type(values)]  # type: ignore[misc]
        return PLAIN.get(schema.get("type", ""), Any)


def pydantic_models() -> Models:
    """Return classes of pydantic, in which a missing field is None."""

    def new_class(name: str, fields: Fields) -> Any:
        given = {key: (kind, ...) if required else (kind | None, None) for key, (kind, required) in fields.items()}
        return pydantic.create_model(name, **given)  # type: ignore[call-overload]

    return Models(new_class, lambda kinds: Union[kinds])  # noqa: UP007 - the kinds are known when it runs


def msgspec_structs() -> Models:
    """Return classes of msgspec. It refuses unions of several classes, which stay dictionaries, to its advantage."""

    def new_class(name: str, fields: Fields) -> Any:
        given = [
            (key, kind) if required else (key, kind | msgspec.UnsetType, msgspec.UNSET)
            for key, (kind, required) in fields.items()
        ]
        return msgspec.defstruct(name, given, kw_only=True)

    return Models(new_class, lambda _: Any)
