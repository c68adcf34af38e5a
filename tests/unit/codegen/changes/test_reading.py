"""What is read from a schema, seen through what a comparison finds in two of them."""

from typing import Any

import pytest

from codegen.changes import Finding, compare, read_contract

Schemas = dict[str, Any]


def contract(request: Any, response: Any, schemas: Schemas | None = None, **operation: Any) -> dict[str, Any]:
    """A contract of one operation with these schemas as body and answer."""
    body = {"content": {"application/json": {"schema": request}}}
    answer = {"description": "ok", "content": {"application/json": {"schema": response}}}
    call = {"operationId": "call", "requestBody": body, "responses": {200: answer}, **operation}
    return {"paths": {"/call": {"post": call}}, "components": {"schemas": schemas or {}}}


def between(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [summary(finding) for finding in compare(read_contract(old), read_contract(new))]


def summary(finding: Finding) -> tuple[str, str, str]:
    return (finding.severity.label, finding.kind, f"{finding.where} {finding.direction}")


def sent(old: Any, new: Any) -> list[tuple[str, str, str]]:
    return between(contract(old, {}), contract(new, {}))


def received(old: Any, new: Any) -> list[tuple[str, str, str]]:
    return between(contract({}, old), contract({}, new))


BODY, ANSWER = "call > body request", "call > response 200 response"


@pytest.mark.parametrize(
    ("narrow", "wide", "limit"),
    [
        ({"maximum": 5}, {}, "maximum"),
        ({"maximum": 5}, {"maximum": 6}, "maximum"),
        ({"maximum": 5, "exclusiveMaximum": True}, {"maximum": 5}, "maximum"),
        ({"minimum": 5, "exclusiveMinimum": True}, {"minimum": 5}, "minimum"),
        ({"minLength": 2}, {"minLength": 1}, "minLength"),
        ({"maxLength": 2}, {"maxLength": 3}, "maxLength"),
        ({"uniqueItems": True}, {"uniqueItems": False}, "uniqueItems"),
        ({"format": "ipv4"}, {}, "format"),
        ({"pattern": "^a"}, {}, "pattern"),
    ],
)
def test_limits_are_ranked(narrow: Schemas, wide: Schemas, limit: str) -> None:
    assert sent(wide, narrow) == [("breaking", "limit-narrowed", BODY)], limit
    assert sent(narrow, wide) == [("compatible", "limit-widened", BODY)]
    assert received(wide, narrow) == [("compatible", "limit-narrowed", ANSWER)]
    assert received(narrow, wide) == [("risky", "limit-widened", ANSWER)]


def test_limits_that_cannot_be_ranked_are_changed() -> None:
    assert sent({"pattern": "^a"}, {"pattern": "^b"}) == [("breaking", "limit-changed", BODY)]
    assert received({"format": "ipv4"}, {"format": "ipv6"}) == [("risky", "limit-changed", ANSWER)]


@pytest.mark.parametrize("hint", ["int64", "double", "float", "password"])
def test_formats_that_are_hints_are_silent(hint: str) -> None:
    assert sent({"type": "string"}, {"type": "string", "format": hint}) == []


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ({}, {"type": "string"}, "type-narrowed"),
        ({"type": "number"}, {"type": "integer"}, "type-narrowed"),
        ({"type": "string"}, {}, "type-widened"),
        ({"type": "string"}, {"type": "boolean"}, "type-changed"),
        ({"type": "object"}, {"properties": {"a": {}}}, "field-added"),
        ({"type": "object"}, {"additionalProperties": {"type": "string"}}, "type-narrowed"),
        ({"type": "array", "items": {}}, {"items": {"type": "string"}}, "type-narrowed"),
    ],
)
def test_types_are_named_or_seen_from_what_stands_beside_them(old: Schemas, new: Schemas, kind: str) -> None:
    assert kind in [found for _, found, _ in sent(old, new)]


