"""Every rule on what it repairs, and on its twin that needs no repair."""

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from codegen.contract import Document, load, named_schemas, operations
from codegen.normalise import RULES, normalise
from codegen.prepare import set_streams_aside
from tests.unit.codegen.contracts import CORE, JSON, RAW, STRING, answering, contract, operation

A = "#/components/schemas/A"
OBJECT = {"type": "object", "properties": {"x": STRING}}
Find = Callable[[Document], Any]


def schema(name: str) -> Find:
    return lambda document: named_schemas(document)[name]


def field(name: str) -> Find:
    return lambda document: named_schemas(document)["H"]["properties"][name]


def the_operation(document: Document) -> Any:
    return next(operations(document)).body


def holding(**fields: Any) -> Document:
    return contract(H={"type": "object", "properties": fields}, A=OBJECT)


CASES: list[tuple[str, Document, Find, Any]] = [
    (
        "write_titles_and_versions_as_text",
        contract() | {"openapi": 3.0, "info": {"title": 5, "version": date(2024, 1, 31)}},
        lambda document: (document["openapi"], document["info"]),
        ("3.0", {"title": "5", "version": "2024-01-31"}),
    ),
    (
        "write_statuses_as_text",
        contract({"/x": {"get": operation(responses={204: {"description": "done"}})}}),
        lambda document: the_operation(document)["responses"],
        {"204": {"description": "done"}},
    ),
    (
        "describe_answers",
        contract({"/x": {"get": operation(responses={"204": {}})}}),
        lambda document: the_operation(document)["responses"],
        {"204": {"description": "Answer 204."}},
    ),
    (
        "keep_what_stands_beside_references",
        holding(a={"$ref": A, "description": "an A"}),
        field("a"),
        {"allOf": [{"$ref": A}], "description": "an A"},
    ),
    ("name_missing_types", contract(H={"properties": {"x": STRING}}), schema("H"), OBJECT),
    ("name_missing_types", holding(a={"items": STRING}), field("a"), {"type": "array", "items": STRING}),
    ("name_missing_types", holding(a={"enum": ["b"]}), field("a"), {"type": "string", "enum": ["b"]}),
    ("complete_arrays", holding(a={"type": "array"}), field("a"), {"type": "array", "items": {}}),
    (
        "prefer_json",
        contract(
            {"/x": {"get": operation(responses={"200": {"description": "x", "content": {"*/*": {}, "text/csv": {}}}})}}
        ),
        lambda document: the_operation(document)["responses"]["200"],
        {"description": "x", "content": {JSON: {}}},
    ),
    (
        "declare_path_parameters",
        contract({"/x/{id}": {"get": operation()}}),
        lambda document: the_operation(document)["parameters"],
        [{"name": "id", "in": "path", "required": True, "schema": STRING}],
    ),
    (
        "require_path_parameters",
        contract({"/x/{id}": {"get": operation(parameters=[{"name": "id", "in": "path", "schema": STRING}])}}),
        lambda document: the_operation(document)["parameters"][0]["required"],
        True,
    ),
    (
        "drop_stray_path_parameters",
        contract({"/x": {"get": operation(parameters=[{"name": "id", "in": "path", "required": True}])}}),
        lambda document: the_operation(document)["parameters"],
        [],
    ),
    (
        "leave_headers_to_the_transport",
        contract({"/x": {"parameters": [{"name": "X-A", "in": "header", "schema": STRING}], "get": operation()}}),
        lambda document: document["paths"]["/x"]["parameters"],
        [],
    ),
    (
        "name_operations",
        contract(
            {
                "/v2/user-groups/{groupId}/": {
                    "get": operation(
                        operationId="查询",
                        parameters=[{"name": "groupId", "in": "path", "required": True, "schema": STRING}],
                    )
                }
            }
        ),
        lambda document: the_operation(document)["operationId"],
        "get_user_groups_by_group_id",
    ),
    (
        "name_operations",
        contract({"/v1/a": {"get": operation(operationId="get_b")}, "/v1/b": {"get": operation(operationId=None)}}),
        lambda document: [each.body["operationId"] for each in operations(document)],
        ["get_b", "get_b2"],
    ),
    (
        "tag_operations",
        contract({"/v1/user-groups": {"get": operation(tags=["用户"])}}),
        lambda document: the_operation(document)["tags"],
        ["user_groups"],
    ),
    (
        "tag_operations",
        contract({"/v1/a": {"get": operation(tags=["用户", "people", "admin"])}}),
        lambda document: the_operation(document)["tags"],
        ["people"],
    ),
    (
        "tag_operations",
        contract({"/": {"get": operation(tags=[])}}),
        lambda document: the_operation(document)["tags"],
        ["default"],
    ),
    (
        "move_nullable_to_uses",
        contract(H={"type": "object", "properties": {"a": {"$ref": A}}}, A=OBJECT | {"nullable": True}),
        field("a"),
        {"allOf": [{"$ref": A}], "nullable": True},
    ),
    (
        "move_nullable_to_uses",
        contract(
            H={"type": "object", "properties": {"a": {"allOf": [{"$ref": A}]}}},
            A={"type": "string", "nullable": True, "enum": ["b", None]},
        ),
        lambda document: (field("a")(document), schema("A")(document)),
        ({"allOf": [{"$ref": A}], "nullable": True}, {"type": "string", "enum": ["b"]}),
    ),
    (
        "list_null_among_nullable_values",
        contract(H={"type": "object", "properties": {"a": {"type": "string", "nullable": True, "enum": ["b"]}}}),
        schema("HA"),
        {"type": "string", "enum": ["b"]},
    ),
    (
        "name_nullable_shapes",
        holding(a=OBJECT | {"nullable": True}),
        lambda document: (field("a")(document), schema("HA")(document)),
        ({"allOf": [{"$ref": "#/components/schemas/HA"}], "nullable": True}, OBJECT),
    ),
    (
        "name_nullable_shapes",
        contract({"/x": {"get": answering({"type": "array", "items": OBJECT | {"nullable": True}})}}),
        schema("GetX"),
        OBJECT,
    ),
    (
        "name_variants",
        contract(U={"oneOf": [OBJECT | {"title": "first one"}, {"type": "string", "enum": ["b", "c"]}, STRING]}),
        lambda document: schema("U")(document)["oneOf"],
        [{"$ref": "#/components/schemas/UFirstOne"}, {"$ref": "#/components/schemas/UVariant2"}, STRING],
    ),
    (
        "name_variants",
        contract(U={"anyOf": [OBJECT, {"type": "object", "properties": {"kind": {"enum": ["k"]}, "y": STRING}}]}),
        lambda document: schema("U")(document)["anyOf"],
        [{"$ref": "#/components/schemas/UX"}, {"$ref": "#/components/schemas/UK"}],
    ),
    (
        "tag_discriminated_variants",
        contract(
            U={
                "oneOf": [{"$ref": A}, STRING],
                "discriminator": {"propertyName": "kind", "mapping": {"first": A}},
            },
            A={"type": "object", "properties": {"kind": STRING, "x": STRING}},
        ),
        schema("A"),
        {
            "type": "object",
            "properties": {"kind": STRING | {"enum": ["first"]}, "x": STRING},
            "required": ["kind"],
        },
    ),
    (
        "require_what_tells_variants_apart",
        contract(U={"oneOf": [{"$ref": A}, STRING]}, A=OBJECT),
        schema("A"),
        OBJECT | {"required": ["x"]},
    ),
    (
        "share_repeated_values",
        holding(a=STRING | {"enum": ["b", "c"], "description": "d"}, b=STRING | {"enum": ["b", "c"]}),
        lambda document: (field("a")(document), field("b")(document)),
        (
            {"allOf": [{"$ref": "#/components/schemas/HA"}], "description": "d"},
            {"$ref": "#/components/schemas/HA"},
        ),
    ),
    (
        "tell_members_apart",
        holding(a={"type": "string", "enum": ["a-b", "A b", "+", ""]}),
        lambda document: field("a")(document)["x-enum-varnames"],
        ["A_B", "A_B2", "VALUE_2", "VALUE_3"],
    ),
]


