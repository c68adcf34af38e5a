"""Contracts: reading one, walking through it, and refusing one that is beyond repair."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from codegen.structure import faults

Document: TypeAlias = dict[str, Any]
"""A contract, or any object in it, as YAML or JSON gives it."""

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
"""The fields of a path item that are operations (OpenAPI 3.0.3, Path Item Object)."""


class ContractError(Exception):
    """A contract beyond repair: `place` is a line of the file or a JSON pointer, `problem` what is wrong there."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(place, problem)
        self.place = place
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}"


class Operation(NamedTuple):
    """One operation where it stands in the contract."""

    path: str
    method: str
    item: Document
    """The path item around it, whose parameters it shares."""
    body: Document

    @property
    def pointer(self) -> str:
        """JSON pointer to the operation."""
        return pointer("paths", self.path, self.method)

    @property
    def title(self) -> str:
        """How people call it: `GET /v1/users`."""
        return f"{self.method.upper()} {self.path}"


def pointer(*parts: str | int) -> str:
    """Return the JSON pointer (RFC 6901) through `parts`, as a fragment."""
    return "#" + "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def load(path: Path) -> Document:
    """Return the contract in a YAML or JSON file, or raise `ContractError`."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ContractError(str(path), f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ContractError(f"{path}, byte {error.start}", "is not UTF-8") from None
    document = _with_plain_paths(_parse(path, text))
    refuse_beyond_repair(document)
    return document


def _parse(path: Path, text: str) -> Document:
    try:
        document = separate(YAML(typ="safe", pure=True).load(text))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ContractError(f"{path}, line {line}", f"does not parse: {error.problem}") from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise ContractError(str(path), f"does not parse: {error}") from None
    if not isinstance(document, dict):
        raise ContractError(str(path), "is not a mapping")
    return document


def _with_plain_paths(document: Document) -> Document:
    """Return a copy whose paths are written out where they are references, and without authors' own `x-` fields."""
    paths = document.get("paths")
    if not isinstance(paths, dict):
        return document
    written_out = {path: _written_out(document, item) for path, item in paths.items() if not str(path).startswith("x-")}
    return document | {"paths": written_out}


def _written_out(document: Document, item: Any) -> Any:
    """Return a path item itself, or a copy of the one it refers to with what stands beside the reference."""
    target = resolve(document, item)
    if target is item or not isinstance(target, dict):
        return item
    return separate(target) | {name: value for name, value in item.items() if name != "$ref"}


def separate(value: Any) -> Any:
    """Return a copy in which no object stands at two places, as YAML's aliases make it."""
    if isinstance(value, dict):
        return {name: separate(child) for name, child in value.items()}
    return [separate(child) for child in value] if isinstance(value, list) else value


def refuse_beyond_repair(document: Document) -> None:
    """Raise `ContractError` for what no rule can repair."""
    _refuse_other_versions(document)
    _refuse_other_structures(document)
    _refuse_dangling_references(document)
    _refuse_repeated_identifiers(document)


def _refuse_other_versions(document: Document) -> None:
    version = document.get("openapi", document.get("swagger"))
    if not str(version).startswith("3.0"):
        raise ContractError(pointer("openapi"), f"must be OpenAPI 3.0, not {version!r}")


def _refuse_other_structures(document: Document) -> None:
    for place, problem in faults(document):
        raise ContractError(pointer(*place), problem)


def _refuse_dangling_references(document: Document) -> None:
    for place, value in walk(document):
        reference = value.get("$ref") if isinstance(value, dict) else None
        if isinstance(reference, str) and not isinstance(resolve(document, value), dict):
            raise ContractError(pointer(*place, "$ref"), f"{reference} leads nowhere in this file")