def test_merged_schemas_are_compared_by_what_they_add_up_to() -> None:
    base = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    whole = {**base, "required": ["id", "name"], "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}
    own = {"required": ["name"], "properties": {"name": {"type": "string"}}}
    merged = {"allOf": [{"$ref": "#/components/schemas/Base"}, own], "nullable": False}
    schemas = {"Base": base, "Whole": whole}
    spelled_out = contract({"$ref": "#/components/schemas/Whole"}, {}, schemas)
    added_up = contract({"$ref": "#/components/schemas/Whole"}, {}, schemas | {"Whole": merged})
    assert between(spelled_out, added_up) == []
    assert between(added_up, spelled_out) == []


def test_a_schema_merged_with_itself_is_read() -> None:
    own = {"allOf": [{"$ref": "#/components/schemas/Own"}, {"properties": {"a": {}}}]}
    schemas = {"Own": own}
    once = contract({"$ref": "#/components/schemas/Own"}, {}, schemas)
    assert between(once, contract({"$ref": "#/components/schemas/Own"}, {}, schemas)) == []


def test_a_schema_that_recurses_out_of_step_is_compared_to_the_end() -> None:
    reference = {"$ref": "#/components/schemas/Chain"}
    every = {"type": "object", "properties": {"next": reference}}
    second = {"type": "object", "properties": {"next": {"type": "object", "properties": {"next": reference}}}}
    old = contract({}, {"type": "object", "properties": {"next": reference}}, {"Chain": every})
    new = contract({}, reference, {"Chain": second})
    assert all(severity == "compatible" for severity, *_ in between(old, new) if "class" not in _[0])


def test_fields_that_are_read_only_are_not_sent_and_those_that_are_write_only_do_not_come() -> None:
    plain = {"type": "object", "properties": {"a": {"type": "string"}}}
    read_only = {"type": "object", "properties": {"a": {"type": "string", "readOnly": True}}}
    write_only = {"type": "object", "properties": {"a": {"type": "string", "writeOnly": True}}}
    assert sent(plain, read_only) == [("breaking", "field-removed", "call > body.a request")]
    assert received(plain, read_only) == []
    assert received(plain, write_only) == [("breaking", "field-removed", "call > response 200.a response")]
    assert sent(plain, write_only) == []


def test_a_change_is_judged_in_the_direction_in_which_it_is_worst() -> None:
    reference = {"$ref": "#/components/schemas/Both"}
    plain = {"type": "object", "properties": {"a": {"type": "string"}}}
    required = {**plain, "required": ["a"]}
    gone = {"type": "object", "properties": {"b": {}}}
    old = contract(reference, reference, {"Both": plain})
    assert between(old, contract(reference, reference, {"Both": required})) == [
        ("breaking", "field-required", "Both.a request")
    ]
    assert ("breaking", "field-removed", "Both.a both") in between(old, contract(reference, reference, {"Both": gone}))


def test_inline_variants_are_paired_by_what_they_are_made_of() -> None:
    inline = {"oneOf": [{"type": "string"}, {"type": "object", "properties": {"a": {}}, "additionalProperties": False}]}
    named = {"oneOf": [{"$ref": "#/components/schemas/A"}, {"type": "string"}]}
    variant = {"type": "object", "properties": {"a": {}}, "additionalProperties": False}
    old, new = contract({}, inline), contract({}, named, {"A": variant})
    assert between(old, new) == [("breaking", "class-renamed", "CallResponse200Type1 python")]


def test_a_schema_that_becomes_a_union_with_itself_is_widened() -> None:
    union = {"anyOf": [{"type": "string"}, {"type": "integer"}]}
    assert received({"type": "string"}, union) == [("breaking", "type-widened", ANSWER)]
    assert sent({"type": "string"}, union) == [("compatible", "type-widened", BODY)]
    assert received(union, {"type": "string"}) == [("compatible", "variant-removed", ANSWER)]
    assert received({"type": "boolean"}, union) == [("breaking", "type-changed", ANSWER)]


def test_null_is_compared_once_where_a_schema_stands_for_its_only_variant() -> None:
    text = {"type": "string", "nullable": True}
    union = {"oneOf": [{"type": "string"}, {"type": "integer"}], "nullable": True}
    assert sent(text, union) == [("compatible", "type-widened", BODY)]
    assert received(union, text) == [("compatible", "variant-removed", ANSWER)]


def test_enum_values_that_the_generator_cannot_name_apart_are_compared_by_value() -> None:
    old = {"type": "string", "enum": ["a.b", "a_b", "A.B"]}
    assert received(old, {**old, "enum": ["a.b", "a_b"]}) == [("breaking", "enum-value-removed", ANSWER)]
    assert received({"enum": ["a.b", "a_b"]}, {"enum": ["a_b", "a.b"]}) == []


def test_enum_members_named_by_their_position_are_renamed_by_a_new_order() -> None:
    kinds = [kind for _, kind, _ in received({"enum": ["1h", "2h"]}, {"enum": ["2h", "1h"]})]
    assert kinds == ["enum-member-renamed", "enum-member-renamed"]


def test_schemas_that_no_operation_reaches_are_what_a_kernel_pushes() -> None:
    frame = {"type": "object", "properties": {"type": {"type": "string"}}}
    old, new = contract({}, {}, {"Frame": frame}), contract({}, {}, {"Frame": {**frame, "properties": {}}})
    assert ("breaking", "field-removed", "Frame.type response") in between(old, new)


def test_bodies_appear_and_vanish() -> None:
    old, new = contract({}, {}), contract({}, {})
    del old["paths"]["/call"]["post"]["requestBody"]
    assert between(old, old) == []
    assert between(old, new) == [("compatible", "body-added", BODY)]
    assert between(new, old) == [("breaking", "body-removed", BODY)]
    new["paths"]["/call"]["post"]["requestBody"]["required"] = True
    assert between(old, new) == [("breaking", "body-added-required", BODY)]


def test_parameters_with_content_are_read() -> None:
    def parameter(kind: str) -> dict[str, Any]:
        content = {"application/json": {"schema": {"type": kind}}}
        return {"parameters": [{"name": "filter", "in": "query", "content": content}]}

    old, new = contract({}, {}, **parameter("object")), contract({}, {}, **parameter("array"))
    assert between(old, new) == [("breaking", "type-changed", "call > query filter request")]


def test_parameters_and_headers_are_told_apart_and_deprecated() -> None:
    header = {"name": "X-Trace", "in": "header", "schema": {"type": "string"}}
    old = contract({}, {}, parameters=[header])
    renamed = contract({}, {}, parameters=[header | {"name": "x-trace", "deprecated": True}])
    assert between(old, renamed) == [("compatible", "parameter-deprecated", "call > header x-trace request")]
    moved = contract({}, {}, parameters=[header | {"in": "query"}])
    assert [kind for _, kind, _ in between(old, moved)] == ["parameter-removed", "parameter-added"]


def test_scopes_and_places_tell_security_schemes_apart() -> None:
    def secured(place: str, scopes: list[str]) -> dict[str, Any]:
        document = contract({}, {}, security=[{"key": scopes}])
        document["components"]["securitySchemes"] = {"key": {"type": "apiKey", "in": place, "name": "X-Key"}}
        return document

    moved = between(secured("header", []), secured("query", []))
    assert [(severity, kind) for severity, kind, _ in moved] == [
        ("breaking", "security-removed"),
        ("compatible", "security-added"),
    ]
    assert between(secured("header", ["a"]), secured("header", ["b"]))


def test_names_of_streams_are_nobodys_import() -> None:
    switching = {"responses": {"101": {"description": "switch"}}}
    old, new = contract({}, {}, **switching), contract({}, {}, **switching, tags=["other"])
    new["paths"]["/call"]["post"]["operationId"] = "other"
    assert between(old, new) == []
