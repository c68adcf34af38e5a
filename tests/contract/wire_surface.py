"""What of the contract shows on the wire, as plain lines: paths, parameters, bodies, fields, types and enums.

After a change that is meant, `python -m tests.contract.wire_surface` writes the committed list anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.contract.document import Document, load_contract, operations, resolve

COMMITTED = Path(__file__).with_name("wire-surface.txt")


def type_name(schema: Document) -> str:
    """Short notation of a type: `Name`, `[T]`, `map<T>`, `enum(a|b)`; a trailing `?` means nullable."""
    return _plain_type_name(schema) + ("?" if schema.get("nullable") else "")


def _plain_type_name(schema: Document) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[1])
    if "allOf" in schema:
        return " & ".join(map(type_name, schema["allOf"]))
    if "oneOf" in schema:
        return " | ".join(map(type_name, schema["oneOf"]))
    if "enum" in schema:
        return f"{schema['type']} enum({'|'.join(schema['enum'])})"
    if schema["type"] == "array":
        return f"[{type_name(schema['items'])}]"
    if schema["type"] == "object":
        return _object_type_name(schema)
    return " ".join(str(schema[key]) for key in ("type", "format", "minimum", "maximum") if key in schema)


def _object_type_name(schema: Document) -> str:
    values = schema.get("additionalProperties", True)
    if isinstance(values, dict):
        return f"map<{type_name(values)}>"
    return "object" if values else "closed object"


def surface(contract: Document) -> list[str]:
    """The whole wire surface of a contract, one fact a line, independent of the order in the file."""
    lines = [f"security: {_security(contract)}"]
    for method, path, operation in sorted(operations(contract), key=lambda found: (found[1], found[0])):
        lines += ["", f"{method} {path} ({operation['operationId']})"]
        lines += [f"  {line}" for line in _operation_lines(contract, operation)]
    for name, schema in sorted(contract["components"]["schemas"].items()):
        lines += ["", f"{name}: {type_name(schema)}"]
        lines += [f"  {line}" for line in _field_lines(schema)]
    return lines


def _security(node: Document) -> str:
    return " or ".join("+".join(requirement) or "none" for requirement in node["security"]) or "none"


def _operation_lines(contract: Document, operation: Document) -> Iterator[str]:
    if "security" in operation:
        yield f"security: {_security(operation)}"
    parameters = [resolve(contract, parameter) for parameter in operation.get("parameters", ())]
    for parameter in sorted(parameters, key=lambda found: (found["in"], found["name"])):
        yield f"{parameter['in']} {_entry(parameter['name'], parameter['schema'], parameter.get('required', False))}"
    if "requestBody" in operation:
        body = operation["requestBody"]
        yield from (f"body{_mark(body.get('required', False))} {line}" for line in _content(body))
    yield from _response_lines(contract, operation["responses"])


def _response_lines(contract: Document, responses: Document) -> Iterator[str]:
    statuses: dict[str, list[str]] = {}
    for status, response in sorted(responses.items()):
        for line in _content(resolve(contract, response)):
            statuses.setdefault(line, []).append(status)
    yield from (f"{' '.join(same)} {line}" for line, same in statuses.items())


def _content(node: Document) -> list[str]:
    return [f"{media}: {type_name(entry['schema'])}" for media, entry in node.get("content", {}).items()] or ["no body"]


def _field_lines(schema: Document) -> Iterator[str]:
    for name, field in sorted(schema.get("properties", {}).items()):
        yield _entry(name, field, name in schema.get("required", ()))
    if "discriminator" in schema:
        discriminator = schema["discriminator"]
        values = ", ".join(f"{value}={target.rsplit('/', 1)[1]}" for value, target in discriminator["mapping"].items())
        yield f"told apart by {discriminator['propertyName']}: {values}"


def _entry(name: str, schema: Document, required: bool) -> str:
    return f"{name}{_mark(required)}: {type_name(schema)}"


def _mark(required: bool) -> str:
    return " (required)" if required else ""


if __name__ == "__main__":
    COMMITTED.write_text("\n".join(surface(load_contract())) + "\n", encoding="utf-8")