@pytest.mark.parametrize(("rule", "document", "find", "expected"), CASES)
def test_a_rule_repairs_what_it_is_for(rule: str, document: Document, find: Find, expected: Any) -> None:
    before = deepcopy(document)
    repaired, repairs = normalise(document)
    assert find(repaired) == expected
    assert rule in {repair.rule for repair in repairs}
    assert all(repair.place.startswith("#/") and repair.done for repair in repairs)
    assert document == before


@pytest.mark.parametrize(("rule", "document", "find", "expected"), CASES)
def test_a_repaired_contract_needs_no_repair(rule: str, document: Document, find: Find, expected: Any) -> None:
    repaired = normalise(document).document
    again, repairs = normalise(repaired)
    assert repairs == []
    assert again == repaired


def test_every_rule_is_tried() -> None:
    assert {case[0] for case in CASES} == {rule.__name__ for rule in RULES}


def test_harmless_contracts_are_left_as_they_are() -> None:
    document = contract(
        {
            "/x/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": STRING}],
                "get": answering({"$ref": A}, parameters=[{"name": "q", "in": "query", "schema": STRING}]),
            }
        },
        A={
            "type": "object",
            "properties": {
                "free": {},
                "number": {"enum": [1, 2]},
                "empty": {"enum": []},
                "named": {"type": "integer", "enum": [3, 4], "x-enum-varnames": ["ONE", "TWO"]},
                "any": {"description": "whatever", "nullable": True},
                "union": {"oneOf": [{"$ref": "#/components/schemas/B"}, STRING]},
            },
        },
        B={"type": "object", "required": ["kind"], "properties": {"kind": STRING | {"enum": ["b"]}, "y": STRING}},
        U={
            "oneOf": [{"$ref": "#/components/schemas/B"}],
            "discriminator": {"propertyName": "kind", "mapping": {"b": "#/components/schemas/B"}},
        },
    )
    assert normalise(document) == (document, [])


