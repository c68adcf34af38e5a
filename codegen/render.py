"""Runs the generator with this project's templates, and ruff over what comes out."""

import contextlib
import io
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.parser.openapi import Endpoint, EndpointCollection
from openapi_python_client.parser.properties import EnumProperty, ModelProperty, Property
from openapi_python_client.parser.properties.schemas import Class
from openapi_python_client.schema import Schema
from openapi_python_client.strings import in_double_quote_literal

from codegen.contract import ContractError, Document, Operation, operations
from codegen.docstrings import docstring
from codegen.operations import GeneratedOperation
from codegen.shapes import Shapes

TEMPLATES = Path(__file__).parent / "templates"

_SHARED_MODULES = {"model_base.py.jinja": "_model.py", "wire.py.jinja": "_wire.py"}
"""Templates that the generator does not know, and the modules they become."""

_RESERVED_NAMES = frozenset({"additional_properties", "from_dict", "to_dict"})
"""Names of the models' base class, which no field may have."""

_SECRET = re.compile(r"password|passwd|secret|token|credential|private_?key|api_?key", re.IGNORECASE)

RUFF_OPTIONS = (
    *("--isolated", "--no-cache", "--no-respect-gitignore", "--quiet", "--line-length", "120"),
    *("--target-version", "py311"),
    *("--config", "format.skip-magic-trailing-comma = true"),
    *("--config", "lint.isort.split-on-trailing-comma = false"),
)
"""Whatever configuration surrounds the package, it is formatted the same way."""


def render(document: Document, package: Path) -> None:
    """Write the package for a prepared contract to the empty place `package`, formatted.

    Raises `ContractError` for the first thing that the generator cannot express.
    """
    config = _config(package)
    data = _parsed(document, config)
    Renderer(document, data, config, package).write()
    _tidy(package)


def _config(package: Path) -> Config:
    return Config.from_sources(
        ConfigFile(package_name_override=package.name, post_hooks=[]),
        meta_type=MetaType.NONE,
        document_source=package,
        file_encoding="utf-8",
        overwrite=False,
        output_path=package,
    )


def _parsed(document: Document, config: Config) -> GeneratorData:
    try:
        data = GeneratorData.from_dict(document, config=config)
    except ValueError as error:
        raise ContractError("#", str(error)) from None
    if isinstance(data, GeneratorError):
        raise ContractError("#", f"{data.header}: {data.detail}")
    errors = [*data.errors]
    for collection in data.endpoint_collections_by_tag.values():
        errors.extend(collection.parse_errors)
    if errors:
        raise ContractError("#", f"{errors[0].header}: {errors[0].detail}")
    return data


class Renderer:
    """Feeds the templates."""

    def __init__(self, document: Document, data: GeneratorData, config: Config, package: Path) -> None:
        self._document = document
        self._data = data
        self._shapes = Shapes(data.models)
        self._operations = {
            (operation.path, operation.method): operation for operation in operations(document)
        }
        self._package = package
        data.models = [model for model in data.models if not self._shapes.is_map(model)]
        self._rename_reserved(config)
        self._generated = {
            id(endpoint): self._operation(endpoint) for collection in data.endpoint_collections_by_tag.values() for endpoint in collection.endpoints
        }
        self._project = Project(openapi=data, config=config, custom_template_path=TEMPLATES)
        self._project.env.globals.update(self._helpers())

    def write(self) -> None:
        """Write all modules."""
        with contextlib.redirect_stdout(io.StringIO()):
            self._project.build()
        for template, module in _SHARED_MODULES.items():
            text = self._project.env.get_template(template).render()
            (self._package / module).write_text(text, encoding="utf-8")
        (self._package / "py.typed").write_text("", encoding="utf-8")

    def _helpers(self) -> dict[str, Callable[..., Any]]:
        return {
            "text": docstring,
            "literal": lambda value: f'"{in_double_quote_literal(value)}"',
            "properties_of": self._shapes.properties_of,
            "type_of": self._shapes.type_of,
            "classes_of": self._shapes.classes_of,
            "all_classes": self._all_classes,
            "default_of": self._default_of,
            "field_of": self._field_of,
            "field_description": _field_description,
            "is_closed": lambda model: model.data.additionalProperties is False,
            "operation_of": lambda endpoint: self._generated[id(endpoint)],
            "classes_of_tag": self._classes_of_tag,
            "tag_description": self._tag_description,
            "package_docstring": self._package_docstring,
        }

    def _rename_reserved(self, config: Config) -> None:
        for model in self._data.models:
            for field in self._shapes.properties_of(model):
                if field.python_name in _RESERVED_NAMES:
                    field.set_python_name(type(field.name)(f"{field.python_name}_field"), config=config)

    def _operation(self, endpoint: Endpoint) -> GeneratedOperation:
        found = [operation for operation in self._operations.values() if operation.body["operationId"] == endpoint.name]
        return GeneratedOperation(self._document, found[0], endpoint, self._shapes)

    def _all_classes(self) -> list[Class]:
        classes = [shape.class_info for shape in (*self._data.models, *self._data.enums)]
        return sorted(classes, key=lambda info: str(info.name))

    def _classes_of_tag(self, collection: EndpointCollection) -> list[Class]:
        found = {str(info.name): info for endpoint in collection.endpoints for info in self._generated[id(endpoint)].classes}
        return [found[name] for name in sorted(found)]

    def _tag_description(self, tag: str) -> str:
        for entry in self._document.get("tags", []):
            if entry.get("name") == tag and entry.get("description"):
                return str(entry["description"])
        return f"Operations tagged {tag}."

    def _package_docstring(self) -> str:
        title = self._data.title.get_untrusted_value()
        return f"Typed client: {title}.\n\nGenerated from the contract by `python -m codegen generate`; never edited by hand."

    def _default_of(self, shape: Property) -> str:
        default = "" if shape.required else "default=UNSET"
        if self._is_secret(shape):
            options = ", ".join(option for option in (default, "repr=False") if option)
            return f" = field({options})"
        return " = UNSET" if default else ""

    def _is_secret(self, shape: Property) -> bool:
        """Whether a value stays out of `repr`: by its name, or as a free-form object may hold anything."""
        return bool(_SECRET.search(str(shape.name.get_untrusted_value()))) or "dict[str, Any]" in self._shapes.type_of(shape) or "dict[str, str]" in self._shapes.type_of(shape)

    def _field_of(self, shape: Property) -> str:
        arguments = [f'"{shape.python_name}"']
        decoder = self._shapes.decoder_of(shape)
        if decoder:
            arguments.append(decoder)
        if shape.required:
            arguments.append("required=True")
        if self._shapes.is_nullable(shape):
            arguments.append("nullable=True")
        return ", ".join(arguments)


def _field_description(model: ModelProperty, shape: Property) -> object:
    """Return the field's own description; where it has none, that of its type."""
    declared = (model.data.properties or {}).get(shape.name)
    own = declared.description if isinstance(declared, Schema) else None
    return own or shape.description


def _tidy(package: Path) -> None:
    _ruff("check", package, "--fix-only", "--select", "F,I,UP")
    _ruff("format", package)


def _ruff(command: str, package: Path, *options: str) -> None:
    arguments = [sys.executable, "-m", "ruff", command, *RUFF_OPTIONS, *options, package.name]
    subprocess.run(arguments, check=True, cwd=package.parent)
