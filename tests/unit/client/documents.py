"""Strategies for documents of every schema of the contract, as a kernel of today or of tomorrow sends them."""

from typing import Any

from hypothesis import strategies as st

from codegen.contract import Document, named_schemas, resolve
from tests.contract.document import load_contract

CONTRACT = load_contract()

OBJECTS = sorted(name for name, schema in named_schemas(CONTRACT).items() if "properties" in schema)
UNIONS = sorted(name for name, schema in named_schemas(CONTRACT).items() if "oneOf" in schema)
ENUMS = sorted(name for name, schema in named_schemas(CONTRACT).items() if "enum" in schema)

_NAMES = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=8)
_INT64 = st.integers(-(2**63), 2**63 - 1)
_SCALARS = st.none() | st.booleans() | _INT64 | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
ANY_JSON = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_NAMES, inner, max_size=2), max_leaves=4
)
_DEPTH = 4
"""Deep enough for every schema, shallow enough for profiles that contain profiles."""


def document_of(name: str) -> st.SearchStrategy[Any]:
    """Return documents of the named schema: unknown fields and values, nulls, everything optional."""
    return _documents(named_schemas(CONTRACT)[name], _DEPTH)


def _documents(schema: Document, depth: int) -> st.SearchStrategy[Any]:
    resolved = resolve(CONTRACT, schema)
    documents = _plain_documents(resolved, depth)
    return st.none() | documents if schema.get("nullable") or resolved.get("nullable") else documents


def _plain_documents(schema: Document, depth: int) -> st.SearchStrategy[Any]:
    if "allOf" in schema:
        return _documents(schema["allOf"][0], depth)
    if "oneOf" in schema:
        known = st.one_of([_documents(variant, depth) for variant in schema["oneOf"]])
        return known | st.text(max_size=8) | st.dictionaries(_NAMES, ANY_JSON, max_size=2)
    if "enum" in schema:
        closed = len(schema["enum"]) == 1
        return st.sampled_from(schema["enum"]) if closed else st.sampled_from(schema["enum"]) | st.text(max_size=8)
    if schema.get("type") == "array":
        return st.lists(_documents(schema["items"], depth - 1), max_size=2) if depth > 0 else st.just([])
    if schema.get("type") == "object":
        return _objects(schema, depth)
    return {"string": st.text(max_size=8), "integer": _INT64, "boolean": st.booleans()}[schema["type"]]


def _objects(schema: Document, depth: int) -> st.SearchStrategy[Any]:
    values = schema.get("additionalProperties", True)
    if "properties" not in schema:
        inner = ANY_JSON if values is True else _documents(values, depth - 1)
        return st.dictionaries(_NAMES, inner, max_size=2)
    required = schema.get("required", [])
    wanted = [name for name in schema["properties"] if depth > 0 or name in required]
    fields = {name: _documents(schema["properties"][name], depth - 1) for name in wanted}
    optional = {name: st.none() | field for name, field in fields.items() if name not in required}
    known = st.fixed_dictionaries({name: fields[name] for name in required}, optional=optional)
    if values is False:
        return known
    return st.builds(lambda extra, document: extra | document, st.dictionaries(_NAMES, ANY_JSON, max_size=1), known)
