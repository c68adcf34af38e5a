"""Which classes a contract becomes."""

from collections.abc import Iterator, Mapping
from operator import attrgetter

from codegen.changes.contract import Contract, Schema
from codegen.changes.findings import Audience


def class_names(contract: Contract) -> Mapping[str, frozenset[Audience]]:
    """Every generated class, with those who meet it: by the operations that reach it, panels where none does."""
    audiences: dict[str, set[Audience]] = {}
    for audience, roots in _roots(contract):
        seen: set[int] = set()
        for schema in roots:
            for name in _reached(contract, schema, seen):
                audiences.setdefault(name, set()).add(audience)
    for component in contract.schemas.values():
        for name in _reached(contract, component, set()):
            audiences.setdefault(name, {Audience.PANELS})
    return {name: frozenset(found) for name, found in audiences.items()}


def _roots(contract: Contract) -> Iterator[tuple[Audience, list[Schema]]]:
    for operation in filter(attrgetter("generated"), contract.operations):
        bodies = [] if operation.body is None else [operation.body.content]
        roots = [parameter.schema for parameter in operation.parameters.values()]
        roots += [schema for content in [*bodies, *operation.responses.values()] for schema in content.values()]
        yield operation.audience, roots


def _reached(contract: Contract, schema: Schema, seen: set[int]) -> Iterator[str]:
    schema = contract.target(schema)
    if id(schema) in seen:
        return
    seen.add(id(schema))
    if schema.class_name is not None:
        yield schema.class_name
    inner = [*schema.properties.values(), *schema.variants, schema.items, schema.values]
    for each in inner:
        if each is not None:
            yield from _reached(contract, each, seen)
