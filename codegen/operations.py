"""What the templates are told of one operation, on top of what the generator knows."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties.protocol import PropertyProtocol as Shape
from openapi_python_client.parser.responses import Response
from openapi_python_client.strings import in_double_quote_literal

from codegen.contract import Document, Operation, parameters, resolve
from codegen.shapes import Shapes

_RESERVED_ARGUMENTS = frozenset(
    {
        *("body", "json_body", "path_segment", "query_pairs"),
        *("build_request", "parse_response", "sync_detailed", "asyncio_detailed"),
    }
)
"""Names that the functions of an operation's module use themselves, or give to the body."""


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
        bodies = [self._parameter("body", body.prop)._replace(name="body") for body in self._endpoint.bodies[:1]]
        return parameters + bodies

    @property
    def query(self) -> list[Parameter]:
        """Parameters of the query: required ones first, as keyword-only arguments allow any order."""
        return [self._parameter("query", shape) for shape in self._endpoint.query_parameters]

    def _parameter(self, location: str, shape: Shape) -> Parameter:
        wire_name = shape.name.get_untrusted_value()
        return Parameter(
            name=_argument(shape),
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
            call = f"{{path_segment('{_argument(shape)}', {_argument(shape)})}}"
            template = template.replace(f"{{{shape.python_name}}}", call)
        return f'f"{template}"'

    @property
    def body(self) -> str | None:
        """Expression of the encoded body."""
        if not self._endpoint.bodies:
            return None
        body = self._endpoint.bodies[0].prop
        encoded = "json_body(body, nullable=True)" if self._shapes.is_nullable(body) else "json_body(body)"
        return encoded if body.required else f"None if isinstance(body, Unset) else {encoded}"

    @property
    def success(self) -> str:
        """Expression of the statuses that are success: all of 2xx where the contract names none."""
        return _statuses(self._answers) if self._answers else "tuple(range(200, 300))"

    @property
    def _documents(self) -> list[Response]:
        """The answers with a document."""
        return [answer for answer in self._answers if answer.source["return_type"] != "None"]

    @property
    def _answer(self) -> Response | None:
        """The answer with a document; the contract's first one where several have."""
        return self._documents[0] if self._documents else None

    @property
    def bare(self) -> str | None:
        """Expression of the statuses whose answer has no document, beside others that have one; None without such."""
        bare = [answer for answer in self._answers if answer not in self._documents]
        return _statuses(bare) if bare and self._documents else None

    @property
    def result(self) -> str:
        """Type of what the operation returns."""
        return self.document if self.bare is None else f"{self.document} | None"

    @property
    def document(self) -> str:
        """Type of the answer's document; None where it has none."""
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
        return self._shapes.answer_decoder_of(self._answer.prop) or "lambda document: document"

    @property
    def parse(self) -> str | None:
        """Expression that reads the answer; None for an answer without a document."""
        if self._answer is None:
            return None
        return "decode_text(raw)" if self._is_text else "decode_json(raw, _decode)"

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


def _argument(shape: Shape) -> str:
    """Return the name of a parameter's argument; where it is one of the template's own, `_` follows it."""
    name = str(shape.python_name)
    return f"{name}_" if name in _RESERVED_ARGUMENTS else name


def _statuses(answers: Iterable[Response]) -> str:
    ranges = [answer.status_code.range or (200, 299) for answer in answers]
    if all(first == last for first, last in ranges):
        return repr(tuple(first for first, _ in ranges))
    return " + ".join(f"tuple(range({first}, {last + 1}))" for first, last in ranges)


def _is_success(response: Response) -> bool:
    return response.status_code.range is not None and response.status_code.range[0] // 100 == 2


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "。")) else f"{text}."


def _one_line(description: str) -> str:
    return re.sub(r"\s+", " ", description).strip() or "Not described in the contract."


def _parameter_descriptions(contract: Document, operation: Operation) -> dict[tuple[str, str], str]:
    """Return the descriptions by location and name, the operation's own before those of its path."""
    found = {}
    for _, parameter in parameters(contract, operation):
        schema = resolve(contract, parameter.get("schema") or {})
        text = parameter.get("description") or schema.get("description") or ""
        found[str(parameter.get("in")), str(parameter.get("name"))] = str(text)
    body = resolve(contract, operation.body.get("requestBody") or {})
    found["body", "body"] = str(body.get("description") or "The document to send.")
    return found