def test_parameters_by_reference_count_as_declared() -> None:
    document = contract({"/x/{id}": {"get": operation(parameters=[{"$ref": "#/components/parameters/Id"}])}})
    document["components"]["parameters"] = {"Id": {"name": "id", "in": "path", "required": True, "schema": STRING}}
    assert normalise(document) == (document, [])


def test_nameless_shapes_outside_operations_are_named_after_their_place() -> None:
    document = contract(
        {
            "/x": {
                "parameters": [
                    {
                        "name": "page size",
                        "in": "query",
                        "schema": {"type": "string", "nullable": True, "enum": ["a", None]},
                    }
                ]
            }
        }
    )
    document["components"]["responses"] = {
        "空": {"description": "x", "content": {JSON: {"schema": {"properties": {"值": OBJECT | {"nullable": True}}}}}}
    }
    named = set(named_schemas(normalise(document).document))
    assert named == {"XPageSize", "ContentApplicationJsonSchema"}


def test_the_order_of_the_rules_is_fixed() -> None:
    order = {rule.__name__: index for index, rule in enumerate(RULES)}
    found = [repair.rule for repair in normalise(set_streams_aside(load(RAW)).document).repairs]
    assert sorted(found, key=order.__getitem__) == found
    assert set(found) == set(order)


def test_the_projects_contract_needs_no_repair_but_sharing() -> None:
    repairs = normalise(set_streams_aside(load(CORE)).document).repairs
    assert {repair.rule for repair in repairs} <= {"share_repeated_values"}