def _refuse_repeated_identifiers(document: Document) -> None:
    identifiers = Counter(operation.body.get("operationId") for operation in operations(document))
    for operation in operations(document):
        identifier = operation.body.get("operationId")
        if identifier is not None and identifiers[identifier] > 1:
            raise ContractError(f"{operation.pointer}/operationId", f"{identifier!r} is not the only one of its name")


def operations(document: Document) -> Iterator[Operation]:
    """Yield every operation in the order of the contract."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield Operation(str(path), method, item, item[method])


def parameters(document: Document, operation: Operation) -> Iterator[tuple[str, Document]]:
    """Yield the parameters of an operation, those of its path first, each with the pointer to where it is listed."""
    holders = ((operation.item, pointer("paths", operation.path)), (operation.body, operation.pointer))
    for holder, place in holders:
        for index, parameter in enumerate(holder.get("parameters", [])):
            yield f"{place}/parameters/{index}", resolve(document, parameter)


def media_type(name: str) -> str:
    """Return a media type as it is compared: without parameters such as `charset`, in lower case."""
    return name.partition(";")[0].strip().lower()


def walk(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield every object and list with the way to it, outer ones first. Examples are not walked through."""
    yield place, value
    children = value.items() if isinstance(value, dict) else enumerate(value)
    for name, child in list(children):
        if isinstance(child, dict | list) and name not in {"example", "examples"}:
            yield from walk(child, (*place, name))


def find(document: Document, place: Sequence[str | int]) -> Any:
    """Return what stands at a place of the document, or None."""
    value: Any = document
    for part in place:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return None
    return value


def follow(document: Document, reference: str) -> Any:
    """Return what a reference into this document leads to, or None."""
    if not reference.startswith("#/"):
        return None
    return find(document, [part.replace("~1", "/").replace("~0", "~") for part in reference[2:].split("/")])


def resolve(document: Document, value: Any) -> Any:
    """Return `value`, or what its `$ref` leads to, through any number of references."""
    seen: set[str] = set()
    while isinstance(value, dict) and isinstance(value.get("$ref"), str):
        if value["$ref"] in seen:
            raise ContractError(value["$ref"], "refers to itself")
        seen.add(value["$ref"])
        value = follow(document, value["$ref"])
    return value


def named_schemas(document: Document) -> Document:
    """Return the contract's named schemas; what is added to them is added to the contract."""
    components: Document = document.setdefault("components", {})
    named: Document = components.setdefault("schemas", {})
    return named


class SchemaAt(NamedTuple):
    """One schema where it stands in the contract."""

    place: tuple[str | int, ...]
    schema: Document
    holder: Any
    """The object or list that holds it under the last part of `place`."""

    @property
    def pointer(self) -> str:
        """JSON pointer to the schema."""
        return pointer(*self.place)

    def replace_by(self, schema: Document) -> None:
        """Put another schema in this one's place."""
        self.holder[self.place[-1]] = schema


def every_schema(document: Document) -> list[SchemaAt]:
    """Return every schema of the contract, outer ones first, references among them but not followed."""
    found: list[SchemaAt] = []
    for place, value in walk(document):
        if isinstance(value, dict) and _is_schema_place(place):
            found.append(SchemaAt(place, value, find(document, place[:-1])))
    return found


def _is_schema_place(place: tuple[str | int, ...]) -> bool:
    """Whether a schema stands at `place`: read from the outside, as a field may be named like a keyword."""
    if place[:2] == ("components", "schemas"):
        return _is_within_schema(place[3:]) if len(place) > 2 else False
    if "schema" not in place[3:]:
        return False
    return _is_within_schema(place[place.index("schema", 3) + 1 :])


def _is_within_schema(way: tuple[str | int, ...]) -> bool:
    """Whether the way from one schema leads to another."""
    while way:
        if way[0] in {"properties", "allOf", "oneOf", "anyOf"}:
            way = way[2:] if len(way) > 1 else ("",)
        elif way[0] in {"items", "additionalProperties", "not"}:
            way = way[1:]
        else:
            return False
    return True
