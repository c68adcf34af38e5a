"""Rules about operations: their parameters, names and tags."""

import re
from collections.abc import Callable, Iterator
from functools import partial

from codegen.contract import Document, Operation, operations, parameters, pointer, resolve
from codegen.repairs.naming import snake, unused

_PLACEHOLDER = re.compile(r"{([^{}]+)}")
_VERSION = re.compile(r"v\d+")
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_.\- ]*")


def declare_path_parameters(document: Document) -> Iterator[tuple[str, str]]:
    """Declare an identifier in the path that nobody declares: a required string."""
    for operation in operations(document):
        declared = {parameter["name"] for _, parameter in parameters(document, operation) if _is_in(parameter, "path")}
        for name in _PLACEHOLDER.findall(operation.path):
            if name not in declared:
                added = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                operation.body.setdefault("parameters", []).append(added)
                yield operation.pointer, f"path parameter {name} is declared"


def require_path_parameters(document: Document) -> Iterator[tuple[str, str]]:
    """Require every identifier in the path."""
    for operation in operations(document):
        for place, parameter in parameters(document, operation):
            if _is_in(parameter, "path") and parameter.get("required") is not True:
                parameter["required"] = True
                yield place, f"path parameter {parameter['name']} is required"


def drop_stray_path_parameters(document: Document) -> Iterator[tuple[str, str]]:
    """Leave out a path parameter that does not occur in the path."""
    for operation in operations(document):
        names = set(_PLACEHOLDER.findall(operation.path))
        yield from _drop(document, operation, partial(_is_stray, names))


def _is_stray(names: set[str], parameter: Document) -> bool:
    return _is_in(parameter, "path") and parameter.get("name") not in names


def leave_headers_to_the_transport(document: Document) -> Iterator[tuple[str, str]]:
    """Leave out headers and cookies: they are for whoever sends the request, not arguments of an operation."""
    for operation in operations(document):
        yield from _drop(document, operation, lambda parameter: parameter.get("in") in {"header", "cookie"})


def _drop(document: Document, operation: Operation, unwanted: Callable[[Document], bool]) -> Iterator[tuple[str, str]]:
    for holder, place in ((operation.item, pointer("paths", operation.path)), (operation.body, operation.pointer)):
        for parameter in list(holder.get("parameters", [])):
            resolved = resolve(document, parameter)
            if unwanted(resolved):
                holder["parameters"].remove(parameter)
                yield place, f"{resolved.get('in')} parameter {resolved.get('name')} is left out"


def _is_in(parameter: Document, location: str) -> bool:
    return parameter.get("in") == location


def name_operations(document: Document) -> Iterator[tuple[str, str]]:
    """Name an operation after its method and path if it has no name that Python can use."""
    taken = {operation.body["operationId"] for operation in operations(document) if _is_named(operation)}
    for operation in operations(document):
        if not _is_named(operation):
            name = unused(_name_of(operation), taken)
            taken.add(name)
            operation.body["operationId"] = name
            yield operation.pointer, f"is named {name}"


def _is_named(operation: Operation) -> bool:
    identifier = operation.body.get("operationId")
    return isinstance(identifier, str) and bool(_IDENTIFIER.fullmatch(identifier))


def _name_of(operation: Operation) -> str:
    """Return `get_user_by_id`-like names: the path's words in their order, identifiers with `by` before them."""
    parts = [operation.method]
    for segment in _segments(operation.path):
        identifiers = _PLACEHOLDER.findall(segment)
        parts += [f"by_{snake(name)}" for name in identifiers] or [snake(segment)]
    return "_".join(part for part in parts if part)


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment and not _VERSION.fullmatch(segment)]


def tag_operations(document: Document) -> Iterator[tuple[str, str]]:
    """Give an operation one tag: its first, or the first word of its path."""
    for operation in operations(document):
        tags = operation.body.get("tags") or []
        usable = [tag for tag in tags if _IDENTIFIER.fullmatch(str(tag))]
        if len(tags) == 1 and usable:
            continue
        words = [snake(segment) for segment in _segments(operation.path) if not _PLACEHOLDER.search(segment)]
        tag = str(usable[0]) if usable else next(filter(None, words), "default")
        operation.body["tags"] = [tag]
        yield operation.pointer, f"is tagged {tag}"
