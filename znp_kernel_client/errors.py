"""Every error that this package raises.

ClientError
├── ArgumentError (also ValueError)   an argument that cannot be sent; nothing was sent
├── ApiError                          the kernel answered with another status than success
├── DecodeError                       the answer is not the document that the contract promises
└── RequestError                      no answer: the connection failed
    └── RequestTimeout                no answer in time
"""

import json
from http import HTTPStatus

_SHOWN_CHARACTERS = 200
"""How much of a body without a message of its own becomes the message: about two lines of a log."""


class ClientError(Exception):
    """Root of all errors of this package. Each can be pickled; none shows credentials or whole bodies."""


class ArgumentError(ClientError, ValueError):
    """An argument that cannot be sent."""

    def __init__(self, argument: str, problem: str) -> None:
        super().__init__(argument, problem)
        self.argument = argument
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.argument}: {self.problem}"


class ApiError(ClientError):
    """The kernel answered, but not with success.

    `code` and `message` are the kernel's own where its answer has them. Otherwise `code` is empty and `message` is
    the beginning of the body, or what the status means.
    """

    def __init__(self, status: int, code: str, message: str, content: bytes = b"") -> None:
        super().__init__(status, code, message, content)
        self.status = status
        self.code = code
        self.message = message
        self.content = content

    def __str__(self) -> str:
        return " ".join(part for part in (str(self.status), self.code and f"[{self.code}]", self.message) if part)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(status={self.status}, code={self.code!r}, message={self.message!r})"


class DecodeError(ClientError):
    """The answer is not the document that the contract promises.

    `path` leads to the offending value, as in `snapshot.nodes[3].health`; it is empty for the whole document.
    """

    def __init__(self, problem: str, path: str = "") -> None:
        super().__init__(problem, path)
        self.problem = problem
        self.path = path

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}" if self.path else self.problem

    def inside(self, place: str) -> "DecodeError":
        """Return the same error seen from one level further out; `place` is a field's name or an index."""
        separator = "." if self.path and not self.path.startswith("[") else ""
        return DecodeError(self.problem, f"{place}{separator}{self.path}")


class RequestError(ClientError):
    """The request could not be sent, or no answer came back."""


class RequestTimeout(RequestError):
    """The answer did not come in time. Whether the kernel acted on the request is not known."""


def api_error(status: int, content: bytes) -> ApiError:
    """Return the error that an answer of `status` with the body `content` stands for."""
    code, message = error_details(content)
    return ApiError(status, code, message or _meaning(status), content)


def error_details(content: bytes) -> tuple[str, str]:
    """Return code and message of an error body, whatever it is: JSON, HTML, truncated, empty.

    A part that the body does not have is an empty string. The message of a body without one is its beginning.
    """
    text = content.decode("utf-8", errors="replace")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return "", _beginning(text)
    if not isinstance(document, dict):
        return "", _beginning(text)
    message = document.get("message") or document.get("error")
    return _as_text(document.get("code")), _as_text(message) or _beginning(text)


def _as_text(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _beginning(text: str) -> str:
    return " ".join(text[: 4 * _SHOWN_CHARACTERS].split())[:_SHOWN_CHARACTERS]


def _meaning(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "unregistered status"


__all__ = [
    "ApiError",
    "ArgumentError",
    "ClientError",
    "DecodeError",
    "RequestError",
    "RequestTimeout",
    "api_error",
    "error_details",
]
