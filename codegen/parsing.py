"""The generator's own reading of a prepared contract, with its complaints turned into errors that name a place."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import EnumProperty, Schemas, build_schemas
from openapi_python_client.parser.properties.schemas import Class
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.schema import OpenAPI
from openapi_python_client.strings import PythonIdentifier

from codegen.contract import ContractError, Document, Operation, operations, pointer
from codegen.shapes import NamedUnion, Shapes, variants_of

_RESERVED_NAMES = frozenset({"additional_properties", "from_dict", "to_dict"})
"""Names of the models' base class, which no field may have."""


class Parsed(NamedTuple):
    """A contract as the generator understands it."""

    config: Config
    data: GeneratorData
    shapes: Shapes
    endpoints: list[tuple[Operation, Endpoint]]


def parse(document: Document, package: Path) -> Parsed:
    """Read a prepared contract for a package at `package`. Raises `ContractError` for what cannot be generated."""
    config = _config(package)
    data = _data(document, config)
    unions = _named_unions(document, config)
    enums = [enum for enum in data.enums if isinstance(enum, EnumProperty)]
    shapes = Shapes(data.models, enums, unions)
    data.models = [model for model in data.models if not shapes.is_map(model)]
    _rename_reserved(data, shapes, config)
    return Parsed(config, data, shapes, _endpoints(document, data, config))


def _config(package: Path) -> Config:
    return Config.from_sources(
        ConfigFile(package_name_override=package.name, post_hooks=[]),
        meta_type=MetaType.NONE,
        document_source=package,
        file_encoding="utf-8",
        overwrite=False,
        output_path=package,
    )


def _data(document: Document, config: Config) -> GeneratorData:
    try:
        data = GeneratorData.from_dict(document, config=config)
    except ValueError as error:
        raise ContractError("#", str(error)) from None
    if isinstance(data, GeneratorError):
        place = re.search(r"^(\S+)$", data.detail or "", re.MULTILINE)
        raise ContractError(place[1] if place else "#", f"{data.header}: {data.detail}")
    _refuse_complaints(data.errors)
    for collection in data.endpoint_collections_by_tag.values():
        _refuse_complaints(collection.parse_errors)
    return data


def _refuse_complaints(complaints: Iterable[GeneratorError]) -> None:
    for complaint in complaints:
        header = complaint.header or ""
        schema = re.search(r"schema /([^\s:]+)", header)
        operation = re.search(r"parsing ([A-Z]+) (\S+)", header)
        place = f"#/{schema[1]}" if schema else "#"
        if operation:
            place = pointer("paths", operation[2], operation[1].lower())
        raise ContractError(place, " ".join(f"cannot be generated: {header}: {complaint.detail}".split()))


def _named_unions(document: Document, config: Config) -> list[NamedUnion]:
    """Return the named schemas that are unions: the generator knows them, but makes nothing of their names."""
    components = OpenAPI.model_validate(document).components
    schemas = build_schemas(components=(components and components.schemas) or {}, schemas=Schemas(), config=config)
    return [
        NamedUnion(Class.from_string(string=reference, config=config), shape)
        for reference, shape in schemas.classes_by_reference.items()
        if isinstance(shape, UnionProperty) and len(variants_of(shape)) > 1
    ]


def _rename_reserved(data: GeneratorData, shapes: Shapes, config: Config) -> None:
    for model in data.models:
        for field in shapes.fields_of(model):
            if field.python_name in _RESERVED_NAMES:
                field.set_python_name(type(field.name)(f"{field.python_name}_field"), config=config)


def _endpoints(document: Document, data: GeneratorData, config: Config) -> list[tuple[Operation, Endpoint]]:
    """Pair each operation with its endpoint, in the order of the contract."""
    found: dict[tuple[str, str], Endpoint] = {}
    for tag, collection in data.endpoint_collections_by_tag.items():
        for endpoint in collection.endpoints:
            if (tag, endpoint.name) in found:
                raise ContractError("#/paths", f"two operations would be api/{tag}/{endpoint.name}.py")
            found[tag, endpoint.name] = endpoint
    return [(operation, found[_module_of(operation, config)]) for operation in operations(document)]


def _module_of(operation: Operation, config: Config) -> tuple[str, str]:
    tag = PythonIdentifier(operation.body["tags"][0], "tag")
    return tag, PythonIdentifier(operation.body["operationId"], config.field_prefix)
