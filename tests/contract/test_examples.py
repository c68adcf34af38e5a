"""Every example of the contract is what its schema describes, and nothing that needs one is without."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4

from tests.contract.document import Document, all_parameters, load_contract, operations, resolve, walk

CONTRACT = load_contract()
ADDRESS = "urn:contract"


def pointer(steps: tuple[str, ...]) -> str:
    return "#/" + "/".join(step.replace("~", "~0").replace("/", "~1") for step in steps)


def examples(contract: Document) -> Iterator[tuple[str, str, Any]]:
    """Each example as (its place, the place of its schema, the example)."""
    for steps, node in walk(contract):
        if not isinstance(node, dict) or {"example", "examples"} & set(steps):
            continue
        if "example" in node:
            yield pointer((*steps, "example")), pointer((*steps, *_schema_steps(node))), node["example"]
        for name, example in node.get("examples", {}).items():
            yield pointer((*steps, "examples", name)), pointer((*steps, "schema")), example["value"]


def _schema_steps(node: Document) -> tuple[str, ...]:
    return ("schema",) if "schema" in node else ()


def errors(contract: Document, schema_place: str, example: Any) -> list[str]:
    """What is wrong with an example, as (place: problem)."""
    registry: Registry[Any] = Registry().with_resource(ADDRESS, DRAFT4.create_resource(contract))
    validator = OAS30Validator({"$ref": ADDRESS + schema_place}, registry=registry)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(example)]


@pytest.mark.parametrize(
    ("schema_place", "example"), [pytest.param(*found, id=place) for place, *found in examples(CONTRACT)]
)
def test_an_example_is_valid(schema_place: str, example: Any) -> None:
    assert errors(CONTRACT, schema_place, example) == []


def test_every_kind_of_example_is_looked_at() -> None:
    places = [place for place, _, _ in examples(CONTRACT)]
    assert len(places) > 150
    for kind in ("/requestBody/", "/responses/200/", "/headers/", "/parameters/", "/properties/", "/examples/degraded"):
        assert any(kind in place for place in places), kind


@pytest.mark.parametrize(
    ("name", "example", "problem"),
    [
        ("HealthStatus", {"Degraded": {}}, "is not valid under any of the given schemas"),
        ("HealthStatus", "Degraded", "is not valid under any of the given schemas"),
        ("HealthStatus", {}, "is not valid under any of the given schemas"),
        ("ActionView", {"type": "select_node"}, "'target' is a required property"),
        ("NodeStatus", {"role": "server"}, "is not one of"),
        ("NodeStatus", {"id": None}, "None for not nullable"),
        ("Traffic", {"used": "1"}, "is not of type 'integer'"),
        ("ErrorResponse", {"code": "conflict"}, "is a required property"),
    ],
)
def test_a_wrong_example_is_found(name: str, example: Any, problem: str) -> None:
    assert problem in errors(CONTRACT, f"#/components/schemas/{name}", example)[0]


@pytest.mark.parametrize(
    ("name", "example"),
    [
        ("HealthStatus", {"Unhealthy": {"consecutive_failures": 5}}),
        ("RatePatch", {"up": None}),
        ("NodeStatus", {"new_in_a_later_kernel": True}),
        ("RuntimeStatusSnapshot", {}),
    ],
)
def test_what_kernels_may_send_is_valid(name: str, example: Any) -> None:
    assert errors(CONTRACT, f"#/components/schemas/{name}", example) == []


def test_bodies_and_answers_have_examples() -> None:
    contents = {
        f"{operation['operationId']} {label}": entry
        for _, _, operation in operations(CONTRACT)
        for label, node in _messages(operation)
        for entry in resolve(CONTRACT, node).get("content", {}).values()
    }
    assert len(contents) > 39
    assert [name for name, entry in contents.items() if not {"example", "examples"} & set(entry)] == []


def _messages(operation: Document) -> Iterator[tuple[str, Document]]:
    if "requestBody" in operation:
        yield "body", operation["requestBody"]
    yield from operation["responses"].items()


def test_every_operation_has_an_example() -> None:
    for _, _, operation in operations(CONTRACT):
        nodes = [*operation.get("parameters", ()), *(node for _, node in _messages(operation))]
        found = [entry for node in nodes for entry in _example_holders(resolve(CONTRACT, node))]
        assert any({"example", "examples"} & set(entry) for entry in found), operation["operationId"]


def _example_holders(node: Document) -> list[Document]:
    return [node, *node.get("content", {}).values()]


def test_parameters_have_examples() -> None:
    assert [name for name, parameter in all_parameters(CONTRACT).items() if "example" not in parameter] == []


def frames(text: str) -> list[tuple[str, Any]]:
    """The frames of an example of server-sent events as (name, document)."""
    found = re.findall(r"^event: (.+)\ndata: (.+)\n\n", text, flags=re.MULTILINE)
    assert len(found) == text.count("event: "), "each frame is an event line, a data line and a blank line"
    return [(name, json.loads(data)) for name, data in found]


def operation_named(name: str) -> Document:
    return next(operation for _, _, operation in operations(CONTRACT) if operation["operationId"] == name)


def stream_frames(name: str) -> list[tuple[str, Any]]:
    return frames(operation_named(name)["responses"]["200"]["content"]["text/event-stream"]["example"])


def test_frames_of_the_status_stream() -> None:
    found = stream_frames("stream_status")
    assert [(name, document["type"]) for name, document in found] == [("status.full", "full"), ("status.diff", "diff")]
    for _, document in found:
        assert set(document) == {"type", "snapshot"}
        assert errors(CONTRACT, "#/components/schemas/RuntimeStatusSnapshot", document["snapshot"]) == []


def test_frames_of_the_event_stream() -> None:
    for name, document in stream_frames("stream_events"):
        assert list(document) == ["event", "event_id", "occurred_at_ms", "payload"]
        assert document["event"] == name


@pytest.mark.parametrize(
    ("socket", "stream"), [("stream_status_ws", "stream_status"), ("stream_events_ws", "stream_events")]
)
def test_messages_of_a_websocket_have_the_form_of_the_frames(socket: str, stream: str) -> None:
    text = re.search(r"```json\n(.*?)```", operation_named(socket)["description"], flags=re.DOTALL)
    assert text
    described = _documents(text[1])
    assert [set(document) for document in described] == [set(document) for _, document in stream_frames(stream)]


def _documents(text: str) -> list[Any]:
    """JSON documents that stand one after the other."""
    decoder, found, text = json.JSONDecoder(), [], text.strip()
    while text:
        document, end = decoder.raw_decode(text)
        found.append(document)
        text = text[end:].lstrip()
    return found
