"""Reading contracts, and refusing those beyond repair with the place of the fault."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codegen.changes.command import examine
from codegen.contract import (
    ContractError,
    Document,
    every_schema,
    find,
    load,
    operations,
    pointer,
    refuse_beyond_repair,
    resolve,
    separate,
)
from codegen.lint import findings
from codegen.normalise import normalise
from codegen.prepare import prepare, set_streams_aside
from tests.unit.codegen.contracts import CORE, RAW, STRING, answering, contract, operation, write

REFERENCE = "#/components/schemas/A"


def refusal(path: Path) -> ContractError:
    with pytest.raises(ContractError) as caught:
        load(path)
    return caught.value


def test_the_projects_contract_is_read() -> None:
    assert len(list(operations(load(CORE)))) == 39


def test_json_is_read_too(tmp_path: Path) -> None:
    file = tmp_path / "core.json"
    file.write_text('{"openapi": "3.0.0", "info": {}, "paths": {}}', encoding="utf-8")
    assert load(file)["openapi"] == "3.0.0"


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("openapi: 3.0.3\npaths:\n\t- x\n", ", line 3", "does not parse"),
        ("a: [1, 2\nb: 3\n", ", line 2", "does not parse"),
        ("a: 1\na: 2\n", ", line 2", "does not parse"),
        ("- openapi\n", "", "is not a mapping"),
        ("", "", "is not a mapping"),
        ("a: \x00\n", "", "does not parse"),
        ("a: &x [*x, *y]\n", ", line 1", "does not parse"),
        ("a: &x [*x]\n", "", "does not parse"),
    ],
)
def test_a_file_that_does_not_parse_is_refused_with_its_line(
    tmp_path: Path, text: str, place: str, problem: str
) -> None:
    file = tmp_path / "core.yaml"
    file.write_text(text, encoding="utf-8")
    error = refusal(file)
    assert error.place == f"{file}{place}"
    assert error.problem.startswith(problem)
    assert str(error) == f"{error.place}: {error.problem}"


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "missing.yaml").problem == "cannot be read: No such file or directory"
    (tmp_path / "latin").write_bytes(b"title: caf\xe9")
    assert refusal(tmp_path / "latin").problem == "is not UTF-8"
    assert refusal(tmp_path / "latin").place.endswith(", byte 10")


@pytest.mark.parametrize(
    ("change", "place", "problem"),
    [
        ({"openapi": "3.1.0"}, "#/openapi", "must be OpenAPI 3.0, not '3.1.0'"),
        ({"openapi": None, "swagger": "2.0"}, "#/openapi", "must be OpenAPI 3.0, not None"),
        ({"info": "x"}, "#/info", "must be a mapping"),
        ({"info": {"version": {}}}, "#/info/version", "must be a text or number"),
        ({"paths": {"/x": {"$ref": "#/info/title"}}}, "#/paths/~1x/$ref", "#/info/title leads nowhere in this file"),
        (
            {"components": {"schemas": {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": REFERENCE}}}},
            "#/components/schemas/B",
            "refers to itself",
        ),
        (
            {"components": {"schemas": {"A": {"maxLength": "5"}}}},
            "#/components/schemas/A/maxLength",
            "must be a number",
        ),
        (
            {"paths": {"/x": {"post": operation(parameters=[{"name": "a", "in": "formData"}])}}},
            "#/paths/~1x/post/parameters/0/in",
            "must be one of query, path, header, cookie",
        ),
        (
            {"components": {"schemas": {"A": {"type": ["string", "null"]}}}},
            "#/components/schemas/A/type",
            "must be one of array, boolean, integer, number, object, string",
        ),
        ({"paths": []}, "#/paths", "must be a mapping"),
        ({"components": []}, "#/components", "must be a mapping"),
        ({"paths": {"/x": []}}, "#/paths/~1x", "must be a mapping"),
        ({"paths": {"/x": {"get": None}}}, "#/paths/~1x/get", "must be a mapping"),
        ({"paths": {"/x": {"get": {}}}}, "#/paths/~1x/get", "must have the field responses"),
        ({"info": None, "paths": {}}, "#/info", "must be a mapping"),
        ({"paths": {"/x": {"get": operation(tags="x")}}}, "#/paths/~1x/get/tags", "must be a list"),
        ({"paths": {"/x": {"get": operation(tags=[None])}}}, "#/paths/~1x/get/tags/0", "must be a text or number"),
        ({"paths": {"/x": {"get": operation(summary=[])}}}, "#/paths/~1x/get/summary", "must be a text"),
        (
            {"paths": {"/x": {"get": operation(parameters=[{"name": "a"}])}}},
            "#/paths/~1x/get/parameters/0",
            "must have the field in",
        ),
        (
            {"components": {"schemas": {"A": {"additionalProperties": "x"}}}},
            "#/components/schemas/A/additionalProperties",
            "must be a mapping",
        ),
        (
            {"components": {"schemas": {"A": {"items": {"$ref": ["x"]}}}}},
            "#/components/schemas/A/items/$ref",
            "['x'] leads nowhere in this file: it must be #/components/schemas/ and a name",
        ),
        (
            {"components": {"schemas": {"A": {"nullable": "yes", "additionalProperties": False}}}},
            "#/components/schemas/A/nullable",
            "must be true or false",
        ),
        (
            {"paths": {"/x": {"get": answering({"$ref": REFERENCE})}}},
            "#/paths/~1x/get/responses/200/content/application~1json/schema/$ref",
            "#/components/schemas/A leads nowhere in this file",
        ),
        (
            {"paths": {"/x": {"get": answering({"$ref": "other.yaml#/A"})}}},
            "#/paths/~1x/get/responses/200/content/application~1json/schema/$ref",
            "other.yaml#/A leads nowhere in this file: it must be #/components/schemas/ and a name",
        ),
        (
            {"components": {"headers": {"A": {"$ref": "other.yaml#/A"}}}},
            "#/components/headers/A/$ref",
            "other.yaml#/A leads nowhere in this file",
        ),
        (
            {"paths": {"/x": {"get": operation()}, "/y": {"put": operation()}}},
            "#/paths/~1x/get/operationId",
            "'get_x' is not the only one of its name",
        ),
    ],
)
def test_a_contract_beyond_repair_is_refused_with_its_place(
    tmp_path: Path, change: dict[str, Any], place: str, problem: str
) -> None:
    error = refusal(write(tmp_path / "core.yaml", contract() | change))
    assert (error.place, error.problem) == (place, problem)


def test_a_path_may_stand_elsewhere_with_more_beside_the_reference(tmp_path: Path) -> None:
    shared = {"get": {"responses": {"204": {"description": "done"}}}}
    document = contract({"/x": shared, "/y": {"$ref": "#/paths/~1x", "put": operation()}, "x-owner": {"get": 1}})
    read = load(write(tmp_path / "core.yaml", document))
    assert [operation.title for operation in operations(read)] == ["GET /x", "GET /y", "PUT /y"]
    assert read["paths"]["/x"]["get"] is not read["paths"]["/y"]["get"]


def test_references_in_examples_and_fields_called_ref_are_left_alone(tmp_path: Path) -> None:
    fields = {"type": "object", "properties": {"$ref": STRING}, "example": {"$ref": "anything"}}
    assert load(write(tmp_path / "core.yaml", contract(A=fields)))


def test_schemas_are_found_wherever_they_stand() -> None:
    inner = {"type": "array", "items": {"allOf": [{"$ref": REFERENCE}]}}
    document = contract(
        {"/x": {"parameters": [{"name": "n", "in": "query", "schema": STRING}], "get": answering(inner)}},
        A={
            "properties": {"properties": {"additionalProperties": STRING}, "not": {"not": {"enum": [1]}}},
            "required": [],
        },
    )
    assert [found.pointer for found in every_schema(document)] == [
        "#/paths/~1x/parameters/0/schema",
        "#/paths/~1x/get/responses/200/content/application~1json/schema",
        "#/paths/~1x/get/responses/200/content/application~1json/schema/items",
        "#/paths/~1x/get/responses/200/content/application~1json/schema/items/allOf/0",
        "#/components/schemas/A",
        "#/components/schemas/A/properties/properties",
        "#/components/schemas/A/properties/properties/additionalProperties",
        "#/components/schemas/A/properties/not",
        "#/components/schemas/A/properties/not/not",
    ]


def test_places_that_do_not_exist_hold_nothing() -> None:
    document = contract(A={"enum": ["a"]})
    assert find(document, ("components", "schemas", "A", "enum", 0)) == "a"
    assert find(document, ("components", "schemas", "A", "enum", 1)) is None
    assert find(document, ("info", "title", "x")) is None
    assert pointer("a/b", "c~d", 0) == "#/a~1b/c~0d/0"


def test_references_are_followed_until_they_lead_to_something() -> None:
    document = contract(A={"$ref": "#/components/schemas/B"}, B=STRING, C={"$ref": "#/components/schemas/C"})
    assert resolve(document, {"$ref": REFERENCE}) == STRING
    with pytest.raises(ContractError, match="refers to itself"):
        resolve(document, {"$ref": "#/components/schemas/C"})


def spots(value: Any) -> list[tuple[Any, Any]]:
    """Return each place in a document, as what holds it and its name or index."""
    children = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for name, child in list(children):
        found.append((value, name))
        if isinstance(child, dict | list):
            found += spots(child)
    return found


RAW_CONTRACT = load(RAW)
ODDITIES: list[Any] = [None, [], {}, "x", 5, True, [None], {"x": None}, [[]], -1.5, ""]


@settings(max_examples=60, deadline=None, database=None)
@given(choose=st.data())
def test_a_contract_that_is_damaged_anywhere_is_repaired_or_refused_with_its_place(choose: st.DataObject) -> None:
    document = separate(RAW_CONTRACT)
    holder, name = choose.draw(st.sampled_from(spots(document)))
    holder[name] = choose.draw(st.sampled_from(ODDITIES))
    error = refusal_or_none(document)
    assert error is None or str(error).startswith("#")


def refusal_or_none(document: Document) -> ContractError | None:
    try:
        refuse_beyond_repair(document)
        prepare(normalise(set_streams_aside(document).document).document)
        list(findings(document))
        examine(RAW_CONTRACT, document)
    except ContractError as error:
        return error
    return None
