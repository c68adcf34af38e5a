"""The generator's own reading of a prepared contract, with its complaints turned into errors that name a place."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, cast

from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import EnumProperty, Schemas, build_schemas
from openapi_python_client.parser.properties.schemas import Class
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.schema import OpenAPI
from openapi_python_client.strings import PythonIdentifier
from pydantic import ValidationError

from codegen.contract import ContractError, Document, Operation, operations, pointer
from codegen.shapes import NamedUnion, Shapes, variants_of

_RESERVED_NAMES = frozenset({"additional_properties", "from_dict", "to_dict"})
"""Names of the models' base class, which no field may have."""

_RESERVED_CLASSES = (
    *("Any", "Callable", "ClassVar", "TypeAlias", "AsyncExecutor", "Executor", "RawResponse", "Request", "Response"),
    *("Unset", "UnknownVariant", "Field", "Model", "OpenIntEnum", "OpenStrEnum"),
)
"""Names that generated modules import, which no class of a schema may have: `Request` becomes `RequestModel`."""


class Parsed(NamedTuple):
    """A contract as the generator understands it."""

    config: Config
    data: GeneratorData
    shapes: Shapes
    endpoints: list[tuple[Operation, Endpoint]]


def parse(document: Document, package: Path) -> Parsed:
    """Read a prepared contract for a package at `package`. Raises `ContractError` for what cannot be generated."""
    config = _config(package)
    contract = _validated(document)
    data = _data(document, config)
    unions = _named_unions(contract, config)
    enums = [enum for enum in data.enums if isinstance(enum, EnumProperty)]
    shapes = Shapes(data.models, enums, unions)
    data.models = [model for model in data.models if not shapes.is_map(model)]
    _rename_reserved(data, shapes, config)
    return Parsed(config, data, shapes, _endpoints(document, data, config))


def _config(package: Path) -> Config:
    return Config.from_sources(
        ConfigFile.model_validate(
            {
                "package_name_override": package.name,
                "post_hooks": [],
                "class_overrides": {name: {"class_name": f"{name}Model"} for name in _RESERVED_CLASSES},
            }
        ),
        meta_type=MetaType.NONE,
        document_source=package,
        file_encoding="utf-8",
        overwrite=False,
        output_path=package,
    )


def _validated(document: Document) -> OpenAPI:
    try:
        return OpenAPI.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        raise ContractError(pointer(*first["loc"]), first["msg"]) from None


def _data(document: Document, config: Config) -> GeneratorData:
    try:
        # It returns an error only for a document that `_validated` refuses.
        data = cast("GeneratorData", GeneratorData.from_dict(document, config=config))
    except ValueError as error:
        raise ContractError("#", str(error)) from None
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


def _named_unions(contract: OpenAPI, config: Config) -> list[NamedUnion]:
    """Return the named schemas that are unions: the generator knows them, but makes nothing of their names."""
    components = contract.components
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
    for folder, name in found:
        if (folder, f"{name}_detailed") in found:
            raise ContractError("#/paths", f"two operations would be the method {name}_detailed of {folder}")
    return [(operation, found[_module_of(operation, config)]) for operation in operations(document)]


def _module_of(operation: Operation, config: Config) -> tuple[str, str]:
    tag = PythonIdentifier(operation.body["tags"][0], "tag")
    return tag, PythonIdentifier(operation.body["operationId"], config.field_prefix)
