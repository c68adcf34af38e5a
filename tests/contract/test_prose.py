"""The contract explains itself: nothing in it is without a description."""

from collections import Counter
from typing import Any

from tests.contract.document import Document, all_parameters, operations, resolve, walk


def undescribed(named: dict[str, Document]) -> list[str]:
    """Names of nodes whose description is missing, or too short to say anything."""
    return [name for name, node in named.items() if len(node.get("description", "").split()) < 2]


def test_operations_are_named_once(contract: Document) -> None:
    names = Counter(operation["operationId"] for _, _, operation in operations(contract))
    assert [name for name, count in names.items() if count > 1] == []
    assert [name for name in names if not name.replace("_", "").islower()] == []


def test_operations_have_one_declared_tag(contract: Document) -> None:
    declared = [tag["name"] for tag in contract["tags"]]
    assert {tuple(operation["tags"]) for _, _, operation in operations(contract)} == {(tag,) for tag in declared}
    assert undescribed({tag["name"]: tag for tag in contract["tags"]}) == []


def test_operations_are_explained(contract: Document) -> None:
    named = {operation["operationId"]: operation for _, _, operation in operations(contract)}
    assert undescribed(named) == []
    assert [name for name, operation in named.items() if not operation.get("summary")] == []
    summaries = Counter(operation["summary"] for operation in named.values())
    assert [summary for summary, count in summaries.items() if count > 1] == []


def test_operations_document_the_statuses_that_callers_must_expect(contract: Document) -> None:
    for _, path, operation in operations(contract):
        expected = {"default"} if path == "/healthz" else {"401", "403", "429", "default"}
        expected |= {"404"} if "{" in path else set()
        expected |= {"400"} if "requestBody" in operation else set()
        assert expected <= set(operation["responses"]), operation["operationId"]


def test_responses_are_explained(contract: Document) -> None:
    named = {
        f"{operation['operationId']} {status}": resolve(contract, response)
        for _, _, operation in operations(contract)
        for status, response in operation["responses"].items()
    }
    assert undescribed(named) == []


def test_parameters_are_explained_where_generators_look_for_it_too(contract: Document) -> None:
    parameters = all_parameters(contract)
    assert undescribed(parameters) == []
    differing = [name for name, found in parameters.items() if found["schema"]["description"] != found["description"]]
    assert differing == []


def test_schemas_are_explained(contract: Document) -> None:
    assert undescribed(contract["components"]["schemas"]) == []


def test_fields_are_explained(contract: Document) -> None:
    fields = {
        f"{name}.{key}": field
        for name, schema in contract["components"]["schemas"].items()
        for key, field in schema.get("properties", {}).items()
    }
    assert len(fields) > 300
    assert undescribed(fields) == []


def test_security_schemes_and_servers_are_explained(contract: Document) -> None:
    assert undescribed(contract["components"]["securitySchemes"]) == []
    assert undescribed({server["url"]: server for server in contract["servers"]}) == []


def schemas_of_type(contract: Document, kind: str) -> dict[str, Any]:
    return {
        "/".join(steps): node
        for steps, node in walk(contract)
        if isinstance(node, dict) and node.get("type") == kind and not {"example", "value"} & set(steps)
    }


def test_integers_have_64_bits(contract: Document) -> None:
    integers = schemas_of_type(contract, "integer")
    assert len(integers) > 150
    assert {name: node for name, node in integers.items() if node.get("format") != "int64"} == {}


def test_units_of_integers_are_named(contract: Document) -> None:
    """A name that carries a unit is explained with that unit."""
    units = {"_ms": "milliseconds", "_seconds": "seconds", "_bytes": "bytes"}
    silent = [
        name
        for name, node in schemas_of_type(contract, "integer").items()
        for suffix, unit in units.items()
        if name.endswith(suffix) and unit not in node["description"].lower()
    ]
    assert silent == []


def test_no_reference_has_neighbours(contract: Document) -> None:
    """OpenAPI 3.0 ignores whatever stands beside a `$ref`."""
    references = {"/".join(steps): node for steps, node in walk(contract) if isinstance(node, dict) and "$ref" in node}
    assert len(references) > 200
    assert [place for place, node in references.items() if len(node) > 1] == []
