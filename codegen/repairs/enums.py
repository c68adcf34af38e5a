"""Rules about enumerations."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from openapi_python_client.strings import snake_case

from codegen.contract import Document, SchemaAt, every_schema
from codegen.repairs.naming import add_schema, owner_of, unused

_SCHEMA_PREFIX = "#/components/schemas/"


def list_null_among_nullable_values(document: Document) -> Iterator[tuple[str, str]]:
    """List null among the values of a nullable enumeration, as `nullable` alone says nothing beside `enum`."""
    for found in every_schema(document):
        values = found.schema.get("enum")
        if isinstance(values, list) and (None in values) is not (found.schema.get("nullable") is True):
            found.schema["enum"] = [*(value for value in values if value is not None), None]
            found.schema["nullable"] = True
            yield found.pointer, "null is among the values"


def share_repeated_values(document: Document) -> Iterator[tuple[str, str]]:
    """Make one named schema of an enumeration that is written in place more than once."""
    for group in _repeated(document):
        first = group[0]
        reference = add_schema(document, owner_of(document, first.place), dict(first.schema))
        for found in group:
            description = found.schema.get("description")
            beside = {"allOf": [dict(reference)], "description": description} if description else dict(reference)
            found.replace_by(beside)
            yield found.pointer, f"is {reference['$ref'].removeprefix(_SCHEMA_PREFIX)} now"


def _repeated(document: Document) -> list[list[SchemaAt]]:
    groups: dict[str, list[SchemaAt]] = {}
    for found in every_schema(document):
        values = found.schema.get("enum")
        if isinstance(values, list) and len(values) > 1 and len(found.place) > 3:
            groups.setdefault(repr(values), []).append(found)
    return [group for group in groups.values() if len(group) > 1]


def tell_members_apart(document: Document) -> Iterator[tuple[str, str]]:
    """Give names of their own to values that would become one name in Python, such as `a-b` and `a_b`."""
    for found in every_schema(document):
        if "x-enum-varnames" in found.schema:
            continue
        values = [value for value in found.schema.get("enum", []) if value is not None]
        names = [_member_name(index, value) for index, value in enumerate(values)]
        repeated = [name for name, count in Counter(names).items() if count > 1]
        if repeated:
            found.schema["x-enum-varnames"] = _distinct(names)
            yield found.pointer, f"{', '.join(repeated)} stands for one value only"


def _member_name(index: int, value: Any) -> str:
    """Return the name that the generator gives to a value."""
    if not isinstance(value, str):
        return f"VALUE_{value}"
    return snake_case(value.upper()).upper() if value and value[0].isalpha() else f"VALUE_{index}"


def _distinct(names: list[str]) -> list[str]:
    taken: list[str] = []
    for name in names:
        taken.append(unused(name, taken))
    return taken
