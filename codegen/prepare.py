"""What the generator gets to see of a contract, and what it leaves to hand-written code."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any, NamedTuple

from codegen.contract import (
    ContractError,
    Document,
    Operation,
    every_schema,
    media_type,
    operations,
    parameters,
    resolve,
)

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
    media = {media_type(name) for answer in answers for name in answer.get("content") or {}}
    return "101" in map(str, responses) or "text/event-stream" in media


def prepare(document: Document) -> Document:
    """Return a copy of a repaired contract with answers of success only, and strings and absences as they are sent.

    Raises `ContractError` for what an operation cannot send or read.
    """
    prepared = deepcopy(document)
    for operation in operations(prepared):
        _keep_success_only(operation)
        _refuse_unsendable_parameters(prepared, operation)
        _keep_media(prepared, operation.body.get("requestBody"), f"{operation.pointer}/requestBody", _is_json)
        for status, answer in operation.body["responses"].items():
            _keep_media(prepared, answer, f"{operation.pointer}/responses/{status}", _is_json_or_text)
    for found in every_schema(prepared):
        _keep_as_sent(found.schema)
    return prepared


def _keep_success_only(operation: Operation) -> None:
    """Drop the other answers: whatever is not success raises an error, decoded leniently whatever its schema."""
    responses = operation.body["responses"]
    operation.body["responses"] = {status: answer for status, answer in responses.items() if status.startswith("2")}


def _refuse_unsendable_parameters(document: Document, operation: Operation) -> None:
    """Refuse what is spelled in a way of its own: anything without a schema, objects, lists that repeat no name."""
    for _, parameter in parameters(document, operation):
        name = f"the {parameter['in']} parameter {parameter['name']}"
        if "schema" not in parameter:
            raise ContractError(operation.pointer, f"{name} cannot be sent: it has no schema")
        kind = resolve(document, parameter["schema"]).get("type")
        repeated = parameter.get("style", "form") == "form" and parameter.get("explode") is not False
        if parameter["in"] == "query" and (kind == "object" or (kind == "array" and not repeated)):
            raise ContractError(operation.pointer, f"{name} cannot be sent: only a list with `explode: true` can")


def _keep_media(document: Document, body: Any, place: str, is_kept: Callable[[str], bool]) -> None:
    """Keep the media types that the client can carry, or refuse a body or answer that has no other ones."""
    described = resolve(document, body) or {}
    content = described.get("content") or {}
    kept = {media_type(name): entry for name, entry in content.items() if is_kept(media_type(name))}
    if content and not kept:
        raise ContractError(place, f"{', '.join(content)} cannot be carried: use application/json")
    described["content"] = kept


def _is_json(media: str) -> bool:
    return media == "application/json" or media.endswith("+json")


def _is_json_or_text(media: str) -> bool:
    return _is_json(media) or media.startswith("text/")


def _keep_as_sent(schema: Document) -> None:
    """Defaults are the kernel's to apply: in the client, a field that is absent stays absent."""
    schema.pop("default", None)
    if schema.get("format") in _FORMATS_OF_OTHER_TYPES:
        del schema["format"]
