"""What the templates are told of one operation, on top of what the generator knows."""

import re
from typing import NamedTuple

from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties.protocol import PropertyProtocol as Shape
from openapi_python_client.parser.responses import Response
from openapi_python_client.strings import in_double_quote_literal

from codegen.contract import Document, Operation, resolve
from codegen.shapes import Shapes


class Parameter(NamedTuple):
    """A parameter of an operation's functions."""

    name: str
    type: str
    default: str
    wire_name: str
    description: str


class GeneratedOperation:
    """One operation as the templates see it."""

    def __init__(self, contract: Document, operation: Operation, endpoint: Endpoint, shapes: Shapes) -> None:
        self.id = str(operation.body["operationId"])
        self.name = str(endpoint.name)
        self.method = operation.method.upper()
        self.summary = _sentence(str(operation.body.get("summary") or operation.title))
        self.description = str(operation.body.get("description") or "")
        self.deprecated = bool(operation.body.get("deprecated"))
        self._endpoint = endpoint
        self._shapes = shapes
        self._descriptions = _parameter_descriptions(contract, operation)
        self._answers = [response for response in endpoint.responses.patterns if _is_success(response)]

    @property
    def positional(self) -> list[Parameter]:
        """Identifiers in the path, then the body."""
        parameters = [self._parameter("path", shape) for shape in self._endpoint.path_parameters]
        return parameters + [self._parameter("body", body.prop) for body in self._endpoint.bodies[:1]]

    @property
    def query(self) -> list[Parameter]:
        """Parameters of the query: required ones first, as keyword-only arguments allow any order."""
        return [self._parameter("query", shape) for shape in self._endpoint.query_parameters]

    def _parameter(self, location: str, shape: Shape) -> Parameter:
        wire_name = shape.name.get_untrusted_value()
        return Parameter(
            name=str(shape.python_name),
            type=self._shapes.type_of(shape),
            default="" if shape.required else " = UNSET",
            wire_name=in_double_quote_literal(shape.name),
            description=self._descriptions.get((location, wire_name), ""),
        )

    @property
    def path(self) -> str:
        """Expression of the path, with each identifier encoded."""
        template = in_double_quote_literal(self._endpoint.path)
        if not self._endpoint.path_parameters:
            return f'"{template}"'
        for shape in self._endpoint.path_parameters:
            call = f"{{path_segment('{shape.python_name}', {shape.python_name})}}"
            template = template.replace(f"{{{shape.python_name}}}", call)
        return f'f"{template}"'

    @property
    def body(self) -> str | None:
        """Expression of the encoded body."""
        if not self._endpoint.bodies:
            return None
        required = self._endpoint.bodies[0].prop.required
        return "json_body(body)" if required else "None if isinstance(body, Unset) else json_body(body)"

    @property
    def success(self) -> str:
        """Expression of the statuses that are success: all of 2xx where the contract names none."""
        ranges = [response.status_code.range or (200, 299) for response in self._answers] or [(200, 299)]
        if all(first == last for first, last in ranges):
            return repr(tuple(first for first, _ in ranges))
        return " + ".join(f"tuple(range({first}, {last + 1}))" for first, last in ranges)

    @property
    def _answer(self) -> Response | None:
        """The answer with a document; the contract's first one where several have."""
        documents = [answer for answer in self._answers if answer.source["return_type"] != "None"]
        return documents[0] if documents else None

    @property
    def result(self) -> str:
        """Type of what the operation returns."""
        if self._answer is None:
            return "None"
        if self._is_text:
            return "str"
        return self._shapes.type_of(self._answer.prop, required=True)

    @property
    def _is_text(self) -> bool:
        return self._answer is not None and self._answer.source["return_type"] == "str"

    @property
    def accept(self) -> str | None:
        """Value of the Accept header, where it is not JSON alone; errors are JSON whatever is asked for."""
        return "text/plain, application/json" if self._is_text else None

    @property
    def decoder(self) -> str | None:
        """Expression of the decoder of the answer's document."""
        if self._answer is None or self._is_text:
            return None
        return self._shapes.answer_decoder_of(self._answer.prop)

    @property
    def parse(self) -> str | None:
        """Expression that reads the answer; None for an answer without a document."""
        if self._answer is None:
            return None
        if self._is_text:
            return "decode_text(raw)"
        return "decode_json(raw, _decode)" if self.decoder else "decode_json(raw, lambda document: document)"

    @property
    def codes(self) -> list[str]:
        """All pieces of code in the operation's module that may name classes."""
        return [*self.types, self.decoder or ""]

    @property
    def types(self) -> list[str]:
        """The types that the operation's functions name."""
        return [*(parameter.type for parameter in (*self.positional, *self.query)), self.result]

    def describe(self, form: str, *, client: bool = False) -> str:
        """Return the docstring of a function: `form` is "build", "plain" or "detailed"."""
        arguments = [*self.positional, *self.query]
        lines = [f"{argument.name}: {_one_line(argument.description)}" for argument in arguments]
        if client:
            lines.insert(len(self.positional), "client: Sends the request.")
        parts = [self._headline(form), *([] if form == "build" else [self.description])]
        if self.deprecated:
            parts.append("Deprecated: the contract advises against its use.")
        if lines:
            parts.append("Args:\n" + "\n".join(f"    {line}" for line in lines))
        return "\n\n".join(part for part in parts if part)

    def _headline(self, form: str) -> str:
        if form == "build":
            return f"Return the request of {self.method} {self._endpoint.path.get_untrusted_value()}."
        return self.summary if form == "plain" else f"{self.summary}\n\nReturns status, headers and raw body as well."


def _is_success(response: Response) -> bool:
    return response.status_code.range is not None and response.status_code.range[0] // 100 == 2


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "。")) else f"{text}."


def _one_line(description: str) -> str:
    return re.sub(r"\s+", " ", description).strip() or "Not described in the contract."


def _parameter_descriptions(contract: Document, operation: Operation) -> dict[tuple[str, str], str]:
    """Return the descriptions by location and name, the operation's own before those of its path."""
    parameters = [*operation.item.get("parameters", []), *operation.body.get("parameters", [])]
    found = {}
    for parameter in (resolve(contract, each) for each in parameters):
        schema = resolve(contract, parameter.get("schema") or {})
        text = parameter.get("description") or schema.get("description") or ""
        found[str(parameter.get("in")), str(parameter.get("name"))] = str(text)
    body = resolve(contract, operation.body.get("requestBody") or {})
    found["body", "body"] = str(body.get("description") or "The document to send.")
    return found
