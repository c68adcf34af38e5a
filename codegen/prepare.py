"""What the generator gets to see of a contract, and what it leaves to hand-written code."""

from copy import deepcopy
from typing import NamedTuple

from codegen.contract import Document, Operation, every_schema, operations, resolve
from codegen.structure import is_extension

_FORMATS_OF_OTHER_TYPES = ("date", "date-time", "uuid", "binary", "byte")
"""Formats for which the generator would turn a string into another type, losing how it was written."""


class WithoutStreams(NamedTuple):
    """A contract without streams, and what they were called."""

    document: Document
    streams: list[str]


def set_streams_aside(document: Document) -> WithoutStreams:
    """Return a copy without the operations that answer with events or switch protocols."""
    remaining = deepcopy(document)
    streams = [operation for operation in operations(remaining) if is_stream(remaining, operation.body)]
    for operation in streams:
        del operation.item[operation.method]
    return WithoutStreams(remaining, [operation.title for operation in streams])


def is_stream(document: Document, operation: Document) -> bool:
    """Whether an operation answers with events (text/event-stream) or by switching protocols (101)."""
    responses = operation["responses"]
    answers = [resolve(document, response) for response in responses.values()]
    return "101" in map(str, responses) or any(
        "text/event-stream" in (answer.get("content") or {}) for answer in answers
    )


def prepare(document: Document) -> Document:
    """Return a copy of a repaired contract with answers of success only, and strings and absences as they are sent."""
    prepared = deepcopy(document)
    prepared["paths"] = {path: item for path, item in prepared["paths"].items() if not is_extension(path)}
    for operation in operations(prepared):
        _keep_success_only(operation)
    for found in every_schema(prepared):
        _keep_as_sent(found.schema)
    return prepared


def _keep_success_only(operation: Operation) -> None:
    """Drop the other answers: whatever is not success raises an error, decoded leniently whatever its schema."""
    responses = operation.body["responses"]
    operation.body["responses"] = {status: answer for status, answer in responses.items() if status.startswith("2")}


def _keep_as_sent(schema: Document) -> None:
    """Defaults are the kernel's to apply: in the client, a field that is absent stays absent."""
    schema.pop("default", None)
    if schema.get("format") in _FORMATS_OF_OTHER_TYPES:
        del schema["format"]
