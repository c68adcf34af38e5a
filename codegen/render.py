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
from openapi_python_client.parser.openapi import Endpoint, EndpointCollection
from openapi_python_client.parser.properties import ModelProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol as Shape
from openapi_python_client.parser.properties.schemas import Class
from openapi_python_client.schema import Schema
from openapi_python_client.strings import in_double_quote_literal

from codegen.contract import Document
from codegen.docstrings import docstring
from codegen.operations import GeneratedOperation
from codegen.parsing import Parsed, parse
from codegen.placing import MARK

_TEMPLATES = Path(__file__).parent / "templates"

_SHARED_MODULES = {"model_base.py.jinja": "_model.py", "wire.py.jinja": "_wire.py"}
"""Templates that the generator does not know, and the modules they become."""

_SECRET = re.compile(r"password|passwd|secret|token|credential|private_?key|api_?key", re.IGNORECASE)
_FREE_FORM = re.compile(r"dict\[str, (Any|str)\]")

_RUFF_OPTIONS = (
    *("--isolated", "--no-cache", "--no-respect-gitignore", "--quiet", "--line-length", "120"),
    *("--target-version", "py311"),
    *("--config", "format.skip-magic-trailing-comma = true"),
    *("--config", "lint.isort.split-on-trailing-comma = false"),
)
"""Whatever configuration surrounds the package, it is formatted the same way."""


def render(document: Document, package: Path) -> None:
    """Write the package for a prepared contract to the empty place `package`, formatted.

    Raises `ContractError` for the first thing that cannot be generated.
    """
    parsed = parse(document, package)
    project = Project(openapi=parsed.data, config=parsed.config, custom_template_path=_TEMPLATES)
    project.env.globals.update(_helpers(document, parsed))
    with contextlib.redirect_stdout(io.StringIO()):
        project.build()
    for template, module in _SHARED_MODULES.items():
        _write(package / module, project.env.get_template(template).render())
    for union in parsed.shapes.unions:
        text = project.env.get_template("union.py.jinja").render(union=union)
        _write(package / "models" / f"{union.class_info.module_name}.py", text)
    _write(package / "py.typed", "")
    _tidy(package)


def _write(module: Path, text: str) -> None:
    module.write_text(text, encoding="utf-8")


def _helpers(document: Document, parsed: Parsed) -> dict[str, Callable[..., Any]]:
    """Return the functions that the templates call."""
    shapes = parsed.shapes
    generated = {
        id(endpoint): GeneratedOperation(document, operation, endpoint, shapes)
        for operation, endpoint in parsed.endpoints
    }

    def operation_of(endpoint: Endpoint) -> GeneratedOperation:
        return generated[id(endpoint)]

    def classes_of_tag(collection: EndpointCollection) -> list[Class]:
        return shapes.classes_in(*(code for endpoint in collection.endpoints for code in operation_of(endpoint).types))

    def types_in(model: ModelProperty) -> list[Class]:
        named = shapes.classes_in(*(shapes.type_of(field) for field in shapes.fields_of(model)))
        return [info for info in named if info.name != model.class_info.name]

    def decoders_in(model: ModelProperty) -> list[Class]:
        named = shapes.classes_in(*(shapes.decoder_of(field) or "" for field in shapes.fields_of(model)))
        return [info for info in named if info.name != model.class_info.name]

    return {
        "text": docstring,
        "literal": lambda value: f'"{in_double_quote_literal(value)}"',
        "shapes": lambda: shapes,
        "types_in": types_in,
        "decoders_in": decoders_in,
        "default_of": lambda field: _default_of(field, shapes.type_of(field)),
        "field_of": lambda field: _field_of(field, shapes.decoder_of(field), nullable=shapes.is_nullable(field)),
        "field_description": _field_description,
        "is_closed": lambda model: model.data.additionalProperties is False,
        "operation_of": operation_of,
        "classes_of_tag": classes_of_tag,
        "tag_description": lambda tag: _tag_description(document, tag),
        "package_docstring": lambda: _package_docstring(document),
    }


def _default_of(field: Shape, code: str) -> str:
    """Return what follows a field's type: absent unless required, and out of `repr` if it may be secret."""
    if _SECRET.search(field.name.get_untrusted_value()) or _FREE_FORM.search(code):
        return " = _field(repr=False)" if field.required else " = _field(default=UNSET, repr=False)"
    return "" if field.required else " = UNSET"


def _field_of(field: Shape, decoder: str | None, *, nullable: bool) -> str:
    """Return the arguments of a field's entry in its model's table."""
    arguments = [f'"{field.python_name}"', decoder or ""]
    arguments += ["required=True"] if field.required else []
    arguments += ["nullable=True"] if nullable else []
    return ", ".join(argument for argument in arguments if argument)


def _field_description(model: ModelProperty, field: Shape) -> object:
    """Return the field's own description; where it has none, that of its type."""
    declared = (model.data.properties or {}).get(field.name)
    own = declared.description if isinstance(declared, Schema) else None
    return own or field.description


def _tag_description(document: Document, tag: str) -> str:
    described = {entry.get("name"): entry.get("description") for entry in document.get("tags", [])}
    return str(described.get(tag) or f"Operations tagged {tag}.")


def _package_docstring(document: Document) -> str:
    return f"Typed client: {document['info'].get('title', 'a kernel')}.\n\n{MARK}; never edited by hand."


def _tidy(package: Path) -> None:
    _ruff("check", package, "--fix-only", "--select", "F,I,UP")
    _ruff("format", package)


def _ruff(command: str, package: Path, *options: str) -> None:
    arguments = [sys.executable, "-m", "ruff", command, *_RUFF_OPTIONS, *options, package.name]
    subprocess.run(arguments, check=True, cwd=package.parent)
