"""A hook of MkDocs: the pages of the contract, rendered from `core.yaml` whenever the site is built."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

CONTRACT: Final = Path(__file__).resolve().parent.parent / "core.yaml"
OPERATIONS_PAGE: Final = "reference/contract.md"
SCHEMAS_PAGE: Final = "reference/contract-schemas.md"
METHODS: Final = ("get", "put", "post", "patch", "delete")

Document = Mapping[str, Any]


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the pages of the contract to the site."""
    contract = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))
    for path, content in ((OPERATIONS_PAGE, operations_page(contract)), (SCHEMAS_PAGE, schemas_page(contract))):
        files.append(File.generated(config, path, content=content))
    return files


def operations_page(contract: Document) -> str:
    """Render all operations, by tag."""
    lines = ["# The contract: operations", "", contract["info"]["description"], ""]
    for tag in contract["tags"]:
        lines += [f"## {tag['name']}", "", tag["description"], ""]
        for method, path, operation in _operations(contract, tag["name"]):
            lines += _operation(contract, method, path, operation)
    return "\n".join(lines)


def schemas_page(contract: Document) -> str:
    """Render all schemas, by name."""
    lines = ["# The contract: schemas", "", "What is marked with * must be present.", ""]
    for name, schema in sorted(contract["components"]["schemas"].items()):
        lines += [f"## {name}", "", _one_line(schema.get("description", "")), "", *_schema(schema), ""]
    return "\n".join(lines)


def _operations(contract: Document, tag: str) -> Iterator[tuple[str, str, Document]]:
    for path, item in contract["paths"].items():
        for method in METHODS:
            if tag in item.get(method, {}).get("tags", ()):
                yield method, path, {**item[method], "parameters": _parameters(item, item[method])}


def _parameters(item: Document, operation: Document) -> list[Document]:
    return [*item.get("parameters", ()), *operation.get("parameters", ())]


def _operation(contract: Document, method: str, path: str, operation: Document) -> list[str]:
    head = [f"### {operation['operationId']}", "", f"`{method.upper()} {path}`: {operation['summary']}.", ""]
    head += [_call(operation), ""]
    parameters = [_resolved(contract, one) for one in operation["parameters"]]
    return [
        *head,
        operation.get("description", ""),
        "",
        *_parameter_table(parameters),
        *_body(contract, operation),
        *_answers(contract, operation),
    ]


def _call(operation: Document) -> str:
    """Say how an operation is called in Python."""
    (tag,) = operation["tags"]
    if tag == "streams":
        return "In Python: [streams](../streams.md)."
    return f"In Python: `kernel.{tag}.{operation['operationId']}(…)`."


def _parameter_table(parameters: list[Document]) -> list[str]:
    if not parameters:
        return []
    rows = [
        f"| `{one['name']}`{_star(one.get('required', False))} | {one['in']} | {_type(one['schema'])} "
        f"| {_cell(one.get('description', ''))} |"
        for one in parameters
    ]
    return ["| parameter | in | type | meaning |", "| --- | --- | --- | --- |", *rows, ""]


def _body(contract: Document, operation: Document) -> list[str]:
    if "requestBody" not in operation:
        return []
    body = _resolved(contract, operation["requestBody"])
    lines = []
    for media, content in body["content"].items():
        lines += [f"Body{_star(body.get('required', False))}, `{media}`: {_type(content['schema'])}.", ""]
        lines += _example(content)
    return lines


def _answers(contract: Document, operation: Document) -> list[str]:
    lines = ["| status | answer | meaning |", "| --- | --- | --- |"]
    examples = []
    for status, given in operation["responses"].items():
        answer = _resolved(contract, given)
        contents = answer.get("content", {})
        kinds = ", ".join(f"`{media}`: {_type(content['schema'])}" for media, content in contents.items())
        lines.append(f"| {status} | {kinds or 'nothing'} | {_cell(answer.get('description', ''))} |")
        if status != "default":
            examples += [line for content in contents.values() for line in _example(content)]
    return [*lines, "", *examples]


def _example(content: Document) -> list[str]:
    """Return the example of a body, or the first of several, as JSON; nothing where there is none."""
    examples = [content["example"]] if "example" in content else []
    examples += [one["value"] for one in content.get("examples", {}).values()]
    if not examples or not isinstance(examples[0], dict | list):
        return []
    return ["For example:", "", "```json", json.dumps(examples[0], indent=2, ensure_ascii=False), "```", ""]


def _schema(schema: Document) -> list[str]:
    if "properties" not in schema:
        return [f"{_type(schema)}."]
    required = schema.get("required", ())
    rows = [
        f"| `{name}`{_star(name in required)} | {_type(one)} | {_cell(one.get('description', ''))} |"
        for name, one in schema["properties"].items()
    ]
    closed = ["", "No further fields."] if schema.get("additionalProperties") is False else []
    return ["| field | type | meaning |", "| --- | --- | --- |", *rows, *closed]


def _type(schema: Document) -> str:
    """Name a type in a few words, with links to named ones."""
    words = _bare_type(schema)
    return f"{words} or null" if schema.get("nullable") else words


def _bare_type(schema: Document) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f"[{name}]({Path(SCHEMAS_PAGE).name}#{name.lower()})"
    for union in ("oneOf", "anyOf", "allOf"):
        if union in schema:
            return (" and " if union == "allOf" else " or ").join(_type(one) for one in schema[union])
    if "enum" in schema:
        return " or ".join(f"`{one}`" for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"map of {_type(schema['additionalProperties'])}"
    return str(schema.get("type", "anything"))


def _resolved(contract: Document, given: Document) -> Document:
    if "$ref" not in given:
        return given
    found: Any = contract
    for part in given["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    resolved: Document = found
    return resolved


def _star(required: bool) -> str:
    return " *" if required else ""


def _cell(text: str) -> str:
    return _one_line(text).replace("|", "\\|")


def _one_line(text: str) -> str:
    return " ".join(text.split())
