"""Names that rules give to what the contract leaves nameless."""

import re
from collections.abc import Container

from codegen.contract import Document, find, named_schemas, pointer

_KEYWORDS = frozenset({"properties", "items", "additionalProperties", "allOf", "oneOf", "anyOf", "not"})


def words(text: str) -> list[str]:
    """Return the words of ASCII letters and digits in `text`."""
    return re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", text)


def pascal(*texts: object) -> str:
    """Return the words of `texts` as one name of a class."""
    return "".join(word[0].upper() + word[1:] for text in texts for word in words(str(text)))


def snake(*texts: object) -> str:
    """Return the words of `texts` as one name of a function."""
    return "_".join(word.lower() for text in texts for word in words(str(text)))


def unused(name: str, taken: Container[str]) -> str:
    """Return `name`, or with a number where it is taken already: `Rate`, `Rate2`, `Rate3`."""
    number, candidate = 1, name
    while candidate in taken:
        number += 1
        candidate = f"{name}{number}"
    return candidate


def owner_of(document: Document, place: tuple[str | int, ...]) -> str:
    """Return the name for a nameless schema at `place`: of what it belongs to, and of the fields on the way."""
    if place[0] == "components":
        return pascal(*(part for part in place[2:] if part not in _KEYWORDS)) or "Shape"
    start = place.index("schema", 3)
    operation = find(document, place[:3])
    named = operation.get("operationId", place[1]) if isinstance(operation, dict) else place[1]
    parameter = find(document, place[:start]).get("name", "")
    return pascal(named, parameter, *(part for part in place[start + 1 :] if part not in _KEYWORDS)) or "Shape"


def add_schema(document: Document, name: str, schema: Document) -> Document:
    """Add a named schema, under another name where this one is taken, and return the reference to it."""
    named = named_schemas(document)
    free = unused(name, named)
    named[free] = schema
    return {"$ref": pointer("components", "schemas", free)}
