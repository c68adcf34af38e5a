"""What the generator gets to see of a repaired contract, and what it leaves to hand-written code."""

from copy import deepcopy
from typing import Any, NamedTuple

from codegen.contract import Document, Operation, operations, resolve, walk

_STRING_FORMATS_OF_CLASSES = ("date", "date-time", "uuid", "binary", "byte")
"""Formats for which the generator would turn a string into another type, losing how it was written."""


class Prepared(NamedTuple):
    """The contract for the generator, and the operations that it does not contain."""

    document: Document
    streams: list[str]


def prepare(document: Document) -> Prepared:
    """Return a copy of the contract with answers of success only, strings as they are sent, and no streams."""
    prepared = deepcopy(document)
    streams = [operation for operation in operations(prepared) if is_stream(prepared, operation.body)]
    for operation in streams:
        del operation.item[operation.method]
    for operation in operations(prepared):
        _keep_success_only(operation)
    for _, value in walk(prepared):
        if isinstance(value, dict):
            _keep_strings_as_sent(value)
    return Prepared(prepared, [operation.title for operation in streams])


def is_stream(document: Document, operation: Document) -> bool:
    """Whether an operation answers with events (text/event-stream) or by switching protocols (101)."""
    responses = operation["responses"]
    answers = [resolve(document, response) for response in responses.values()]
    return "101" in map(str, responses) or any("text/event-stream" in _content(answer) for answer in answers)


def _content(answer: Any) -> Document:
    content: Document = answer.get("content") or {}
    return content


def _keep_success_only(operation: Operation) -> None:
    """Drop the other answers: whatever is not success raises an error, decoded leniently whatever its schema."""
    responses = operation.body["responses"]
    operation.body["responses"] = {status: answer for status, answer in responses.items() if status.startswith("2")}


def _keep_strings_as_sent(schema: Document) -> None:
    if schema.get("type") == "string" and schema.get("format") in _STRING_FORMATS_OF_CLASSES:
        del schema["format"]
